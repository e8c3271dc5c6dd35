/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/sender.h"

#include "base/trace.h"

/* More than a person does in the time that QEMU may be busy; some 200 bytes each. */
#define MAX_UNANSWERED 512

struct _DioInputSender
{
  gatomicrefcount ref_count; /* the owner's, and one of the call that is to be answered */
  GDBusConnection *connection;
  char *bus_name, *object_path, *interface;
  gboolean waiting;   /* a call is to be answered */
  gint64 begin;       /* when that was sent, for sysprof */
  guint n_unanswered; /* sent since, without an answer to come */
  gboolean closed;
  GFunc idle_callback;
  gpointer idle_data;
};

DioInputSender *
dio_input_sender_new (GDBusConnection *connection, const char *bus_name, const char *object_path, const char *interface)
{
  DioInputSender *self = g_new0 (DioInputSender, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->connection = g_object_ref (connection);
  self->bus_name = g_strdup (bus_name);
  self->object_path = g_strdup (object_path);
  self->interface = g_strdup (interface);
  return self;
}

static void
sender_unref (DioInputSender *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_object_unref (self->connection);
  g_free (self->bus_name);
  g_free (self->object_path);
  g_free (self->interface);
  g_free (self);
}

void
dio_input_sender_free (DioInputSender *self)
{
  self->closed = TRUE;
  sender_unref (self);
}

void
dio_input_sender_set_idle_callback (DioInputSender *self, GFunc callback, gpointer user_data)
{
  self->idle_callback = callback;
  self->idle_data = user_data;
}

gboolean
dio_input_sender_is_idle (DioInputSender *self)
{
  return !self->waiting;
}

/* An error (of QEMU's, or that it is gone) is an answer, too: there is nobody to tell it to. */
static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioInputSender *self = user_data;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  dio_trace_end (self->begin, "input event", "%s, %u behind it", self->interface, self->n_unanswered);
  self->waiting = FALSE;
  self->n_unanswered = 0;
  if (!self->closed && self->idle_callback)
    self->idle_callback (self, self->idle_data);
  sender_unref (self);
}

static void
send_without_answer (DioInputSender *self, const char *method, GVariant *arguments)
{
  g_autoptr (GDBusMessage) message =
      g_dbus_message_new_method_call (self->bus_name, self->object_path, self->interface, method);

  g_dbus_message_set_flags (message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED | G_DBUS_MESSAGE_FLAGS_NO_AUTO_START);
  g_dbus_message_set_body (message, arguments);
  g_dbus_connection_send_message (self->connection, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
}

gboolean
dio_input_sender_send (DioInputSender *self, const char *method, GVariant *arguments, DioInputUrgency urgency)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (arguments);

  if (g_dbus_connection_is_closed (self->connection))
    return FALSE;
  if (!self->waiting)
    {
      self->waiting = TRUE;
      self->begin = dio_trace_begin ();
      g_atomic_ref_count_inc (&self->ref_count);
      g_dbus_connection_call (self->connection, self->bus_name, self->object_path, self->interface, method, sunk, NULL,
                              G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, on_answered, self);
      return TRUE;
    }
  if (self->n_unanswered >= MAX_UNANSWERED && urgency == DIO_INPUT_CAN_DROP)
    return FALSE;
  self->n_unanswered++;
  send_without_answer (self, method, sunk);
  return TRUE;
}
