/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/fd-queue.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What arrives on a D-Bus socket, cut into lines (while authenticating) and messages, with its file descriptors. Nobody
 * is trusted: memory grows with the bytes that came, not with what was announced; a message that would unpack to much
 * more than its size is refused before it is unpacked. Not thread-safe. */
typedef struct _DioWire DioWire;

/* D-Bus' own limit of a message. */
#define DIO_WIRE_MAX_MESSAGE (128 * 1024 * 1024)
/* Descriptors that a message may have. */
#define DIO_WIRE_MAX_FDS DIO_FD_QUEUE_MAX

/* MAX_MESSAGE is in bytes, at most DIO_WIRE_MAX_MESSAGE. */
DioWire *dio_wire_new (gsize max_message);
void dio_wire_free (DioWire *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioWire, dio_wire_free)

/* Reads once, without waiting, from SOCKET_FD. Nothing to read is not an error; the end of the stream is
 * G_IO_ERROR_CLOSED. */
gboolean dio_wire_receive (DioWire *self, int socket_fd, GError **error);
/* As if SIZE bytes had been received. */
void dio_wire_push (DioWire *self, const void *data, gsize size);

/* The next line without its CR LF, or NULL when there is none yet; with an error when it is over 1 KiB long. */
char *dio_wire_pop_line (DioWire *self, GError **error);
/* The next message, or NULL when it has not come whole; with G_IO_ERROR_INVALID_DATA when it is none that we would
 * take. */
GDBusMessage *dio_wire_pop_message (DioWire *self, GError **error);

/* The same, not unpacked: the bytes, borrowed until the next call of anything here, and their descriptors in FDS
 * (transfer full; none where this process had no room for them). The size is 0 when there is none, or an error. */
gsize dio_wire_pop_raw (DioWire *self, const guint8 **ret_data, int fds[DIO_WIRE_MAX_FDS], guint *ret_n_fds,
                        GError **error);
/* The next byte, or -1. */
int dio_wire_pop_byte (DioWire *self);

/* Bytes of memory held, for tests. */
gsize dio_wire_get_capacity (DioWire *self);

G_END_DECLS
