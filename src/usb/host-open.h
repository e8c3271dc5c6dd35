/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/source.h"

G_BEGIN_DECLS

/* The half of DioUsbHostSource (usb/host-source.h) that is not its list: open() of the interface, whose task returns
 * the file descriptor, and get_guard(). */
void dio_usb_host_open_async (DioUsbSource *source, DioUsbDevice *device, const char *window, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
DioUsbGuard dio_usb_host_source_get_guard (DioUsbSource *source, DioUsbDevice *device);

G_END_DECLS
