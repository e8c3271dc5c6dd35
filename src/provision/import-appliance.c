/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/appliance.h"
#include "provision/disk-tool.h"
#include "provision/import-disk.h"

#include <glib/gi18n-lib.h>

#define PART_NAME ".import.part"
/* Of the whole work; the rest is to make it durable. */
#define TAKING 0.9

typedef struct
{
  char *path;
  char *name; /* nullable */
  char *place;
} Import;

/* The work while it runs. */
typedef struct
{
  DioAppliance *appliance;
  DioNewMachine *machine;
  GPtrArray *disks; /* DioDisk, as the description has them */
  guint n_files;
} Work;

static void
import_free (Import *self)
{
  g_free (self->path);
  g_free (self->name);
  g_free (self->place);
  g_free (self);
}

static void
work_clear (Work *self)
{
  g_clear_pointer (&self->machine, dio_new_machine_free);
  g_clear_pointer (&self->appliance, dio_appliance_free);
  g_clear_pointer (&self->disks, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Half of a step is to unpack, half to convert. */
static void
on_unpacking (guint i, gpointer data)
{
  Work *self = data;
  const DioOvfDisk *disk = dio_appliance_get_ovf (self->appliance)->disks->pdata[i];

  dio_new_machine_step (self->machine, TAKING / 2 / self->n_files, disk->file);
}

static void
on_progress (double fraction, gpointer data)
{
  Work *self = data;

  dio_new_machine_progress (fraction, self->machine);
}

static gboolean
take_disk (guint i, const char *path, gboolean own, gpointer data, GError **error)
{
  Work *self = data;
  const DioOvfDisk *source = dio_appliance_get_ovf (self->appliance)->disks->pdata[i];
  DioDisk *disk = self->disks->pdata[i];

  dio_new_machine_step (self->machine, TAKING / 2 / self->n_files, source->file);
  if (dio_import_copy_disk (self->machine, path, own, disk, error))
    return TRUE;
  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_prefix_error (error, _ ("“%s” in the appliance cannot be used. "), source->file);
  return FALSE;
}

/* Empty disks, and drives without a disc. */
static gboolean
make_empty (Work *self, guint i, GError **error)
{
  const DioOvfDisk *source = dio_appliance_get_ovf (self->appliance)->disks->pdata[i];
  DioDisk *disk = self->disks->pdata[i];
  g_autofree char *path = NULL;

  disk->cdrom = disk->read_only = source->cdrom;
  if (source->cdrom)
    return TRUE;
  path = dio_new_machine_make_disk_path (self->machine, "qcow2");
  g_set_str (&disk->path, path);
  g_set_str (&disk->format, "qcow2");
  return dio_disk_create (path, "qcow2", source->capacity, NULL, self->machine->cancellable, error);
}

static gboolean
take_disks (Work *self, GError **error)
{
  DioOvf *ovf = dio_appliance_get_ovf (self->appliance);
  g_autofree char *part = dio_new_machine_build_path (self->machine, PART_NAME);

  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const DioOvfDisk *source = ovf->disks->pdata[i];
      DioDisk *disk = g_new0 (DioDisk, 1);

      disk->bus = source->bus;
      g_ptr_array_add (self->disks, disk);
      self->n_files += source->file != NULL;
    }
  if (!dio_appliance_take_disks (self->appliance, part, on_unpacking, take_disk, on_progress, self,
                                 self->machine->cancellable, error))
    return FALSE;
  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const DioOvfDisk *source = ovf->disks->pdata[i];

      if (source->file == NULL && !make_empty (self, i, error))
        return FALSE;
      dio_new_machine_add_disk (self->machine, self->disks->pdata[i]);
    }
  return TRUE;
}

static gboolean
import (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Import *self = data;
  g_auto (Work) work = { 0 };
  g_autoptr (DioDefinition) definition = NULL;
  DioOvf *ovf;
  guint64 bytes;

  work.disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  work.appliance = dio_appliance_open (self->path, error);
  if (work.appliance == NULL || !dio_appliance_measure (work.appliance, &bytes, error))
    return FALSE;
  ovf = dio_appliance_get_ovf (work.appliance);
  definition = dio_definition_new_loose (ovf->config);
  g_object_set (definition, "os", ovf->os, "os-name", ovf->os_name, "notes", ovf->notes, NULL);
  if (self->name != NULL)
    g_object_set (dio_definition_get_config (definition), "name", self->name, NULL);
  work.machine = dio_new_machine_new (definition, self->place, job, cancellable, error);
  return work.machine != NULL &&
         dio_disk_require_space (dio_new_folder_get_path (work.machine->folder), bytes, error) &&
         take_disks (&work, error) && dio_new_machine_commit (work.machine, error);
}

DioJob *
dio_import_appliance (const char *path, const char *name, const char *place)
{
  Import *self = g_new0 (Import, 1);
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *title = g_strdup_printf (_ ("Importing “%s”"), name != NULL ? name : shown);

  self->path = g_strdup (path);
  self->name = g_strdup (name);
  self->place = g_strdup (place);
  return dio_job_new (title, import, self, (GDestroyNotify) import_free);
}
