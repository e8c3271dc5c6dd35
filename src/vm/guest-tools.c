/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/guest-tools.h"

#include "base/own-files.h"
#include "vm/machine-private.h"

#include <glib/gi18n-lib.h>

#define DISC "diorama-guest-tools.iso"
#define STICK "guest-tools"
#define NODE "guest-tools-disc"
#define FILE_NODE "guest-tools-file"

/* (transfer full) */
static char *
find_disc (GError **error)
{
  g_autofree char *path = dio_own_file ("src/guest-tools/" DISC, DIO_PKGDATADIR "/" DISC);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _ ("The disc with the guest tools is missing (“%s”). Install Diorama again, as a whole."), path);
  return NULL;
}

static gboolean
find_empty_drive (DioMachine *self, guint *ret_disk)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (self->config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (self->config, i);

      if (disk->cdrom && disk->path == NULL)
        {
          *ret_disk = i;
          return TRUE;
        }
    }
  return FALSE;
}

/* --- the drive --- */

static void
on_disc_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioMachine *self = DIO_MACHINE (source);
  gboolean inserts = g_task_get_source_tag (task) == dio_machine_insert_guest_tools_async;
  g_autoptr (GError) error = NULL;

  if (!dio_machine_command_finish (self, result, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  dio_machine_set_guest_tools (self, inserts ? DIO_GUEST_TOOLS_IN_DRIVE : DIO_GUEST_TOOLS_OUT);
  g_task_return_boolean (task, TRUE);
}

/* --- the stick --- */

static void
execute (DioMachine *self, const char *command, const char *first_name, const char *first_value, JsonObject *arguments,
         GAsyncReadyCallback callback, gpointer user_data)
{
  json_object_set_string_member (arguments, first_name, first_value);
  dio_qmp_execute_async (self->qmp, command, arguments, -1, NULL, callback, user_data);
}

static void
drop_nodes (DioMachine *self)
{
  execute (self, "blockdev-del", "node-name", NODE, json_object_new (), NULL, NULL);
  execute (self, "blockdev-del", "node-name", FILE_NODE, json_object_new (), NULL, NULL);
}

static void
add_node (DioMachine *self, const char *driver, const char *node, const char *name, const char *value)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "node-name", node);
  json_object_set_boolean_member (arguments, "read-only", TRUE);
  json_object_set_string_member (arguments, name, value);
  execute (self, "blockdev-add", "driver", driver, arguments, NULL, NULL);
}

/* The file is free only when the device is really gone. */
static void
on_event (DioQmp *qmp, const char *name, JsonObject *data, gpointer user_data)
{
  DioMachine *self = user_data;

  if (!g_str_equal (name, "DEVICE_DELETED") || data == NULL ||
      !g_str_equal (json_object_get_string_member_with_default (data, "device", ""), STICK))
    return;
  g_signal_handlers_disconnect_by_func (qmp, on_event, self);
  drop_nodes (self);
  dio_machine_set_guest_tools (self, DIO_GUEST_TOOLS_OUT);
}

static void
on_stick_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioMachine *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (answer != NULL && self->qmp != NULL)
    {
      g_signal_connect_object (self->qmp, "event", G_CALLBACK (on_event), self, G_CONNECT_DEFAULT);
      dio_machine_set_guest_tools (self, DIO_GUEST_TOOLS_ON_STICK);
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (self->qmp != NULL)
    drop_nodes (self);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("The guest tools could not be plugged in (%s). Give the machine a CD drive in its "
                              "settings, and restart it."),
                           error != NULL ? error->message : _ ("The machine has ended."));
}

/* QEMU answers in order: what the nodes before it lack, the stick tells. */
static void
plug_in (GTask *task, const char *path)
{
  DioMachine *self = g_task_get_source_object (task);
  JsonObject *arguments = json_object_new ();

  add_node (self, "file", FILE_NODE, "filename", path);
  add_node (self, "raw", NODE, "file", FILE_NODE);
  json_object_set_string_member (arguments, "id", STICK);
  json_object_set_string_member (arguments, "bus", "usb.0");
  json_object_set_string_member (arguments, "drive", NODE);
  json_object_set_boolean_member (arguments, "removable", TRUE);
  execute (self, "device_add", "driver", "usb-storage", arguments, on_stick_added, g_object_ref (task));
}

static void
on_stick_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (answer != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
pull_out (GTask *task)
{
  DioMachine *self = g_task_get_source_object (task);

  execute (self, "device_del", "id", STICK, json_object_new (), on_stick_removed, g_object_ref (task));
}

/* --- both --- */

void
dio_machine_insert_guest_tools_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_return_if_fail (DIO_IS_MACHINE (self));

  task = dio_machine_new_task (self, dio_machine_insert_guest_tools_async, NULL, callback, user_data);
  if (task == NULL)
    return;
  path = find_disc (&error);
  if (path == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (self->guest_tools != DIO_GUEST_TOOLS_OUT)
    g_task_return_boolean (task, TRUE);
  else if (find_empty_drive (self, &self->guest_tools_drive))
    dio_machine_put_disc_async (self, self->guest_tools_drive, path, FALSE, on_disc_changed, g_object_ref (task));
  else
    plug_in (task, path);
}

void
dio_machine_take_out_guest_tools_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_MACHINE (self));

  task = dio_machine_new_task (self, dio_machine_take_out_guest_tools_async, NULL, callback, user_data);
  if (task == NULL)
    return;
  if (self->guest_tools == DIO_GUEST_TOOLS_IN_DRIVE)
    dio_machine_put_disc_async (self, self->guest_tools_drive, NULL, FALSE, on_disc_changed, g_object_ref (task));
  else if (self->guest_tools == DIO_GUEST_TOOLS_ON_STICK)
    pull_out (task);
  else
    g_task_return_boolean (task, TRUE);
}
