/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/session-private.h"

#include "dbus/connection.h"

/* A QEMU that does not answer by then is paused as it is. */
#define LIFT_TIMEOUT_MS 2000

static void
on_peer_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = dio_dbus_connect_peer_finish (result, &error);

  if (connection && self->attempt)
    dio_session_load_heads (self, connection);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    dio_session_fail (self, error);
}

static void
on_display_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  int fd = dio_machine_open_display_finish (DIO_MACHINE (source), result, &error);

  if (fd >= 0)
    dio_dbus_connect_peer_async (fd, self->attempt, on_peer_connected, g_object_ref (self));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    dio_session_fail (self, error);
}

void
dio_session_connect_machine (DioSession *self)
{
  dio_session_drop_connection (self);
  dio_session_set_error (self, NULL);
  self->attempt = g_cancellable_new ();
  dio_machine_open_display_async (self->machine, self->attempt, on_display_opened, g_object_ref (self));
}

static void
on_machine_ready (DioMachine *machine, DioSession *self)
{
  dio_session_connect_machine (self);
}

static void
on_machine_state (DioMachine *machine, GParamSpec *pspec, DioSession *self)
{
  switch (dio_machine_get_state (machine))
    {
    case DIO_MACHINE_STOPPED:
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
      dio_session_drop_connection (self);
      dio_session_set_error (self, NULL);
      break;
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
    default:
      break;
    }
}

/* --- pausing --- */

static void
on_paused (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Whether there was an answer or not: nothing more can be done. */
static void
on_lifted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  DioSession *self = g_task_get_source_object (task);

  dio_machine_pause_async (self->machine, on_paused, g_object_ref (task));
}

void
dio_session_pause_async (DioSession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_SESSION (self));
  g_return_if_fail (self->machine);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_session_pause_async);
  for (guint i = 0; i < self->heads->len; i++)
    dio_head_release_all (g_ptr_array_index (self->heads, i));
  if (!self->connection)
    {
      dio_machine_pause_async (self->machine, on_paused, g_object_ref (task));
      return;
    }
  /* QEMU carries out calls in the order that they come in. */
  g_dbus_connection_call (self->connection, self->bus_name, "/org/qemu/Display1/VM", "org.freedesktop.DBus.Properties",
                          "Get", g_variant_new ("(ss)", "org.qemu.Display1.VM", "Name"), NULL, G_DBUS_CALL_FLAGS_NONE,
                          LIFT_TIMEOUT_MS, NULL, on_lifted, g_object_ref (task));
}

gboolean
dio_session_pause_finish (DioSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * dio_session_new_for_machine:
 * @machine: a machine, started or not
 *
 * Follows @machine: attaches its display each time a QEMU of it is ready. The machine is not started.
 */
DioSession *
dio_session_new_for_machine (DioMachine *machine)
{
  DioSession *self;
  const char *uuid;

  g_return_val_if_fail (DIO_IS_MACHINE (machine), NULL);

  uuid = dio_machine_config_get_uuid (dio_machine_get_config (machine));
  self = g_object_new (DIO_TYPE_SESSION, NULL);
  self->machine = g_object_ref (machine);
  self->input_options = dio_input_options_new (uuid);
  self->clipboard_options = dio_clipboard_options_new (uuid);
  dio_clipboard_options_bind (self->clipboard_options, self->clipboard);
  dio_session_set_title (self, dio_machine_config_get_name (dio_machine_get_config (machine)));
  g_signal_connect_object (machine, "ready", G_CALLBACK (on_machine_ready), self, 0);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_machine_state), self, 0);
  return self;
}
