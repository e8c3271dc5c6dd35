/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/import-disk.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"
#include "provision/file-copy.h"
#include "provision/stored-machine.h"
#include "vm/disk-image.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  DioDefinition *definition;
  GStrv paths;
  DioImportMode mode;
  DioDiskBus bus;
  char *place;
} Import;

static void
import_free (Import *self)
{
  g_clear_object (&self->definition);
  g_strfreev (self->paths);
  g_free (self->place);
  g_free (self);
}

static void
prefix (GError **error, const char *path)
{
  g_autofree char *shown = g_filename_display_basename (path);

  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, _ ("“%s” cannot be imported. "), shown);
}

/* --- a copy --- */

static const char *
get_folder (DioNewMachine *machine)
{
  return dio_new_folder_get_path (machine->folder);
}

static gboolean
convert (DioNewMachine *machine, const DioDisk *source, const char *target, GError **error)
{
  guint64 bytes;

  return dio_disk_measure (source, "qcow2", &bytes, machine->cancellable, error) &&
         dio_disk_require_space (get_folder (machine), bytes, error) &&
         dio_disk_convert (source, target, "qcow2", DIO_DISK_CONVERT_PLAIN, dio_new_machine_progress, machine,
                           machine->cancellable, error);
}

static gboolean
copy (DioNewMachine *machine, const char *path, const char *target, gboolean move, GError **error)
{
  const DioDisk source = { .path = (char *) path };

  if (move && g_rename (path, target) == 0)
    return TRUE;
  return (dio_file_can_share (path, get_folder (machine)) ||
          dio_disk_require_space (get_folder (machine), dio_disk_files_use (&source), error)) &&
         dio_file_copy (path, target, dio_new_machine_progress, machine, machine->cancellable, error);
}

gboolean
dio_import_copy_disk (DioNewMachine *machine, const char *path, gboolean move, DioDisk *disk, GError **error)
{
  g_autofree char *target = NULL;
  const char *format;
  DioDiskImage image;
  gboolean as_it_is, done;

  if (!dio_disk_image_probe (path, &image, error))
    return FALSE;
  as_it_is = g_str_equal (image.format, "raw") || g_str_equal (image.format, "qcow2");
  format = as_it_is ? image.format : "qcow2";
  target = dio_new_machine_make_disk_path (machine, image.optical ? "iso" : format);
  done = as_it_is
             ? copy (machine, path, target, move, error)
             : convert (machine, &(DioDisk) { .path = (char *) path, .format = (char *) image.format }, target, error);
  if (!done)
    return FALSE;
  if (move && !as_it_is)
    g_unlink (path);
  g_set_str (&disk->path, target);
  g_set_str (&disk->format, format);
  disk->cdrom = image.optical;
  disk->read_only = image.optical;
  return TRUE;
}

/* --- images that the user has --- */

static gboolean
use_in_place (const char *path, const DioDiskImage *image, DioDisk *disk, GError **error)
{
  if (image->read_only && !image->optical)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                           _ ("It may not be written. Change its permissions, or import it as a copy."));
      return FALSE;
    }
  g_set_str (&disk->path, path);
  g_set_str (&disk->format, image->format);
  disk->cdrom = disk->read_only = image->optical;
  return TRUE;
}

static gboolean
link_to (DioNewMachine *machine, const char *path, const DioDiskImage *image, DioDisk *disk, GError **error)
{
  g_autofree char *target = dio_new_machine_make_disk_path (machine, "qcow2");
  const char *const layers[] = { path, image->format, NULL };

  if (!dio_disk_create (target, "qcow2", 0, layers, machine->cancellable, error))
    return FALSE;
  disk->layers = g_strdupv ((GStrv) layers);
  g_set_str (&disk->path, target);
  g_set_str (&disk->format, "qcow2");
  return TRUE;
}

static gboolean
import_one (Import *self, DioNewMachine *machine, const char *path, GError **error)
{
  g_autoptr (DioDisk) disk = g_new0 (DioDisk, 1);
  DioDiskImage image;
  gboolean done;

  disk->bus = self->bus;
  if (!dio_disk_image_probe (path, &image, error))
    return FALSE;
  if (image.optical || self->mode == DIO_IMPORT_IN_PLACE)
    done = use_in_place (path, &image, disk, error);
  else if (self->mode == DIO_IMPORT_LINKED)
    done = link_to (machine, path, &image, disk, error);
  else
    done = dio_import_copy_disk (machine, path, FALSE, disk, error);
  if (done && disk->cdrom)
    disk->bus = DIO_DISK_BUS_SATA;
  if (done)
    dio_new_machine_add_disk (machine, disk);
  return done;
}

static gboolean
import (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Import *self = data;
  g_autoptr (DioNewMachine) machine = dio_new_machine_new (self->definition, self->place, job, cancellable, error);
  guint n = g_strv_length (self->paths);

  if (machine == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *shown = g_filename_display_basename (self->paths[i]);

      dio_new_machine_step (machine, 0.9 / n, shown);
      if (!import_one (self, machine, self->paths[i], error))
        {
          prefix (error, self->paths[i]);
          return FALSE;
        }
    }
  return dio_new_machine_commit (machine, error);
}

DioJob *
dio_import_disks (DioDefinition *definition, const char *const *paths, guint n_paths, DioImportMode mode,
                  DioDiskBus bus, const char *place)
{
  Import *self = g_new0 (Import, 1);
  const char *name = dio_machine_config_get_name (dio_definition_get_config (definition));
  g_autofree char *title = g_strdup_printf (_ ("Importing “%s”"), name);

  self->definition = dio_definition_copy_loose (definition);
  self->paths = g_new0 (char *, n_paths + 1);
  for (guint i = 0; i < n_paths; i++)
    self->paths[i] = g_canonicalize_filename (paths[i], NULL);
  self->mode = mode;
  self->bus = bus;
  self->place = g_strdup (place);
  return dio_job_new (title, import, self, (GDestroyNotify) import_free);
}

/* --- which kind of file it is --- */

gboolean
dio_import_recognise (const char *path, DioImportKind *ret_kind, GError **error)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  char head[512] = { 0 };
  gssize n = fd >= 0 ? read (fd, head, sizeof head) : -1;
  DioDiskImage image;

  if (n < 0)
    {
      g_autofree char *shown = g_filename_display_basename (path);
      g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be read"), shown);

      dio_set_file_error (error, errno, what);
      return FALSE;
    }
  if (memcmp (head, "\x28\xb5\x2f\xfd", 4) == 0)
    *ret_kind = DIO_IMPORT_ARCHIVE;
  else if (memcmp (head + 257, "ustar", 5) == 0 || memmem (head, sizeof head, "<Envelope", 9) ||
           memmem (head, sizeof head, ":Envelope", 9) || memmem (head, sizeof head, "<?xml", 5))
    *ret_kind = DIO_IMPORT_APPLIANCE;
  else if (dio_disk_image_probe (path, &image, error))
    *ret_kind = DIO_IMPORT_DISK;
  else
    {
      prefix (error, path);
      return FALSE;
    }
  return TRUE;
}
