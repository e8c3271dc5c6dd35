/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/session-private.h"

#include <glib/gi18n-lib.h>

#define QEMU_BUS_NAME "org.qemu"
/* How long somebody else's machine may take to answer, seconds. */
#define PATIENCE_S 30

static void
on_name_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_ref (user_data);
  g_autoptr (GError) gone = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CLOSED,
      _ ("The machine was shut down, or its display was turned off. Reconnect when it runs again."));

  dio_session_fail (self, gone);
}

static void
on_name_owner (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  GDBusConnection *bus = G_DBUS_CONNECTION (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (bus, result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->attempt)
    return;
  if (!reply)
    {
      g_autoptr (GError) none = g_error_new_literal (
          G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
          _ ("No machine with a D-Bus display was found. Start QEMU with -display dbus, then try again."));
      dio_session_fail (self, none);
      return;
    }

  g_clear_pointer (&self->bus_name, g_free);
  g_variant_get (reply, "(s)", &self->bus_name);
  self->watch = g_bus_watch_name_on_connection (bus, self->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                on_name_vanished, self, NULL);
  dio_session_load_heads (self, bus);
}

static void
on_bus_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus =
      self->address ? g_dbus_connection_new_for_address_finish (result, &error) : g_bus_get_finish (result, &error);

  if (bus && self->attempt)
    g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                            "GetNameOwner", g_variant_new ("(s)", QEMU_BUS_NAME), G_VARIANT_TYPE ("(s)"),
                            G_DBUS_CALL_FLAGS_NONE, -1, self->attempt, on_name_owner, g_object_ref (self));
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_autoptr (GError) unreachable =
          self->address
              ? g_error_new (error->domain, error->code,
                             _ ("The message bus at “%s” could not be reached: %s. Check the address."), self->address,
                             error->message)
              : g_error_new (error->domain, error->code,
                             _ ("The message bus of the session could not be reached: %s. Give the address of the bus "
                                "that the machine is on."),
                             error->message);

      dio_session_fail (self, unreachable);
    }
}

static void
on_patience_over (gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_ref (user_data);
  g_autoptr (GError) silent = g_error_new (
      G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
      _ ("The machine's display did not answer for %d seconds. Look whether QEMU hangs, then try again."), PATIENCE_S);

  self->patience_id = 0;
  dio_session_fail (self, silent);
}

void
dio_session_connect_bus (DioSession *self)
{
  self->attempt = g_cancellable_new ();
  self->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_over, self);
  if (self->address)
    g_dbus_connection_new_for_address (
        self->address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL, self->attempt, on_bus_connected, g_object_ref (self));
  else
    g_bus_get (G_BUS_TYPE_SESSION, self->attempt, on_bus_connected, g_object_ref (self));
}

/* The caller does not wait any more: nor do we. */
static void
on_attach_cancelled (DioSession *self)
{
  g_autoptr (DioSession) hold = g_object_ref (self);
  g_autoptr (GTask) attaching = g_steal_pointer (&self->attaching);

  if (!attaching)
    return;
  dio_session_drop_connection (self);
  g_task_return_error_if_cancelled (attaching);
}

/**
 * dio_session_new_attach_async:
 * @address: (nullable): a D-Bus address of a message bus; %NULL for the session bus
 *
 * Attaches to the QEMU that owns org.qemu there. Several QEMUs queue for that name; the first of them is taken.
 */
void
dio_session_new_attach_async (const char *address, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (DioSession) self = g_object_new (DIO_TYPE_SESSION, NULL);

  self->address = g_strdup (address);
  self->input_options = dio_input_options_new (NULL);
  self->clipboard_options = dio_clipboard_options_new (NULL);
  dio_clipboard_options_bind (self->clipboard_options, self->clipboard);
  self->attaching = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (self->attaching, dio_session_new_attach_async);
  dio_session_connect_bus (self);
  if (g_cancellable_is_cancelled (cancellable))
    on_attach_cancelled (self);
  else if (cancellable)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_attach_cancelled), self, G_CONNECT_SWAPPED);
}

DioSession *
dio_session_new_attach_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
