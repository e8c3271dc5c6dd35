/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/tame.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static gboolean
is_inside (const char *folder, const char *path)
{
  return path != NULL && g_str_has_prefix (path, folder) && path[strlen (folder)] == '/';
}

static gboolean
is_whole_inside (const char *folder, const DioDisk *disk)
{
  gboolean inside = is_inside (folder, disk->path);

  for (guint i = 0; inside && disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    inside = is_inside (folder, disk->layers[i]);
  return inside;
}

static gboolean
tame_disks (DioMachineConfig *config, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      DioDisk *disk = dio_disk_copy (dio_machine_config_get_disk (config, i));

      g_ptr_array_add (disks, disk);
      if (is_whole_inside (folder, disk))
        continue;
      if (!disk->cdrom)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               _ ("A disk of the machine in the archive is not in it. Export the machine again."));
          return FALSE;
        }
      g_clear_pointer (&disk->path, g_free);
      g_clear_pointer (&disk->layers, g_strfreev);
    }
  dio_machine_config_set_disks (config, disks);
  return TRUE;
}

static void
drop_path_outside (DioMachineConfig *config, const char *property, const char *folder)
{
  g_autofree char *path = NULL;

  g_object_get (config, property, &path, NULL);
  if (path != NULL && !is_inside (folder, path))
    g_object_set (config, property, NULL, NULL);
}

/* What leads into the machine leads there from this computer only. */
static void
tame_forwards (DioMachineConfig *config)
{
  GPtrArray *old = dio_machine_config_get_forwards (config);
  g_autoptr (GPtrArray) forwards = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_forward_free);

  for (guint i = 0; i < old->len; i++)
    {
      DioForward *forward = dio_forward_copy (old->pdata[i]);

      g_clear_pointer (&forward->address, g_free);
      g_ptr_array_add (forwards, forward);
    }
  dio_machine_config_set_forwards (config, forwards);
}

static const char *const paths[] = { "kernel", "initrd", "uefi-vars", "tpm-state" };

static gboolean
has_open_port (DioMachineConfig *config)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (config);

  for (guint i = 0; i < forwards->len; i++)
    if (((DioForward *) forwards->pdata[i])->address)
      return TRUE;
  return FALSE;
}

static gboolean
has_path_outside (DioMachineConfig *config, const char *folder)
{
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);

      if (disk->path && !is_whole_inside (folder, disk))
        return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *path = NULL;

      g_object_get (config, paths[i], &path, NULL);
      if (path && !is_inside (folder, path))
        return TRUE;
    }
  return FALSE;
}

gboolean
dio_definition_reaches_out (DioDefinition *definition)
{
  DioMachineConfig *config = dio_definition_get_config (definition);
  const char *const *extra = dio_machine_config_get_extra_arguments (config);

  return (extra && extra[0]) || dio_machine_config_get_shares (config)->len > 0 || has_open_port (config) ||
         has_path_outside (config, dio_definition_get_folder (definition));
}

gboolean
dio_definition_tame (DioDefinition *definition, GError **error)
{
  const char *folder = dio_definition_get_folder (definition);
  DioMachineConfig *config = dio_definition_get_config (definition);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    drop_path_outside (config, paths[i], folder);
  dio_machine_config_set_shares (config, NULL);
  tame_forwards (config);
  g_object_set (config, "extra-arguments", NULL, "microphone", FALSE, NULL);
  /* The answers that an installer is given have a password in them: they do not travel. */
  dio_machine_config_end_install (config);
  g_object_set (definition, "autostart", FALSE, NULL);
  return tame_disks (config, folder, error);
}
