/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Client side of the D-Bus connections that Diorama has with a QEMU: peer-to-peer over FD (taken over), guarded against
 * a peer that floods it (the connection is then closed; "closed" says so). QEMU is the authenticating server. */
void dio_dbus_connect_peer_async (int fd, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GDBusConnection *dio_dbus_connect_peer_finish (GAsyncResult *result, GError **error);

G_END_DECLS
