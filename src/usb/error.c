/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/error.h"

#include <gio/gio.h>

/* So that they go over the bus to whoever asked from outside, and are the same there. */
#define NAME(word) "app.diorama.Machine1.Usb" word

static const GDBusErrorEntry names[] = {
  { DIO_USB_ERROR_DENIED, NAME ("Denied") },   { DIO_USB_ERROR_REFUSED, NAME ("Refused") },
  { DIO_USB_ERROR_BUSY, NAME ("Busy") },       { DIO_USB_ERROR_GONE, NAME ("Gone") },
  { DIO_USB_ERROR_GUARDED, NAME ("Guarded") }, { DIO_USB_ERROR_MOUNTED, NAME ("Mounted") },
  { DIO_USB_ERROR_HELD, NAME ("Held") },       { DIO_USB_ERROR_NO_ROOM, NAME ("NoRoom") },
};

GQuark
dio_usb_error_quark (void)
{
  static gsize quark;

  g_dbus_error_register_error_domain ("dio-usb-error-quark", &quark, names, G_N_ELEMENTS (names));
  return (GQuark) quark;
}
