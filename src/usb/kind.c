/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/kind.h"

#include "config.h"

#include <glib/gi18n-lib.h>

#define MAX_INTERFACES 32
#define ANY -1

/* VENDOR, PRODUCT: idVendor, idProduct, or ANY; the others: the interface's numbers, or ANY. */
typedef struct
{
  int vendor, product, class, subclass, protocol;
  DioUsbKind kind;
} Row;

/* The first row that fits an interface tells its kind. Classes: https://www.usb.org/defined-class-codes, and USB
 * CDC 1.2 table 4 (subclasses of communications). */
static const Row rows[] = {
  /* By vendor: what has no class of its own, or another than a person would think. */
  { 0x04a9, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Canon */
  { 0x04b0, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Nikon */
  { 0x04cb, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Fujifilm */
  { 0x04da, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Panasonic */
  { 0x07b4, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Olympus */
  { 0x25fb, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* Ricoh, Pentax */
  { 0x2672, ANY, 0x06, 0x01, 0x01, DIO_USB_KIND_CAMERA },           /* GoPro */
  { 0x0403, ANY, 0xff, 0xff, 0xff, DIO_USB_KIND_SERIAL },           /* FTDI */
  { 0x067b, 0x2303, 0xff, ANY, ANY, DIO_USB_KIND_SERIAL },          /* Prolific PL2303 */
  { 0x10c4, ANY, 0xff, 0x00, 0x00, DIO_USB_KIND_SERIAL },           /* Silicon Labs CP210x */
  { 0x1a86, ANY, 0xff, 0x01, 0x02, DIO_USB_KIND_SERIAL },           /* WCH CH340, CH341 */
  { 0x0b95, ANY, 0xff, 0xff, 0x00, DIO_USB_KIND_NETWORK },          /* ASIX */
  { 0x0bda, 0x8152, 0xff, 0xff, 0x00, DIO_USB_KIND_NETWORK },       /* Realtek RTL8152 */
  { 0x0bda, 0x8153, 0xff, 0xff, 0x00, DIO_USB_KIND_NETWORK },       /* Realtek RTL8153 */
  { 0x045e, ANY, 0xff, 0x5d, 0x01, DIO_USB_KIND_GAME_CONTROLLER },  /* Xbox 360 */
  { 0x045e, ANY, 0xff, 0x47, 0xd0, DIO_USB_KIND_GAME_CONTROLLER },  /* Xbox One */
  { 0x054c, 0x05c4, 0x03, ANY, ANY, DIO_USB_KIND_GAME_CONTROLLER }, /* DualShock 4 */
  { 0x054c, 0x09cc, 0x03, ANY, ANY, DIO_USB_KIND_GAME_CONTROLLER }, /* DualShock 4, later */
  { 0x054c, 0x0ce6, 0x03, ANY, ANY, DIO_USB_KIND_GAME_CONTROLLER }, /* DualSense */
  { 0x057e, 0x2009, 0x03, ANY, ANY, DIO_USB_KIND_GAME_CONTROLLER }, /* Switch Pro Controller */
  { 0x1050, ANY, 0x03, ANY, ANY, DIO_USB_KIND_SMART_CARD },         /* Yubico; it types, too */
  { 0x096e, ANY, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },       /* Feitian */
  { 0x18d1, 0x5026, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },    /* Google Titan */
  { 0x20a0, 0x42b1, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },    /* Nitrokey FIDO U2F */
  { 0x20a0, 0x42b2, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },    /* Nitrokey FIDO2, 3 */
  { 0x1209, 0x5070, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },    /* SoloKeys */
  { 0x1209, 0xbeee, 0x03, 0x00, 0x00, DIO_USB_KIND_SMART_CARD },    /* Solo 2 */

  { ANY, ANY, 0x01, ANY, ANY, DIO_USB_KIND_AUDIO },
  { ANY, ANY, 0x02, 0x02, ANY, DIO_USB_KIND_SERIAL },  /* abstract control: CDC ACM */
  { ANY, ANY, 0x02, 0x06, ANY, DIO_USB_KIND_NETWORK }, /* ECM */
  { ANY, ANY, 0x02, 0x0c, ANY, DIO_USB_KIND_NETWORK }, /* EEM */
  { ANY, ANY, 0x02, 0x0d, ANY, DIO_USB_KIND_NETWORK }, /* NCM */
  { ANY, ANY, 0x02, 0x0e, ANY, DIO_USB_KIND_NETWORK }, /* MBIM */
  { ANY, ANY, 0x03, 0x01, 0x02, DIO_USB_KIND_POINTER },
  { ANY, ANY, 0x03, 0x01, 0x01, DIO_USB_KIND_KEYBOARD },
  { ANY, ANY, 0x06, ANY, ANY, DIO_USB_KIND_PHONE },
  { ANY, ANY, 0x07, ANY, ANY, DIO_USB_KIND_PRINTER },
  { ANY, ANY, 0x08, ANY, ANY, DIO_USB_KIND_STORAGE },
  { ANY, ANY, 0x09, ANY, ANY, DIO_USB_KIND_HUB },
  { ANY, ANY, 0x0b, ANY, ANY, DIO_USB_KIND_SMART_CARD },
  { ANY, ANY, 0x0e, ANY, ANY, DIO_USB_KIND_CAMERA },
  { ANY, ANY, 0x10, ANY, ANY, DIO_USB_KIND_CAMERA },  /* audio and video in one */
  { ANY, ANY, 0xdc, 0x02, 0x01, DIO_USB_KIND_PHONE }, /* Android's debug bridge on a new number */
  { ANY, ANY, 0xe0, 0x01, 0x01, DIO_USB_KIND_BLUETOOTH },
  { ANY, ANY, 0xe0, 0x01, 0x03, DIO_USB_KIND_NETWORK },  /* RNDIS */
  { ANY, ANY, 0xef, 0x04, ANY, DIO_USB_KIND_NETWORK },   /* RNDIS on a new number */
  { ANY, ANY, 0xff, 0x42, 0x01, DIO_USB_KIND_PHONE },    /* Android's debug bridge */
  { ANY, ANY, 0xff, 0x42, 0x03, DIO_USB_KIND_PHONE },    /* Android's boot loader */
  { 0x05ac, ANY, 0xff, 0xfe, 0x02, DIO_USB_KIND_PHONE }, /* Apple's phones and tablets */
};

static gboolean
fits (int wanted, guint is)
{
  return wanted == ANY || wanted == (int) is;
}

static DioUsbKind
guess_interface (const DioUsbFacts *facts, const DioUsbInterface *interface)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (fits (rows[i].vendor, facts->vendor) && fits (rows[i].product, facts->product) &&
        fits (rows[i].class, interface->class) && fits (rows[i].subclass, interface->subclass) &&
        fits (rows[i].protocol, interface->protocol))
      return rows[i].kind;
  return DIO_USB_KIND_OTHER;
}

DioUsbKind
dio_usb_kind_guess (const DioUsbFacts *facts)
{
  /* The device's own class is 0, or a composite's number of no meaning, unless all of it is of that class. */
  const DioUsbInterface device = { facts->device_class, 0, 0 };
  guint kinds = facts->hints | 1u << DIO_USB_KIND_OTHER | 1u << guess_interface (facts, &device);

  for (guint i = 0; i < MIN (facts->n_interfaces, MAX_INTERFACES); i++)
    kinds |= 1u << guess_interface (facts, &facts->interfaces[i]);
  return (DioUsbKind) g_bit_nth_lsf (kinds, -1);
}

const char *
dio_usb_kind_get_icon_name (DioUsbKind kind)
{
  static const char *const names[] = {
    [DIO_USB_KIND_HUB] = "diorama-usb-symbolic",
    [DIO_USB_KIND_PRINTER] = "printer-symbolic",
    [DIO_USB_KIND_PHONE] = "phone-symbolic",
    [DIO_USB_KIND_STORAGE] = "drive-harddisk-usb-symbolic",
    [DIO_USB_KIND_CAMERA] = "camera-web-symbolic",
    [DIO_USB_KIND_AUDIO] = "audio-headset-symbolic",
    [DIO_USB_KIND_NETWORK] = "network-wired-symbolic",
    [DIO_USB_KIND_SERIAL] = "diorama-serial-port-symbolic",
    [DIO_USB_KIND_BLUETOOTH] = "bluetooth-symbolic",
    [DIO_USB_KIND_SMART_CARD] = "auth-smartcard-symbolic",
    [DIO_USB_KIND_KEYBOARD] = "input-keyboard-symbolic",
    [DIO_USB_KIND_POINTER] = "input-mouse-symbolic",
    [DIO_USB_KIND_GAME_CONTROLLER] = "input-gaming-symbolic",
    [DIO_USB_KIND_OTHER] = "diorama-usb-symbolic",
  };

  g_return_val_if_fail (kind < G_N_ELEMENTS (names), names[DIO_USB_KIND_OTHER]);
  return names[kind];
}

const char *
dio_usb_kind_get_name (DioUsbKind kind)
{
  static const char *const names[] = {
    [DIO_USB_KIND_HUB] = N_ ("USB hub"),
    [DIO_USB_KIND_PRINTER] = N_ ("Printer"),
    [DIO_USB_KIND_PHONE] = N_ ("Phone or media player"),
    [DIO_USB_KIND_STORAGE] = N_ ("Storage device"),
    [DIO_USB_KIND_CAMERA] = N_ ("Camera"),
    [DIO_USB_KIND_AUDIO] = N_ ("Audio device"),
    [DIO_USB_KIND_NETWORK] = N_ ("Network adapter"),
    [DIO_USB_KIND_SERIAL] = N_ ("Serial port"),
    [DIO_USB_KIND_BLUETOOTH] = N_ ("Bluetooth adapter"),
    [DIO_USB_KIND_SMART_CARD] = N_ ("Security key or card reader"),
    [DIO_USB_KIND_KEYBOARD] = N_ ("Keyboard"),
    [DIO_USB_KIND_POINTER] = N_ ("Mouse, tablet or touch screen"),
    [DIO_USB_KIND_GAME_CONTROLLER] = N_ ("Game controller"),
    [DIO_USB_KIND_OTHER] = N_ ("USB device"),
  };

  g_return_val_if_fail (kind < G_N_ELEMENTS (names), "");
  return _ (names[kind]);
}
