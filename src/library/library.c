/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/library.h"

#include "library/library-machine-private.h"
#include "library/library-scan.h"
#include "library/new-folder.h"

#include <gio/gunixmounts.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define SETTLE_MS 100 /* of changes in a place, before it is looked through */
/* Of more changes than this a list is told at once that all of it is new. */
#define MAX_SINGLE_CHANGES 16

typedef struct
{
  char *path;
  gboolean online;
  GFileMonitor *monitor;
} Place;

struct _DioLibrary
{
  GObject parent_instance;

  GPtrArray *machines; /* DioLibraryMachine */
  GPtrArray *places;   /* Place */
  GStrv place_paths;
  GUnixMountMonitor *mounts;

  gboolean loading;
  gboolean scanning;
  gboolean again; /* something happened while it was scanning */
  guint settle_id;
  GPtrArray *ended; /* DioLibraryMachines whose job has ended: they go with the next scan */
};

enum
{
  PROP_LOADING = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (DioLibrary, dio_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
place_free (Place *place)
{
  g_free (place->path);
  if (place->monitor)
    g_file_monitor_cancel (place->monitor);
  g_clear_object (&place->monitor);
  g_free (place);
}

/* --- the list --- */

static GType
get_item_type (GListModel *model)
{
  return DIO_TYPE_LIBRARY_MACHINE;
}

static guint
get_n_items (GListModel *model)
{
  return DIO_LIBRARY (model)->machines->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  DioLibrary *self = DIO_LIBRARY (model);

  return position < self->machines->len ? g_object_ref (self->machines->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void on_gone (DioLibraryMachine *machine, DioLibrary *self);
static void on_machine (DioLibraryMachine *machine, GParamSpec *pspec, DioLibrary *self);

/* Takes out those of GONE (a set), and adds those of NEW, in few steps. */
static void
change_list (DioLibrary *self, GHashTable *gone, GPtrArray *new)
{
  guint n_before = self->machines->len;
  gboolean at_once = g_hash_table_size (gone) > MAX_SINGLE_CHANGES;

  for (guint i = n_before; i-- > 0 && g_hash_table_size (gone) > 0;)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];

      if (!g_hash_table_contains (gone, machine))
        continue;
      g_signal_handlers_disconnect_by_data (machine, self);
      g_ptr_array_remove_index (self->machines, i);
      if (!at_once)
        g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
    }
  for (guint i = 0; i < new->len; i++)
    {
      DioLibraryMachine *machine = new->pdata[i];

      g_signal_connect (machine, "gone", G_CALLBACK (on_gone), self);
      g_signal_connect (machine, "notify::machine", G_CALLBACK (on_machine), self);
      g_ptr_array_add (self->machines, g_object_ref (machine));
    }
  if (at_once)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n_before, self->machines->len);
  else if (new->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), self->machines->len - new->len, 0, new->len);
}

static void
remove_machine (DioLibrary *self, DioLibraryMachine *machine)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_hash_table_add (gone, machine);
  change_list (self, gone, none);
}

/* One whose folder is gone stays as long as it runs. */
static void
on_gone (DioLibraryMachine *machine, DioLibrary *self)
{
  if (!dio_library_machine_is_active (machine))
    remove_machine (self, machine);
}

static void
on_machine (DioLibraryMachine *machine, GParamSpec *pspec, DioLibrary *self)
{
  if (dio_library_machine_get_gone (machine) && !dio_library_machine_is_active (machine))
    remove_machine (self, machine);
}

/* --- what a scan found --- */

/* What is done with a scan, of all places, that began at TIME. */
typedef struct
{
  DioLibrary *library;
  gint64 time;
  GHashTable *looks;    /* by folder, those that are nobody's yet */
  GHashTable *machines; /* a set: those that were not found yet */
} Merge;

static gboolean
is_in_place (const char *place, const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  return g_str_equal (place, parent);
}

static Place *
find_place (DioLibrary *self, const char *folder)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = self->places->pdata[i];

      if (is_in_place (place->path, folder))
        return place;
    }
  return NULL;
}

static void
give_look (Merge *merge, DioLibraryMachine *machine, DioFolderLook *look)
{
  g_hash_table_remove (merge->machines, machine);
  if (dio_library_machine_knows_better (machine, merge->time))
    merge->library->again = TRUE;
  else
    {
      dio_library_machine_set_gone (machine, FALSE);
      dio_library_machine_set_offline (machine, FALSE);
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

      if (look && (!known->uuid || !look->uuid || g_str_equal (known->uuid, look->uuid)))
        give_look (merge, machines->pdata[i], look);
    }
}

/* Those whose folder was renamed or moved. */
static void
match_uuids (Merge *merge)
{
  g_autoptr (GHashTable) by_uuid = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) looks = g_hash_table_get_values_as_ptr_array (merge->looks);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, merge->machines);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (dio_library_machine_get_look (key)->uuid)
      g_hash_table_insert (by_uuid, dio_library_machine_get_look (key)->uuid, key);
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

/* Those that were not found go, unless their drive is what has gone. */
static void
sort_out_missing (Merge *merge, GHashTable *gone)
{
  GHashTableIter iter;
  gpointer machine;

  g_hash_table_iter_init (&iter, merge->machines);
  while (g_hash_table_iter_next (&iter, &machine, NULL))
    {
      Place *place = find_place (merge->library, dio_library_machine_get_folder (machine));

      if (dio_library_machine_knows_better (machine, merge->time))
        merge->library->again = TRUE;
      else if (place && !place->online)
        dio_library_machine_set_offline (machine, TRUE);
      else if (dio_library_machine_is_active (machine))
        dio_library_machine_set_gone (machine, TRUE);
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

/* A UUID for the folder of a copy, the same each time. */
static char *
make_uuid (const DioFolderLook *look)
{
  g_autofree char *text = g_strconcat (look->uuid, look->folder, NULL);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);

  /* Of version 8 (RFC 9562), which is anybody's way of making them. */
  return g_strdup_printf ("%.8s-%.4s-8%.3s-8%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15, hash + 18);
}

/* Returns: (transfer full): machines for the folders that are nobody's. */
static GPtrArray *
make_machines (Merge *merge)
{
  GPtrArray *new = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) looks = g_hash_table_get_values_as_ptr_array (merge->looks);
  g_autoptr (GHashTable) uuids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < merge->library->machines->len; i++)
    {
      const char *uuid = dio_library_machine_get_uuid (merge->library->machines->pdata[i]);

      if (uuid)
        g_hash_table_add (uuids, (gpointer) uuid);
    }
  g_ptr_array_sort (looks, compare_age);
  for (guint i = 0; i < looks->len; i++)
    {
      DioFolderLook *look = looks->pdata[i];
      DioLibraryMachine *machine = dio_library_machine_new (dio_folder_look_ref (look));

      if (look->uuid && !g_hash_table_add (uuids, look->uuid))
        {
          g_autofree char *uuid = make_uuid (look);

          dio_library_machine_set_uuid (machine, uuid);
        }
      if (look->offline)
        dio_library_machine_set_offline (machine, TRUE);
      g_ptr_array_add (new, machine);
    }
  return new;
}

/* --- scanning --- */

typedef struct
{
  GStrv places;
  GHashTable *known; /* DioFolderLooks by their folder */
  gboolean first;
  gint64 time;
  GPtrArray *scans; /* what came of it: a DioPlaceScan for each place */
} Scan;

static void
scan_free (Scan *scan)
{
  g_strfreev (scan->places);
  g_hash_table_unref (scan->known);
  g_clear_pointer (&scan->scans, g_ptr_array_unref);
  g_free (scan);
}

static void
scan_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Scan *data = task_data;

  data->scans = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_place_scan_free);
  for (guint i = 0; data->places[i]; i++)
    g_ptr_array_add (data->scans, dio_place_scan (data->places[i], data->known));
  g_task_return_boolean (task, TRUE);
}

static void start_scan (DioLibrary *self);

static gboolean
on_settled (gpointer user_data)
{
  DioLibrary *self = user_data;

  self->settle_id = 0;
  start_scan (self);
  return G_SOURCE_REMOVE;
}

static void
scan_soon (DioLibrary *self)
{
  if (self->scanning)
    self->again = TRUE;
  else if (self->settle_id == 0)
    self->settle_id = g_timeout_add (SETTLE_MS, on_settled, self);
}

static void
remove_remains_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *remains = task_data;

  for (guint i = 0; i < remains->len; i++)
    dio_remove_remains (remains->pdata[i]);
}

static void
remove_remains (DioLibrary *self, GPtrArray *scans)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);
  GPtrArray *remains = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < scans->len; i++)
    {
      DioPlaceScan *scan = scans->pdata[i];

      g_ptr_array_extend_and_steal (remains, g_steal_pointer (&scan->remains));
    }
  g_task_set_source_tag (task, remove_remains);
  g_task_set_task_data (task, remains, (GDestroyNotify) g_ptr_array_unref);
  if (remains->len > 0)
    g_task_run_in_thread (task, remove_remains_in_thread);
}

static void
merge_scan (DioLibrary *self, Scan *data)
{
  g_autoptr (GHashTable) gone = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) new = NULL;
  Merge merge = { self, data->time, g_hash_table_new (g_str_hash, g_str_equal), g_hash_table_new (NULL, NULL) };

  for (guint i = 0; i < data->scans->len; i++)
    {
      DioPlaceScan *scan = data->scans->pdata[i];

      for (guint j = 0; j < scan->looks->len; j++)
        g_hash_table_insert (merge.looks, ((DioFolderLook *) scan->looks->pdata[j])->folder, scan->looks->pdata[j]);
      for (guint j = 0; j < self->places->len; j++)
        if (g_str_equal (((Place *) self->places->pdata[j])->path, scan->path))
          ((Place *) self->places->pdata[j])->online = scan->online;
    }
  for (guint i = 0; i < self->machines->len; i++)
    if (dio_library_machine_get_look (self->machines->pdata[i]))
      g_hash_table_add (merge.machines, self->machines->pdata[i]);
  match_folders (&merge);
  match_uuids (&merge);
  sort_out_missing (&merge, gone);
  for (guint i = 0; i < self->ended->len; i++)
    g_hash_table_add (gone, self->ended->pdata[i]);
  new = make_machines (&merge);
  change_list (self, gone, new);
  g_ptr_array_set_size (self->ended, 0);
  g_hash_table_unref (merge.looks);
  g_hash_table_unref (merge.machines);
}

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibrary *self = DIO_LIBRARY (source);
  Scan *data = g_task_get_task_data (G_TASK (result));

  self->scanning = FALSE;
  /* Other places were set meanwhile: what was found is of the old ones. */
  if (g_strv_equal ((const char *const *) data->places, (const char *const *) self->place_paths))
    {
      merge_scan (self, data);
      remove_remains (self, data->scans);
      if (self->loading)
        {
          self->loading = FALSE;
          g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
        }
    }
  else
    self->again = TRUE;
  if (self->again)
    {
      self->again = FALSE;
      scan_soon (self);
    }
}

static void
start_scan (DioLibrary *self)
{
  g_autoptr (GTask) task = NULL;
  Scan *data;

  if (self->scanning)
    {
      self->again = TRUE;
      return;
    }
  g_clear_handle_id (&self->settle_id, g_source_remove);
  data = g_new0 (Scan, 1);
  data->places = g_strdupv (self->place_paths);
  data->first = self->loading;
  data->time = g_get_monotonic_time ();
  data->known = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) dio_folder_look_unref);
  for (guint i = 0; i < self->machines->len; i++)
    {
      DioFolderLook *look = dio_library_machine_get_look (self->machines->pdata[i]);

      if (look)
        g_hash_table_insert (data->known, look->folder, dio_folder_look_ref (look));
    }
  self->scanning = TRUE;
  task = g_task_new (self, NULL, on_scanned, NULL);
  g_task_set_source_tag (task, start_scan);
  g_task_set_task_data (task, data, (GDestroyNotify) scan_free);
  g_task_run_in_thread (task, scan_in_thread);
}

void
dio_library_refresh (DioLibrary *self, const char *place)
{
  g_return_if_fail (DIO_IS_LIBRARY (self));

  start_scan (self);
}

/* --- places --- */

const char *
dio_library_get_default_place (void)
{
  static char *place;

  if (g_once_init_enter_pointer (&place))
    g_once_init_leave_pointer (&place, g_build_filename (g_get_home_dir (), "Diorama", NULL));
  return place;
}

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibrary *self)
{
  scan_soon (self);
}

static void
on_mounts_changed (GUnixMountMonitor *mounts, DioLibrary *self)
{
  scan_soon (self);
}

static Place *
make_place (DioLibrary *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  Place *place = g_new0 (Place, 1);

  place->path = g_strdup (path);
  place->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (place->monitor)
    g_signal_connect_object (place->monitor, "changed", G_CALLBACK (on_changed), self, G_CONNECT_DEFAULT);
  return place;
}

void
dio_library_set_places (DioLibrary *self, const char *const *places)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_return_if_fail (DIO_IS_LIBRARY (self));
  g_return_if_fail (places != NULL);

  for (guint i = 0; places[i]; i++)
    {
      char *path = g_canonicalize_filename (places[i], "/");

      if (!g_hash_table_add (seen, path))
        continue;
      g_strv_builder_add (builder, path);
      g_ptr_array_add (made, make_place (self, path));
    }
  g_strfreev (self->place_paths);
  self->place_paths = g_strv_builder_end (builder);
  g_ptr_array_unref (self->places);
  self->places = g_steal_pointer (&made);
  start_scan (self);
}

const char *const *
dio_library_get_places (DioLibrary *self)
{
  return (const char *const *) self->place_paths;
}

gboolean
dio_library_is_online (DioLibrary *self, const char *place)
{
  for (guint i = 0; i < self->places->len; i++)
    if (g_str_equal (((Place *) self->places->pdata[i])->path, place))
      return ((Place *) self->places->pdata[i])->online;
  return FALSE;
}

/* --- finding one --- */

gboolean
dio_library_get_loading (DioLibrary *self)
{
  return self->loading;
}

DioLibraryMachine *
dio_library_find (DioLibrary *self, const char *name_or_uuid, GError **error)
{
  g_autoptr (GString) uuids = g_string_new (NULL);
  DioLibraryMachine *found = NULL;
  guint n_found = 0;

  g_return_val_if_fail (DIO_IS_LIBRARY (self), NULL);
  g_return_val_if_fail (name_or_uuid != NULL, NULL);

  for (guint i = 0; i < self->machines->len; i++)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];
      const char *uuid = dio_library_machine_get_uuid (machine);

      if (!dio_library_machine_get_look (machine))
        continue;
      if (uuid && g_ascii_strcasecmp (uuid, name_or_uuid) == 0)
        return machine;
      if (!g_str_equal (dio_library_machine_get_name (machine), name_or_uuid))
        continue;
      found = machine;
      n_found++;
      g_string_append_printf (uuids, "%s%s", n_found > 1 ? ", " : "",
                              uuid ? uuid : dio_library_machine_get_folder (machine));
    }
  if (n_found == 1)
    return found;
  if (n_found == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("There is no machine “%s”. Look at its name in the library."), name_or_uuid);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("Several machines are named “%s”. Name the one that is meant by its UUID: %s."), name_or_uuid,
                 uuids->str);
  return NULL;
}

static gboolean
has_disk (DioLibraryMachine *machine, const char *path)
{
  DioDefinition *definition = dio_library_machine_get_definition (machine);
  GPtrArray *disks = definition ? dio_machine_config_get_disks (dio_definition_get_config (definition)) : NULL;

  for (guint i = 0; disks && i < disks->len; i++)
    if (g_strcmp0 (((DioDisk *) disks->pdata[i])->path, path) == 0)
      return TRUE;
  return FALSE;
}

DioLibraryMachine *
dio_library_find_file (DioLibrary *self, GFile *file)
{
  g_autofree char *path = g_file_get_path (file);

  g_return_val_if_fail (DIO_IS_LIBRARY (self), NULL);

  for (guint i = 0; path && i < self->machines->len; i++)
    {
      DioLibraryMachine *machine = self->machines->pdata[i];
      const char *folder = dio_library_machine_get_folder (machine);
      gsize length = folder ? strlen (folder) : 0;

      if (!folder)
        continue;
      if (g_str_has_prefix (path, folder) && (path[length] == '\0' || path[length] == '/'))
        return machine;
      if (has_disk (machine, path))
        return machine;
    }
  return NULL;
}

/* --- jobs --- */

/* The tile goes as the machine comes. */
static void
on_ended (DioLibrary *self, GError *error, DioJob *job)
{
  for (guint i = 0; i < self->machines->len; i++)
    if (dio_library_machine_get_job (self->machines->pdata[i]) == job)
      g_ptr_array_add (self->ended, g_object_ref (self->machines->pdata[i]));
  start_scan (self);
}

void
dio_library_add_job (DioLibrary *self, DioJob *job)
{
  g_autoptr (GHashTable) none = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) new = g_ptr_array_new_with_free_func (g_object_unref);
  DioLibraryMachine *machine;

  g_return_if_fail (DIO_IS_LIBRARY (self));
  g_return_if_fail (DIO_IS_JOB (job));

  machine = dio_library_machine_new_for_job (job);
  g_ptr_array_add (new, machine);
  g_signal_connect_object (job, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  change_list (self, none, new);
}

/* --- object --- */

DioLibrary *
dio_library_new (const char *const *places)
{
  DioLibrary *self = g_object_new (DIO_TYPE_LIBRARY, NULL);

  dio_library_set_places (self, places);
  return self;
}

static void
dio_library_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, DIO_LIBRARY (object)->loading);
}

static void
dio_library_dispose (GObject *object)
{
  DioLibrary *self = DIO_LIBRARY (object);

  for (guint i = 0; i < self->machines->len; i++)
    g_signal_handlers_disconnect_by_data (self->machines->pdata[i], self);
  g_ptr_array_set_size (self->machines, 0);
  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_object (&self->mounts);
  G_OBJECT_CLASS (dio_library_parent_class)->dispose (object);
}

static void
dio_library_finalize (GObject *object)
{
  DioLibrary *self = DIO_LIBRARY (object);

  g_clear_pointer (&self->machines, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->ended, g_ptr_array_unref);
  g_clear_pointer (&self->place_paths, g_strfreev);
  G_OBJECT_CLASS (dio_library_parent_class)->finalize (object);
}

static void
dio_library_class_init (DioLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_library_get_property;
  object_class->dispose = dio_library_dispose;
  object_class->finalize = dio_library_finalize;

  props[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, TRUE,
                                              G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_library_init (DioLibrary *self)
{
  self->machines = g_ptr_array_new_with_free_func (g_object_unref);
  self->places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  self->ended = g_ptr_array_new_with_free_func (g_object_unref);
  self->loading = TRUE;
  self->mounts = g_unix_mount_monitor_get ();
  g_signal_connect_object (self->mounts, "mounts-changed", G_CALLBACK (on_mounts_changed), self, G_CONNECT_DEFAULT);
}
