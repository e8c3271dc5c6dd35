/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/library-image.h"

#include "image/host-path.h"
#include "library/folder-look.h"

typedef struct
{
  char *host_path;
  guint64 device, inode;
  GPtrArray *machines; /* DioLibraryMachine: the main thread's; kept for the one that is found */
  GPtrArray *folders;  /* char *: of each */
  gulong loading_id;
  guint found; /* among them */
} Search;

static void
search_free (Search *search)
{
  g_free (search->host_path);
  g_clear_pointer (&search->machines, g_ptr_array_unref);
  g_clear_pointer (&search->folders, g_ptr_array_unref);
  g_free (search);
}

static gboolean
is_it (const Search *search, const char *path)
{
  g_autofree char *host_path = NULL;
  struct stat info;

  if (!path)
    return FALSE;
  if (g_str_equal (path, search->host_path))
    return TRUE;
  if (stat (path, &info) == 0)
    return search->inode != 0 && info.st_dev == search->device && info.st_ino == search->inode;
  host_path = dio_path_dup_host (path);
  return g_str_equal (host_path, search->host_path);
}

static DioImageUse
find_in_disk (const Search *search, const DioDisk *disk)
{
  if (disk->cdrom)
    return DIO_IMAGE_USE_NONE;
  if (is_it (search, disk->path))
    return DIO_IMAGE_USE_DISK;
  for (guint i = 0; disk->layers && disk->layers[i] && disk->layers[i + 1]; i += 2)
    if (is_it (search, disk->layers[i]))
      return DIO_IMAGE_USE_LAYER;
  return DIO_IMAGE_USE_NONE;
}

static DioImageUse
find_in_folder (const Search *search, const char *folder)
{
  g_autoptr (DioDefinition) definition = dio_folder_read_definition (folder, NULL, NULL);
  GPtrArray *disks = definition ? dio_machine_config_get_disks (dio_definition_get_config (definition)) : NULL;
  DioImageUse use = DIO_IMAGE_USE_NONE;

  for (guint i = 0; disks && i < disks->len; i++)
    use = MAX (use, find_in_disk (search, disks->pdata[i]));
  return use;
}

static void
find (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Search *search = task_data;
  DioImageUse use = DIO_IMAGE_USE_NONE;

  for (guint i = 0; i < search->folders->len && use != DIO_IMAGE_USE_DISK && !g_cancellable_is_cancelled (cancellable);
       i++)
    {
      DioImageUse one = find_in_folder (search, search->folders->pdata[i]);

      if (one <= use)
        continue;
      use = one;
      search->found = i;
    }
  g_task_return_int (task, use);
}

/* Takes over TASK. */
static void
start (GTask *task)
{
  DioLibrary *self = g_task_get_source_object (task);
  Search *search = g_task_get_task_data (task);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self), i);

      if (!dio_library_machine_get_folder (machine))
        continue;
      g_ptr_array_add (search->folders, g_strdup (dio_library_machine_get_folder (machine)));
      g_ptr_array_add (search->machines, g_steal_pointer (&machine));
    }
  g_task_run_in_thread (task, find);
  g_object_unref (task);
}

static void
on_loading (DioLibrary *self, GParamSpec *pspec, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);

  g_clear_signal_handler (&search->loading_id, self);
  start (task);
}

void
dio_library_find_image_async (DioLibrary *self, const char *host_path, guint64 device, guint64 inode,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Search *search = g_new0 (Search, 1);

  g_task_set_source_tag (task, dio_library_find_image_async);
  search->host_path = g_strdup (host_path);
  search->device = device;
  search->inode = inode;
  search->machines = g_ptr_array_new_with_free_func (g_object_unref);
  search->folders = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, search, (GDestroyNotify) search_free);
  if (dio_library_get_loading (self))
    search->loading_id = g_signal_connect (self, "notify::loading", G_CALLBACK (on_loading), task);
  else
    start (task);
}

DioImageUse
dio_library_find_image_finish (DioLibrary *self, GAsyncResult *result, DioLibraryMachine **ret_machine, GError **error)
{
  Search *search;
  gssize use;

  g_return_val_if_fail (g_task_is_valid (result, self), DIO_IMAGE_USE_NONE);

  search = g_task_get_task_data (G_TASK (result));
  use = g_task_propagate_int (G_TASK (result), error);
  if (ret_machine)
    *ret_machine = use > DIO_IMAGE_USE_NONE ? g_object_ref (search->machines->pdata[search->found]) : NULL;
  return (DioImageUse) MAX (use, DIO_IMAGE_USE_NONE);
}
