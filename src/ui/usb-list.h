/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-manager.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* The USB devices of this computer, each with a switch that hands it to one machine; or why there are none. */
#define DIO_TYPE_USB_LIST (dio_usb_list_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbList, dio_usb_list, DIO, USB_LIST, AdwBin)

/* SESSION: that takes part in MANAGER; this must not outlive it by more than a turn of the main loop. Returns:
 * (transfer floating) */
GtkWidget *dio_usb_list_new (DioUsbManager *manager, DioSession *session);

G_END_DECLS
