/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/machine-settings.h"

#include "ui/setting-names.h"

#include <glib/gi18n.h>

/* A slider that is dragged, or a word that is typed, is one change. */
#define SAVE_DELAY_MS 300

struct _DioMachineSettings
{
  GObject parent_instance;

  DioApplication *application;
  DioLibraryMachine *machine;
  DioDefinition *definition;
  GSignalGroup *run; /* of the machine's DioMachine */
  char *problem;
  char *save_error;
  GStrv pending;
  guint save_id;
  guint n_jobs;   /* that have the machine's folder: what is changed is saved when they have ended */
  gboolean dirty; /* changed since the last save began */
  gboolean stale; /* the file is not what the definition was read from */
};

enum
{
  PROP_PROBLEM = 1,
  PROP_SAVE_ERROR,
  PROP_PENDING,
  PROP_RUNNING,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_TOLD,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioMachineSettings, dio_machine_settings, G_TYPE_OBJECT)

DioApplication *
dio_machine_settings_get_application (DioMachineSettings *self)
{
  return self->application;
}

DioLibraryMachine *
dio_machine_settings_get_machine (DioMachineSettings *self)
{
  return self->machine;
}

DioDefinition *
dio_machine_settings_get_definition (DioMachineSettings *self)
{
  return self->definition;
}

DioMachineConfig *
dio_machine_settings_get_config (DioMachineSettings *self)
{
  return dio_definition_get_config (self->definition);
}

DioMachine *
dio_machine_settings_get_running (DioMachineSettings *self)
{
  DioMachine *machine = dio_library_machine_get_machine (self->machine);

  if (!machine)
    return NULL;
  switch (dio_machine_get_state (machine))
    {
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
      return machine;
    case DIO_MACHINE_STOPPED:
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
    default:
      return NULL;
    }
}

const char *
dio_machine_settings_get_problem (DioMachineSettings *self)
{
  return self->problem;
}

const char *
dio_machine_settings_get_save_error (DioMachineSettings *self)
{
  return self->save_error;
}

gboolean
dio_machine_settings_is_stale (DioMachineSettings *self)
{
  return self->stale;
}

const char *const *
dio_machine_settings_get_pending (DioMachineSettings *self)
{
  return (const char *const *) self->pending;
}

void
dio_machine_settings_tell (DioMachineSettings *self, const char *sentence)
{
  g_signal_emit (self, signals[SIGNAL_TOLD], 0, sentence);
}

void
dio_machine_settings_tell_error (DioMachineSettings *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) &&
      !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    dio_machine_settings_tell (self, error->message);
}

void
dio_machine_settings_bind (DioMachineSettings *self, const char *property, gpointer row, const char *target_property)
{
  g_object_bind_property (dio_machine_settings_get_config (self), property, row, target_property,
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

char *
dio_machine_settings_dup_shown_path (DioMachineSettings *self, const char *path)
{
  g_autoptr (GFile) folder = g_file_new_for_path (dio_definition_get_folder (self->definition));
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *inside = g_file_get_relative_path (folder, file);

  return inside ? g_filename_display_name (inside) : g_file_get_parse_name (file);
}

/* --- saving --- */

static void
set_save_error (DioMachineSettings *self, const char *message)
{
  if (g_set_str (&self->save_error, message))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SAVE_ERROR]);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachineSettings) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean saved = dio_library_machine_save_finish (DIO_LIBRARY_MACHINE (source), result, &error);

  if (!saved)
    self->dirty = TRUE;
  self->stale = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  set_save_error (self, saved ? NULL : error->message);
}

/* It was read anew, as another program had changed it: to save it would not save what was changed here. */
static void
set_replaced (DioMachineSettings *self)
{
  g_autofree char *message = g_strdup_printf (
      _ ("“%s” was not saved. Another program changed its definition meanwhile. Make your change again."),
      dio_library_machine_get_name (self->machine));

  self->stale = TRUE;
  set_save_error (self, message);
}

void
dio_machine_settings_save (DioMachineSettings *self)
{
  g_return_if_fail (DIO_IS_MACHINE_SETTINGS (self));

  g_clear_handle_id (&self->save_id, g_source_remove);
  if (!self->dirty || self->stale || self->problem || self->n_jobs > 0)
    return;
  if (dio_library_machine_get_definition (self->machine) != self->definition)
    {
      set_replaced (self);
      return;
    }
  self->dirty = FALSE;
  dio_library_machine_save_async (self->machine, on_saved, g_object_ref (self));
}

static void
on_save_due (gpointer user_data)
{
  DioMachineSettings *self = user_data;

  self->save_id = 0;
  dio_machine_settings_save (self);
}

static void
on_job_ended (DioMachineSettings *self)
{
  if (--self->n_jobs == 0)
    dio_machine_settings_save (self);
}

static void
unref_settings (gpointer data, GClosure *closure)
{
  g_object_unref (data);
}

void
dio_machine_settings_wait_for (DioMachineSettings *self, DioJob *job)
{
  g_return_if_fail (DIO_IS_MACHINE_SETTINGS (self));

  self->n_jobs++;
  /* The dialog may be closed before. */
  g_signal_connect_data (job, "ended", G_CALLBACK (on_job_ended), g_object_ref (self), unref_settings,
                         G_CONNECT_SWAPPED);
}

/* --- what follows from what --- */

static void
update_pending (DioMachineSettings *self)
{
  g_auto (GStrv) properties = dio_library_machine_dup_pending (self->machine);
  g_auto (GStrv) pending = dio_setting_names ((const char *const *) properties);
  static const char *const none[] = { NULL };

  if (g_strv_equal (self->pending ? (const char *const *) self->pending : none,
                    pending ? (const char *const *) pending : none))
    return;
  g_strfreev (self->pending);
  self->pending = g_steal_pointer (&pending);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PENDING]);
}

static void
on_changed (DioMachineSettings *self)
{
  self->dirty = TRUE;
  g_clear_handle_id (&self->save_id, g_source_remove);
  self->save_id = g_timeout_add_once (SAVE_DELAY_MS, on_save_due, self);
  update_pending (self);
}

static void
on_run_changed (DioMachineSettings *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
  update_pending (self);
}

static void
on_machine_changed (DioMachineSettings *self)
{
  g_signal_group_set_target (self->run, dio_library_machine_get_machine (self->machine));
  on_run_changed (self);
}

/* Returns: (transfer none) (nullable) */
static const char *
find_problem (DioMachineSettings *self)
{
  const char *message = dio_library_machine_get_message (self->machine);

  switch (dio_library_machine_get_state (self->machine))
    {
    case DIO_LIBRARY_MACHINE_READY:
      return dio_definition_get_writable (self->definition)
                 ? NULL
                 : _ ("A newer Diorama wrote these settings. Update Diorama to change them.");
    case DIO_LIBRARY_MACHINE_NEWER:
      return _ ("A newer Diorama wrote these settings. Update Diorama to change them.");
    case DIO_LIBRARY_MACHINE_OFFLINE:
      return message ? message : _ ("The drive that this machine is on is not connected.");
    case DIO_LIBRARY_MACHINE_IN_USE:
      return message ? message : _ ("The machine is used elsewhere. Its settings can be changed when it is off.");
    case DIO_LIBRARY_MACHINE_WORKING:
      return message ? message : _ ("Work on this machine is under way. Its settings can be changed afterwards.");
    case DIO_LIBRARY_MACHINE_DAMAGED:
    default:
      return message ? message : _ ("The settings of this machine cannot be read.");
    }
}

static void
update_problem (DioMachineSettings *self)
{
  if (!g_set_str (&self->problem, find_problem (self)))
    return;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
  /* What was changed just before could not be saved then. */
  dio_machine_settings_save (self);
}

static void
dio_machine_settings_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioMachineSettings *self = DIO_MACHINE_SETTINGS (object);

  switch (property_id)
    {
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case PROP_SAVE_ERROR:
      g_value_set_string (value, self->save_error);
      break;
    case PROP_PENDING:
      g_value_set_boxed (value, self->pending);
      break;
    case PROP_RUNNING:
      g_value_set_object (value, dio_machine_settings_get_running (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_machine_settings_dispose (GObject *object)
{
  DioMachineSettings *self = DIO_MACHINE_SETTINGS (object);

  g_clear_handle_id (&self->save_id, g_source_remove);
  g_clear_object (&self->run);
  g_clear_object (&self->definition);
  g_clear_object (&self->machine);
  g_clear_object (&self->application);
  g_clear_pointer (&self->problem, g_free);
  g_clear_pointer (&self->save_error, g_free);
  g_clear_pointer (&self->pending, g_strfreev);
  G_OBJECT_CLASS (dio_machine_settings_parent_class)->dispose (object);
}

static void
dio_machine_settings_class_init (DioMachineSettingsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = dio_machine_settings_dispose;
  object_class->get_property = dio_machine_settings_get_property;
  props[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  props[PROP_SAVE_ERROR] = g_param_spec_string ("save-error", NULL, NULL, NULL, flags);
  props[PROP_PENDING] = g_param_spec_boxed ("pending", NULL, NULL, G_TYPE_STRV, flags);
  props[PROP_RUNNING] = g_param_spec_object ("running", NULL, NULL, DIO_TYPE_MACHINE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[SIGNAL_TOLD] = g_signal_new ("told", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
dio_machine_settings_init (DioMachineSettings *self)
{
  self->run = g_signal_group_new (DIO_TYPE_MACHINE);
  g_signal_group_connect_object (self->run, "notify", G_CALLBACK (on_run_changed), self, G_CONNECT_SWAPPED);
}

DioMachineSettings *
dio_machine_settings_new (DioApplication *application, DioLibraryMachine *machine, DioDefinition *definition)
{
  DioMachineSettings *self = g_object_new (DIO_TYPE_MACHINE_SETTINGS, NULL);

  self->application = g_object_ref (application);
  self->machine = g_object_ref (machine);
  self->definition = g_object_ref (definition);
  g_signal_connect_object (definition, "notify", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dio_definition_get_config (definition), "notify", G_CALLBACK (on_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (update_problem), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::message", G_CALLBACK (update_problem), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (machine, "notify::machine", G_CALLBACK (on_machine_changed), self, G_CONNECT_SWAPPED);
  update_problem (self);
  on_machine_changed (self);
  return self;
}
