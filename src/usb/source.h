/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"
#include "usb/error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where devices come from: this computer (usb/host-source.h) or, in a sandbox, its portal (usb/portal-source.h). A
 * GListModel of DioUsbDevice in the order of their ports, which follows what is plugged in and out; hubs of the
 * computer itself (root hubs) are not in it. Main thread only.
 *
 * Property "trouble" (string or NULL, notify): why nothing can be seen here, and what to do about it, for the user. */
#define DIO_TYPE_USB_SOURCE (dio_usb_source_get_type ())
G_DECLARE_INTERFACE (DioUsbSource, dio_usb_source, DIO, USB_SOURCE, GListModel)

struct _DioUsbSourceInterface
{
  GTypeInterface parent_iface;

  const char *(*get_trouble) (DioUsbSource *self); /* (nullable) */
  void (*open_async) (DioUsbSource *self, DioUsbDevice *device, const char *window, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  int (*open_finish) (DioUsbSource *self, GAsyncResult *result, GError **error);
  void (*release) (DioUsbSource *self, DioUsbDevice *device);
  DioUsbGuard (*get_guard) (DioUsbSource *self, DioUsbDevice *device);
};

/* The one that fits where we run: the portal's in a Flatpak, else the computer's. (transfer full) */
DioUsbSource *dio_usb_source_new_default (void);

const char *dio_usb_source_get_trouble (DioUsbSource *self); /* (nullable) */
/* Opens DEVICE for reading and writing as a file of the kernel's usbfs. WINDOW: (nullable): the identifier of the
 * window, as portals have it, over which a question may be asked. */
void dio_usb_source_open_async (DioUsbSource *self, DioUsbDevice *device, const char *window, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
/* The file descriptor, the caller's to close; or -1 with an error (DIO_USB_ERROR_DENIED, REFUSED, GONE, …). */
int dio_usb_source_open_finish (DioUsbSource *self, GAsyncResult *result, GError **error);
/* What was opened is closed again, everywhere. */
void dio_usb_source_release (DioUsbSource *self, DioUsbDevice *device);
/* Looked up now: mounts and routes change. Where that cannot be known (in a sandbox), by its kind. Not slow: a few
 * small files of sysfs and procfs. */
DioUsbGuard dio_usb_source_get_guard (DioUsbSource *self, DioUsbDevice *device);
/* (transfer none): why, in a sentence; NULL for NONE. */
const char *dio_usb_guard_get_sentence (DioUsbGuard guard);

G_END_DECLS
