/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A library machine's runs, and what else is done with its folder. */
#include "config.h"

#include "library/library-machine-private.h"

#include "library/durable-file.h"

#include <glib/gi18n-lib.h>

/* Of a machine on which a system is being installed; see DioMachineConfig's "install-folder". */
#define INSTALL_FOLDER "install"
/* In a machine's folder: what its last runs told. */
#define LOG_FOLDER "log"

/* --- work, then a look --- */

typedef struct
{
  char *folder;
  DioFolderWork work;
  DioFolderLook *look; /* what came of it */
} Work;

static void
work_free (Work *work)
{
  g_free (work->folder);
  g_clear_pointer (&work->look, dio_folder_look_unref);
  g_free (work);
}

static void
work_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Work *data = task_data;
  GError *error = NULL;
  gboolean done = data->work (data->folder, &error);

  data->look = dio_folder_look (data->folder, NULL);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  Work *data = g_task_get_task_data (G_TASK (result));
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (data->look)
    dio_library_machine_take_look (self, g_steal_pointer (&data->look));
  else
    dio_library_machine_set_presence (self, DIO_FOLDER_GONE);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* TASK: (transfer full): what waits for it; its data is the work. */
static void
start_work (DioLibraryMachine *self, GTask *task)
{
  g_autoptr (GTask) owned = task;
  g_autoptr (GTask) working = NULL;
  Work *data = g_task_get_task_data (task);

  if (!self->look || self->active || self->preparing)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "%s",
                               self->look ? _ ("The machine is running. Shut it down first.")
                                          : _ ("This machine is being made. Wait until that is done."));
      return;
    }
  dio_library_machine_release (self);
  data->folder = g_strdup (self->look->folder);
  working = g_task_new (self, NULL, on_worked, g_steal_pointer (&owned));
  g_task_set_source_tag (working, start_work);
  g_task_set_task_data (working, data, NULL);
  g_task_run_in_thread (working, work_in_thread);
}

void
dio_library_machine_run_and_look (DioLibraryMachine *self, gpointer tag, DioFolderWork work,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Work *data;

  g_return_if_fail (DIO_IS_LIBRARY_MACHINE (self));

  g_task_set_source_tag (task, tag);
  data = g_new0 (Work, 1);
  data->work = work;
  g_task_set_task_data (task, data, (GDestroyNotify) work_free);
  /* The folder may get another name with what is being written. */
  if (self->saving)
    g_ptr_array_add (self->work_later, g_steal_pointer (&task));
  else
    start_work (self, g_steal_pointer (&task));
}

/* --- the lock --- */

static gboolean
break_lock (const char *folder, GError **error)
{
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_BREAK, error);

  return lock != NULL;
}

void
dio_library_machine_break_lock_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  dio_library_machine_run_and_look (self, dio_library_machine_break_lock_async, break_lock, callback, user_data);
}

gboolean
dio_library_machine_break_lock_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- the Trash --- */

static gboolean
trash (const char *folder, GError **error)
{
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, error);
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GError) reason = NULL;

  if (!lock)
    return FALSE;
  if (g_file_trash (file, NULL, &reason))
    return TRUE;
  g_set_error (error, G_IO_ERROR, reason->code,
               _ ("The machine cannot be moved to the Trash (%s). Delete its folder in Files instead."),
               reason->message);
  return FALSE;
}

void
dio_library_machine_trash_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  dio_library_machine_run_and_look (self, dio_library_machine_trash_async, trash, callback, user_data);
}

gboolean
dio_library_machine_trash_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- running --- */

static gboolean
is_active (DioMachine *machine)
{
  switch (dio_machine_get_state (machine))
    {
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
      return TRUE;
    default:
      return FALSE;
    }
}

void
dio_library_machine_release (DioLibraryMachine *self)
{
  self->release_later = !self->active && self->saving;
  if (!self->active && !self->saving)
    g_clear_pointer (&self->lock, dio_folder_lock_free);
}

static DioMachineConfig *make_config (DioLibraryMachine *self, gboolean disposable);

/* What was changed since it was made holds from this start on. */
static void
update_config (DioLibraryMachine *self, DioMachine *machine)
{
  DioMachineConfig *config = dio_machine_get_config (machine);
  g_autoptr (DioMachineConfig) wanted = make_config (self, dio_machine_config_get_disposable (config));
  g_auto (GStrv) names = dio_machine_config_list_differences (config, wanted);

  for (guint i = 0; names[i]; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_object_get_property (G_OBJECT (wanted), names[i], &value);
      g_object_set_property (G_OBJECT (config), names[i], &value);
    }
}

/* It starts. From its window, it may be again, after its lock had been given back: the lock is three system calls. What
 * others wrote before we had it holds; a clone of the machine may have its disk by now. While we write ourselves, the
 * lock is with who does. */
static void
adopt (DioLibraryMachine *self, DioMachine *machine)
{
  g_autofree char *log_folder = NULL;
  g_autoptr (GError) error = NULL;

  self->release_later = FALSE;
  dio_library_machine_set_machine (self, machine);
  if (!self->lock && self->saving)
    {
      self->adopt_later = TRUE;
      dio_machine_hold_start (machine);
      return;
    }
  if (!self->lock)
    self->lock = dio_folder_lock_take (self->look->folder, DIO_LOCK_USE_NOW, &error);
  if (!self->lock || !dio_library_machine_catch_up (self, &error))
    {
      dio_machine_refuse_start (machine, g_steal_pointer (&error));
      return;
    }
  update_config (self, machine);
  log_folder = g_build_filename (self->look->folder, LOG_FOLDER, NULL);
  dio_machine_set_log_folder (machine, log_folder);
}

static void
on_state (DioMachine *machine, GParamSpec *pspec, DioLibraryMachine *self)
{
  gboolean active = is_active (machine);

  if (self->machine != machine && (self->active || !active))
    return;
  if (active && !self->active)
    {
      self->active = TRUE;
      adopt (self, machine);
    }
  else if (!active && self->active)
    {
      self->active = FALSE;
      dio_library_machine_release (self);
      if (dio_machine_get_state (machine) == DIO_MACHINE_STOPPED)
        dio_library_machine_set_machine (self, NULL);
      dio_library_machine_end (self);
    }
}

/* The definition's machine as it runs. */
static DioMachineConfig *
make_config (DioLibraryMachine *self, gboolean disposable)
{
  DioMachineConfig *config = dio_machine_config_copy (dio_definition_get_config (self->definition));
  g_autofree char *vars = g_build_filename (self->look->folder, "uefi-vars.qcow2", NULL);
  g_autofree char *state = g_build_filename (self->look->folder, "tpm", NULL);

  g_object_set (config, "disposable", disposable, NULL);
  if (dio_machine_config_get_firmware (config) != DIO_FIRMWARE_BIOS && !dio_machine_config_get_uefi_vars (config))
    g_object_set (config, "uefi-vars", vars, NULL);
  if (dio_machine_config_get_tpm (config) && !dio_machine_config_get_tpm_state (config))
    g_object_set (config, "tpm-state", state, NULL);
  return config;
}

static void
remove_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  dio_durable_remove_tree (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
end_tidying (DioLibraryMachine *self)
{
  self->tidying = FALSE;
  if (g_application_get_default ())
    g_application_release (g_application_get_default ());
}

static void
on_install_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  end_tidying (DIO_LIBRARY_MACHINE (source));
}

/* Not before nothing needs them any more. */
static void
on_installed_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  g_autofree char *folder = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) task = NULL;

  if (!dio_library_machine_save_finish (self, result, &error))
    {
      g_message ("%s", error->message);
      g_clear_pointer (&folder, g_free);
    }
  if (!folder)
    {
      end_tidying (self);
      return;
    }
  task = g_task_new (self, NULL, on_install_removed, NULL);
  g_task_set_source_tag (task, on_installed_saved);
  g_task_set_task_data (task, g_steal_pointer (&folder), g_free);
  g_task_run_in_thread (task, remove_in_thread);
}

/* The system is on its disk: the machine goes on without what it was installed from, and so does the definition. */
static void
on_installed (DioMachineConfig *config, GParamSpec *pspec, DioLibraryMachine *self)
{
  DioMachineConfig *own = self->definition ? dio_definition_get_config (self->definition) : NULL;
  g_autofree char *folder = own ? g_strdup (dio_machine_config_get_install_folder (own)) : NULL;
  g_autofree char *usual = self->look ? g_build_filename (self->look->folder, INSTALL_FOLDER, NULL) : NULL;

  if (!folder || dio_machine_config_get_install_folder (config) || dio_machine_config_get_disposable (config))
    return;
  dio_machine_config_end_install (own);
  /* What a definition says is a stranger's word: nothing else is removed. */
  if (g_strcmp0 (folder, usual) != 0)
    g_clear_pointer (&folder, g_free);
  /* The installer mostly turns the machine off, which may be all that the process lives for. */
  self->tidying = TRUE;
  if (g_application_get_default ())
    g_application_hold (g_application_get_default ());
  dio_library_machine_save_async (self, on_installed_saved, g_steal_pointer (&folder));
}

gboolean
dio_library_machine_is_busy (DioLibraryMachine *self)
{
  g_return_val_if_fail (DIO_IS_LIBRARY_MACHINE (self), FALSE);

  return self->saving || self->tidying;
}

typedef struct
{
  char *folder;
  gboolean disposable;
} Prepare;

static void
prepare_free (Prepare *prepare)
{
  g_free (prepare->folder);
  g_free (prepare);
}

static void
fail_prepare (GTask *task, GError *error)
{
  DioLibraryMachine *self = g_task_get_source_object (task);

  self->preparing = FALSE;
  self->locking = FALSE;
  dio_library_machine_release (self);
  dio_library_machine_save_late (self);
  g_task_return_error (task, error);
}

static void
end_prepare (GTask *task)
{
  DioLibraryMachine *self = g_task_get_source_object (task);
  Prepare *data = g_task_get_task_data (task);
  g_autoptr (DioMachineConfig) config = make_config (self, data->disposable);
  g_autoptr (DioMachine) machine = dio_machine_new (config);

  self->preparing = FALSE;
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_DEFAULT);
  g_signal_connect_object (config, "notify::install-folder", G_CALLBACK (on_installed), self, G_CONNECT_DEFAULT);
  dio_library_machine_set_machine (self, machine);
  dio_library_machine_look (self);
  g_task_return_pointer (task, g_steal_pointer (&machine), g_object_unref);
}

static void
on_uuid_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dio_library_machine_save_finish (self, result, &error))
    {
      end_prepare (task);
      return;
    }
  fail_prepare (task, error);
}

static void
lock_in_thread (GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
  GError *error = NULL;
  DioFolderLock *lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);

  if (lock)
    g_task_return_pointer (task, lock, (GDestroyNotify) dio_folder_lock_free);
  else
    g_task_return_error (task, error);
}

static void
on_locked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  DioFolderLock *lock = g_task_propagate_pointer (G_TASK (result), &error);

  if (!lock)
    {
      dio_library_machine_look (self);
      fail_prepare (task, error);
      return;
    }
  self->lock = lock;
  self->locking = FALSE;
  dio_library_machine_save_late (self);
  /* It keeps the UUID that it runs with. */
  if (g_strcmp0 (self->uuid, self->look->uuid) != 0 && dio_definition_get_writable (self->definition))
    dio_library_machine_save_async (self, on_uuid_saved, g_steal_pointer (&task));
  else
    end_prepare (task);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (self, result, &error);
  g_autoptr (GTask) locking = NULL;
  GCancellable *cancellable = g_task_get_cancellable (task);
  Prepare *data = g_task_get_task_data (task);

  if (!definition)
    {
      fail_prepare (task, error);
      return;
    }
  /* One that was prepared and never started. */
  dio_library_machine_release (self);
  locking = g_task_new (self, cancellable, on_locked, g_steal_pointer (&task));
  g_task_set_source_tag (locking, on_loaded);
  g_task_set_task_data (locking, g_strdup (data->folder), g_free);
  g_task_run_in_thread (locking, lock_in_thread);
}

/* Not while its folder may get another name, and no lock is ours yet that a write would go under. */
static void
start_prepare (DioLibraryMachine *self, GTask *task)
{
  Prepare *data = g_task_get_task_data (task);

  self->locking = TRUE;
  data->folder = g_strdup (self->look->folder);
  dio_library_machine_load_async (self, g_task_get_cancellable (task), on_loaded, task);
}

void
dio_library_machine_go_on (DioLibraryMachine *self)
{
  g_autoptr (GPtrArray) works = g_steal_pointer (&self->work_later);
  GTask *task = g_steal_pointer (&self->prepare_later);

  self->work_later = g_ptr_array_new_with_free_func (g_object_unref);
  if (self->adopt_later)
    {
      g_autoptr (DioMachine) machine = self->active ? g_object_ref (self->machine) : NULL;

      self->adopt_later = FALSE;
      if (machine)
        {
          adopt (self, machine);
          dio_machine_continue_start (machine);
        }
    }
  if (task)
    start_prepare (self, task);
  for (guint i = 0; i < works->len; i++)
    start_work (self, g_object_ref (works->pdata[i]));
}

void
dio_library_machine_prepare_async (DioLibraryMachine *self, gboolean disposable, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Prepare *data;

  g_return_if_fail (DIO_IS_LIBRARY_MACHINE (self));

  g_task_set_source_tag (task, dio_library_machine_prepare_async);
  if (self->active)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("The machine is running already."));
  else if (!self->look)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                             _ ("This machine is being made. Wait until that is done."));
  else if (self->preparing)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("The machine is being started already."));
  else
    {
      self->preparing = TRUE;
      data = g_new0 (Prepare, 1);
      data->disposable = disposable;
      g_task_set_task_data (task, data, (GDestroyNotify) prepare_free);
      if (self->saving)
        self->prepare_later = g_steal_pointer (&task);
      else
        start_prepare (self, g_steal_pointer (&task));
    }
}

DioMachine *
dio_library_machine_prepare_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what differs --- */

char **
dio_library_machine_dup_pending (DioLibraryMachine *self)
{
  /* The one is told at once; the other is the run's. */
  static const char *const others[] = { "name", "disposable", NULL };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (DioMachineConfig) wanted = NULL;
  g_auto (GStrv) differences = NULL, names = NULL;

  g_return_val_if_fail (DIO_IS_LIBRARY_MACHINE (self), NULL);

  if (!self->active || !self->machine || !self->definition)
    return NULL;
  wanted = make_config (self, FALSE);
  differences = dio_machine_config_list_differences (dio_machine_get_config (self->machine), wanted);
  for (guint i = 0; differences[i]; i++)
    if (!g_strv_contains (others, differences[i]))
      g_strv_builder_add (builder, differences[i]);
  names = g_strv_builder_end (builder);
  return names[0] ? g_steal_pointer (&names) : NULL;
}
