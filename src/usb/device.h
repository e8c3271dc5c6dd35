/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A USB device that is plugged into this computer, as it was seen when it came: what is told of it by itself is cleaned
 * (valid UTF-8, no control characters, bounded) and otherwise believed of nobody. Only its state changes. Main thread
 * only.
 *
 * Properties: "id" (string, constant), "name" (string, constant: what a person would call it), "state"
 * (DioUsbDeviceState, notify), "holder" (string or NULL, notify: the name of the machine that has it, or is getting
 * it). The last two are set by whoever hands it out (session/usb-manager.h). */
#define DIO_TYPE_USB_DEVICE (dio_usb_device_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbDevice, dio_usb_device, DIO, USB_DEVICE, GObject)

/* As "Connection speed" of USB: the bus' own names, in Mbit/s 1.5, 12, 480, 5000, 10000, 20000. */
typedef enum
{
  DIO_USB_SPEED_UNKNOWN,
  DIO_USB_SPEED_LOW,
  DIO_USB_SPEED_FULL,
  DIO_USB_SPEED_HIGH,
  DIO_USB_SPEED_SUPER,
  DIO_USB_SPEED_SUPER_PLUS,
  DIO_USB_SPEED_SUPER_PLUS_2,
} DioUsbSpeed;

/* What a person would take it for, by the classes of its interfaces; the first that fits, in this order (a printer with
 * a slot for memory cards is a printer, a modem with its drivers on a disc of its own a modem). */
typedef enum
{
  DIO_USB_KIND_HUB,
  DIO_USB_KIND_PRINTER,
  DIO_USB_KIND_PHONE, /* still image class (PTP, MTP), Android's and Apple's */
  DIO_USB_KIND_NETWORK,
  DIO_USB_KIND_STORAGE,
  DIO_USB_KIND_CAMERA,
  DIO_USB_KIND_AUDIO,
  DIO_USB_KIND_SERIAL,
  DIO_USB_KIND_BLUETOOTH,
  DIO_USB_KIND_SMART_CARD, /* readers, security keys */
  DIO_USB_KIND_KEYBOARD,
  DIO_USB_KIND_POINTER, /* mice, touchpads, tablets, touch screens */
  DIO_USB_KIND_GAME_CONTROLLER,
  DIO_USB_KIND_OTHER,
} DioUsbKind;

/* Why it is better left to this computer: never asked about by itself, and only handed out when somebody insists. */
typedef enum
{
  DIO_USB_GUARD_NONE,
  DIO_USB_GUARD_INPUT,   /* a keyboard, pointer or touch panel that this computer is used with */
  DIO_USB_GUARD_SYSTEM,  /* this computer runs from it: /, /usr, /home, swap, … are on it */
  DIO_USB_GUARD_NETWORK, /* the route to the world goes through it */
  DIO_USB_GUARD_HUB,     /* cannot be handed out at all, insisting or not */
} DioUsbGuard;

typedef enum
{
  DIO_USB_DEVICE_FREE, /* on this computer */
  DIO_USB_DEVICE_CONNECTING,
  DIO_USB_DEVICE_CONNECTED,
  DIO_USB_DEVICE_DISCONNECTING,
} DioUsbDeviceState;

#define DIO_TYPE_USB_DEVICE_STATE (dio_usb_device_state_get_type ())
GType dio_usb_device_state_get_type (void) G_GNUC_CONST;

/* One interface's class, subclass and protocol (USB's numbers). */
typedef struct
{
  guint8 class, subclass, protocol;
} DioUsbInterface;

/* What a source has found out; strings may be NULL and anything a device can say. */
typedef struct
{
  const char *id;                           /* of the source: the same for as long as it is plugged in */
  guint16 vendor, product;                  /* idVendor, idProduct */
  guint8 device_class;                      /* bDeviceClass */
  const char *vendor_name, *product_name;   /* what it says of itself */
  const char *known_vendor, *known_product; /* what the hardware database has */
  const char *serial;
  const char *port;       /* where: BUS-PORT.PORT…, as in sysfs */
  const char *sysfs_path; /* NULL in a sandbox */
  const char *node;       /* /dev/bus/usb/BUS/DEVICE; may not be there in a sandbox */
  DioUsbSpeed speed;
  const DioUsbInterface *interfaces;
  guint n_interfaces; /* those past 32 are not looked at */
  guint hints;        /* 1 << DioUsbKind, ORed: what is known of it beyond its classes */
} DioUsbFacts;

DioUsbDevice *dio_usb_device_new (const DioUsbFacts *facts);

const char *dio_usb_device_get_id (DioUsbDevice *self);
/* The product's name, with the vendor's before it where that is not said already; “Keyboard”, “USB device” (translated)
 * where nothing is known. */
const char *dio_usb_device_get_name (DioUsbDevice *self);
guint16 dio_usb_device_get_vendor (DioUsbDevice *self);
guint16 dio_usb_device_get_product (DioUsbDevice *self);
const char *dio_usb_device_get_serial (DioUsbDevice *self);     /* (nullable) */
const char *dio_usb_device_get_port (DioUsbDevice *self);       /* (nullable) */
const char *dio_usb_device_get_sysfs_path (DioUsbDevice *self); /* (nullable) */
const char *dio_usb_device_get_node (DioUsbDevice *self);       /* (nullable) */
DioUsbSpeed dio_usb_device_get_speed (DioUsbDevice *self);
DioUsbKind dio_usb_device_get_kind (DioUsbDevice *self);
/* (transfer none): the name of a symbolic icon; what it is in a word, translated; its speed, translated or NULL. */
const char *dio_usb_device_get_icon_name (DioUsbDevice *self);
const char *dio_usb_device_get_kind_name (DioUsbDevice *self);
const char *dio_usb_device_get_speed_name (DioUsbDevice *self); /* (nullable) */

DioUsbDeviceState dio_usb_device_get_state (DioUsbDevice *self);
const char *dio_usb_device_get_holder (DioUsbDevice *self); /* (nullable) */
void dio_usb_device_set_state (DioUsbDevice *self, DioUsbDeviceState state, const char *holder);

G_END_DECLS
