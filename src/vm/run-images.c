/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/run-images.h"

#include "image/host-path.h"
#include "vm/image-lock.h"

struct _DioRunImages
{
  GPtrArray *locks;    /* of DioImageLock */
  GPtrArray *unlocked; /* of char *, NULL-terminated when it is handed over */
};

static gboolean
take (DioRunImages *self, DioMachineConfig *config, const char *path, gboolean writes, GError **error)
{
  g_autoptr (DioImageLock) lock = NULL;

  /* Of what is not there QEMU tells more. */
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  lock = dio_image_lock_take (path, writes, dio_machine_config_get_name (config), error);
  if (lock == NULL)
    return FALSE;
  g_ptr_array_add (self->locks, g_steal_pointer (&lock));
  if (dio_path_is_portal (path))
    g_ptr_array_add (self->unlocked, g_strdup (path));
  return TRUE;
}

static gboolean
take_disk (DioRunImages *self, DioMachineConfig *config, const DioDisk *disk, GError **error)
{
  gboolean writes = !disk->cdrom && !disk->read_only && !dio_machine_config_get_disposable (config);

  if (disk->path != NULL && !take (self, config, disk->path, writes, error))
    return FALSE;
  for (guint i = 0; disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    if (!take (self, config, disk->layers[i], FALSE, error))
      return FALSE;
  return TRUE;
}

DioRunImages *
dio_run_images_new (DioMachineConfig *config, GError **error)
{
  g_autoptr (DioRunImages) self = g_new0 (DioRunImages, 1);

  self->locks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_image_lock_release);
  self->unlocked = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    if (!take_disk (self, config, dio_machine_config_get_disk (config, i), error))
      return NULL;
  g_ptr_array_add (self->unlocked, NULL);
  return g_steal_pointer (&self);
}

void
dio_run_images_free (DioRunImages *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->locks);
  g_ptr_array_unref (self->unlocked);
  g_free (self);
}

void
dio_run_images_hand_over (DioRunImages *self, DioRunPaths *paths, GArray *fds)
{
  paths->unlocked = (const char *const *) self->unlocked->pdata;
  for (guint i = 0; i < self->locks->len; i++)
    dio_image_lock_add_fds (g_ptr_array_index (self->locks, i), fds);
}
