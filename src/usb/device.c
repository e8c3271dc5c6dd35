/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/device.h"

#include "config.h"
#include "usb/kind.h"
#include "usb/text.h"

#include <glib/gi18n-lib.h>

/* Characters. A string descriptor has 126 at most (USB 2.0, 9.6.7), of which a row in a list shows few. */
#define MAX_VENDOR 40
#define MAX_PRODUCT 60
#define MAX_SERIAL 128

struct _DioUsbDevice
{
  GObject parent;

  char *id, *name, *serial, *port, *sysfs_path, *node;
  guint16 vendor, product;
  DioUsbSpeed speed;
  DioUsbKind kind;

  DioUsbDeviceState state;
  char *holder;
};

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_STATE,
  PROP_HOLDER,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

G_DEFINE_ENUM_TYPE (DioUsbDeviceState, dio_usb_device_state, G_DEFINE_ENUM_VALUE (DIO_USB_DEVICE_FREE, "free"),
                    G_DEFINE_ENUM_VALUE (DIO_USB_DEVICE_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (DIO_USB_DEVICE_CONNECTED, "connected"),
                    G_DEFINE_ENUM_VALUE (DIO_USB_DEVICE_DISCONNECTING, "disconnecting"))
G_DEFINE_FINAL_TYPE (DioUsbDevice, dio_usb_device, G_TYPE_OBJECT)

static void
dio_usb_device_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioUsbDevice *self = DIO_USB_DEVICE (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_HOLDER:
      g_value_set_string (value, self->holder);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_usb_device_dispose (GObject *object)
{
  DioUsbDevice *self = DIO_USB_DEVICE (object);

  g_clear_pointer (&self->holder, g_free);
  g_clear_pointer (&self->node, g_free);
  g_clear_pointer (&self->sysfs_path, g_free);
  g_clear_pointer (&self->port, g_free);
  g_clear_pointer (&self->serial, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (dio_usb_device_parent_class)->dispose (object);
}

static void
dio_usb_device_class_init (DioUsbDeviceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = dio_usb_device_dispose;
  object_class->get_property = dio_usb_device_get_property;
  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, DIO_TYPE_USB_DEVICE_STATE, DIO_USB_DEVICE_FREE, flags);
  props[PROP_HOLDER] = g_param_spec_string ("holder", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_usb_device_init (DioUsbDevice *self)
{
}

static char *
make_name (const DioUsbFacts *facts, DioUsbKind kind)
{
  g_autofree char *said_vendor = dio_usb_text_clean (facts->vendor_name, MAX_VENDOR);
  g_autofree char *known_vendor = dio_usb_text_clean (facts->known_vendor, MAX_VENDOR);
  g_autofree char *said = dio_usb_text_clean (facts->product_name, MAX_PRODUCT);
  g_autofree char *known = dio_usb_text_clean (facts->known_product, MAX_PRODUCT);
  const char *any_vendor = said_vendor ? said_vendor : known_vendor;
  g_autofree char *vendor = any_vendor ? dio_usb_text_shorten_vendor (any_vendor) : NULL;
  char *name = dio_usb_text_join (vendor, said ? said : known);

  if (name)
    return name;
  /* Translators: what a USB device is, and who made it: "Keyboard (Logitech)". */
  return vendor ? g_strdup_printf (_ ("%s (%s)"), dio_usb_kind_get_name (kind), vendor)
                : g_strdup (dio_usb_kind_get_name (kind));
}

DioUsbDevice *
dio_usb_device_new (const DioUsbFacts *facts)
{
  DioUsbDevice *self = g_object_new (DIO_TYPE_USB_DEVICE, NULL);

  g_return_val_if_fail (facts->id, self);
  self->id = g_strdup (facts->id);
  self->kind = dio_usb_kind_guess (facts);
  self->name = make_name (facts, self->kind);
  self->vendor = facts->vendor;
  self->product = facts->product;
  self->serial = dio_usb_text_clean (facts->serial, MAX_SERIAL);
  self->port = dio_usb_text_clean (facts->port, MAX_SERIAL);
  self->sysfs_path = g_strdup (facts->sysfs_path);
  self->node = g_strdup (facts->node);
  self->speed = facts->speed;
  return self;
}

const char *
dio_usb_device_get_id (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->id;
}

const char *
dio_usb_device_get_name (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->name;
}

guint16
dio_usb_device_get_vendor (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), 0);
  return self->vendor;
}

guint16
dio_usb_device_get_product (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), 0);
  return self->product;
}

const char *
dio_usb_device_get_serial (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->serial;
}

const char *
dio_usb_device_get_port (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->port;
}

const char *
dio_usb_device_get_sysfs_path (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->sysfs_path;
}

const char *
dio_usb_device_get_node (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->node;
}

DioUsbSpeed
dio_usb_device_get_speed (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), DIO_USB_SPEED_UNKNOWN);
  return self->speed;
}

DioUsbKind
dio_usb_device_get_kind (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), DIO_USB_KIND_OTHER);
  return self->kind;
}

const char *
dio_usb_device_get_icon_name (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return dio_usb_kind_get_icon_name (self->kind);
}

const char *
dio_usb_device_get_kind_name (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return dio_usb_kind_get_name (self->kind);
}

const char *
dio_usb_device_get_speed_name (DioUsbDevice *self)
{
  static const char *const names[] = {
    [DIO_USB_SPEED_LOW] = N_ ("USB 1, 1.5 Mbit/s"),       [DIO_USB_SPEED_FULL] = N_ ("USB 1, 12 Mbit/s"),
    [DIO_USB_SPEED_HIGH] = N_ ("USB 2, 480 Mbit/s"),      [DIO_USB_SPEED_SUPER] = N_ ("USB 3, 5 Gbit/s"),
    [DIO_USB_SPEED_SUPER_PLUS] = N_ ("USB 3, 10 Gbit/s"), [DIO_USB_SPEED_SUPER_PLUS_2] = N_ ("USB 3, 20 Gbit/s"),
  };

  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->speed < G_N_ELEMENTS (names) && names[self->speed] ? _ (names[self->speed]) : NULL;
}

DioUsbDeviceState
dio_usb_device_get_state (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), DIO_USB_DEVICE_FREE);
  return self->state;
}

const char *
dio_usb_device_get_holder (DioUsbDevice *self)
{
  g_return_val_if_fail (DIO_IS_USB_DEVICE (self), NULL);
  return self->holder;
}

void
dio_usb_device_set_state (DioUsbDevice *self, DioUsbDeviceState state, const char *holder)
{
  g_return_if_fail (DIO_IS_USB_DEVICE (self));
  g_object_freeze_notify (G_OBJECT (self));
  if (self->state != state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
    }
  if (g_set_str (&self->holder, holder))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_HOLDER]);
  g_object_thaw_notify (G_OBJECT (self));
}
