/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/endpoint.h"

#include "base/debug.h"
#include "dbus/outbox.h"
#include "dbus/sasl.h"
#include "dbus/standard-interfaces.h"
#include "dbus/wire.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

struct _DioEndpoint
{
  const DioEndpointClass *klass;
  gpointer user_data;
  int fd;
  GThread *thread;
  int closing; /* atomic */
  DioOutbox *outbox;
  DioWire *wire; /* of the thread */

  GMutex mutex; /* guards what follows */
  GMainContext *context;
  GSource *report;
  GError *error;
};

/* Waits until the socket can do what is asked for, writes what there is to write, reads once if asked to. FALSE without
 * an error: closing. */
static gboolean
exchange (DioEndpoint *self, gboolean reading, int timeout_ms, GError **error)
{
  gboolean writing = dio_outbox_has_output (self->outbox);
  struct pollfd fds[2] = {
    { .fd = self->fd, .events = (short) ((reading ? POLLIN : 0) | (writing ? POLLOUT : 0)) },
    { .fd = dio_outbox_get_wake_fd (self->outbox), .events = POLLIN },
  };

  if (poll (fds, G_N_ELEMENTS (fds), timeout_ms) < 0 && errno != EINTR)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Waiting failed: %s", g_strerror (errno));
      return FALSE;
    }
  if (g_atomic_int_get (&self->closing))
    return FALSE;
  if (fds[1].revents)
    dio_outbox_clear_wake (self->outbox);
  if ((fds[0].revents & POLLOUT) && !dio_outbox_flush (self->outbox, self->fd, error))
    return FALSE;
  /* A hang-up is told even where nothing is asked: read on to the end, lest poll() return at once for ever. */
  if (fds[0].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
    return dio_wire_receive (self->wire, self->fd, error);
  return TRUE;
}

static gboolean
authenticate (DioEndpoint *self, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + self->klass->auth_timeout_ms * G_TIME_SPAN_MILLISECOND;
  DioSasl sasl = { 0 };
  g_autofree char *first = dio_sasl_start (&sasl, getuid ());

  if (!dio_sasl_send_credentials (self->fd, error))
    return FALSE;
  dio_outbox_push_text (self->outbox, first);
  while (sasl.state != DIO_SASL_DONE)
    {
      gint64 left = deadline - g_get_monotonic_time ();
      g_autoptr (GError) line_error = NULL;
      g_autofree char *line = dio_wire_pop_line (self->wire, &line_error);
      g_autofree char *answer = NULL;

      if (line_error)
        {
          g_propagate_error (error, g_steal_pointer (&line_error));
          return FALSE;
        }
      if (line)
        {
          if (!(answer = dio_sasl_answer (&sasl, line, error)))
            return FALSE;
          dio_outbox_push_text (self->outbox, answer);
          continue;
        }
      if (left <= 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "The peer did not authenticate in time");
          return FALSE;
        }
      if (!exchange (self, TRUE, (int) (left / G_TIME_SPAN_MILLISECOND + 1), error))
        return FALSE;
    }
  return TRUE;
}

static void
handle_call (DioEndpoint *self, GDBusMessage *message)
{
  g_autoptr (DioEndpointCall) call = dio_outbox_add_call (self->outbox, message);
  const GDBusMethodInfo *method;
  g_autoptr (GVariant) body = NULL;

  if (dio_standard_interfaces_handle (self->klass, self->user_data, call, message))
    return;
  method = dio_standard_interfaces_find_method (self->klass, call, message, &body);
  if (method)
    self->klass->handle (call, message, body, self->user_data);
}

/* Handles the messages that have come whole, as long as the answers find their way out. */
static gboolean
handle_messages (DioEndpoint *self, GError **error)
{
  while (!g_atomic_int_get (&self->closing) && !dio_outbox_is_full (self->outbox))
    {
      g_autoptr (GError) local_error = NULL;
      g_autoptr (GDBusMessage) message = dio_wire_pop_message (self->wire, &local_error);

      if (local_error)
        {
          /* GDBus has errors of several domains for what is one thing to our caller. */
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, local_error->message);
          return FALSE;
        }
      if (!message)
        return TRUE;
      /* Signals, and answers to what was never asked, mean nothing here. */
      if (g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        handle_call (self, message);
      if (dio_outbox_get_faults (self->outbox) > self->klass->max_faults)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               "The peer made too many calls that are wrong");
          return FALSE;
        }
    }
  return TRUE;
}

/* In milliseconds, rather too few than too many; -1: for ever. */
static int
get_wait (DioEndpoint *self)
{
  gint64 until = self->klass->before_wait ? self->klass->before_wait (self->user_data) : -1;
  gint64 left = until - g_get_monotonic_time ();

  return until < 0 ? -1 : (int) CLAMP (left / G_TIME_SPAN_MILLISECOND, 0, G_MAXINT);
}

static gboolean
serve (DioEndpoint *self, GError **error)
{
  while (handle_messages (self, error))
    {
      int timeout_ms = get_wait (self);

      if (!exchange (self, !dio_outbox_is_full (self->outbox), timeout_ms, error))
        return FALSE;
    }
  return FALSE;
}

static gboolean
on_report (gpointer user_data)
{
  DioEndpoint *self = user_data;

  self->klass->closed (self->error, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
report (DioEndpoint *self, GError *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  dio_debug (DIO_DEBUG_DBUS, "endpoint %s: %s", self->klass->object_path, error->message);
  self->error = error;
  if (g_atomic_int_get (&self->closing))
    return;
  self->report = g_idle_source_new ();
  g_source_set_priority (self->report, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->report, on_report, self, NULL);
  g_source_set_static_name (self->report, "[diorama] endpoint closed");
  g_source_attach (self->report, self->context);
}

static gpointer
run (gpointer user_data)
{
  DioEndpoint *self = user_data;
  GError *error = NULL;

  if (authenticate (self, &error))
    serve (self, &error);
  dio_outbox_close (self->outbox);
  shutdown (self->fd, SHUT_RDWR);
  /* What had been received, descriptors too, is not kept until somebody frees the endpoint. */
  g_clear_pointer (&self->wire, dio_wire_free);
  if (error)
    report (self, error);
  return NULL;
}

DioEndpoint *
dio_endpoint_new_detached (const DioEndpointClass *klass, gpointer user_data)
{
  DioEndpoint *self = g_new0 (DioEndpoint, 1);

  self->klass = klass;
  self->user_data = user_data;
  self->fd = -1;
  self->outbox = dio_outbox_new ();
  self->wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  self->context = g_main_context_ref_thread_default ();
  g_mutex_init (&self->mutex);
  return self;
}

DioEndpoint *
dio_endpoint_new (int socket_fd, const DioEndpointClass *klass, gpointer user_data)
{
  DioEndpoint *self = dio_endpoint_new_detached (klass, user_data);

  self->fd = socket_fd;
  self->thread = g_thread_new ("dio-endpoint", run, self);
  return self;
}

void
dio_endpoint_free (DioEndpoint *self)
{
  g_atomic_int_set (&self->closing, TRUE);
  if (self->thread)
    {
      g_return_if_fail (g_thread_self () != self->thread);
      dio_outbox_wake (self->outbox);
      shutdown (self->fd, SHUT_RDWR);
      g_thread_join (self->thread);
    }
  dio_outbox_close (self->outbox);
  if (self->report)
    {
      g_source_destroy (self->report);
      g_source_unref (self->report);
    }
  g_clear_fd (&self->fd, NULL);
  g_clear_pointer (&self->wire, dio_wire_free);
  g_clear_pointer (&self->outbox, dio_outbox_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

gboolean
dio_endpoint_push (DioEndpoint *self, const void *data, gsize size, GError **error)
{
  g_return_val_if_fail (!self->thread, FALSE);
  dio_wire_push (self->wire, data, size);
  do
    {
      if (!handle_messages (self, error))
        return FALSE;
      if (!dio_outbox_is_full (self->outbox))
        return TRUE;
      /* Nobody reads the answers: as if they had been sent. */
      dio_outbox_discard (self->outbox);
    }
  while (!dio_outbox_is_full (self->outbox));
  return TRUE;
}

gboolean
dio_endpoint_push_message (DioEndpoint *self, GDBusMessage *message, GError **error)
{
  g_return_val_if_fail (!self->thread, FALSE);
  handle_call (self, message);
  dio_outbox_discard (self->outbox);
  return TRUE;
}
