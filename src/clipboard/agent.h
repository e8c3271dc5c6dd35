/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Our end of the guest's virtio-serial port com.redhat.spice.0, at whose other end SPICE's agent listens
 * (spice-protocol's vd_agent.h): a stream of chunks {port, size, at most 2048 bytes} of messages {protocol, type,
 * opaque, size}. Hostile: whatever arrives is checked, and nothing makes this hold more than its limits. A thread of
 * its own reads and writes; everything below is for the main thread, in which messages are told one by one.
 *
 * Properties (notify): "open" (boolean: a program in the guest has opened the port and announced itself),
 * "capabilities" (uint64: bits 1 << VD_AGENT_CAP_… that it announced). An agent that starts anew closes and opens
 * again: whatever was agreed with the one before is void. Signal: "message" (uint: type VD_AGENT_…, GBytes: body), for
 * what is known, has a size that its type can have, and is not the agent's own concern (capabilities). "failed"
 * (string): the stream ended or made no sense; the object is dead.
 */
#define DIO_TYPE_AGENT (dio_agent_get_type ())
G_DECLARE_FINAL_TYPE (DioAgent, dio_agent, DIO, AGENT, GObject)

/* FD: a stream socket to QEMU's character device (taken over). */
DioAgent *dio_agent_new (int fd);
gboolean dio_agent_get_open (DioAgent *self);
gboolean dio_agent_can (DioAgent *self, guint capability); /* VD_AGENT_CAP_… */

/* Sends a message, in order. BODY may be large: it is not copied. Finishes when it is all in QEMU's socket; until then
 * other messages wait, so what is large is sent in messages of a bounded size where the protocol has such (files). What
 * was queued for an agent that has gone is dropped: G_IO_ERROR_CLOSED. */
void dio_agent_send_async (DioAgent *self, guint type, GBytes *body, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_agent_send_finish (DioAgent *self, GAsyncResult *result, GError **error);
/* The same with a body of two parts, of which neither is copied: HEAD, which is small, then BODY. */
void dio_agent_send_parts_async (DioAgent *self, guint type, GBytes *head, GBytes *body, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* The same, for small ones that nobody waits for. */
void dio_agent_send (DioAgent *self, guint type, GBytes *body);

/* Bytes that have come from the guest so far: whether it is silent. */
guint64 dio_agent_get_received (DioAgent *self);

/* How large a clipboard message from the guest may be (bytes, 64 MiB) before "large" (uint64: its size) is emitted; the
 * stream rests until dio_agent_accept_large(): TRUE lets it in, FALSE throws it away as it arrives. */
void dio_agent_set_limit (DioAgent *self, guint64 limit);
void dio_agent_accept_large (DioAgent *self, gboolean accept);
gboolean dio_agent_is_resting (DioAgent *self); /* "large" has not been answered */

#define DIO_AGENT_MAX_SCREENS 16

/* The guest's screens, in its desktop's pixels, for guests that do not learn it from EDID. N: 0…DIO_AGENT_MAX_SCREENS;
 * told again when the agent opens. */
typedef struct
{
  int x, y;
  guint width, height; /* 0: this one is off */
} DioAgentScreen;
void dio_agent_set_screens (DioAgent *self, const DioAgentScreen *screens, guint n);

void dio_agent_close (DioAgent *self);

G_END_DECLS
