/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/session.h"
#include "usb/source.h"

G_BEGIN_DECLS

/* One device in one machine: opens the device, has a port made in the machine, registers a stream with it, redirects;
 * and all of that back again, in the other order, whatever ends first. Main thread only.
 *
 * Signal "ended" (string or NULL: why, for the user; NULL: nothing that one would want to be told, as that it was
 * pulled out, or the machine ended): once, when the device is this computer's again and the port is gone, or going. */
#define DIO_TYPE_USB_CONNECTION (dio_usb_connection_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbConnection, dio_usb_connection, DIO, USB_CONNECTION, GObject)

/* SESSION: connected, of a machine of ours. WINDOW: see dio_usb_source_open_async(). A cancelled or failed one has left
 * nothing behind when it is told. */
void dio_usb_connection_new_async (DioSession *session, DioUsbSource *source, DioUsbDevice *device, const char *window,
                                   GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
DioUsbConnection *dio_usb_connection_new_finish (GAsyncResult *result, GError **error);

/* "ended" follows, also when it was ending already. */
void dio_usb_connection_close (DioUsbConnection *self);

G_END_DECLS
