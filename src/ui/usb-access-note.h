/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* How this computer's administrator lets its user have USB devices: what to do, and the command, to be copied. */
#define DIO_TYPE_USB_ACCESS_NOTE (dio_usb_access_note_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbAccessNote, dio_usb_access_note, DIO, USB_ACCESS_NOTE, AdwBin)

/* Returns: (transfer floating) */
GtkWidget *dio_usb_access_note_new (void);

G_END_DECLS
