/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/endpoint.h"

G_BEGIN_DECLS

/* The answers of an endpoint on their way out, shared by its thread and by the calls that are still to be answered,
 * which may outlive it. Any thread, except where the endpoint's is named. */
typedef struct _DioOutbox DioOutbox;

DioOutbox *dio_outbox_new (void);
DioOutbox *dio_outbox_ref (DioOutbox *self);
void dio_outbox_unref (DioOutbox *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioOutbox, dio_outbox_unref)

/* Polls readable when there is something new to send, and after dio_outbox_wake(). */
int dio_outbox_get_wake_fd (DioOutbox *self);
void dio_outbox_wake (DioOutbox *self);
void dio_outbox_clear_wake (DioOutbox *self);

/* The endpoint's thread: sends what can be sent without waiting. */
gboolean dio_outbox_flush (DioOutbox *self, int socket_fd, GError **error);
void dio_outbox_push_text (DioOutbox *self, const char *text);
/* Throws away what was not sent; with dio_outbox_close(), from now on everything. */
void dio_outbox_discard (DioOutbox *self);
void dio_outbox_close (DioOutbox *self);

gboolean dio_outbox_has_output (DioOutbox *self);
/* So much is unsent or unanswered that nothing more should be read. */
gboolean dio_outbox_is_full (DioOutbox *self);
/* Errors that were answered so far. */
guint dio_outbox_get_faults (DioOutbox *self);

/* The token of MESSAGE, a method call. */
DioEndpointCall *dio_outbox_add_call (DioOutbox *self, GDBusMessage *message);

G_END_DECLS
