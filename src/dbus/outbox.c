/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/outbox.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/eventfd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_UNSENT (64 * 1024)
#define MAX_UNANSWERED 64

struct _DioOutbox
{
  gatomicrefcount ref_count;
  int wake_fd;

  GMutex mutex; /* guards what follows */
  GByteArray *bytes;
  guint32 last_serial;
  guint n_unanswered;
  guint n_faults;
  gboolean closed;
};

struct _DioEndpointCall
{
  gatomicrefcount ref_count;
  DioOutbox *outbox;
  guint32 serial;
  gboolean wants_reply;
  int answered;
};

DioOutbox *
dio_outbox_new (void)
{
  DioOutbox *self = g_new0 (DioOutbox, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  self->bytes = g_byte_array_new ();
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return self;
}

DioOutbox *
dio_outbox_ref (DioOutbox *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_outbox_unref (DioOutbox *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->mutex);
  g_byte_array_unref (self->bytes);
  g_clear_fd (&self->wake_fd, NULL);
  g_free (self);
}

int
dio_outbox_get_wake_fd (DioOutbox *self)
{
  return self->wake_fd;
}

void
dio_outbox_wake (DioOutbox *self)
{
  eventfd_write (self->wake_fd, 1);
}

void
dio_outbox_clear_wake (DioOutbox *self)
{
  eventfd_t value;

  eventfd_read (self->wake_fd, &value);
}

static void
push (DioOutbox *self, const void *data, gsize size)
{
  if (!self->closed)
    g_byte_array_append (self->bytes, data, (guint) size);
}

void
dio_outbox_push_text (DioOutbox *self, const char *text)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  push (self, text, strlen (text));
}

gboolean
dio_outbox_flush (DioOutbox *self, int socket_fd, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  gssize n;

  if (self->bytes->len == 0)
    return TRUE;
  n = send (socket_fd, self->bytes->data, self->bytes->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0)
    {
      g_byte_array_remove_range (self->bytes, 0, (guint) n);
      return TRUE;
    }
  if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)
    return TRUE;
  g_set_error (error, G_IO_ERROR, errno == EPIPE || errno == ECONNRESET ? G_IO_ERROR_CLOSED : G_IO_ERROR_FAILED,
               "Sending failed: %s", g_strerror (errno));
  return FALSE;
}

void
dio_outbox_discard (DioOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_byte_array_set_size (self->bytes, 0);
}

void
dio_outbox_close (DioOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->closed = TRUE;
  g_byte_array_set_size (self->bytes, 0);
}

gboolean
dio_outbox_has_output (DioOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->bytes->len > 0;
}

gboolean
dio_outbox_is_full (DioOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->bytes->len > MAX_UNSENT || self->n_unanswered >= MAX_UNANSWERED;
}

guint
dio_outbox_get_faults (DioOutbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return self->n_faults;
}

DioEndpointCall *
dio_outbox_add_call (DioOutbox *self, GDBusMessage *message)
{
  DioEndpointCall *call = g_new0 (DioEndpointCall, 1);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_atomic_ref_count_init (&call->ref_count);
  call->outbox = dio_outbox_ref (self);
  call->serial = g_dbus_message_get_serial (message);
  call->wants_reply = !(g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  self->n_unanswered++;
  return call;
}

DioEndpointCall *
dio_endpoint_call_ref (DioEndpointCall *call)
{
  g_atomic_ref_count_inc (&call->ref_count);
  return call;
}

void
dio_endpoint_call_unref (DioEndpointCall *call)
{
  if (!g_atomic_ref_count_dec (&call->ref_count))
    return;
  if (!g_atomic_int_get (&call->answered))
    dio_endpoint_call_return_error (call, "org.freedesktop.DBus.Error.Failed", "Nobody answered the call");
  dio_outbox_unref (call->outbox);
  g_free (call);
}

/* Puts REPLY, or nothing where no reply is wanted, into the outbox. */
static void
answer (DioEndpointCall *call, GDBusMessage *reply, gboolean fault)
{
  DioOutbox *outbox = call->outbox;
  g_autofree guint8 *blob = NULL;
  gsize size = 0;

  g_return_if_fail (g_atomic_int_compare_and_exchange (&call->answered, FALSE, TRUE));
  g_mutex_lock (&outbox->mutex);
  outbox->n_unanswered--;
  if (fault)
    outbox->n_faults++;
  if (call->wants_reply)
    {
      g_dbus_message_set_reply_serial (reply, call->serial);
      g_dbus_message_set_serial (reply, ++outbox->last_serial ? outbox->last_serial : ++outbox->last_serial);
      blob = g_dbus_message_to_blob (reply, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
      if (blob)
        push (outbox, blob, size);
    }
  g_mutex_unlock (&outbox->mutex);
  dio_outbox_wake (outbox);
}

void
dio_endpoint_call_return (DioEndpointCall *call, GVariant *body)
{
  g_autoptr (GVariant) sunk = body ? g_variant_ref_sink (body) : NULL;
  g_autoptr (GDBusMessage) reply = g_dbus_message_new ();

  g_dbus_message_set_message_type (reply, G_DBUS_MESSAGE_TYPE_METHOD_RETURN);
  if (sunk)
    g_dbus_message_set_body (reply, sunk);
  answer (call, reply, FALSE);
}

void
dio_endpoint_call_return_error (DioEndpointCall *call, const char *name, const char *text)
{
  g_autoptr (GDBusMessage) reply = g_dbus_message_new ();

  g_dbus_message_set_message_type (reply, G_DBUS_MESSAGE_TYPE_ERROR);
  g_dbus_message_set_error_name (reply, name);
  g_dbus_message_set_body (reply, g_variant_new ("(s)", text));
  answer (call, reply, TRUE);
}
