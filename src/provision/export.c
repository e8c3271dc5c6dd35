/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/export.h"

#include "provision/disk-tool.h"
#include "provision/export-private.h"
#include "provision/new-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  char *folder;
  char *path;
  char *format;
  guint n;
  DioExportFunc write;
} Request;

static void
request_free (Request *self)
{
  g_free (self->folder);
  g_free (self->path);
  g_free (self->format);
  g_free (self);
}

static void
export_clear (DioExport *self)
{
  g_clear_pointer (&self->machine, dio_stored_machine_free);
  g_free (self->detail);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioExport, export_clear)

void
dio_export_step (DioExport *self, double part, const char *detail)
{
  self->done = MIN (1, self->done + self->part);
  self->part = part;
  g_set_str (&self->detail, detail);
  dio_job_tell (self->job, self->done, detail);
}

void
dio_export_progress (double fraction, gpointer data)
{
  DioExport *self = data;

  dio_job_tell (self->job, self->done + fraction * self->part, self->detail);
}

const DioDisk *
dio_export_get_disk (DioExport *self, guint i)
{
  return dio_machine_config_get_disk (self->config, i);
}

guint64
dio_export_get_total (DioExport *self)
{
  guint64 total = 0;

  for (guint i = 0; i < dio_machine_config_get_n_disks (self->config); i++)
    if (!dio_export_get_disk (self, i)->cdrom)
      total += dio_disk_files_use (dio_export_get_disk (self, i));
  return MAX (total, 1);
}

static gboolean
write_disk (DioExport *self, GError **error)
{
  g_autoptr (DioNewFile) file = dio_new_file_new (self->path);
  guint64 bytes;

  if (self->n >= dio_machine_config_get_n_disks (self->config) || dio_export_get_disk (self, self->n)->path == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("The machine does not have that disk."));
      return FALSE;
    }
  dio_export_step (self, 1, NULL);
  return dio_disk_measure (dio_export_get_disk (self, self->n), self->format, &bytes, self->cancellable, error) &&
         dio_disk_require_space (dio_new_file_get_folder (file), bytes, error) &&
         dio_disk_convert (dio_export_get_disk (self, self->n), dio_new_file_get_path (file), self->format,
                           DIO_DISK_CONVERT_PLAIN, dio_export_progress, self, self->cancellable, error) &&
         dio_new_file_commit (file, error);
}

static gboolean export (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Request *request = data;
  g_autofree char *folder = g_path_get_dirname (request->path);
  g_auto (DioExport) self = {
    .path = request->path, .format = request->format, .n = request->n, .job = job, .cancellable = cancellable
  };

  self.machine = dio_stored_machine_open (request->folder, error);
  if (self.machine == NULL)
    return FALSE;
  self.config = dio_definition_get_config (self.machine->definition);
  dio_new_file_sweep (folder);
  if (!request->write (&self, error))
    return FALSE;
  dio_job_set_result (job, request->path);
  return TRUE;
}

static DioJob *
make_job (const char *folder, const char *path, DioExportFunc write, const char *format, guint n)
{
  Request *request = g_new0 (Request, 1);
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *title = g_strdup_printf (_ ("Exporting “%s”"), shown);

  request->folder = g_strdup (folder);
  request->path = g_canonicalize_filename (path, NULL);
  request->format = g_strdup (format);
  request->n = n;
  request->write = write;
  return dio_job_new (title, export, request, (GDestroyNotify) request_free);
}

DioJob *
dio_export_archive (const char *folder, const char *path)
{
  return make_job (folder, path, dio_export_write_archive, NULL, 0);
}

DioJob *
dio_export_appliance (const char *folder, const char *path)
{
  return make_job (folder, path, dio_export_write_appliance, NULL, 0);
}

DioJob *
dio_export_disk (const char *folder, guint n, const char *format, const char *path)
{
  return make_job (folder, path, write_disk, format, n);
}
