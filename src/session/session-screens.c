/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/session-private.h"

#include "base/debug.h"

#include <glib/gi18n-lib.h>

/* After a change of the heads. */
static void
update_layout (DioSession *self)
{
  for (guint i = 0; self->machine && i < self->heads->len; i++)
    dio_touch_set_present (dio_head_get_touch (g_ptr_array_index (self->heads, i)),
                           dio_machine_config_get_touch (dio_machine_get_config (self->machine)));
  dio_screen_layout_set (self->layout, self->machine ? dio_machine_get_qmp (self->machine) : NULL, self->heads);
}

static void
take_heads (DioSession *self, GPtrArray *heads)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->heads);

  self->heads = heads;
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, heads->len);
}

static void on_head_loaded (GObject *source, GAsyncResult *result, gpointer user_data);

static void
open_screen (DioSession *self, guint number)
{
  self->coming |= 1u << number;
  dio_head_load_async (self->connection, self->bus_name, self->slots, number,
                       g_array_index (self->screens, guint32, number), self->attempt, on_head_loaded,
                       g_object_ref (self));
}

/* The others go on. Once it is opened again by itself: what is lost again and again is for the user to look at. When
 * QEMU goes, this comes before that is known, and the last picture stays. */
static void
lose_screen (DioSession *self, guint number, const GError *error)
{
  guint32 bit = 1u << number;

  dio_debug (DIO_DEBUG_DBUS, "%s: screen %u was lost: %s", self->title, number + 1, error->message);
  self->lost |= bit;
  if (!(self->retried & bit))
    {
      self->retried |= bit;
      open_screen (self, number);
    }
  else
    g_signal_emit_by_name (self, "screen-failed", number,
                           _ ("The picture of this screen was lost. Try again, or close its window."));
}

/* QEMU, or a fault in what it sent, ended the pictures of HEAD. */
static void
lose_head (DioSession *self, DioHead *head, const GError *error)
{
  guint number = dio_head_get_number (head);

  if (number == 0 || number >= dio_session_get_n_screens (self))
    dio_session_fail (self, error);
  else
    lose_screen (self, number, error);
}

static void
on_console_closed (DioConsole *console, const GError *error, DioSession *self)
{
  for (guint i = 0; i < self->heads->len; i++)
    if (dio_head_get_console (g_ptr_array_index (self->heads, i)) == console)
      {
        lose_head (self, g_ptr_array_index (self->heads, i), error);
        return;
      }
}

/* Its console may be lost already. */
static void
watch_head (DioSession *self, DioHead *head)
{
  DioConsole *console = dio_head_get_console (head);
  g_autofree char *lost = NULL;
  g_autoptr (GError) error = NULL;

  g_signal_connect_object (console, "closed", G_CALLBACK (on_console_closed), self, 0);
  g_object_get (console, "error", &lost, NULL);
  if (!lost)
    return;
  error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, lost);
  lose_head (self, head, error);
}

/* Returns: FALSE when the connection was given up. */
static gboolean
watch_heads (DioSession *self)
{
  for (guint i = 0; i < self->heads->len && self->attempt; i++)
    watch_head (self, g_ptr_array_index (self->heads, i));
  return self->attempt != NULL;
}

static void
on_connection_closed (GDBusConnection *connection, gboolean remote_peer_vanished, const GError *error, DioSession *self)
{
  g_autoptr (GError) gone = g_error_new_literal (
      G_IO_ERROR, G_IO_ERROR_CLOSED,
      self->machine ? _ ("The connection to the machine's display was closed. Start the machine again.")
                    : _ ("The message bus closed the connection. Reconnect when it runs again."));

  if (error)
    dio_debug (DIO_DEBUG_DBUS, "%s: %s", self->title, error->message);
  dio_session_fail (self, gone);
}

static void
on_heads_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autofree char *title = NULL, *uuid = NULL;
  g_autoptr (GArray) screens = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) heads = dio_heads_load_finish (result, &title, &uuid, &screens, &error);
  g_autoptr (GTask) attaching = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!heads)
    {
      dio_session_fail (self, error);
      return;
    }

  if (!self->machine)
    {
      dio_session_set_title (self, title);
      dio_input_options_set_uuid (self->input_options, uuid);
      dio_clipboard_options_set_uuid (self->clipboard_options, uuid);
    }
  dio_session_set_screens (self, g_steal_pointer (&screens));
  take_heads (self, g_steal_pointer (&heads));
  if (!watch_heads (self))
    return;
  g_clear_handle_id (&self->patience_id, g_source_remove);
  dio_session_set_error (self, NULL);
  dio_session_connect_clipboard (self);
  dio_session_set_connected (self, TRUE);
  attaching = g_steal_pointer (&self->attaching);
  if (attaching)
    g_task_return_pointer (attaching, g_object_ref (self), g_object_unref);
}

void
dio_session_load_heads (DioSession *self, GDBusConnection *connection)
{
  g_set_object (&self->connection, connection);
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_connection_closed), self, 0);
  g_clear_object (&self->slots);
  self->slots = dio_touch_slots_new ();
  /* A head that nobody looks at costs a thread, and QEMU the work for it. */
  dio_heads_load_async (connection, self->bus_name, self->slots, self->machine != NULL, self->attempt, on_heads_loaded,
                        g_object_ref (self));
}

/* --- further screens --- */

/* In the place of one that was lost, if there is one. */
static void
insert_head (DioSession *self, DioHead *head)
{
  DioHead *old = dio_session_get_head (self, dio_head_get_number (head));
  guint at = 0;

  if (old)
    {
      g_signal_handlers_disconnect_by_data (dio_head_get_console (old), self);
      g_ptr_array_remove (self->heads, old);
    }
  while (at < self->heads->len &&
         dio_head_get_number (g_ptr_array_index (self->heads, at)) < dio_head_get_number (head))
    at++;
  g_ptr_array_insert (self->heads, (int) at, g_object_ref (head));
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), at, old ? 1 : 0, 1);
}

static void
on_head_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  guint number;
  g_autoptr (DioHead) head = dio_head_load_finish (result, &number, &error);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  /* Unwanted meanwhile? */
  if (!(self->coming & 1u << number))
    return;
  self->coming &= ~(1u << number);
  if (head)
    {
      dio_debug (DIO_DEBUG_DBUS, "%s: screen %u is open", self->title, number + 1);
      self->lost &= ~(1u << number);
      insert_head (self, head);
      watch_head (self, head);
    }
  /* Else that is known in a moment. */
  else if (!g_dbus_connection_is_closed (self->connection))
    {
      dio_debug (DIO_DEBUG_DBUS, "%s: screen %u: %s", self->title, number + 1, error->message);
      g_signal_emit_by_name (self, "screen-failed", number,
                             _ ("This screen could not be opened. Try again, or close its window."));
    }
}

void
dio_session_add_screen (DioSession *self, guint number)
{
  g_return_if_fail (DIO_IS_SESSION (self));

  if (!self->connected || number >= dio_session_get_n_screens (self) || self->coming & 1u << number ||
      (dio_session_get_head (self, number) && !(self->lost & 1u << number)))
    return;
  self->retried &= ~(1u << number);
  open_screen (self, number);
}

void
dio_session_remove_screen (DioSession *self, guint number)
{
  DioHead *head;
  guint at;

  g_return_if_fail (DIO_IS_SESSION (self));
  g_return_if_fail (number > 0);

  if (number < dio_session_get_n_screens (self))
    self->coming &= ~(1u << number);
  head = dio_session_get_head (self, number);
  if (!head)
    return;
  dio_console_set_ui_info (dio_head_get_console (head), 0, 0, 0, 0);
  if (!self->machine)
    return;
  /* Its listener ends with the console, which lives until QEMU has been told. */
  g_signal_handlers_disconnect_by_data (dio_head_get_console (head), self);
  g_ptr_array_find (self->heads, head, &at);
  g_ptr_array_remove_index (self->heads, at);
  update_layout (self);
  g_list_model_items_changed (G_LIST_MODEL (self), at, 1, 0);
}

DioInputOptions *
dio_session_get_input_options (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->input_options;
}

DioClipboardOptions *
dio_session_get_clipboard_options (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->clipboard_options;
}

guint
dio_session_get_n_screens (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), 0);
  return self->screens->len;
}

DioHead *
dio_session_get_head (DioSession *self, guint number)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  for (guint i = 0; i < self->heads->len; i++)
    {
      DioHead *head = g_ptr_array_index (self->heads, i);

      if (dio_head_get_number (head) == number)
        return head;
    }
  return NULL;
}
