/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/session-private.h"

#include "base/debug.h"
#include "clipboard/agent-clipboard.h"
#include "clipboard/dbus-clipboard.h"
#include "vm/argv.h"

#define ROOT_PATH "/org/qemu/Display1"
#define CHARDEV "org.qemu.Display1.Chardev"
#define CLIPBOARD "org.qemu.Display1.Clipboard"

/* --- the agent --- */

static void
on_agent (DioSession *self)
{
  DioAgent *agent = dio_agent_port_get_agent (self->agent_port);
  g_autoptr (DioAgentClipboard) clipboard = agent ? dio_agent_clipboard_new (agent) : NULL;

  dio_debug (DIO_DEBUG_DBUS, "%s: %s", self->title, agent ? "the agent's port is open" : "the agent's port is closed");
  dio_clipboard_share_set_channel (self->clipboard, clipboard ? DIO_CLIPBOARD_CHANNEL (clipboard) : NULL);
  dio_screen_layout_set_agent (self->layout, agent);
  dio_session_notify_agent (self);
}

static void
open_port (DioSession *self, const char *path)
{
  self->agent_port = dio_agent_port_new (self->connection, self->bus_name, path);
  g_signal_connect_object (self->agent_port, "notify::agent", G_CALLBACK (on_agent), self, G_CONNECT_SWAPPED);
}

/* --- a QEMU that has the agent itself --- */

static void
on_dbus_clipboard (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDbusClipboard) clipboard = dio_dbus_clipboard_new_finish (result, &error);

  if (!clipboard)
    dio_debug (DIO_DEBUG_DBUS, "%s: no clipboard: %s", self->title, error->message);
  else if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    dio_dbus_clipboard_close (clipboard);
  else
    {
      dio_clipboard_share_set_channel (self->clipboard, DIO_CLIPBOARD_CHANNEL (clipboard));
      self->dbus_clipboard = g_steal_pointer (&clipboard);
    }
}

/* --- which of them --- */

/* (transfer full) (nullable): the path of the agent's port. */
static char *
find_port (GVariant *objects, gboolean *has_clipboard)
{
  g_autoptr (GVariantIter) iter = NULL;
  const char *path;
  GVariant *interfaces;

  g_variant_get (objects, "(a{oa{sa{sv}}})", &iter);
  while (g_variant_iter_loop (iter, "{&o@a{sa{sv}}}", &path, &interfaces))
    {
      g_autoptr (GVariant) chardev = g_variant_lookup_value (interfaces, CHARDEV, G_VARIANT_TYPE_VARDICT);
      g_autoptr (GVariant) clipboard = g_variant_lookup_value (interfaces, CLIPBOARD, G_VARIANT_TYPE_VARDICT);
      const char *name;

      *has_clipboard |= clipboard != NULL;
      if (chardev && g_variant_lookup (chardev, "Name", "&s", &name) && g_str_equal (name, DIO_AGENT_PORT))
        {
          char *found = g_strdup (path);

          g_variant_unref (interfaces);
          return found;
        }
    }
  return NULL;
}

static void
on_objects (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) objects = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autofree char *path = NULL;
  gboolean has_clipboard = FALSE;

  if (!objects)
    {
      dio_debug (DIO_DEBUG_DBUS, "%s: no clipboard: %s", self->title, error->message);
      return;
    }
  path = find_port (objects, &has_clipboard);
  if (path)
    open_port (self, path);
  else if (has_clipboard)
    dio_dbus_clipboard_new_async (self->connection, self->bus_name, self->attempt, on_dbus_clipboard,
                                  g_object_ref (self));
}

void
dio_session_connect_clipboard (DioSession *self)
{
  g_dbus_connection_call (self->connection, self->bus_name, ROOT_PATH, "org.freedesktop.DBus.ObjectManager",
                          "GetManagedObjects", NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1,
                          self->attempt, on_objects, g_object_ref (self));
}

void
dio_session_drop_clipboard (DioSession *self)
{
  g_autoptr (DioAgentPort) port = g_steal_pointer (&self->agent_port);
  g_autoptr (DioDbusClipboard) clipboard = g_steal_pointer (&self->dbus_clipboard);
  gboolean had_agent = port && dio_agent_port_get_agent (port);

  if (port)
    {
      g_signal_handlers_disconnect_by_data (port, self);
      dio_agent_port_close (port);
    }
  if (clipboard)
    dio_dbus_clipboard_close (clipboard);
  dio_clipboard_share_set_channel (self->clipboard, NULL);
  if (self->layout)
    dio_screen_layout_set_agent (self->layout, NULL);
  if (had_agent)
    dio_session_notify_agent (self);
}

DioClipboardShare *
dio_session_get_clipboard (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->clipboard;
}

DioAgent *
dio_session_get_agent (DioSession *self)
{
  g_return_val_if_fail (DIO_IS_SESSION (self), NULL);
  return self->agent_port ? dio_agent_port_get_agent (self->agent_port) : NULL;
}
