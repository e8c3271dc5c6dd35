/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define DIO_USB_PORTAL_PATH "/org/freedesktop/portal/desktop"
#define DIO_USB_PORTAL_INTERFACE "org.freedesktop.portal.Usb"

/* One device from the portal to a file descriptor: AcquireDevices, the answer to its request (until the user has given
 * it, which may take long), FinishAcquireDevices until that is finished. Main thread only.
 *
 * OWNER: the portal's unique name. ID: what it calls the device, NAME: what the user does. NUMBER: of the device, or 0
 * when that is not known: what comes is then checked to be some USB device's. WINDOW: "" for none. A cancelled one
 * closes the portal's question. */
void dio_usb_portal_acquire_async (GDBusConnection *connection, const char *owner, const char *id, const char *name,
                                   dev_t number, const char *window, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* The file descriptor, the caller's, and the portal has a copy until the release; or -1, and then it has none. */
int dio_usb_portal_acquire_finish (GAsyncResult *result, GError **error);
/* ReleaseDevices; without waiting for the answer. */
void dio_usb_portal_release (GDBusConnection *connection, const char *owner, const char *id);
/* What the portal will call an object of KIND ("request", "session") that CONNECTION asks for with TOKEN. (transfer
 * full) Source: org.freedesktop.portal.Request. */
char *dio_usb_portal_make_path (GDBusConnection *connection, const char *kind, const char *token);
/* A token that was not there before. (transfer full) */
char *dio_usb_portal_make_token (void);

G_END_DECLS
