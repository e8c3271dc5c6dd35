/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/create.h"

#include "provision/disk-tool.h"
#include "provision/new-machine.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  DioDefinition *definition;
  DioNewDisk *disks;
  guint n_disks;
  char *place;
} Create;

static void
create_free (Create *self)
{
  g_clear_object (&self->definition);
  g_free (self->disks);
  g_free (self->place);
  g_free (self);
}

static gboolean
make_disk (DioNewMachine *machine, const DioNewDisk *disk, GError **error)
{
  g_autofree char *path = dio_new_machine_make_disk_path (machine, "qcow2");

  if (!dio_disk_create (path, "qcow2", disk->size, NULL, machine->cancellable, error))
    return FALSE;
  dio_new_machine_add_disk (
      machine, &(DioDisk) { .path = path, .format = (char *) "qcow2", .bus = disk->bus, .cache = disk->cache });
  return TRUE;
}

static gboolean
create (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Create *self = data;
  g_autoptr (DioNewMachine) machine = dio_new_machine_new (self->definition, self->place, job, cancellable, error);
  DioMachineConfig *config = machine != NULL ? dio_new_machine_get_config (machine) : NULL;
  g_autoptr (GPtrArray) others = NULL;

  if (machine == NULL)
    return FALSE;
  others = g_ptr_array_ref (dio_machine_config_get_disks (config));
  dio_machine_config_set_disks (config, NULL);
  dio_new_machine_step (machine, 0.5, NULL);
  for (guint i = 0; i < self->n_disks; i++)
    if (!make_disk (machine, &self->disks[i], error))
      return FALSE;
  for (guint i = 0; i < others->len; i++)
    dio_new_machine_add_disk (machine, others->pdata[i]);
  return dio_new_machine_commit (machine, error);
}

DioJob *
dio_create_machine (DioDefinition *definition, const DioNewDisk *disks, guint n_disks, const char *place)
{
  Create *self = g_new0 (Create, 1);
  const char *name = dio_machine_config_get_name (dio_definition_get_config (definition));
  g_autofree char *title = g_strdup_printf (_ ("Creating “%s”"), name);

  self->definition = dio_definition_copy_loose (definition);
  self->disks = g_memdup2 (disks, n_disks * sizeof *disks);
  self->n_disks = n_disks;
  self->place = g_strdup (place);
  return dio_job_new (title, create, self, (GDestroyNotify) create_free);
}
