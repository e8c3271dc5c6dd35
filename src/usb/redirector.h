/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One device on its way into a machine: usbredirhost between a file of usbfs and the stream to QEMU's usb-redir. All of
 * them are on one thread with one libusb, which does nothing else; only this object is the main thread's. The guest and
 * the device are both hostile: what they may have in flight, and in our memory, is bounded (see LIMIT below), and
 * whoever goes beyond ends the connection, not more.
 *
 * Signal "ended" (uint: DioUsbEnd, string: details for a log, may be NULL): once, on the main thread; the device is the
 * kernel's again by then. Not after close. */
#define DIO_TYPE_USB_REDIRECTOR (dio_usb_redirector_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbRedirector, dio_usb_redirector, DIO, USB_REDIRECTOR, GObject)

typedef enum
{
  DIO_USB_END_GUEST,     /* QEMU closed the stream */
  DIO_USB_END_UNPLUGGED, /* the device is gone */
  DIO_USB_END_REJECTED,  /* QEMU does not want such a device */
  DIO_USB_END_LIMIT,     /* the guest, or the device, went beyond what is allowed */
  DIO_USB_END_FAILED,
} DioUsbEnd;

/* Bytes that one device's transfers may take of our memory, in both directions; a transfer, or a packet, that is larger
 * than half of it is refused as well. What usbfs itself allows is 16 MB for all devices together, by default. */
#define DIO_USB_REDIRECTOR_LIMIT (32u << 20)

/* Detaches the kernel's drivers from the device at DEVICE_FD (usbfs, read and write; known to the keeper before that)
 * and begins to talk with the guest on STREAM_FD (a stream socket). Takes both, also when it fails. Errors:
 * DIO_USB_ERROR_BUSY, GONE, DENIED; G_IO_ERROR. */
void dio_usb_redirector_new_async (int device_fd, int stream_fd, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
DioUsbRedirector *dio_usb_redirector_new_finish (GAsyncResult *result, GError **error);

/* Ends when the device is the kernel's again, at most a few seconds later; never fails. Dropping the last reference
 * does the same behind one's back. */
void dio_usb_redirector_close_async (DioUsbRedirector *self, GAsyncReadyCallback callback, gpointer user_data);
void dio_usb_redirector_close_finish (DioUsbRedirector *self, GAsyncResult *result);
/* Bytes from and to the guest so far. */
void dio_usb_redirector_get_traffic (DioUsbRedirector *self, guint64 *ret_from_guest, guint64 *ret_to_guest);

G_END_DECLS
