/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/portal-facts.h"

#include "usb/host-facts.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#define USB_MAJOR 189
#define DEVICES_PER_BUS 128
#define MAX_STRING 1024 /* bytes; of a string descriptor's 126 characters, all of them encoded */
#define MAX_INTERFACES 32
#define LINUX_FOUNDATION 0x1d6b /* whose products 1 to 3 are root hubs (drivers/usb/core/hcd.c) */

char *
dio_usb_portal_decode (const char *encoded)
{
  gsize length = strnlen (encoded, MAX_STRING);
  GString *text = g_string_sized_new (length);

  for (gsize i = 0; i < length; i++)
    if (length - i >= 4 && encoded[i] == '\\' && encoded[i + 1] == 'x' && g_ascii_isxdigit (encoded[i + 2]) &&
        g_ascii_isxdigit (encoded[i + 3]))
      {
        g_string_append_c (text,
                           (char) (g_ascii_xdigit_value (encoded[i + 2]) << 4 | g_ascii_xdigit_value (encoded[i + 3])));
        i += 3;
      }
    else
      g_string_append_c (text, encoded[i]);
  return g_string_free (text, FALSE);
}

dev_t
dio_usb_portal_get_number (const char *node)
{
  unsigned bus, device;
  int end = 0;

  if (node == NULL || sscanf (node, "/dev/bus/usb/%3u/%3u%n", &bus, &device, &end) != 2 || node[end] != '\0' ||
      bus == 0 || device == 0 || device > DEVICES_PER_BUS)
    return 0;
  return makedev (USB_MAJOR, (bus - 1) * DEVICES_PER_BUS + device - 1);
}

/* (transfer none) (nullable): short enough to be looked at. */
static const char *
look_up (GVariant *properties, const char *name)
{
  const char *value;

  if (properties == NULL || !g_variant_lookup (properties, name, "&s", &value) ||
      strnlen (value, MAX_STRING) == MAX_STRING)
    return NULL;
  return value;
}

static char *
look_up_encoded (GVariant *properties, const char *name)
{
  const char *value = look_up (properties, name);

  return value != NULL ? dio_usb_portal_decode (value) : NULL;
}

static gboolean
look_up_number (GVariant *properties, const char *name, guint16 *ret)
{
  const char *value = look_up (properties, name);
  guint64 number;

  if (value == NULL || !g_ascii_string_to_unsigned (value, 16, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  *ret = (guint16) number;
  return TRUE;
}

/* “:030101:080650:”: of each interface its class, subclass and protocol (systemd's udev-builtin-usb_id). */
static guint
read_interfaces (const char *list, DioUsbInterface interfaces[MAX_INTERFACES])
{
  guint n = 0;
  unsigned class, subclass, protocol;
  int end = 0;

  while (list != NULL && n < MAX_INTERFACES && sscanf (list, ":%2x%2x%2x%n", &class, &subclass, &protocol, &end) == 3)
    {
      interfaces[n++] = (DioUsbInterface) { (guint8) class, (guint8) subclass, (guint8) protocol };
      list += end;
    }
  return n;
}

/* (transfer full) (nullable) */
static GUdevDevice *
find_in_sysfs (const char *node)
{
  g_autoptr (GUdevClient) client = g_udev_client_new (NULL);
  dev_t number = dio_usb_portal_get_number (node);

  return number != 0 ? g_udev_client_query_by_device_number (client, G_UDEV_DEVICE_TYPE_CHAR, number) : NULL;
}

DioUsbDevice *
dio_usb_portal_device_new (const char *id, GVariant *info)
{
  g_autoptr (GVariant) properties = g_variant_lookup_value (info, "properties", G_VARIANT_TYPE_VARDICT);
  g_autofree char *vendor = look_up_encoded (properties, "ID_VENDOR_ENC");
  g_autofree char *product = look_up_encoded (properties, "ID_MODEL_ENC");
  DioUsbInterface interfaces[MAX_INTERFACES];
  DioUsbFacts facts = { .id = id,
                        .vendor_name = vendor,
                        .product_name = product,
                        .known_vendor = look_up (properties, "ID_VENDOR_FROM_DATABASE"),
                        .known_product = look_up (properties, "ID_MODEL_FROM_DATABASE"),
                        .serial = look_up (properties, "ID_SERIAL_SHORT"),
                        .node = look_up (info, "device-file"),
                        .interfaces = interfaces };
  g_autoptr (GUdevDevice) udev = find_in_sysfs (facts.node);
  g_autofree char *known_vendor = NULL, *known_product = NULL;
  DioUsbDevice *device = NULL;

  if (!look_up_number (properties, "ID_VENDOR_ID", &facts.vendor) ||
      !look_up_number (properties, "ID_MODEL_ID", &facts.product) ||
      (facts.vendor == LINUX_FOUNDATION && facts.product >= 1 && facts.product <= 3))
    return NULL;
  if (udev != NULL)
    device = dio_usb_host_device_new (udev, &facts);
  if (device != NULL)
    return device;
  if (facts.known_product == NULL)
    {
      dio_usb_host_look_up (facts.vendor, facts.product, &known_vendor, &known_product);
      facts.known_vendor = facts.known_vendor != NULL ? facts.known_vendor : known_vendor;
      facts.known_product = known_product;
    }
  facts.n_interfaces = read_interfaces (look_up (properties, "ID_USB_INTERFACES"), interfaces);
  if (g_strcmp0 (look_up (properties, "ID_INPUT_JOYSTICK"), "1") == 0)
    facts.hints = 1u << DIO_USB_KIND_GAME_CONTROLLER;
  return dio_usb_device_new (&facts);
}
