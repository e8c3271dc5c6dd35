/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/library-private.h"

#include "library/library-index.h"
#include "library/new-folder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SETTLE_MS 100 /* of changes in a place, before it is looked through */
/* So many folders are watched each time, as many ms after one another, when the list is there. */
#define MAX_WATCHES_AT_ONCE 32
#define WATCH_MS 20
#define INDEX_S 2 /* after which the index is written */
/* Of more changes than this a list is told at once that all of it is new. */
#define MAX_SINGLE_CHANGES 16

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
place_free (DioPlace *place)
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

void
dio_library_change_list (DioLibrary *self, GHashTable *gone, GPtrArray *new)
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
  dio_library_change_list (self, gone, none);
}

static void
on_gone (DioLibraryMachine *machine, DioLibrary *self)
{
  remove_machine (self, machine);
}

/* --- scanning --- */

typedef struct
{
  GStrv places;
  DioWatched *watched; /* how each of them is already */
  GHashTable *known;   /* DioFolderLooks by their folder */
  gboolean first;      /* the index says what is known */
  guint index_hash;
  gint64 time;
  guint n_ended;
  GPtrArray *scans; /* what came of it: a DioPlaceScan for each place */
} Scan;

static void
scan_free (Scan *scan)
{
  g_strfreev (scan->places);
  g_free (scan->watched);
  g_hash_table_unref (scan->known);
  g_clear_pointer (&scan->scans, g_ptr_array_unref);
  g_free (scan);
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

/* --- in the scan's thread --- */

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibrary *self)
{
  scan_soon (self);
}

static void
on_parent_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibrary *self)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      DioPlace *place = self->places->pdata[i];

      if (g_strcmp0 (g_file_peek_path (file), place->path) == 0 ||
          (other && g_strcmp0 (g_file_peek_path (other), place->path) == 0))
        scan_soon (self);
    }
}

/* A place is watched; one that is not there by way of the folder that it would be in (GLib asks again and again whether
 * a missing folder has come; a drive's is told by the mounts). In the scan's thread: a drive may be slow. The signals
 * come on the main thread. */
static GFileMonitor *
watch_place (DioLibrary *self, const char *path, gboolean online)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) parent = g_file_get_parent (file);
  GFileMonitor *monitor = NULL;

  if (online)
    monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  else if (parent && g_file_test (g_file_peek_path (parent), G_FILE_TEST_IS_DIR))
    monitor = g_file_monitor_directory (parent, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (monitor)
    g_signal_connect_object (monitor, "changed", online ? G_CALLBACK (on_changed) : G_CALLBACK (on_parent_changed),
                             self, G_CONNECT_DEFAULT);
  return monitor;
}

static void
scan_place (DioLibrary *self, Scan *data, guint i)
{
  const char *path = data->places[i];
  gboolean online = g_file_test (path, G_FILE_TEST_IS_DIR);
  DioPlaceScan *scan;

  if (data->watched[i] == (online ? DIO_WATCHED : DIO_WATCHED_PARENT))
    scan = dio_place_scan (path, data->known);
  else
    {
      /* Before it is looked through, so that nothing is missed. */
      GFileMonitor *monitor = watch_place (self, path, online);

      scan = dio_place_scan (path, data->known);
      scan->monitor = monitor;
      scan->watched = online ? DIO_WATCHED : DIO_WATCHED_PARENT;
    }
  g_ptr_array_add (data->scans, scan);
}

static void
scan_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Scan *data = task_data;

  if (data->first)
    {
      g_hash_table_unref (data->known);
      data->known = dio_library_index_read (&data->index_hash);
    }
  data->scans = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_place_scan_free);
  for (guint i = 0; data->places[i]; i++)
    scan_place (source, data, i);
  g_task_return_boolean (task, TRUE);
}

/* --- what it found --- */

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

/* --- the index --- */

typedef struct
{
  GPtrArray *looks;
  guint hash;
} Index;

static void
index_free (Index *index)
{
  g_ptr_array_unref (index->looks);
  g_free (index);
}

static void
write_index_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Index *data = task_data;

  dio_library_index_write (data->looks, &data->hash);
  g_task_return_boolean (task, TRUE);
}

static void
on_index_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibrary *self = DIO_LIBRARY (source);

  self->index_hash = ((Index *) g_task_get_task_data (G_TASK (result)))->hash;
  self->indexed = TRUE;
}

static gboolean
on_write_index (gpointer user_data)
{
  DioLibrary *self = user_data;
  g_autoptr (GTask) task = g_task_new (self, NULL, on_index_written, NULL);
  Index *data = g_new0 (Index, 1);

  self->index_id = 0;
  data->hash = self->index_hash;
  data->looks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_folder_look_unref);
  for (guint i = 0; i < self->machines->len; i++)
    {
      DioFolderLook *look = dio_library_machine_get_look (self->machines->pdata[i]);

      if (look)
        g_ptr_array_add (data->looks, dio_folder_look_ref (look));
    }
  g_task_set_source_tag (task, on_write_index);
  g_task_set_task_data (task, data, (GDestroyNotify) index_free);
  g_task_run_in_thread (task, write_index_in_thread);
  return G_SOURCE_REMOVE;
}

static void
take_monitor (DioPlace *place, DioPlaceScan *scan)
{
  if (scan->watched == DIO_UNWATCHED)
    return;
  if (place->monitor)
    g_file_monitor_cancel (place->monitor);
  g_clear_object (&place->monitor);
  place->monitor = g_steal_pointer (&scan->monitor);
  place->watched = scan->watched;
}

/* A watch for each machine's folder, a few at a time. */
static gboolean
on_watch_machines (gpointer user_data)
{
  DioLibrary *self = user_data;
  guint n = 0;

  for (guint i = 0; i < self->machines->len && n < MAX_WATCHES_AT_ONCE; i++)
    n += dio_library_machine_watch (self->machines->pdata[i]);
  if (n > 0)
    return G_SOURCE_CONTINUE;
  self->watch_id = 0;
  return G_SOURCE_REMOVE;
}

static void
take_scan (DioLibrary *self, Scan *data)
{
  dio_library_merge (self, data->scans, data->time, data->n_ended);
  if (data->first)
    self->index_hash = data->index_hash;
  remove_remains (self, data->scans);
  for (guint i = 0; i < data->scans->len; i++)
    take_monitor (self->places->pdata[i], data->scans->pdata[i]);
  self->indexed = FALSE;
  if (self->index_id == 0)
    self->index_id = g_timeout_add_seconds (INDEX_S, on_write_index, self);
  if (self->watch_id == 0)
    self->watch_id = g_timeout_add_full (G_PRIORITY_LOW, WATCH_MS, on_watch_machines, self, NULL);
  if (!self->loading)
    return;
  self->loading = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADING]);
}

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioLibrary *self = DIO_LIBRARY (source);
  Scan *data = g_task_get_task_data (G_TASK (result));

  self->scanning = FALSE;
  /* Other places were set meanwhile: what was found is of the old ones. */
  if (g_strv_equal ((const char *const *) data->places, (const char *const *) self->place_paths))
    take_scan (self, data);
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
  data->watched = g_new0 (DioWatched, self->places->len + 1);
  for (guint i = 0; i < self->places->len; i++)
    data->watched[i] = ((DioPlace *) self->places->pdata[i])->watched;
  data->first = self->loading;
  data->time = g_get_monotonic_time ();
  data->n_ended = self->ended->len;
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
on_mounts_changed (GUnixMountMonitor *mounts, DioLibrary *self)
{
  scan_soon (self);
}

DioPlace *
dio_library_find_place (DioLibrary *self, const char *folder)
{
  g_autofree char *parent = g_path_get_dirname (folder);

  for (guint i = 0; i < self->places->len; i++)
    {
      DioPlace *place = self->places->pdata[i];

      if (g_str_equal (place->path, parent))
        return place;
    }
  return NULL;
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
      DioPlace *place;

      if (!g_hash_table_add (seen, path))
        continue;
      g_strv_builder_add (builder, path);
      place = g_new0 (DioPlace, 1);
      place->path = g_strdup (path);
      g_ptr_array_add (made, place);
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
    if (g_str_equal (((DioPlace *) self->places->pdata[i])->path, place))
      return ((DioPlace *) self->places->pdata[i])->online;
  return FALSE;
}

/* --- finding one --- */

gboolean
dio_library_get_loading (DioLibrary *self)
{
  return self->loading;
}

gboolean
dio_library_get_scanning (DioLibrary *self)
{
  return self->scanning || self->settle_id != 0;
}

gboolean
dio_library_is_indexed (DioLibrary *self)
{
  return self->indexed && !dio_library_get_scanning (self);
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
  dio_library_change_list (self, none, new);
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
  g_clear_handle_id (&self->index_id, g_source_remove);
  g_clear_handle_id (&self->watch_id, g_source_remove);
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
