/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/library-machine-private.h"

#include <glib/gi18n-lib.h>

enum
{
  PROP_NAME = 1,
  PROP_UUID,
  PROP_OS,
  PROP_OS_NAME,
  PROP_ICON,
  PROP_GROUP,
  PROP_AUTOSTART,
  PROP_FOLDER,
  PROP_STATE,
  PROP_MESSAGE,
  PROP_MACHINE,
  PROP_JOB,
  PROP_LAST_USED,
  PROP_DISK_USE,
  N_PROPS
};

enum
{
  GONE,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioLibraryMachine, dio_library_machine, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (DioLibraryMachineState, dio_library_machine_state,
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_NEWER, "newer"),
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_DAMAGED, "damaged"),
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_OFFLINE, "offline"),
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_IN_USE, "in-use"),
                    G_DEFINE_ENUM_VALUE (DIO_LIBRARY_MACHINE_WORKING, "working"))

static void
notify (DioLibraryMachine *self, guint property_id)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[property_id]);
}

/* --- what is shown of it --- */

const char *
dio_library_machine_get_name (DioLibraryMachine *self)
{
  return self->look ? self->look->name : dio_job_get_title (self->job);
}

const char *
dio_library_machine_get_uuid (DioLibraryMachine *self)
{
  return self->uuid;
}

const char *
dio_library_machine_get_os (DioLibraryMachine *self)
{
  return self->look ? self->look->os : NULL;
}

const char *
dio_library_machine_get_os_name (DioLibraryMachine *self)
{
  return self->look ? self->look->os_name : NULL;
}

const char *
dio_library_machine_get_icon (DioLibraryMachine *self)
{
  return self->look ? self->look->icon : NULL;
}

const char *
dio_library_machine_get_group (DioLibraryMachine *self)
{
  return self->look ? self->look->group : NULL;
}

gboolean
dio_library_machine_get_autostart (DioLibraryMachine *self)
{
  return self->look && self->look->autostart;
}

const char *
dio_library_machine_get_folder (DioLibraryMachine *self)
{
  return self->look ? self->look->folder : NULL;
}

DioLibraryMachineState
dio_library_machine_get_state (DioLibraryMachine *self)
{
  if (!self->look || self->job)
    return DIO_LIBRARY_MACHINE_WORKING;
  if (self->offline)
    return DIO_LIBRARY_MACHINE_OFFLINE;
  return self->look->state;
}

const char *
dio_library_machine_get_message (DioLibraryMachine *self)
{
  switch (dio_library_machine_get_state (self))
    {
    case DIO_LIBRARY_MACHINE_WORKING:
      return NULL;
    case DIO_LIBRARY_MACHINE_OFFLINE:
      return _ (
          "Its folder cannot be reached. Connect its drive, or look at the permissions of the folder that it is in.");
    default:
      if (self->presence == DIO_FOLDER_GONE)
        return _ ("Its folder was moved or deleted while it is running. Save what you need inside the machine.");
      return self->look->message;
    }
}

DioMachine *
dio_library_machine_get_machine (DioLibraryMachine *self)
{
  return self->machine;
}

DioJob *
dio_library_machine_get_job (DioLibraryMachine *self)
{
  return self->job;
}

gint64
dio_library_machine_get_last_used (DioLibraryMachine *self)
{
  /* A clock that was wrong then, or is wrong now, must not put it before all others for years. */
  return self->look ? MIN (self->look->last_used, g_get_real_time () / G_USEC_PER_SEC) : 0;
}

gint64
dio_library_machine_get_disk_use (DioLibraryMachine *self)
{
  return self->disk_use;
}

char *
dio_library_machine_dup_picture_path (DioLibraryMachine *self)
{
  return self->look ? g_build_filename (self->look->folder, "picture.png", NULL) : NULL;
}

DioDefinition *
dio_library_machine_get_definition (DioLibraryMachine *self)
{
  return self->definition;
}

/* --- what is found out about it --- */

static void unwatch (DioLibraryMachine *self);

/* Properties whose values are told to have changed by comparing them before and after. */
typedef struct
{
  DioLibraryMachineState state;
  char *message;
} Shown;

static void
note_shown (DioLibraryMachine *self, Shown *shown)
{
  shown->state = dio_library_machine_get_state (self);
  shown->message = g_strdup (dio_library_machine_get_message (self));
}

static void
notify_shown (DioLibraryMachine *self, Shown *shown)
{
  if (shown->state != dio_library_machine_get_state (self))
    notify (self, PROP_STATE);
  if (g_strcmp0 (shown->message, dio_library_machine_get_message (self)) != 0)
    notify (self, PROP_MESSAGE);
  g_clear_pointer (&shown->message, g_free);
}

static void
notify_look (DioLibraryMachine *self, const DioFolderLook *old)
{
  const DioFolderLook *look = self->look;
  const struct
  {
    guint property_id;
    gboolean changed;
  } changes[] = {
    { PROP_NAME, g_strcmp0 (old->name, look->name) != 0 },
    { PROP_OS, g_strcmp0 (old->os, look->os) != 0 },
    { PROP_OS_NAME, g_strcmp0 (old->os_name, look->os_name) != 0 },
    { PROP_ICON, g_strcmp0 (old->icon, look->icon) != 0 },
    { PROP_GROUP, g_strcmp0 (old->group, look->group) != 0 },
    { PROP_FOLDER, g_strcmp0 (old->folder, look->folder) != 0 },
    { PROP_AUTOSTART, old->autostart != look->autostart },
    { PROP_LAST_USED, old->last_used != look->last_used },
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    if (changes[i].changed)
      notify (self, changes[i].property_id);
}

void
dio_library_machine_take_look (DioLibraryMachine *self, DioFolderLook *look)
{
  g_autoptr (DioFolderLook) old = NULL;
  g_autofree char *uuid = g_strdup (self->uuid);
  Shown shown;

  g_return_if_fail (self->look != NULL);

  note_shown (self, &shown);
  old = g_steal_pointer (&self->look);
  self->look = look;
  self->looked_at = g_get_monotonic_time ();
  g_object_freeze_notify (G_OBJECT (self));
  if (!g_str_equal (old->folder, look->folder))
    unwatch (self);
  if (self->definition)
    dio_definition_set_folder (self->definition, look->folder);
  /* One that was damaged tells its UUID when it is well again; another than it had is a machine's own affair. */
  if (g_strcmp0 (old->uuid, look->uuid) != 0 && look->uuid && g_set_str (&self->uuid, look->uuid))
    notify (self, PROP_UUID);
  notify_look (self, old);
  notify_shown (self, &shown);
  g_object_thaw_notify (G_OBJECT (self));
}

void
dio_library_machine_set_offline (DioLibraryMachine *self, gboolean offline)
{
  Shown shown;

  if (self->offline == offline)
    return;
  if (offline)
    unwatch (self);
  note_shown (self, &shown);
  self->offline = offline;
  notify_shown (self, &shown);
}

void
dio_library_machine_set_uuid (DioLibraryMachine *self, const char *uuid)
{
  if (!g_set_str (&self->uuid, uuid))
    return;
  if (self->definition)
    g_object_set (dio_definition_get_config (self->definition), "uuid", uuid, NULL);
  notify (self, PROP_UUID);
}

static void
tell_gone (DioLibraryMachine *self)
{
  if (self->presence != DIO_FOLDER_THERE && !self->active)
    g_signal_emit (self, signals[GONE], 0);
}

void
dio_library_machine_set_presence (DioLibraryMachine *self, DioFolderPresence presence)
{
  Shown shown;

  if (self->presence == presence)
    return;
  note_shown (self, &shown);
  self->presence = presence;
  notify_shown (self, &shown);
  tell_gone (self);
}

void
dio_library_machine_end (DioLibraryMachine *self)
{
  tell_gone (self);
  dio_library_machine_look (self);
}

DioFolderLook *
dio_library_machine_get_look (DioLibraryMachine *self)
{
  return self->look;
}

gboolean
dio_library_machine_knows_better (DioLibraryMachine *self, gint64 time)
{
  return self->saving || self->looked_at > time;
}

gboolean
dio_library_machine_is_active (DioLibraryMachine *self)
{
  return self->active;
}

void
dio_library_machine_set_machine (DioLibraryMachine *self, DioMachine *machine)
{
  if (g_set_object (&self->machine, machine))
    notify (self, PROP_MACHINE);
}

typedef struct
{
  char *folder;
  gint64 time;
} Looking;

static void
looking_free (Looking *looking)
{
  g_free (looking->folder);
  g_free (looking);
}

static void
look_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Looking *data = task_data;

  g_task_return_pointer (task, dio_folder_look (data->folder, NULL), (GDestroyNotify) dio_folder_look_unref);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  Looking *data = g_task_get_task_data (G_TASK (result));
  g_autoptr (DioFolderLook) look = g_task_propagate_pointer (G_TASK (result), NULL);
  gboolean late = dio_library_machine_knows_better (self, data->time);

  self->looking = FALSE;
  /* That the folder is not there may mean that it was moved: the library finds out. */
  if (look && !late)
    dio_library_machine_take_look (self, g_steal_pointer (&look));
  if (!self->saving && (late || self->look_again))
    dio_library_machine_look (self);
}

void
dio_library_machine_look (DioLibraryMachine *self)
{
  g_autoptr (GTask) task = NULL;
  Looking *data;

  if (self->looking)
    {
      self->look_again = TRUE;
      return;
    }
  self->looking = TRUE;
  self->look_again = FALSE;
  data = g_new0 (Looking, 1);
  data->folder = g_strdup (self->look->folder);
  data->time = g_get_monotonic_time ();
  task = g_task_new (self, NULL, on_looked, NULL);
  g_task_set_source_tag (task, dio_library_machine_look);
  g_task_set_task_data (task, data, (GDestroyNotify) looking_free);
  g_task_run_in_thread (task, look_in_thread);
}

/* --- following what others do --- */

static void
on_folder_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibraryMachine *self)
{
  static const char *const names[] = { DIO_DEFINITION_FILE, DIO_LOCK_FILE, NULL };
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *to = other ? g_file_get_basename (other) : NULL;
  gboolean unfinished = event == G_FILE_MONITOR_EVENT_CREATED || event == G_FILE_MONITOR_EVENT_CHANGED;

  /* Half a definition is no damaged one. That the writing is over is told, too; a lock's file stays open. */
  if (unfinished && g_str_equal (name, DIO_DEFINITION_FILE))
    return;
  if (g_strv_contains (names, name) || (to && g_strv_contains (names, to)))
    dio_library_machine_look (self);
}

static void
unwatch (DioLibraryMachine *self)
{
  if (self->monitor)
    g_file_monitor_cancel (self->monitor);
  g_clear_object (&self->monitor);
  self->watched = FALSE;
}

gboolean
dio_library_machine_watch (DioLibraryMachine *self)
{
  g_autoptr (GFile) folder = NULL;

  if (self->watched || !self->look || self->offline)
    return FALSE;
  self->watched = TRUE;
  folder = g_file_new_for_path (self->look->folder);
  /* Of those that are too many for the system the next scan tells. */
  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_folder_changed), self, G_CONNECT_DEFAULT);
  return TRUE;
}

/* --- disk use --- */

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryMachine) self = user_data;
  guint64 bytes = 0;

  self->measuring = FALSE;
  if (!g_file_measure_disk_usage_finish (G_FILE (source), result, &bytes, NULL, NULL, NULL) || bytes > G_MAXINT64 ||
      self->disk_use == (gint64) bytes)
    return;
  self->disk_use = (gint64) bytes;
  notify (self, PROP_DISK_USE);
}

void
dio_library_machine_measure (DioLibraryMachine *self)
{
  g_autoptr (GFile) folder = NULL;

  g_return_if_fail (DIO_IS_LIBRARY_MACHINE (self));

  if (!self->look || self->measuring)
    return;
  self->measuring = TRUE;
  folder = g_file_new_for_path (self->look->folder);
  g_file_measure_disk_usage_async (folder, G_FILE_MEASURE_NONE, G_PRIORITY_LOW, NULL, NULL, NULL, on_measured,
                                   g_object_ref (self));
}

/* --- object --- */

DioLibraryMachine *
dio_library_machine_new (DioFolderLook *look)
{
  DioLibraryMachine *self = g_object_new (DIO_TYPE_LIBRARY_MACHINE, NULL);

  self->look = look;
  self->uuid = g_strdup (look->uuid);
  return self;
}

DioLibraryMachine *
dio_library_machine_new_for_job (DioJob *job)
{
  DioLibraryMachine *self = g_object_new (DIO_TYPE_LIBRARY_MACHINE, NULL);

  self->job = g_object_ref (job);
  return self;
}

static void
dio_library_machine_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (object);

  switch (property_id)
    {
    case PROP_NAME:
      g_value_set_string (value, dio_library_machine_get_name (self));
      break;
    case PROP_UUID:
      g_value_set_string (value, self->uuid);
      break;
    case PROP_OS:
      g_value_set_string (value, dio_library_machine_get_os (self));
      break;
    case PROP_OS_NAME:
      g_value_set_string (value, dio_library_machine_get_os_name (self));
      break;
    case PROP_ICON:
      g_value_set_string (value, dio_library_machine_get_icon (self));
      break;
    case PROP_GROUP:
      g_value_set_string (value, dio_library_machine_get_group (self));
      break;
    case PROP_AUTOSTART:
      g_value_set_boolean (value, dio_library_machine_get_autostart (self));
      break;
    case PROP_FOLDER:
      g_value_set_string (value, dio_library_machine_get_folder (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, dio_library_machine_get_state (self));
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, dio_library_machine_get_message (self));
      break;
    case PROP_MACHINE:
      g_value_set_object (value, self->machine);
      break;
    case PROP_JOB:
      g_value_set_object (value, self->job);
      break;
    case PROP_LAST_USED:
      g_value_set_int64 (value, dio_library_machine_get_last_used (self));
      break;
    case PROP_DISK_USE:
      g_value_set_int64 (value, self->disk_use);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_library_machine_dispose (GObject *object)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (object);

  unwatch (self);
  g_clear_object (&self->job);
  g_clear_object (&self->machine);
  g_clear_object (&self->definition);
  g_clear_pointer (&self->lock, dio_folder_lock_free);
  G_OBJECT_CLASS (dio_library_machine_parent_class)->dispose (object);
}

static void
dio_library_machine_finalize (GObject *object)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (object);

  g_clear_pointer (&self->look, dio_folder_look_unref);
  g_clear_pointer (&self->uuid, g_free);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->work_later, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_library_machine_parent_class)->finalize (object);
}

static void
dio_library_machine_class_init (DioLibraryMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_library_machine_get_property;
  object_class->dispose = dio_library_machine_dispose;
  object_class->finalize = dio_library_machine_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_UUID] = g_param_spec_string ("uuid", NULL, NULL, NULL, flags);
  props[PROP_OS] = g_param_spec_string ("os", NULL, NULL, NULL, flags);
  props[PROP_OS_NAME] = g_param_spec_string ("os-name", NULL, NULL, NULL, flags);
  props[PROP_ICON] = g_param_spec_string ("icon", NULL, NULL, NULL, flags);
  props[PROP_GROUP] = g_param_spec_string ("group", NULL, NULL, NULL, flags);
  props[PROP_AUTOSTART] = g_param_spec_boolean ("autostart", NULL, NULL, FALSE, flags);
  props[PROP_FOLDER] = g_param_spec_string ("folder", NULL, NULL, NULL, flags);
  props[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, DIO_TYPE_LIBRARY_MACHINE_STATE, DIO_LIBRARY_MACHINE_READY, flags);
  props[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);
  props[PROP_MACHINE] = g_param_spec_object ("machine", NULL, NULL, DIO_TYPE_MACHINE, flags);
  props[PROP_JOB] = g_param_spec_object ("job", NULL, NULL, DIO_TYPE_JOB, flags);
  props[PROP_LAST_USED] = g_param_spec_int64 ("last-used", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_DISK_USE] = g_param_spec_int64 ("disk-use", NULL, NULL, -1, G_MAXINT64, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[GONE] =
      g_signal_new ("gone", DIO_TYPE_LIBRARY_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_library_machine_init (DioLibraryMachine *self)
{
  self->disk_use = -1;
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->work_later = g_ptr_array_new_with_free_func (g_object_unref);
}
