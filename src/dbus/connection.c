/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "dbus/connection.h"

#include "base/debug.h"
#include "dbus/relay.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#define AUTH_TIMEOUT_SECONDS 30
/* Messages that the main loop may be behind, and calls of the peer that may be unanswered: an honest QEMU has some
 * tens. */
#define MAX_UNDISPATCHED 20000
#define MAX_UNANSWERED 1000

/* Watches one connection from GDBus' worker thread, as whatever that thread takes in is queued for the main loop,
 * without bound. Shared by the filter and its idle sources. */
typedef struct
{
  gatomicrefcount ref_count;
  GMainContext *context;
  int flooded; /* atomic */

  GMutex mutex; /* guards what follows */
  guint n_undispatched;
  guint n_marked; /* of those, as many are known to be dispatched once MARK runs */
  GSource *mark;
  guint n_unanswered;
} Guard;

static Guard *
guard_new (void)
{
  Guard *self = g_new0 (Guard, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
  return self;
}

static void
guard_unref (gpointer data)
{
  Guard *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->mutex);
  g_main_context_unref (self->context);
  g_free (self);
}

/* Runs in the main loop after everything that was queued before it. */
static gboolean
on_mark (gpointer data)
{
  Guard *self = data;

  g_mutex_lock (&self->mutex);
  self->n_undispatched -= self->n_marked;
  g_clear_pointer (&self->mark, g_source_unref);
  g_mutex_unlock (&self->mutex);
  return G_SOURCE_REMOVE;
}

static void
set_mark (Guard *self)
{
  self->n_marked = self->n_undispatched;
  self->mark = g_idle_source_new ();
  /* The one that GDBus has for signals, calls and replies; equal ones run in the order that they were attached in. */
  g_source_set_priority (self->mark, G_PRIORITY_DEFAULT);
  g_atomic_ref_count_inc (&self->ref_count);
  g_source_set_callback (self->mark, on_mark, self, guard_unref);
  g_source_set_static_name (self->mark, "[diorama] D-Bus guard");
  g_source_attach (self->mark, self->context);
}

/* TRUE when MESSAGE is one too many. */
static gboolean
guard_count (Guard *self, GDBusMessage *message)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL &&
      !(g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED))
    self->n_unanswered++;
  self->n_undispatched++;
  if (!self->mark)
    set_mark (self);
  return self->n_undispatched > MAX_UNDISPATCHED || self->n_unanswered > MAX_UNANSWERED;
}

static void
guard_count_answer (Guard *self, GDBusMessage *message)
{
  GDBusMessageType type = g_dbus_message_get_message_type (message);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if ((type == G_DBUS_MESSAGE_TYPE_METHOD_RETURN || type == G_DBUS_MESSAGE_TYPE_ERROR) && self->n_unanswered > 0)
    self->n_unanswered--;
}

/* In GDBus' worker thread. An outgoing message comes by when it is written, not when it is queued. */
static GDBusMessage *
filter (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  Guard *self = user_data;

  if (!incoming)
    {
      guard_count_answer (self, message);
      return message;
    }
  if (!g_atomic_int_get (&self->flooded))
    {
      if (!guard_count (self, message))
        return message;
      dio_debug (DIO_DEBUG_DBUS, "the peer floods its connection, which is closed");
      g_atomic_int_set (&self->flooded, TRUE);
      g_dbus_connection_close (connection, NULL, NULL, NULL);
    }
  g_object_unref (message);
  return NULL;
}

typedef struct
{
  GCancellable *both; /* cancelled by the caller's cancellable and by the timeout */
  GCancellable *callers;
  gulong handler;
  GSource *timeout;
} Connecting;

static void
connecting_free (gpointer data)
{
  Connecting *self = data;

  g_cancellable_disconnect (self->callers, self->handler);
  g_source_destroy (self->timeout);
  g_source_unref (self->timeout);
  g_clear_object (&self->callers);
  g_clear_object (&self->both);
  g_free (self);
}

static gboolean
on_timeout (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static Connecting *
connecting_new (GCancellable *cancellable)
{
  Connecting *self = g_new0 (Connecting, 1);

  self->both = g_cancellable_new ();
  self->timeout = g_timeout_source_new_seconds (AUTH_TIMEOUT_SECONDS);
  g_source_set_callback (self->timeout, on_timeout, g_object_ref (self->both), g_object_unref);
  g_source_attach (self->timeout, g_main_context_get_thread_default ());
  if (g_set_object (&self->callers, cancellable))
    self->handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self->both, NULL);
  return self;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);

  if (g_task_return_error_if_cancelled (task))
    return;
  if (!connection)
    {
      gboolean late = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

      g_task_return_new_error (
          task, G_IO_ERROR, late ? G_IO_ERROR_TIMED_OUT : G_IO_ERROR_FAILED,
          _ ("The virtual machine’s display cannot be reached: %s. Close the machine and start it again."),
          late ? _ ("it does not answer") : error->message);
      return;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_add_filter (connection, filter, guard_new (), guard_unref);
  g_dbus_connection_start_message_processing (connection);
  g_task_return_pointer (task, g_steal_pointer (&connection), g_object_unref);
}

void
dio_dbus_connect_peer_async (int fd, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) stream = NULL;
  g_autofd int relayed = dio_relay_start (fd, &error);
  Connecting *connecting;

  g_task_set_source_tag (task, dio_dbus_connect_peer_async);
  if (relayed < 0 || !(socket = g_socket_new_from_fd (relayed, &error)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  relayed = -1;
  stream = g_socket_connection_factory_create_connection (socket);
  connecting = connecting_new (cancellable);
  g_task_set_task_data (task, connecting, connecting_free);
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                             G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, connecting->both, on_connected, g_steal_pointer (&task));
}

GDBusConnection *
dio_dbus_connect_peer_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
