/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Lines of JSON over a stream socket, both ways, without ever blocking: what is not read stays in the socket, so that a
 * peer that babbles fills its own buffers, not ours. Runs in the thread-default main context of its maker, at a
 * priority below GTK's drawing, and handles few lines a turn. */
typedef struct _DioQmpTransport DioQmpTransport;

/* LINE is valid during the call. Either function may close the transport. */
typedef void (*DioQmpLineFunc) (const char *line, gsize length, gpointer user_data);
/* At most once, and never after dio_qmp_transport_close(). */
typedef void (*DioQmpClosedFunc) (const GError *error, gpointer user_data);

/* Takes over FD. */
DioQmpTransport *dio_qmp_transport_new (int fd, DioQmpLineFunc on_line, DioQmpClosedFunc on_closed, gpointer user_data);
void dio_qmp_transport_unref (DioQmpTransport *self); /* closes it as well */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioQmpTransport, dio_qmp_transport_unref)

/* Queues LINE, with a duplicate of FD when that is ≥ 0. Fails with G_IO_ERROR_CLOSED, and with G_IO_ERROR_NO_SPACE when
 * more than 1 MiB waits for a peer that does not read. */
gboolean dio_qmp_transport_send (DioQmpTransport *self, const char *line, int fd, GError **error);
gboolean dio_qmp_transport_is_open (DioQmpTransport *self);
/* Closes at once; what is queued is lost; no callback comes any more. */
void dio_qmp_transport_close (DioQmpTransport *self);

G_END_DECLS
