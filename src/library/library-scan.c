/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/library-scan.h"

#include "library/new-folder.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

/* Those of the machines in the place that were not found now. */
static void
remember (DioPlaceScan *scan, GHashTable *known)
{
  GHashTableIter iter;
  gpointer folder, look;

  g_hash_table_iter_init (&iter, known);
  while (g_hash_table_iter_next (&iter, &folder, &look))
    {
      g_autofree char *parent = g_path_get_dirname (folder);

      if (g_str_equal (parent, scan->path))
        g_ptr_array_add (scan->looks, dio_folder_look_ref (look));
    }
}

static DioPlaceScan *
scan_new (const char *path)
{
  DioPlaceScan *scan = g_new0 (DioPlaceScan, 1);

  scan->path = g_strdup (path);
  scan->looks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_folder_look_unref);
  scan->remains = g_ptr_array_new_with_free_func (g_free);
  return scan;
}

DioPlaceScan *
dio_place_remember (const char *path, GHashTable *known)
{
  DioPlaceScan *scan = scan_new (path);

  remember (scan, known);
  return scan;
}

DioPlaceScan *
dio_place_scan (const char *path, GHashTable *known)
{
  g_autoptr (DioPlaceScan) scan = scan_new (path);
  DIR *stream = opendir (path);
  struct dirent *entry;

  if (!stream)
    return dio_place_remember (path, known);
  scan->online = TRUE;
  while (errno = 0, (entry = readdir (stream)) != NULL)
    {
      const char *name = entry->d_name;
      g_autofree char *folder = NULL;
      DioFolderLook *look;

      if (entry->d_type == DT_REG)
        continue;
      if (dio_is_part_name (name))
        {
          g_ptr_array_add (scan->remains, g_build_filename (path, name, NULL));
          continue;
        }
      if (name[0] == '.' || !g_str_has_suffix (name, DIO_FOLDER_SUFFIX))
        continue;
      folder = g_build_filename (path, name, NULL);
      look = dio_folder_look (folder, g_hash_table_lookup (known, folder));
      if (look)
        g_ptr_array_add (scan->looks, look);
    }
  /* A drive that fails half-way tells nothing of the other half. */
  scan->online = errno == 0;
  closedir (stream);
  return scan->online ? g_steal_pointer (&scan) : dio_place_remember (path, known);
}

void
dio_place_scan_free (DioPlaceScan *scan)
{
  g_clear_object (&scan->monitor);
  g_free (scan->path);
  g_ptr_array_unref (scan->looks);
  g_clear_pointer (&scan->remains, g_ptr_array_unref);
  g_free (scan);
}
