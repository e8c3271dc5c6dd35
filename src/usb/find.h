/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one of DEVICES (of DioUsbDevice) that WORD means: its port or identifier, its numbers (“0781:5581”), its serial
 * number, or its name; the first of these that fits any has to fit one alone. (transfer full). DIO_USB_ERROR_GONE:
 * none, or several. */
DioUsbDevice *dio_usb_find (GListModel *devices, const char *word, GError **error);

G_END_DECLS
