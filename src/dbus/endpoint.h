/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One object that a QEMU calls over a socket of its own: the D-Bus peer of a display listener.
 *
 * Not a GDBusConnection, because calls carry whole pictures at a high rate and the caller is not trusted: GDBus queues
 * without bound in both directions. Here one thread reads a message, has it handled, writes the answer, and reads on; a
 * caller that is faster than we are, or does not read our answers, waits at its own end of the socket. */
typedef struct _DioEndpoint DioEndpoint;
/* A call that was received; answered exactly once. References may be kept to answer it later, from any thread; a call
 * whose last reference is dropped unanswered gets an error for an answer. */
typedef struct _DioEndpointCall DioEndpointCall;

typedef struct
{
  const char *object_path;
  /* NULL-terminated. Calls of methods that are not in here, or with other arguments, get their errors by themselves; so
   * do, by their right answers, org.freedesktop.DBus.{Peer,Introspectable,Properties}. */
  GDBusInterfaceInfo *const *interfaces;

  /* Runs in the endpoint's thread. BODY has the signature of the method. */
  void (*handle) (DioEndpointCall *call, GDBusMessage *message, GVariant *body, gpointer user_data);
  /* A new (floating) value of a property that is in INTERFACES; in the endpoint's thread. */
  GVariant *(*get_property) (const char *interface, const char *property, gpointer user_data);
  /* Runs in the endpoint's thread before it waits for the peer; tells by when (monotonic time) it has to run again, or
   * -1: no need. May be NULL. For answers that have a deadline: nothing that the main context does can delay them. */
  gint64 (*before_wait) (gpointer user_data);
  /* Runs once, in the main context that was the thread's default when the endpoint was made, unless the endpoint is
   * freed before: the connection ended by itself. G_IO_ERROR_CLOSED: the peer closed it, G_IO_ERROR_TIMED_OUT: it did
   * not authenticate in time, G_IO_ERROR_INVALID_DATA: it broke the protocol, or got more than MAX_FAULTS errors. */
  void (*closed) (const GError *error, gpointer user_data);

  guint auth_timeout_ms;
  guint max_faults;
} DioEndpointClass;

/* Takes over SOCKET_FD, the client's end as to authentication, and starts the thread. KLASS and USER_DATA must outlive
 * it. */
DioEndpoint *dio_endpoint_new (int socket_fd, const DioEndpointClass *klass, gpointer user_data);
/* Closes the connection and waits for the thread, which is never longer than one call of handle(). */
void dio_endpoint_free (DioEndpoint *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioEndpoint, dio_endpoint_free)

/* Without socket and thread, for tests and fuzzing: bytes are pushed in and handled at once, answers thrown away.
 * dio_endpoint_push() returns FALSE when the connection would have been closed. */
DioEndpoint *dio_endpoint_new_detached (const DioEndpointClass *klass, gpointer user_data);
gboolean dio_endpoint_push (DioEndpoint *self, const void *data, gsize size, GError **error);
gboolean dio_endpoint_push_message (DioEndpoint *self, GDBusMessage *message, GError **error);

DioEndpointCall *dio_endpoint_call_ref (DioEndpointCall *call);
void dio_endpoint_call_unref (DioEndpointCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioEndpointCall, dio_endpoint_call_unref)
/* BODY is a tuple, sunk here, or NULL for none. Any thread. */
void dio_endpoint_call_return (DioEndpointCall *call, GVariant *body);
/* NAME is a D-Bus error name. Counted as a fault of the peer. Any thread. */
void dio_endpoint_call_return_error (DioEndpointCall *call, const char *name, const char *text);

G_END_DECLS
