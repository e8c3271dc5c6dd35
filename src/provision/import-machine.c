/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/import-machine.h"

#include "provision/disk-tool.h"
#include "provision/file-copy.h"
#include "provision/new-machine.h"
#include "provision/stored-machine.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  DioDefinition *definition;
  DioImportMode mode;
  char *place;
} Import;

static void
import_free (Import *self)
{
  g_clear_object (&self->definition);
  g_free (self->place);
  g_free (self);
}

static gboolean
copy_file (DioNewMachine *machine, const DioDisk *source, const char *target, GError **error)
{
  const char *folder = dio_new_folder_get_path (machine->folder);

  return (dio_file_can_share (source->path, folder) ||
          dio_disk_require_space (folder, dio_disk_files_use (source), error)) &&
         dio_file_copy (source->path, target, dio_new_machine_progress, machine, machine->cancellable, error);
}

static gboolean
convert (DioNewMachine *machine, const DioDisk *source, const char *target, GError **error)
{
  guint64 bytes;

  return dio_disk_measure (source, "qcow2", &bytes, machine->cancellable, error) &&
         dio_disk_require_space (dio_new_folder_get_path (machine->folder), bytes, error) &&
         dio_disk_convert (source, target, "qcow2", DIO_DISK_CONVERT_PLAIN, dio_new_machine_progress, machine,
                           machine->cancellable, error);
}

/* Plain files of our own formats, and encrypted ones, are copied as they are. */
static gboolean
copy (DioNewMachine *machine, const DioDisk *source, DioDisk *disk, GError **error)
{
  gboolean as_it_is = !source->layers && (source->encryption || g_str_equal (source->format, "raw") ||
                                          g_str_equal (source->format, "qcow2"));
  const char *format = as_it_is ? source->format : "qcow2";
  g_autofree char *target = dio_new_machine_make_disk_path (machine, format);

  if (!(as_it_is ? copy_file : convert) (machine, source, target, error))
    return FALSE;
  g_set_str (&disk->path, target);
  g_set_str (&disk->format, format);
  g_clear_pointer (&disk->layers, g_strfreev);
  disk->read_only = FALSE;
  return TRUE;
}

static gboolean
link_to (DioNewMachine *machine, const DioDisk *source, DioDisk *disk, GError **error)
{
  g_autofree char *target = dio_new_machine_make_disk_path (machine, "qcow2");
  g_autoptr (GStrvBuilder) layers = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  g_strv_builder_add (layers, source->path);
  g_strv_builder_add (layers, source->format);
  if (source->layers)
    g_strv_builder_addv (layers, (const char **) source->layers);
  all = g_strv_builder_end (layers);
  if (!dio_disk_create (target, "qcow2", 0, (const char *const *) all, machine->cancellable, error))
    return FALSE;
  g_set_str (&disk->path, target);
  g_set_str (&disk->format, "qcow2");
  g_clear_pointer (&disk->layers, g_strfreev);
  disk->layers = g_steal_pointer (&all);
  disk->read_only = FALSE;
  return TRUE;
}

static gboolean
import_disk (Import *self, DioNewMachine *machine, const DioDisk *source, GError **error)
{
  g_autoptr (DioDisk) disk = dio_disk_copy (source);
  gboolean done = TRUE;

  if (source->cdrom || self->mode == DIO_IMPORT_IN_PLACE)
    ;
  else if (self->mode == DIO_IMPORT_LINKED)
    done = link_to (machine, source, disk, error);
  else
    done = copy (machine, source, disk, error);
  if (done)
    dio_new_machine_add_disk (machine, disk);
  return done;
}

static gboolean
import (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Import *self = data;
  g_autoptr (DioNewMachine) machine = dio_new_machine_new (self->definition, self->place, job, cancellable, error);
  DioMachineConfig *config = machine ? dio_new_machine_get_config (machine) : NULL;
  g_autoptr (GPtrArray) sources = NULL;

  if (!machine)
    return FALSE;
  sources = g_ptr_array_ref (dio_machine_config_get_disks (config));
  dio_machine_config_set_disks (config, NULL);
  for (guint i = 0; i < sources->len; i++)
    {
      const DioDisk *source = sources->pdata[i];
      g_autofree char *shown = g_filename_display_basename (source->path);

      dio_new_machine_step (machine, 0.9 / sources->len, shown);
      if (!import_disk (self, machine, source, error))
        {
          if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_prefix_error (error, _ ("“%s” cannot be imported. "), shown);
          return FALSE;
        }
    }
  return dio_new_machine_commit (machine, error);
}

DioJob *
dio_import_machine (DioDefinition *definition, DioImportMode mode, const char *place)
{
  Import *self = g_new0 (Import, 1);
  const char *name = dio_machine_config_get_name (dio_definition_get_config (definition));
  g_autofree char *title = g_strdup_printf (_ ("Importing “%s”"), name);

  self->definition = dio_definition_copy_loose (definition);
  self->mode = mode;
  self->place = g_strdup (place);
  return dio_job_new (title, import, self, (GDestroyNotify) import_free);
}
