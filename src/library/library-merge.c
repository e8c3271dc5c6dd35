/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What was found in the places becomes the list of machines: who is who. */
#include "library/library-private.h"

typedef struct
{
  DioLibrary *library;
  gint64 time;
  GHashTable *looks;    /* by folder, those that are nobody's yet */
  GHashTable *machines; /* a set: those that were not found yet */
} Merge;

static gboolean
is_online (Merge *merge, const char *folder)
{
  DioPlace *place = dio_library_find_place (merge->library, folder);

  return place && place->online;
}

/* --- what there is --- */

static guint
hash_inode (gconstpointer look)
{
  return g_int64_hash (&((const DioFolderLook *) look)->inode);
}

static gboolean
is_same_folder (gconstpointer a, gconstpointer b)
{
  const DioFolderLook *first = a, *second = b;

  return first->inode == second->inode && first->device == second->device;
}

static void
note_places (Merge *merge, GPtrArray *scans)
{
  for (guint i = 0; i < scans->len; i++)
    for (guint j = 0; j < merge->library->places->len; j++)
      {
        DioPlaceScan *scan = scans->pdata[i];
        DioPlace *place = merge->library->places->pdata[j];

        if (g_str_equal (place->path, scan->path))
          place->online = scan->online;
      }
}

/* A folder that two names lead to is one. */
static void
collect_online (Merge *merge, const DioPlaceScan *scan, GHashTable *folders, GHashTable *uuids)
{
  for (guint i = 0; i < scan->looks->len; i++)
    {
      DioFolderLook *look = scan->looks->pdata[i];

      /* Of one that cannot be opened nothing is known. */
      if (look->inode != 0 && !g_hash_table_add (folders, look))
        continue;
      if (look->uuid)
        g_hash_table_add (uuids, look->uuid);
      g_hash_table_insert (merge->looks, look->folder, look);
    }
}

/* What is remembered of a drive may be there by another path. */
static void
collect_offline (Merge *merge, const DioPlaceScan *scan, GHashTable *uuids)
{
  for (guint i = 0; i < scan->looks->len; i++)
    {
      DioFolderLook *look = scan->looks->pdata[i];

      if (!look->uuid || g_hash_table_add (uuids, look->uuid))
        g_hash_table_insert (merge->looks, look->folder, look);
    }
}

static void
collect_looks (Merge *merge, GPtrArray *scans)
{
  g_autoptr (GHashTable) folders = g_hash_table_new (hash_inode, is_same_folder);
  g_autoptr (GHashTable) uuids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < scans->len; i++)
    if (((DioPlaceScan *) scans->pdata[i])->online)
      collect_online (merge, scans->pdata[i], folders, uuids);
  for (guint i = 0; i < scans->len; i++)
    if (!((DioPlaceScan *) scans->pdata[i])->online)
      collect_offline (merge, scans->pdata[i], uuids);
}

/* --- who is who --- */

static void
give_look (Merge *merge, DioLibraryMachine *machine, DioFolderLook *look)
{
  g_hash_table_remove (merge->machines, machine);
  if (dio_library_machine_knows_better (machine, merge->time))
    merge->library->again = TRUE;
  else
    {
      dio_library_machine_set_presence (machine, DIO_FOLDER_THERE);
      dio_library_machine_set_offline (machine, !is_online (merge, look->folder));
      dio_library_machine_take_look (machine, dio_folder_look_ref (look));
    }
  g_hash_table_remove (merge->looks, look->folder);
}

/* Those whose folder is where it was. */
static void
match_folders (Merge *merge)
{
  GPtrArray *machines = merge->library->machines;

  for (guint i = 0; i < machines->len; i++)
    {
      DioFolderLook *known = dio_library_machine_get_look (machines->pdata[i]);
      DioFolderLook *look = known ? g_hash_table_lookup (merge->looks, known->folder) : NULL;
      const char *uuid = dio_library_machine_get_uuid (machines->pdata[i]);

      if (look && (!uuid || !look->uuid || !known->uuid || g_str_equal (known->uuid, look->uuid) ||
                   g_str_equal (uuid, look->uuid)))
        give_look (merge, machines->pdata[i], look);
    }
}

/* Those whose folder was renamed, where that can be told from a copy of it. */
static void
match_inodes (Merge *merge)
{
  g_autoptr (GHashTable) by_inode = g_hash_table_new (hash_inode, is_same_folder);
  g_autoptr (GPtrArray) looks = g_hash_table_get_values_as_ptr_array (merge->looks);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, merge->machines);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (dio_library_machine_get_look (key)->inode != 0)
      g_hash_table_insert (by_inode, dio_library_machine_get_look (key), key);
  for (guint i = 0; i < looks->len; i++)
    {
      DioFolderLook *look = looks->pdata[i];
      DioLibraryMachine *machine = look->inode != 0 ? g_hash_table_lookup (by_inode, look) : NULL;

      /* A number that became free is soon another's. */
      if (!machine || g_strcmp0 (dio_library_machine_get_look (machine)->uuid, look->uuid) != 0)
        continue;
      g_hash_table_remove (by_inode, look);
      give_look (merge, machine, look);
    }
}

/* Whether MACHINE, which was not found, may be the folder of another place: not while it runs, as what it holds is the
 * one that it began with, which is gone. Of those with one definition it is the first that has its UUID. */
static gboolean
may_have_moved (DioLibraryMachine *machine, DioLibraryMachine *other)
{
  const char *uuid = dio_library_machine_get_look (machine)->uuid;

  return uuid && !dio_library_machine_is_active (machine) &&
         (!other || g_strcmp0 (dio_library_machine_get_uuid (machine), uuid) == 0);
}

/* Those whose folder was moved to another drive. */
static void
match_uuids (Merge *merge)
{
  g_autoptr (GHashTable) by_uuid = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) looks = g_hash_table_get_values_as_ptr_array (merge->looks);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, merge->machines);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *uuid = dio_library_machine_get_look (key)->uuid;

      if (may_have_moved (key, uuid ? g_hash_table_lookup (by_uuid, uuid) : NULL))
        g_hash_table_replace (by_uuid, (char *) uuid, key);
    }
  for (guint i = 0; i < looks->len; i++)
    {
      DioFolderLook *look = looks->pdata[i];
      DioLibraryMachine *machine = look->uuid ? g_hash_table_lookup (by_uuid, look->uuid) : NULL;

      if (!machine)
        continue;
      g_hash_table_remove (by_uuid, look->uuid);
      give_look (merge, machine, look);
    }
}

/* Those that were not found go, unless they run. */
static void
sort_out_missing (Merge *merge, GHashTable *gone)
{
  GHashTableIter iter;
  gpointer machine;

  g_hash_table_iter_init (&iter, merge->machines);
  while (g_hash_table_iter_next (&iter, &machine, NULL))
    {
      if (dio_library_machine_knows_better (machine, merge->time))
        merge->library->again = TRUE;
      else if (dio_library_machine_is_active (machine))
        dio_library_machine_set_presence (
            machine, dio_library_find_place (merge->library, dio_library_machine_get_folder (machine))
                         ? DIO_FOLDER_GONE
                         : DIO_FOLDER_LEFT_OUT);
      else
        g_hash_table_add (gone, machine);
    }
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const DioFolderLook *first = *(DioFolderLook *const *) a, *second = *(DioFolderLook *const *) b;

  if (first->born != second->born)
    return first->born < second->born ? -1 : 1;
  return g_strcmp0 (first->folder, second->folder);
}

/* Returns: (transfer full): machines for the folders that are nobody's, older ones first. */
static GPtrArray *
make_machines (Merge *merge)
{
  GPtrArray *new = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) looks = g_hash_table_get_values_as_ptr_array (merge->looks);

  g_ptr_array_sort (looks, compare_age);
  for (guint i = 0; i < looks->len; i++)
    {
      DioFolderLook *look = looks->pdata[i];
      DioLibraryMachine *machine = dio_library_machine_new (dio_folder_look_ref (look));

      if (!is_online (merge, look->folder))
        dio_library_machine_set_offline (machine, TRUE);
      g_ptr_array_add (new, machine);
    }
  return new;
}

/* --- identities --- */

/* A UUID for the folder of a copy, the same each time. */
static char *
make_uuid (const DioFolderLook *look)
{
  g_autofree char *text = g_strconcat (look->uuid ? look->uuid : "", look->folder, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  /* Of version 8 (RFC 9562), which is anybody's way of making them. */
  return g_strdup_printf ("%.8s-%.4s-8%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15, hash + 18);
}

/* Who had a UUID first keeps it. */
static void
make_unique (GHashTable *uuids, GPtrArray *machines)
{
  for (guint i = 0; i < machines->len; i++)
    {
      DioLibraryMachine *machine = machines->pdata[i];
      DioFolderLook *look = dio_library_machine_get_look (machine);
      g_autofree char *uuid = g_strdup (dio_library_machine_get_uuid (machine));

      if (!uuid)
        continue;
      if (g_hash_table_contains (uuids, uuid))
        {
          g_free (uuid);
          uuid = make_uuid (look);
          dio_library_machine_set_uuid (machine, uuid);
        }
      g_hash_table_add (uuids, g_steal_pointer (&uuid));
    }
}

void
dio_library_merge (DioLibrary *self, GPtrArray *scans, gint64 time, guint n_ended)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) looks = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) machines = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) uuids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) new = NULL;
  Merge merge = { self, time, looks, machines };

  note_places (&merge, scans);
  collect_looks (&merge, scans);
  for (guint i = 0; i < self->machines->len; i++)
    if (dio_library_machine_get_look (self->machines->pdata[i]))
      g_hash_table_add (machines, self->machines->pdata[i]);
  match_folders (&merge);
  match_inodes (&merge);
  match_uuids (&merge);
  sort_out_missing (&merge, gone);
  for (guint i = 0; i < n_ended; i++)
    g_hash_table_add (gone, self->ended->pdata[i]);
  new = make_machines (&merge);
  make_unique (uuids, self->machines);
  make_unique (uuids, new);
  dio_library_change_list (self, gone, new);
  g_ptr_array_remove_range (self->ended, 0, n_ended);
}
