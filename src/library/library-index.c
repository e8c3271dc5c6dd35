/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/library-index.h"

#include "library/definition-private.h"
#include "library/durable-file.h"

#include <string.h>

#define MAX_SIZE (64 * 1024 * 1024) /* bytes */
/* Version; then for each machine its folder and what was found: the definition's stamp; the folder's device, inode and
 * time; name, UUID, os, os-name, icon, group; autostart, newer; when it was used last. */
#define INDEX_VERSION 1
#define ENTRY_TYPE "(ay(tttxx)(ttx)(ssmsmsmsms)(bbx))"
#define INDEX_TYPE "(ua" ENTRY_TYPE ")"

static char *
make_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "diorama", "library-index", NULL);
}

static gboolean
is_text (const char *text)
{
  return !text || (strlen (text) <= DIO_MAX_TEXT && dio_definition_is_plain (text, DIO_TEXT_LINE));
}

/* Returns: (transfer full) (nullable) */
static DioFolderLook *
read_entry (GVariant *entry)
{
  g_autoptr (DioFolderLook) look = dio_folder_look_new ();
  DioStamp *stamp = &look->stamp;

  g_variant_get (entry, "(^ay(tttxx)(ttx)(ssmsmsmsms)(bbx))", &look->folder, &stamp->device, &stamp->inode,
                 &stamp->size, &stamp->modified, &stamp->changed, &look->device, &look->inode, &look->modified,
                 &look->name, &look->uuid, &look->os, &look->os_name, &look->icon, &look->group, &look->autostart,
                 &look->newer, &look->last_used);
  if (!g_path_is_absolute (look->folder) || *look->name == '\0' || !is_text (look->name) ||
      !g_uuid_string_is_valid (look->uuid) || !is_text (look->os) || !is_text (look->os_name) ||
      !is_text (look->icon) || !is_text (look->group) || look->last_used < 0)
    return NULL;
  return g_steal_pointer (&look);
}

GHashTable *
dio_library_index_read (guint *hash)
{
  g_autoptr (GHashTable) known =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) dio_folder_look_unref);
  g_autofree char *path = make_path ();
  g_autoptr (GBytes) bytes = dio_durable_read (path, MAX_SIZE, NULL, "The index cannot be read", NULL);
  g_autoptr (GVariant) index = NULL, entries = NULL;
  guint32 version = 0;

  if (!bytes)
    return g_steal_pointer (&known);
  index = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (INDEX_TYPE), bytes, FALSE));
  g_variant_get (index, "(u@a" ENTRY_TYPE ")", &version, &entries);
  if (version != INDEX_VERSION || !g_variant_is_normal_form (index))
    return g_steal_pointer (&known);
  *hash = g_bytes_hash (bytes);
  for (gsize i = 0; i < g_variant_n_children (entries); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (entries, i);
      DioFolderLook *look = read_entry (entry);

      if (look)
        g_hash_table_replace (known, look->folder, look);
    }
  return g_steal_pointer (&known);
}

static GVariant *
make_entry (const DioFolderLook *look)
{
  const DioStamp *stamp = &look->stamp;

  return g_variant_new ("(^ay(tttxx)(ttx)(ssmsmsmsms)(bbx))", look->folder, stamp->device, stamp->inode, stamp->size,
                        stamp->modified, stamp->changed, look->device, look->inode, look->modified, look->name,
                        look->uuid, look->os, look->os_name, look->icon, look->group, look->autostart, look->newer,
                        look->last_used);
}

static int
compare_folders (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(DioFolderLook *const *) a)->folder, (*(DioFolderLook *const *) b)->folder);
}

void
dio_library_index_write (GPtrArray *looks, guint *hash)
{
  g_autofree char *path = make_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("a" ENTRY_TYPE));
  g_autoptr (GVariant) index = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_sort (looks, compare_folders);
  for (guint i = 0; i < looks->len; i++)
    if (((DioFolderLook *) looks->pdata[i])->uuid)
      g_variant_builder_add_value (builder, make_entry (looks->pdata[i]));
  index = g_variant_ref_sink (g_variant_new ("(ua" ENTRY_TYPE ")", INDEX_VERSION, builder));
  bytes = g_variant_get_data_as_bytes (index);
  if (g_bytes_hash (bytes) == *hash)
    return;
  *hash = g_bytes_hash (bytes);
  /* It need not be durable: what is not whole is no index. */
  if (g_mkdir_with_parents (folder, 0700) < 0 ||
      !g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_debug ("%s: %s", path, error ? error->message : "no folder");
}
