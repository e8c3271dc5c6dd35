/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/host-facts.h"

#include "usb/below.h"

#include <libudev.h>
#include <string.h>

#define DESCRIPTOR_INTERFACE 4
/* Of an interface descriptor: bLength, …, bInterfaceClass at 5. */
#define INTERFACE_SIZE 9
/* As many as anybody looks at, several times over. */
#define MAX_INTERFACES 256

GArray *
dio_usb_host_parse_descriptors (const guint8 *data, gsize size)
{
  GArray *interfaces = g_array_new (FALSE, FALSE, sizeof (DioUsbInterface));

  for (gsize at = 0; size - at >= 2 && data[at] >= 2 && data[at] <= size - at; at += data[at])
    if (data[at + 1] == DESCRIPTOR_INTERFACE && data[at] >= INTERFACE_SIZE && interfaces->len < MAX_INTERFACES)
      {
        const DioUsbInterface interface = { data[at + 5], data[at + 6], data[at + 7] };

        g_array_append_val (interfaces, interface);
      }
  return interfaces;
}

void
dio_usb_host_look_up (guint16 vendor, guint16 product, char **ret_vendor, char **ret_product)
{
  struct udev *udev = udev_new ();
  struct udev_hwdb *hwdb = udev ? udev_hwdb_new (udev) : NULL;
  g_autofree char *key = g_strdup_printf ("usb:v%04Xp%04X", vendor, product);
  struct udev_list_entry *entry;

  *ret_vendor = *ret_product = NULL;
  udev_list_entry_foreach (entry, hwdb ? udev_hwdb_get_properties_list_entry (hwdb, key, 0) : NULL)
  {
    const char *name = udev_list_entry_get_name (entry);

    if (g_str_equal (name, "ID_VENDOR_FROM_DATABASE"))
      g_set_str (ret_vendor, udev_list_entry_get_value (entry));
    else if (g_str_equal (name, "ID_MODEL_FROM_DATABASE"))
      g_set_str (ret_product, udev_list_entry_get_value (entry));
  }
  g_clear_pointer (&hwdb, udev_hwdb_unref);
  g_clear_pointer (&udev, udev_unref);
}

int
dio_usb_host_compare_ports (const char *a, const char *b)
{
  while (*a && *b)
    {
      guint64 number_a, number_b;

      if (!g_ascii_isdigit (*a) || !g_ascii_isdigit (*b))
        {
          if (*a != *b)
            return (guchar) *a < (guchar) *b ? -1 : 1;
          a++;
          b++;
          continue;
        }
      number_a = g_ascii_strtoull (a, (char **) &a, 10);
      number_b = g_ascii_strtoull (b, (char **) &b, 10);
      if (number_a != number_b)
        return number_a < number_b ? -1 : 1;
    }
  return *a ? 1 : *b ? -1 : 0;
}

/* What the kernel says in "speed": Mbit/s. */
static DioUsbSpeed
read_speed (GUdevDevice *udev)
{
  static const char *const speeds[] = {
    [DIO_USB_SPEED_LOW] = "1.5",    [DIO_USB_SPEED_FULL] = "12",          [DIO_USB_SPEED_HIGH] = "480",
    [DIO_USB_SPEED_SUPER] = "5000", [DIO_USB_SPEED_SUPER_PLUS] = "10000", [DIO_USB_SPEED_SUPER_PLUS_2] = "20000"
  };
  const char *told = g_udev_device_get_sysfs_attr (udev, "speed");

  for (guint i = DIO_USB_SPEED_LOW; told && i < G_N_ELEMENTS (speeds); i++)
    if (g_str_equal (told, speeds[i]))
      return (DioUsbSpeed) i;
  return DIO_USB_SPEED_UNKNOWN;
}

static gboolean
read_hex (GUdevDevice *udev, const char *attribute, guint64 max, guint64 *ret)
{
  const char *told = g_udev_device_get_sysfs_attr (udev, attribute);

  return told && g_ascii_string_to_unsigned (told, 16, 0, max, ret, NULL);
}

/* What drivers have made of it, and what rules of udev say of it. */
static guint
find_hints (GUdevDevice *udev, const char *path)
{
  guint hints = dio_usb_below_find_kinds ("", path);

  if (g_udev_device_get_property_as_boolean (udev, "ID_MTP_DEVICE") ||
      g_udev_device_get_property_as_boolean (udev, "ID_MEDIA_PLAYER"))
    hints |= 1u << DIO_USB_KIND_PHONE;
  return hints;
}

DioUsbDevice *
dio_usb_host_device_new (GUdevDevice *udev, const DioUsbFacts *told)
{
  const char *path = g_udev_device_get_sysfs_path (udev), *port = g_udev_device_get_name (udev);
  const char *node = g_udev_device_get_device_file (udev);
  const char *number = g_udev_device_get_sysfs_attr (udev, "devnum");
  g_autofree char *id = NULL, *descriptors = NULL, *data = NULL, *known_vendor = NULL, *known_product = NULL;
  g_autoptr (GArray) interfaces = NULL;
  guint64 vendor, product, class;
  gsize size = 0;

  if (!port || g_str_has_prefix (port, "usb") || !number || !node ||
      (!told && !g_file_test (node, G_FILE_TEST_EXISTS)) || !read_hex (udev, "idVendor", G_MAXUINT16, &vendor) ||
      !read_hex (udev, "idProduct", G_MAXUINT16, &product) || !read_hex (udev, "bDeviceClass", G_MAXUINT8, &class) ||
      (told && (told->vendor != vendor || told->product != product)))
    return NULL;
  descriptors = g_build_filename (path, "descriptors", NULL);
  if (!g_file_get_contents (descriptors, &data, &size, NULL))
    size = 0;
  interfaces = dio_usb_host_parse_descriptors ((const guint8 *) data, size);
  dio_usb_host_look_up ((guint16) vendor, (guint16) product, &known_vendor, &known_product);
  if (told && told->known_vendor)
    g_set_str (&known_vendor, told->known_vendor);
  if (told && told->known_product)
    g_set_str (&known_product, told->known_product);
  id = told ? g_strdup (told->id) : g_strdup_printf ("%s@%s", port, number);
  return dio_usb_device_new (&(DioUsbFacts) {
      .id = id,
      .vendor = (guint16) vendor,
      .product = (guint16) product,
      .device_class = (guint8) class,
      .vendor_name = g_udev_device_get_sysfs_attr (udev, "manufacturer"),
      .product_name = g_udev_device_get_sysfs_attr (udev, "product"),
      .known_vendor = known_vendor,
      .known_product = known_product,
      .serial = g_udev_device_get_sysfs_attr (udev, "serial"),
      .port = port,
      .sysfs_path = path,
      .node = node,
      .speed = read_speed (udev),
      .interfaces = (const DioUsbInterface *) interfaces->data,
      .n_interfaces = interfaces->len,
      .hints = find_hints (udev, path),
  });
}
