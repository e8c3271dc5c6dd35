/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a caller of the room, or of session/usb-manager.h, goes on in a way of its own; all else is G_IO_ERROR. The
 * messages are sentences for the user. */
#define DIO_USB_ERROR (dio_usb_error_quark ())
GQuark dio_usb_error_quark (void);

typedef enum
{
  DIO_USB_ERROR_DENIED,  /* this user may not open it: see usb/access.h */
  DIO_USB_ERROR_REFUSED, /* the user, or the portal, said no */
  DIO_USB_ERROR_BUSY,    /* another program has it */
  DIO_USB_ERROR_GONE,    /* it is not plugged in any more */
  DIO_USB_ERROR_GUARDED, /* this computer needs it: insist, or leave it */
  DIO_USB_ERROR_MOUNTED, /* a file system on it is in use: unmount it, or leave it */
  DIO_USB_ERROR_HELD,    /* another machine has it: take it from there, or leave it */
  DIO_USB_ERROR_NO_ROOM, /* the machine has no port left */
} DioUsbError;

G_END_DECLS
