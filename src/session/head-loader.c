/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/head.h"

#include "dbus/display1.h"

#include <glib/gi18n-lib.h>

/* QEMU numbers its consoles from 0; no machine that it can make has more graphic ones than this. */
#define MAX_CONSOLES 32
#define ROOT_PATH "/org/qemu/Display1"

/* Walks the consoles one after the other: first what kind each is, then a head for the graphic ones. */
typedef struct
{
  GDBusConnection *connection;
  char *bus_name;
  DioTouchSlots *slots;
  char *title;
  char *uuid;
  GArray *ids; /* guint32, those not looked at yet are from NEXT on; in the end the graphic ones */
  guint next;
  gboolean only_first;
  GPtrArray *heads;
} Load;

/* One head. */
typedef struct
{
  GDBusConnection *connection;
  char *bus_name;
  DioTouchSlots *slots;
  char *path;
  guint number;
} HeadLoad;

static void load_next (GTask *task);

static char *
console_path (guint32 id)
{
  return g_strdup_printf (ROOT_PATH "/Console_%u", id);
}

/* --- one head --- */

static void
head_load_free (HeadLoad *load)
{
  g_clear_object (&load->connection);
  g_clear_pointer (&load->bus_name, g_free);
  g_clear_object (&load->slots);
  g_clear_pointer (&load->path, g_free);
  g_free (load);
}

static void
on_console_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  HeadLoad *load = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (DioConsole) console = dio_console_new_finish (result, &error);
  g_autoptr (DioKeyboard) keyboard = NULL;
  g_autoptr (DioMouse) mouse = NULL;
  g_autoptr (DioTouch) touch = NULL;
  const char *const *interfaces;

  if (!console)
    {
      g_task_return_error (task, error);
      return;
    }
  interfaces = dio_console_get_interfaces (console);
  keyboard = dio_keyboard_new (load->connection, load->bus_name, load->path);
  mouse = dio_mouse_new (load->connection, load->bus_name, load->path, interfaces);
  touch = dio_touch_new (load->connection, load->bus_name, load->path, interfaces, load->slots);
  g_task_return_pointer (task, dio_head_new (load->number, console, keyboard, mouse, touch), g_object_unref);
}

void
dio_head_load_async (GDBusConnection *connection, const char *bus_name, DioTouchSlots *slots, guint number, guint32 id,
                     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  HeadLoad *load = g_new0 (HeadLoad, 1);

  g_task_set_source_tag (task, dio_head_load_async);
  load->connection = g_object_ref (connection);
  load->bus_name = g_strdup (bus_name);
  load->slots = g_object_ref (slots);
  load->path = console_path (id);
  load->number = number;
  g_task_set_task_data (task, load, (GDestroyNotify) head_load_free);
  dio_console_new_async (connection, bus_name, load->path, cancellable, on_console_ready, g_object_ref (task));
}

DioHead *
dio_head_load_finish (GAsyncResult *result, guint *number, GError **error)
{
  HeadLoad *load = g_task_get_task_data (G_TASK (result));

  if (number)
    *number = load->number;
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- all of them --- */

static void
load_free (Load *load)
{
  g_clear_object (&load->connection);
  g_clear_pointer (&load->bus_name, g_free);
  g_clear_object (&load->slots);
  g_clear_pointer (&load->title, g_free);
  g_clear_pointer (&load->uuid, g_free);
  g_clear_pointer (&load->ids, g_array_unref);
  g_clear_pointer (&load->heads, g_ptr_array_unref);
  g_free (load);
}

/* ERROR is GDBus' or QEMU's, in their words. */
static void
return_error (GTask *task, GError *error)
{
  if (g_task_return_error_if_cancelled (task))
    return;
  g_dbus_error_strip_remote_error (error);
  g_task_return_new_error (
      task, G_IO_ERROR, G_IO_ERROR_FAILED,
      _ ("The machine does not tell what screens it has: %s. Start it again, or attach to it again."), error->message);
}

static void
on_head_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Load *load = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioHead) head = dio_head_load_finish (result, NULL, &error);

  if (head)
    g_ptr_array_add (load->heads, g_steal_pointer (&head));
  else if (load->heads->len == 0)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  else
    g_debug ("Console %u is left out: %s", g_array_index (load->ids, guint32, load->next), error->message);

  load->next++;
  load_next (task);
}

/* LOAD's next console is a graphic one. */
static void
load_head (GTask *task)
{
  Load *load = g_task_get_task_data (task);

  if (load->only_first && load->heads->len > 0)
    {
      load->next++;
      load_next (task);
    }
  else
    dio_head_load_async (load->connection, load->bus_name, load->slots, load->next,
                         g_array_index (load->ids, guint32, load->next), g_task_get_cancellable (task), on_head_loaded,
                         g_object_ref (task));
}

static void
on_type_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Load *load = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) value = NULL;

  if (!reply)
    {
      return_error (task, error);
      return;
    }

  g_variant_get (reply, "(v)", &value);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) &&
      g_str_equal (g_variant_get_string (value, NULL), "Graphic"))
    load_head (task);
  else
    {
      g_array_remove_index (load->ids, load->next);
      load_next (task);
    }
}

static void
load_next (GTask *task)
{
  Load *load = g_task_get_task_data (task);
  g_autofree char *path = NULL;

  if (load->next < load->ids->len)
    {
      path = console_path (g_array_index (load->ids, guint32, load->next));
      g_dbus_connection_call (load->connection, load->bus_name, path, "org.freedesktop.DBus.Properties", "Get",
                              g_variant_new ("(ss)", "org.qemu.Display1.Console", "Type"), G_VARIANT_TYPE ("(v)"),
                              G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), on_type_ready,
                              g_object_ref (task));
      return;
    }

  if (load->heads->len == 0)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                             _ ("This machine has no screen. It runs, but there is nothing to show."));
  else
    g_task_return_pointer (task, g_ptr_array_ref (load->heads), (GDestroyNotify) g_ptr_array_unref);
}

/* In the order of their numbers, each once, whatever QEMU says. */
static void
add_ids (Load *load, const guint32 *numbers, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint at = 0;

      while (at < load->ids->len && g_array_index (load->ids, guint32, at) < numbers[i])
        at++;
      if (at == load->ids->len || g_array_index (load->ids, guint32, at) != numbers[i])
        g_array_insert_val (load->ids, at, numbers[i]);
    }
}

static void
on_vm_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Load *load = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioQemuVM) vm = dio_qemu_vm_proxy_new_finish (result, &error);
  GVariant *ids;

  if (!vm)
    {
      return_error (task, error);
      return;
    }

  load->title = g_strdup (dio_qemu_vm_get_name (vm));
  load->uuid = g_strdup (dio_qemu_vm_get_uuid (vm));
  ids = dio_qemu_vm_get_console_ids (vm);
  if (ids && g_variant_is_of_type (ids, G_VARIANT_TYPE ("au")))
    {
      gsize n;
      const guint32 *numbers = g_variant_get_fixed_array (ids, &n, sizeof (guint32));

      add_ids (load, numbers, MIN (n, MAX_CONSOLES));
    }
  load_next (task);
}

void
dio_heads_load_async (GDBusConnection *connection, const char *bus_name, DioTouchSlots *slots, gboolean only_first,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Load *load = g_new0 (Load, 1);

  g_task_set_source_tag (task, dio_heads_load_async);
  load->connection = g_object_ref (connection);
  load->bus_name = g_strdup (bus_name);
  load->slots = g_object_ref (slots);
  load->only_first = only_first;
  load->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  load->heads = g_ptr_array_new_with_free_func (g_object_unref);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);

  dio_qemu_vm_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, ROOT_PATH "/VM", cancellable,
                         on_vm_ready, g_object_ref (task));
}

GPtrArray *
dio_heads_load_finish (GAsyncResult *result, char **title, char **uuid, GArray **ids, GError **error)
{
  GTask *task = G_TASK (result);
  Load *load = g_task_get_task_data (task);
  g_autofree char *name = g_strdup (load->title), *id = g_strdup (load->uuid);
  GPtrArray *heads = g_task_propagate_pointer (task, error);

  if (heads && title)
    *title = g_steal_pointer (&name);
  if (heads && uuid)
    *uuid = g_steal_pointer (&id);
  if (heads && ids)
    *ids = g_array_ref (load->ids);
  return heads;
}
