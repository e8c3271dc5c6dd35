/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/new-machine.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"

#include <glib/gi18n-lib.h>

/* No path of any machine is below it, so that none is taken for one inside when the folder becomes another. */
#define NO_FOLDER "/nonexistent/diorama"

static void
copy_properties (GObject *from, GObject *to)
{
  guint n;
  g_autofree GParamSpec **pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (from), &n);

  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      if ((pspecs[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE || pspecs[i]->flags & G_PARAM_CONSTRUCT_ONLY)
        continue;
      g_object_get_property (from, pspecs[i]->name, &value);
      g_object_set_property (to, pspecs[i]->name, &value);
    }
}

static DioDefinition *
copy_definition (DioDefinition *definition, const char *folder)
{
  DioMachineConfig *config = dio_definition_get_config (definition);
  DioDefinition *copy = dio_definition_new (dio_machine_config_get_name (config), folder);

  copy_properties (G_OBJECT (definition), G_OBJECT (copy));
  copy_properties (G_OBJECT (config), G_OBJECT (dio_definition_get_config (copy)));
  return copy;
}

DioDefinition *
dio_definition_copy_loose (DioDefinition *definition)
{
  return copy_definition (definition, NO_FOLDER);
}

DioDefinition *
dio_definition_new_loose (DioMachineConfig *config)
{
  DioDefinition *definition = dio_definition_new (dio_machine_config_get_name (config), NO_FOLDER);

  copy_properties (G_OBJECT (config), G_OBJECT (dio_definition_get_config (definition)));
  return definition;
}

DioNewMachine *
dio_new_machine_new (DioDefinition *template, const char *place, DioJob *job, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioNewFolder) folder = NULL;
  DioNewMachine *self;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  folder = dio_new_folder_new (place, error);
  if (folder == NULL)
    return NULL;
  self = g_new0 (DioNewMachine, 1);
  self->job = job;
  self->cancellable = cancellable;
  self->definition = copy_definition (template, dio_new_folder_get_path (folder));
  self->folder = g_steal_pointer (&folder);
  return self;
}

void
dio_new_machine_free (DioNewMachine *self)
{
  g_clear_object (&self->definition);
  g_clear_pointer (&self->folder, dio_new_folder_free);
  g_free (self->detail);
  g_free (self);
}

DioMachineConfig *
dio_new_machine_get_config (DioNewMachine *self)
{
  return dio_definition_get_config (self->definition);
}

char *
dio_new_machine_build_path (DioNewMachine *self, const char *name)
{
  return g_build_filename (dio_new_folder_get_path (self->folder), name, NULL);
}

char *
dio_new_machine_make_disk_path (DioNewMachine *self, const char *format)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf ("disk-%u.%s", i, dio_disk_format_suffix (format));
      g_autofree char *path = dio_new_machine_build_path (self, name);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
}

void
dio_new_machine_add_disk (DioNewMachine *self, const DioDisk *disk)
{
  DioMachineConfig *config = dio_new_machine_get_config (self);
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    g_ptr_array_add (disks, dio_disk_copy (dio_machine_config_get_disk (config, i)));
  g_ptr_array_add (disks, dio_disk_copy (disk));
  dio_machine_config_set_disks (config, disks);
}

void
dio_new_machine_step (DioNewMachine *self, double part, const char *detail)
{
  self->done = MIN (1, self->done + self->part);
  self->part = part;
  g_set_str (&self->detail, detail);
  dio_job_tell (self->job, self->done, self->detail);
}

void
dio_new_machine_progress (double fraction, gpointer data)
{
  DioNewMachine *self = data;

  dio_job_tell (self->job, self->done + fraction * self->part, self->detail);
}

/* Where what the firmware and the TPM remember is kept; both are made with the first start. */
static void
set_state_paths (DioNewMachine *self)
{
  DioMachineConfig *config = dio_new_machine_get_config (self);
  g_autofree char *vars = dio_new_machine_build_path (self, "uefi-vars.qcow2");
  g_autofree char *tpm = dio_new_machine_build_path (self, "tpm");

  if (dio_machine_config_get_firmware (config) != DIO_FIRMWARE_BIOS &&
      dio_machine_config_get_uefi_vars (config) == NULL)
    g_object_set (config, "uefi-vars", vars, NULL);
  if (dio_machine_config_get_tpm (config) && dio_machine_config_get_tpm_state (config) == NULL)
    g_object_set (config, "tpm-state", tpm, NULL);
}

gboolean
dio_new_machine_commit (DioNewMachine *self, GError **error)
{
  g_autofree char *path = NULL;

  set_state_paths (self);
  dio_new_machine_step (self, 1 - MIN (1, self->done + self->part), _ ("Saving"));
  /* The long part of it, which can be cancelled; the commit itself then is short. */
  if (!dio_durable_sync_tree (dio_new_folder_get_path (self->folder), self->cancellable,
                              _ ("The new machine cannot be saved"), error) ||
      g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  path = dio_new_folder_commit (self->folder, self->definition, error);
  if (path != NULL)
    dio_job_set_result (self->job, path);
  return path != NULL;
}
