/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/machine-live.h"

#include "vm/failure.h"
#include "vm/machine-private.h"
#include "vm/port.h"

#include <glib/gi18n-lib.h>

static void
execute (GTask *task, const char *command, JsonObject *arguments, GAsyncReadyCallback callback)
{
  DioMachine *self = g_task_get_source_object (task);

  if (self->qmp != NULL)
    dio_qmp_execute_async (self->qmp, command, arguments, -1, NULL, callback, g_object_ref (task));
  else
    {
      g_clear_pointer (&arguments, json_object_unref);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _ ("The machine has ended."));
    }
}

static JsonObject *
new_arguments (const char *name, const char *value)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, name, value);
  return arguments;
}

/* --- discs --- */

/* A disc on its way: one command after another. The new disc's file is opened before the old one is touched. */
typedef enum
{
  STEP_LOOK,
  STEP_OPEN_FILE,
  STEP_OPEN_DISC,
  STEP_OPEN_TRAY,
  STEP_REMOVE,
  STEP_INSERT,
  STEP_CLOSE_TRAY,
  STEP_DROP_DISC,
  STEP_DROP_FILE,
  STEP_DONE
} Step;

typedef struct
{
  Step step;
  guint disk;
  char *path;
  gboolean force;
  gboolean keep; /* in the configuration */
  char *drive;   /* the device */
  char *node, *file_node;
  char *old_node, *old_file_node;
} Change;

static void
change_free (Change *change)
{
  g_free (change->path);
  g_free (change->drive);
  g_free (change->node);
  g_free (change->file_node);
  g_free (change->old_node);
  g_free (change->old_file_node);
  g_free (change);
}

static void take_step (GTask *task);

static void
read_old_disc (Change *change, JsonNode *answer)
{
  JsonArray *drives = JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;

  for (guint i = 0; drives != NULL && i < json_array_get_length (drives); i++)
    {
      JsonNode *element = json_array_get_element (drives, i), *inserted = NULL;
      JsonObject *drive = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;

      if (drive != NULL && g_str_equal (json_object_get_string_member_with_default (drive, "qdev", ""), change->drive))
        inserted = json_object_get_member (drive, "inserted");
      if (inserted == NULL || !JSON_NODE_HOLDS_OBJECT (inserted))
        continue;
      g_set_str (&change->old_node,
                 json_object_get_string_member_with_default (json_node_get_object (inserted), "node-name", NULL));
      if (change->old_node != NULL)
        change->old_file_node = g_strconcat (change->old_node, "-file", NULL);
    }
}

/* The drive as it was, as far as that goes. */
static void
undo (GTask *task)
{
  DioMachine *self = g_task_get_source_object (task);
  Change *change = g_task_get_task_data (task);

  if (self->qmp == NULL)
    return;
  if (change->step > STEP_OPEN_TRAY)
    dio_qmp_execute_async (self->qmp, "blockdev-close-tray", new_arguments ("id", change->drive), -1, NULL, NULL, NULL);
  if (change->node != NULL && change->step > STEP_OPEN_DISC)
    dio_qmp_execute_async (self->qmp, "blockdev-del", new_arguments ("node-name", change->node), -1, NULL, NULL, NULL);
  if (change->node != NULL && change->step > STEP_OPEN_FILE)
    dio_qmp_execute_async (self->qmp, "blockdev-del", new_arguments ("node-name", change->file_node), -1, NULL, NULL,
                           NULL);
}

static void
fail_change (GTask *task, const GError *error)
{
  Change *change = g_task_get_task_data (task);
  g_autofree char *sentence = dio_failure_dup_sentence (error->message);

  undo (task);
  if (change->step == STEP_OPEN_TRAY && strstr (error->message, "is locked") != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                             _ ("The guest is using its disc and has locked the drive. Eject the disc in the guest, "
                                "then try again."));
  else if (sentence != NULL)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", sentence);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The disc could not be changed (%s)."),
                             error->message);
}

static void
on_step_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Change *change = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  /* That the old disc's file stays open harms nobody. */
  if (answer == NULL && change->step != STEP_DROP_DISC && change->step != STEP_DROP_FILE)
    {
      fail_change (task, error);
      return;
    }
  if (change->step == STEP_LOOK)
    read_old_disc (change, answer);
  change->step++;
  take_step (task);
}

static void
keep_disc (DioMachine *self, const Change *change)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  GPtrArray *present = dio_machine_config_get_disks (self->config);

  for (guint i = 0; i < present->len; i++)
    g_ptr_array_add (disks, dio_disk_copy (g_ptr_array_index (present, i)));
  if (self->guest_tools == DIO_GUEST_TOOLS_IN_DRIVE && self->guest_tools_drive == change->disk)
    dio_machine_set_guest_tools (self, DIO_GUEST_TOOLS_OUT);
  if (change->disk < disks->len)
    {
      DioDisk *disk = g_ptr_array_index (disks, change->disk);

      g_set_str (&disk->path, change->path);
      g_set_str (&disk->format, "raw");
      dio_machine_config_set_disks (self->config, disks);
    }
}

static JsonObject *
new_image (const char *driver, const char *node, const char *name, const char *value)
{
  JsonObject *arguments = new_arguments ("driver", driver);

  json_object_set_string_member (arguments, "node-name", node);
  json_object_set_boolean_member (arguments, "read-only", TRUE);
  json_object_set_string_member (arguments, name, value);
  return arguments;
}

static JsonObject *
new_drive_arguments (const Change *change, gboolean force)
{
  JsonObject *arguments = new_arguments ("id", change->drive);

  if (force)
    json_object_set_boolean_member (arguments, "force", TRUE);
  return arguments;
}

static void
take_step (GTask *task)
{
  Change *change = g_task_get_task_data (task);
  JsonObject *arguments;

  if (change->path == NULL && change->step == STEP_OPEN_FILE)
    change->step = STEP_OPEN_TRAY;
  if (change->path == NULL && change->step == STEP_INSERT)
    change->step = STEP_CLOSE_TRAY;
  if (change->old_node == NULL && change->step == STEP_DROP_DISC)
    change->step = STEP_DONE;

  switch (change->step)
    {
    case STEP_LOOK:
      execute (task, "query-block", NULL, on_step_done);
      break;
    case STEP_OPEN_FILE:
      execute (task, "blockdev-add", new_image ("file", change->file_node, "filename", change->path), on_step_done);
      break;
    case STEP_OPEN_DISC:
      execute (task, "blockdev-add", new_image ("raw", change->node, "file", change->file_node), on_step_done);
      break;
    case STEP_OPEN_TRAY:
      execute (task, "blockdev-open-tray", new_drive_arguments (change, change->force), on_step_done);
      break;
    case STEP_REMOVE:
      execute (task, "blockdev-remove-medium", new_drive_arguments (change, FALSE), on_step_done);
      break;
    case STEP_INSERT:
      arguments = new_drive_arguments (change, FALSE);
      json_object_set_string_member (arguments, "node-name", change->node);
      execute (task, "blockdev-insert-medium", arguments, on_step_done);
      break;
    case STEP_CLOSE_TRAY:
      execute (task, "blockdev-close-tray", new_drive_arguments (change, FALSE), on_step_done);
      break;
    case STEP_DROP_DISC:
      execute (task, "blockdev-del", new_arguments ("node-name", change->old_node), on_step_done);
      break;
    case STEP_DROP_FILE:
      execute (task, "blockdev-del", new_arguments ("node-name", change->old_file_node), on_step_done);
      break;
    case STEP_DONE:
    default:
      if (change->keep)
        keep_disc (g_task_get_source_object (task), change);
      g_task_return_boolean (task, TRUE);
    }
}

static void
change_disc (DioMachine *self, guint disk, const char *path, gboolean force, gboolean keep,
             GAsyncReadyCallback callback, gpointer user_data)
{
  static guint counter;
  g_autoptr (GTask) task = NULL;
  Change *change;

  g_return_if_fail (DIO_IS_MACHINE (self) && (path == NULL || g_path_is_absolute (path)));
  g_return_if_fail (disk < dio_machine_config_get_n_disks (self->config) &&
                    dio_machine_config_get_disk (self->config, disk)->cdrom);

  task = dio_machine_new_task (self, dio_machine_change_disc_async, NULL, callback, user_data);
  if (task == NULL)
    return;
  if (path != NULL && !g_utf8_validate (path, -1, NULL))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                               _ ("The name of a disk image has characters that QEMU cannot take (it is not UTF-8). "
                                  "Rename the file."));
      return;
    }
  change = g_new0 (Change, 1);
  change->disk = disk;
  change->path = g_strdup (path);
  change->force = force;
  change->keep = keep;
  change->drive = g_strdup_printf ("cd%u-drive", disk);
  change->node = g_strdup_printf ("cd%u-disc%u", disk, counter++);
  change->file_node = g_strconcat (change->node, "-file", NULL);
  g_task_set_task_data (task, change, (GDestroyNotify) change_free);
  take_step (task);
}

void
dio_machine_change_disc_async (DioMachine *self, guint disk, const char *path, gboolean force,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  change_disc (self, disk, path, force, TRUE, callback, user_data);
}

void
dio_machine_put_disc_async (DioMachine *self, guint disk, const char *path, gboolean force,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  change_disc (self, disk, path, force, FALSE, callback, user_data);
}

/* --- forwarded ports --- */

typedef struct
{
  DioForward *forward;
  gboolean added;
} Forwarding;

static void
forwarding_free (Forwarding *forwarding)
{
  dio_forward_free (forwarding->forward);
  g_free (forwarding);
}

static GPtrArray *
list_forwards (DioMachine *self, const Forwarding *forwarding)
{
  GPtrArray *present = dio_machine_config_get_forwards (self->config);
  GPtrArray *forwards = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_forward_free);

  for (guint i = 0; i < present->len; i++)
    if (!dio_forward_equal (g_ptr_array_index (present, i), forwarding->forward))
      g_ptr_array_add (forwards, dio_forward_copy (g_ptr_array_index (present, i)));
  if (forwarding->added)
    g_ptr_array_add (forwards, dio_forward_copy (forwarding->forward));
  return forwards;
}

/* QEMU's answer is text for people: nothing when a port was added, that it "removed" one. */
static void
on_forwarded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  DioMachine *self = g_task_get_source_object (task);
  Forwarding *forwarding = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  gboolean is_text =
      answer != NULL && JSON_NODE_HOLDS_VALUE (answer) && json_node_get_value_type (answer) == G_TYPE_STRING;
  const char *text = is_text ? json_node_get_string (answer) : "";
  g_autoptr (GPtrArray) forwards = list_forwards (self, forwarding);
  g_autofree char *port = g_strdup_printf ("%u", forwarding->forward->host_port);

  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (forwarding->added && *text != '\0')
    g_task_return_error (task, dio_port_new_busy_error (port));
  else
    {
      dio_machine_config_set_forwards (self->config, forwards);
      g_task_return_boolean (task, TRUE);
    }
}

static void
forward_by_slirp (GTask *task)
{
  Forwarding *forwarding = g_task_get_task_data (task);
  const DioForward *forward = forwarding->forward;
  g_autofree char *rule = dio_forward_dup_rule (forward);
  g_autofree char *command = NULL;

  /* The guest's side is no part of a rule's name. */
  if (forwarding->added)
    command = g_strdup_printf ("hostfwd_add net0 %s", rule);
  else
    command = g_strdup_printf ("hostfwd_remove net0 %.*s", (int) (strrchr (rule, '-') - rule), rule);
  execute (task, "human-monitor-command", new_arguments ("command-line", command), on_forwarded);
}

static void forward_next (DioMachine *self);

static void
on_passt_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  DioMachine *self = g_task_get_source_object (task);
  g_autoptr (GPtrArray) forwards = list_forwards (self, g_task_get_task_data (task));
  g_autoptr (GError) error = NULL;

  g_queue_pop_head (&self->forwardings);
  if (dio_helpers_change_forwards_finish (DIO_HELPERS (source), result, &error))
    {
      if (self->qmp != NULL)
        dio_machine_announce (self);
      dio_machine_config_set_forwards (self->config, forwards);
      g_task_return_boolean (task, TRUE);
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
  forward_next (self);
}

/* Each change is one of what the one before made of it. */
static void
forward_next (DioMachine *self)
{
  GTask *task = g_queue_peek_head (&self->forwardings);
  g_autoptr (GPtrArray) forwards = NULL;

  if (task == NULL)
    return;
  if (self->helpers == NULL)
    {
      g_queue_pop_head (&self->forwardings);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _ ("The machine has ended."));
      g_object_unref (task);
      forward_next (self);
      return;
    }
  forwards = list_forwards (self, g_task_get_task_data (task));
  dio_helpers_change_forwards_async (self->helpers, forwards, on_passt_changed, task);
}

static void
forward_by_passt (GTask *task)
{
  DioMachine *self = g_task_get_source_object (task);

  g_queue_push_tail (&self->forwardings, g_object_ref (task));
  if (self->forwardings.length == 1)
    forward_next (self);
}

static void
change_forward (DioMachine *self, gpointer tag, const DioForward *forward, gboolean added, GAsyncReadyCallback callback,
                gpointer user_data)
{
  g_autoptr (GTask) task = dio_machine_new_task (self, tag, NULL, callback, user_data);
  g_autoptr (GError) error = NULL;
  Forwarding *forwarding;

  if (task == NULL)
    return;
  forwarding = g_new0 (Forwarding, 1);
  forwarding->forward = dio_forward_copy (forward);
  forwarding->added = added;
  g_task_set_task_data (task, forwarding, (GDestroyNotify) forwarding_free);

  if (added && !dio_port_check (forward, &error))
    g_task_return_error (task, g_steal_pointer (&error));
  else if (dio_machine_config_get_network (self->config) == DIO_NETWORK_NAT)
    forward_by_slirp (task);
  else if (dio_machine_config_get_network (self->config) == DIO_NETWORK_PASST)
    forward_by_passt (task);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                             _ ("The machine's network does not lead out, so no port can lead in. Choose another kind "
                                "of network in its settings."));
}

void
dio_machine_add_forward_async (DioMachine *self, const DioForward *forward, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_return_if_fail (DIO_IS_MACHINE (self) && forward != NULL);

  change_forward (self, dio_machine_add_forward_async, forward, TRUE, callback, user_data);
}

void
dio_machine_remove_forward_async (DioMachine *self, const DioForward *forward, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autofree char *rule = forward != NULL ? dio_forward_dup_rule (forward) : NULL;

  g_return_if_fail (DIO_IS_MACHINE (self) && rule != NULL);

  change_forward (self, dio_machine_remove_forward_async, forward, FALSE, callback, user_data);
}
