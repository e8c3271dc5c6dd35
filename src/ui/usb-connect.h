/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-manager.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a user does with a USB device in a window: hands it to a machine, or takes it back. What has to be asked before,
 * and what did not work, is told over WIDGET, which may be in a popover; that goes then. */

/* Hands DEVICE to SESSION's machine. */
void dio_usb_connect (GtkWidget *widget, DioUsbManager *manager, DioSession *session, DioUsbDevice *device);
/* Takes it back from the machine that has it; of what is written to, once for each device, the user is told first that
 * the machine's system should let go of it. */
void dio_usb_disconnect (GtkWidget *widget, DioUsbManager *manager, DioUsbDevice *device);
/* Whether the user is just having DEVICE connected here, and so need not be told. */
gboolean dio_usb_connect_is_under_way (DioUsbDevice *device);

G_END_DECLS
