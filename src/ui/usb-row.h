/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-manager.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A USB device of this computer in a list: what it is, where it is, a switch that hands it to one machine, and a menu
 * of what is remembered of it for that machine. */
#define DIO_TYPE_USB_ROW (dio_usb_row_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbRow, dio_usb_row, DIO, USB_ROW, AdwActionRow)

/* Returns: (transfer floating) */
GtkWidget *dio_usb_row_new (DioUsbManager *manager, DioSession *session, DioUsbDevice *device);
/* Why a device is better left alone may have changed, and nobody tells. */
void dio_usb_row_refresh (DioUsbRow *self);

G_END_DECLS
