/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine's definition, read and written. */
#include "config.h"

#include "library/durable-file.h"
#include "library/library-machine-private.h"
#include "library/new-folder.h"

#include <errno.h>
#include <glib/gi18n-lib.h>

#define MAX_DAMAGED 100 /* definitions that are kept beside the good one; then the last is replaced */

/* --- reading --- */

typedef struct
{
  char *folder;
  gboolean has_definition; /* the one of STAMP */
  DioStamp stamp;
  DioDefinition *definition; /* what was read; NULL: the file is as it was */
} Load;

static void
load_free (Load *load)
{
  g_free (load->folder);
  g_clear_object (&load->definition);
  g_free (load);
}

static gboolean
read_stamp (const char *path, DioStamp *stamp)
{
  struct stat status;

  if (stat (path, &status) < 0)
    return FALSE;
  dio_stamp_set (stamp, &status);
  return TRUE;
}

static gboolean
is_as_it_was (const char *folder, const DioStamp *stamp)
{
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  DioStamp now;

  return read_stamp (path, &now) && dio_stamp_equal (&now, stamp);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Load *data = task_data;
  GError *error = NULL;

  if (data->has_definition && is_as_it_was (data->folder, &data->stamp))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  data->definition = dio_folder_read_definition (data->folder, &data->stamp, &error);
  if (data->definition)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
take_definition (DioLibraryMachine *self, Load *data)
{
  g_set_object (&self->definition, data->definition);
  self->stamp = data->stamp;
  dio_definition_set_folder (self->definition, self->look->folder);
  if (self->uuid)
    g_object_set (dio_definition_get_config (self->definition), "uuid", self->uuid, NULL);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  Load *data = g_task_get_task_data (G_TASK (result));
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        dio_library_machine_look (self);
      if (self->offline)
        g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                         dio_library_machine_get_message (self));
      else
        g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  /* A reading that was overtaken by a write does not count. */
  if (data->definition && (!self->definition || (!self->saving && !dio_stamp_equal (&data->stamp, &self->stamp))))
    take_definition (self, data);
  g_task_return_pointer (task, g_object_ref (self->definition), g_object_unref);
}

void
dio_library_machine_load_async (DioLibraryMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GTask) reading = NULL;
  Load *data;

  g_return_if_fail (DIO_IS_LIBRARY_MACHINE (self));

  g_task_set_source_tag (task, dio_library_machine_load_async);
  if (!self->look)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY,
                               _ ("This machine is being made. Wait until that is done."));
      return;
    }
  data = g_new0 (Load, 1);
  data->folder = g_strdup (self->look->folder);
  data->has_definition = self->definition != NULL;
  data->stamp = self->stamp;
  reading = g_task_new (self, cancellable, on_loaded, g_steal_pointer (&task));
  g_task_set_source_tag (reading, dio_library_machine_load_async);
  g_task_set_task_data (reading, data, (GDestroyNotify) load_free);
  g_task_run_in_thread (reading, load_in_thread);
}

DioDefinition *
dio_library_machine_load_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
dio_library_machine_catch_up (DioLibraryMachine *self, GError **error)
{
  g_autoptr (DioDefinition) definition = NULL;
  Load now = { .folder = self->look->folder };

  /* What is being written is our own. */
  if (self->saving || is_as_it_was (now.folder, &self->stamp))
    return TRUE;
  definition = dio_folder_read_definition (now.folder, &now.stamp, error);
  if (!definition)
    return FALSE;
  now.definition = definition;
  take_definition (self, &now);
  return TRUE;
}

/* --- writing --- */

typedef struct
{
  char *folder;
  char *name;
  GBytes *text;
  DioStamp stamp; /* of the file that is to be replaced; then of what was written */
  gboolean locked;
  gboolean may_rename;
  DioFolderLook *look; /* what came of it */
} Write;

static void
write_free (Write *write)
{
  g_free (write->folder);
  g_free (write->name);
  g_bytes_unref (write->text);
  g_clear_pointer (&write->look, dio_folder_look_unref);
  g_free (write);
}

/* Renames the folder if it is not named as the machine is. That it cannot be is no failure: the machine is saved. */
static void
rename_folder (Write *data)
{
  g_autofree char *base = g_path_get_basename (data->folder);
  g_autofree char *place = g_path_get_dirname (data->folder);
  g_autoptr (GError) error = NULL;
  char *renamed;

  if (!data->may_rename || dio_is_named_for (base, data->name))
    return;
  renamed = dio_rename_folder (data->folder, place, data->name, &error);
  if (!renamed)
    {
      g_debug ("%s", error->message);
      return;
    }
  g_free (data->folder);
  data->folder = renamed;
}

static gboolean
write_definition (Write *data, GError **error)
{
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be saved"), data->name);
  g_autofree char *path = g_build_filename (data->folder, DIO_DEFINITION_FILE, NULL);
  g_autofree char *copy = g_build_filename (data->folder, DIO_DEFINITION_LAST_GOOD, NULL);
  g_autoptr (DioFolderLock) lock = NULL;
  g_autoptr (GError) reason = NULL;

  if (!data->locked)
    {
      lock = dio_folder_lock_take (data->folder, DIO_LOCK_QUIET, error);
      if (!lock)
        return FALSE;
    }
  if (!g_file_test (data->folder, G_FILE_TEST_IS_DIR))
    {
      dio_set_file_error (error, ENOENT, what);
      return FALSE;
    }
  if (!is_as_it_was (data->folder, &data->stamp))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG,
                   _ ("“%s” was not saved. Another program changed its definition meanwhile. Make your change again."),
                   data->name);
      return FALSE;
    }
  if (!dio_durable_write (path, data->text, NULL, what, error))
    return FALSE;
  /* Before the lock goes: what comes then may be another's. */
  read_stamp (path, &data->stamp);
  /* It is saved. The copy that could not be made is the one before, and as good. */
  if (!dio_durable_write (copy, data->text, NULL, what, &reason))
    g_debug ("%s", reason->message);
  rename_folder (data);
  return TRUE;
}

static void
write_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Write *data = task_data;
  GError *error = NULL;
  gboolean written = write_definition (data, &error);

  data->look = dio_folder_look (data->folder, NULL);
  if (written)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void start_saving (DioLibraryMachine *self);

static void
end_all (GPtrArray *tasks, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    if (error)
      g_task_return_error (tasks->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (tasks->pdata[i], TRUE);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibraryMachine *self = DIO_LIBRARY_MACHINE (source);
  Write *data = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) done = user_data;
  g_autoptr (GError) error = NULL;

  self->saving = FALSE;
  if (g_task_propagate_boolean (G_TASK (result), &error))
    self->stamp = data->stamp;
  if (data->look)
    dio_library_machine_take_look (self, g_steal_pointer (&data->look));
  end_all (done, error);
  dio_library_machine_save_late (self);
  if (!self->saving && self->release_later)
    dio_library_machine_release (self);
  if (!self->saving)
    dio_library_machine_go_on (self);
  if (g_application_get_default ())
    g_application_release (g_application_get_default ());
}

/* Returns: (transfer full): what is to be written, if that can be read again. */
static GBytes *
make_text (DioLibraryMachine *self, GError **error)
{
  g_autoptr (DioDefinition) check = NULL;
  g_autoptr (GBytes) text = NULL;

  if (!self->definition)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED, _ ("The definition was not read yet. Try again."));
      return NULL;
    }
  if (!dio_definition_get_writable (self->definition))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY,
                   _ ("A newer Diorama wrote this machine's definition. Update Diorama to change it."));
      return NULL;
    }
  text = dio_definition_to_bytes (self->definition);
  check = dio_definition_parse (text, self->look->folder, error);
  if (!check)
    g_prefix_error_literal (error, _ ("This cannot be saved. "));
  return check ? g_steal_pointer (&text) : NULL;
}

static void
start_saving (DioLibraryMachine *self)
{
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GTask) task = NULL;
  Write *data;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  text = make_text (self, &error);
  if (!text)
    {
      end_all (waiting, error);
      return;
    }
  data = g_new0 (Write, 1);
  data->folder = g_strdup (self->look->folder);
  data->name = g_strdup (dio_machine_config_get_name (dio_definition_get_config (self->definition)));
  data->text = g_steal_pointer (&text);
  data->stamp = self->stamp;
  data->locked = self->lock != NULL;
  data->may_rename = !self->active && !self->machine && (!self->preparing || self->prepare_later);
  task = g_task_new (self, NULL, on_written, g_steal_pointer (&waiting));
  g_task_set_source_tag (task, start_saving);
  g_task_set_task_data (task, data, (GDestroyNotify) write_free);
  self->saving = TRUE;
  if (g_application_get_default ())
    g_application_hold (g_application_get_default ());
  g_task_run_in_thread (task, write_in_thread);
}

void
dio_library_machine_save_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (DIO_IS_LIBRARY_MACHINE (self));
  g_return_if_fail (self->look != NULL);

  g_task_set_source_tag (task, dio_library_machine_save_async);
  g_ptr_array_add (self->waiting, task);
  dio_library_machine_save_late (self);
}

void
dio_library_machine_save_late (DioLibraryMachine *self)
{
  if (self->waiting->len > 0 && !self->saving && !self->locking)
    start_saving (self);
}

gboolean
dio_library_machine_save_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- the last good one --- */

/* Returns: (transfer full): where a damaged definition is kept: beside those that were damaged before. */
static char *
make_damaged_path (const char *folder)
{
  for (guint number = 1;; number++)
    {
      g_autofree char *name =
          number == 1 ? g_strdup (DIO_DEFINITION_DAMAGED) : g_strdup_printf (DIO_DEFINITION_DAMAGED "-%u", number);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (number == MAX_DAMAGED || !g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
}

static gboolean
restore (const char *folder, GError **error)
{
  const char *what = _ ("The last good definition cannot be restored");
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autofree char *copy = g_build_filename (folder, DIO_DEFINITION_LAST_GOOD, NULL);
  g_autofree char *damaged = make_damaged_path (folder);
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, error);
  g_autoptr (GBytes) text = lock ? dio_durable_read (copy, DIO_DEFINITION_MAX, NULL, what, error) : NULL;
  g_autoptr (DioDefinition) check = text ? dio_definition_parse (text, folder, error) : NULL;
  g_autoptr (GBytes) old = NULL;

  if (!check)
    return FALSE;
  old = dio_durable_read (path, 16 * DIO_DEFINITION_MAX, NULL, what, NULL);
  /* The damaged one may have what is not to be had elsewhere. */
  if (old && !dio_durable_write (damaged, old, NULL, what, error))
    return FALSE;
  return dio_durable_write (path, text, NULL, what, error);
}

void
dio_library_machine_restore_async (DioLibraryMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  dio_library_machine_run_and_look (self, dio_library_machine_restore_async, restore, callback, user_data);
}

gboolean
dio_library_machine_restore_finish (DioLibraryMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
