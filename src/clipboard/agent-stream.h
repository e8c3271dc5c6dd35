/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/vdagent.h"

G_BEGIN_DECLS

/* The agent's socket and the thread that reads and writes it. It reads no further while the main thread is behind, and
 * so never holds more than one large message that is complete and one that is not. Functions are for the main thread,
 * in which everything is told as well, one message a dispatch: behind the drawing of frames, lest a guest that talks
 * without a pause leave a window no time. */
typedef struct _DioAgentStream DioAgentStream;

typedef struct
{
  void (*message) (guint type, GBytes *body, gpointer user_data);
  /* A clipboard message above the limit: nothing is read before dio_agent_stream_decide(). */
  void (*large) (guint64 size, gpointer user_data);
  /* Once: it is dead. */
  void (*failed) (const GError *error, gpointer user_data);
} DioAgentStreamClass;

/* FD: taken over. KLASS and USER_DATA are used until dio_agent_stream_close(). */
DioAgentStream *dio_agent_stream_new (int fd, const DioAgentStreamClass *klass, gpointer user_data);
/* Ends the thread, fails what was not sent with G_IO_ERROR_CLOSED, and gives SELF up. */
void dio_agent_stream_close (DioAgentStream *self);

/* TASK: (transfer full) (nullable): returns TRUE when all is in the socket. Cancelled before it has begun to be sent,
 * it is not sent. */
void dio_agent_stream_send (DioAgentStream *self, guint type, GBytes *head, GBytes *body, GTask *task);
/* Fails what was not sent with G_IO_ERROR_CLOSED; what has begun ends with its chunk. */
void dio_agent_stream_drop (DioAgentStream *self);
void dio_agent_stream_set_limit (DioAgentStream *self, guint32 limit);
void dio_agent_stream_decide (DioAgentStream *self, gboolean accept);
guint64 dio_agent_stream_get_received (DioAgentStream *self); /* bytes */

G_END_DECLS
