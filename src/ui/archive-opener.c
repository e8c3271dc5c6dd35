/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/archive-opener.h"

#include "provision/import-file.h"

#define SUFFIX ".diorama"

gboolean
dio_archive_opener_is_archive (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);

  return name && g_str_has_suffix (name, SUFFIX) &&
         g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_REGULAR;
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_job_wait_finish (DIO_JOB (source), result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
  g_application_release (G_APPLICATION (g_task_get_source_object (task)));
}

/* Takes over TASK. */
static void
import (GTask *task)
{
  DioApplication *application = g_task_get_source_object (task);
  DioLibrary *library = dio_application_get_library (application);
  g_autofree char *path = g_file_get_path (g_task_get_task_data (task));
  g_autoptr (DioJob) job = dio_import_archive_for (library, path, NULL, dio_library_get_places (library)[0]);

  dio_library_add_job (library, job);
  dio_application_show_library (application);
  dio_job_start (job);
  dio_job_wait_async (job, on_imported, task);
}

/* Whose UUID is taken is not known before. */
static void
on_loading (DioLibrary *library, GParamSpec *pspec, gpointer task)
{
  g_signal_handlers_disconnect_by_func (library, on_loading, task);
  import (task);
}

void
dio_archive_opener_open_async (DioApplication *application, GFile *file, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  DioLibrary *library = dio_application_get_library (application);
  GTask *task = g_task_new (application, NULL, callback, user_data);

  g_task_set_source_tag (task, dio_archive_opener_open_async);
  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_application_hold (G_APPLICATION (application));
  if (dio_library_get_loading (library))
    g_signal_connect (library, "notify::loading", G_CALLBACK (on_loading), task);
  else
    import (task);
}

gboolean
dio_archive_opener_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
