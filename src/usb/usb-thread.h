/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <libusb.h>

G_BEGIN_DECLS

/* The thread on which everything of libusb and usbredirhost happens, for all devices: neither needs a lock then. It is
 * there while somebody holds it. Its libusb looks for no devices: it is given what was opened elsewhere. */
typedef struct _DioUsbThread DioUsbThread;

/* Main thread only, both. The last release waits for its end, which is at once when no device is open. */
DioUsbThread *dio_usb_thread_hold (GError **error);
void dio_usb_thread_release (DioUsbThread *self);

/* Calls FUNC there, in turn. Any thread. */
void dio_usb_thread_invoke (DioUsbThread *self, GSourceOnceFunc func, gpointer user_data);

/* On the thread itself. */
GMainContext *dio_usb_thread_get_context (DioUsbThread *self);
libusb_context *dio_usb_thread_get_libusb (DioUsbThread *self);
/* libusb looks no more at a device's descriptor: closed, or gone. One a descriptor; FUNC must not call libusb. */
void dio_usb_thread_watch (DioUsbThread *self, int fd, GSourceOnceFunc func, gpointer user_data);
void dio_usb_thread_unwatch (DioUsbThread *self, int fd);

G_END_DECLS
