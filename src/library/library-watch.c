/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* How the list follows what is in the user's places: they are looked through in threads, and watched. */
#include "library/library-index.h"
#include "library/library-private.h"
#include "library/new-folder.h"

#define SETTLE_MS 100 /* of changes in a place, before it is looked through */
#define PATIENCE_S 5  /* after which a place that does not answer is as one that is not there */
/* The list is shown first. Then so many folders are watched each time, as many ms after one another. */
#define WATCH_DELAY_MS 1000
#define MAX_WATCHES_AT_ONCE 32
#define WATCH_MS 20
#define INDEX_S 2 /* after which the index is written */

/* --- one look through all of them --- */

/* Tasks have no source object: a thread that ends late would be the last to let go of the library, and dispose of it.
 */
typedef struct
{
  DioLibrary *library; /* (unowned): the task's callback holds it */
  GStrv places;
  DioWatched *watched; /* how each of them is already */
  gboolean *silent;    /* which of them have been asked, and have not answered */
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
  g_free (scan->silent);
  g_hash_table_unref (scan->known);
  g_clear_pointer (&scan->scans, g_ptr_array_unref);
  g_free (scan);
}

static gboolean
on_settled (gpointer user_data)
{
  DioLibrary *self = user_data;

  self->settle_id = 0;
  dio_library_scan (self);
  return G_SOURCE_REMOVE;
}

void
dio_library_scan_soon (DioLibrary *self)
{
  if (self->scanning)
    self->again = TRUE;
  else if (self->settle_id == 0)
    self->settle_id = g_timeout_add (SETTLE_MS, on_settled, self);
}

/* --- in threads --- */

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibrary *self)
{
  dio_library_scan_soon (self);
}

static void
on_parent_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, DioLibrary *self)
{
  for (guint i = 0; i < self->places->len; i++)
    {
      DioPlace *place = self->places->pdata[i];

      if (g_strcmp0 (g_file_peek_path (file), place->path) == 0 ||
          (other && g_strcmp0 (g_file_peek_path (other), place->path) == 0))
        dio_library_scan_soon (self);
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

/* A look through one place, in a thread of its own: a drive on a network that has gone may keep whoever asks it
 * waiting for ever. */
typedef struct
{
  GWeakRef library;
  char *path;
  DioWatched watched;
  GHashTable *known;

  GMutex mutex;
  GCond ended;
  DioPlaceScan *scan; /* when it has ended */
  gboolean late;      /* nobody waits for it */
} PlaceLook;

static void
clear_place_look (gpointer data)
{
  PlaceLook *look = data;

  g_weak_ref_clear (&look->library);
  g_free (look->path);
  g_hash_table_unref (look->known);
  g_clear_pointer (&look->scan, dio_place_scan_free);
  g_mutex_clear (&look->mutex);
  g_cond_clear (&look->ended);
}

static void
place_look_unref (PlaceLook *look)
{
  if (look)
    g_atomic_rc_box_release_full (look, clear_place_look);
}

static gboolean
on_late (gpointer user_data)
{
  PlaceLook *look = user_data;
  g_autoptr (DioLibrary) self = g_weak_ref_get (&look->library);

  if (self && g_hash_table_remove (self->silent, look->path))
    dio_library_scan_soon (self);
  return G_SOURCE_REMOVE;
}

/* Watches the place of LOOK, if that is not done; (nullable). */
static GFileMonitor *
watch (PlaceLook *look, gboolean online)
{
  DioLibrary *self = g_weak_ref_get (&look->library);
  GFileMonitor *monitor = self ? watch_place (self, look->path, online) : NULL;

  /* It must not be the last who lets go of it. */
  if (self)
    g_idle_add_once ((GSourceOnceFunc) g_object_unref, self);
  return monitor;
}

static gpointer
look_at_place (gpointer data)
{
  PlaceLook *look = data;
  gboolean online = g_file_test (look->path, G_FILE_TEST_IS_DIR);
  DioWatched watched = online ? DIO_WATCHED : DIO_WATCHED_PARENT;
  /* It is watched before it is looked through, so that nothing is missed. */
  GFileMonitor *monitor = look->watched != watched ? watch (look, online) : NULL;
  DioPlaceScan *scan = dio_place_scan (look->path, look->known);
  gboolean late;

  if (look->watched != watched)
    {
      scan->monitor = monitor;
      scan->watched = watched;
    }
  g_mutex_lock (&look->mutex);
  look->scan = scan;
  late = look->late;
  g_cond_signal (&look->ended);
  g_mutex_unlock (&look->mutex);
  if (late)
    g_idle_add_full (G_PRIORITY_DEFAULT, on_late, g_atomic_rc_box_acquire (look), (GDestroyNotify) place_look_unref);
  place_look_unref (look);
  return NULL;
}

static PlaceLook *
start_look (DioLibrary *self, Scan *data, guint i)
{
  PlaceLook *look = g_atomic_rc_box_new0 (PlaceLook);

  g_weak_ref_init (&look->library, self);
  look->path = g_strdup (data->places[i]);
  look->watched = data->watched[i];
  look->known = g_hash_table_ref (data->known);
  g_mutex_init (&look->mutex);
  g_cond_init (&look->ended);
  g_thread_unref (g_thread_new ("place", look_at_place, g_atomic_rc_box_acquire (look)));
  return look;
}

/* Returns: (transfer full): what LOOK found, or what is remembered of a place that does not answer until END. */
static DioPlaceScan *
end_look (PlaceLook *look, gint64 end)
{
  DioPlaceScan *scan;

  g_mutex_lock (&look->mutex);
  while (!look->scan && g_cond_wait_until (&look->ended, &look->mutex, end))
    ;
  scan = g_steal_pointer (&look->scan);
  look->late = scan == NULL;
  g_mutex_unlock (&look->mutex);
  if (scan)
    return scan;
  scan = dio_place_remember (look->path, look->known);
  scan->silent = TRUE;
  return scan;
}

static void
scan_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Scan *data = task_data;
  g_autoptr (GPtrArray) looks = g_ptr_array_new_with_free_func ((GDestroyNotify) place_look_unref);
  gint64 end;

  if (data->first)
    {
      g_hash_table_unref (data->known);
      data->known = dio_library_index_read (&data->index_hash);
    }
  data->scans = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_place_scan_free);
  for (guint i = 0; data->places[i]; i++)
    g_ptr_array_add (looks, data->silent[i] ? NULL : start_look (data->library, data, i));
  end = g_get_monotonic_time () + PATIENCE_S * G_USEC_PER_SEC;
  for (guint i = 0; i < looks->len; i++)
    g_ptr_array_add (data->scans, looks->pdata[i] ? end_look (looks->pdata[i], end)
                                                  : dio_place_remember (data->places[i], data->known));
  g_task_return_boolean (task, TRUE);
}

/* --- what it found --- */

static void
remove_remains_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *remains = task_data;

  for (guint i = 0; i < remains->len; i++)
    dio_remove_remains (remains->pdata[i]);
  g_task_return_boolean (task, TRUE);
}

static void
remove_remains (GPtrArray *scans)
{
  g_autoptr (GTask) task = NULL;
  g_autoptr (GPtrArray) remains = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < scans->len; i++)
    {
      DioPlaceScan *scan = scans->pdata[i];

      g_ptr_array_extend_and_steal (remains, g_steal_pointer (&scan->remains));
    }
  if (remains->len == 0)
    return;
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_source_tag (task, remove_remains);
  g_task_set_task_data (task, g_steal_pointer (&remains), (GDestroyNotify) g_ptr_array_unref);
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
  g_autoptr (DioLibrary) self = user_data;

  self->index_hash = ((Index *) g_task_get_task_data (G_TASK (result)))->hash;
}

static gboolean
on_write_index (gpointer user_data)
{
  DioLibrary *self = user_data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_index_written, g_object_ref (self));
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
take_place (DioLibrary *self, DioPlace *place, DioPlaceScan *scan)
{
  if (scan->silent)
    g_hash_table_add (self->silent, g_strdup (place->path));
  if (scan->watched == DIO_UNWATCHED)
    return;
  if (place->monitor)
    g_file_monitor_cancel (place->monitor);
  g_clear_object (&place->monitor);
  place->monitor = g_steal_pointer (&scan->monitor);
  place->watched = scan->watched;
}

/* A watch for each machine's folder, a few at a time. What happened in them before they were watched is found by one
 * more look at all. */
static gboolean
on_watch_machines (gpointer user_data)
{
  DioLibrary *self = user_data;
  guint n = 0;

  for (guint i = 0; i < self->machines->len && n < MAX_WATCHES_AT_ONCE; i++)
    n += dio_library_machine_watch (self->machines->pdata[i]);
  self->n_new_watches += n;
  if (n > 0)
    return G_SOURCE_CONTINUE;
  self->watch_id = 0;
  if (self->n_new_watches > 0)
    dio_library_scan_soon (self);
  self->n_new_watches = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
on_watch_due (gpointer user_data)
{
  DioLibrary *self = user_data;

  self->watch_id = g_timeout_add_full (G_PRIORITY_LOW, WATCH_MS, on_watch_machines, self, NULL);
  return G_SOURCE_REMOVE;
}

static void
take_scan (DioLibrary *self, Scan *data)
{
  dio_library_merge (self, data->scans, data->time, data->n_ended);
  if (data->first)
    self->index_hash = data->index_hash;
  remove_remains (data->scans);
  for (guint i = 0; i < data->scans->len; i++)
    take_place (self, self->places->pdata[i], data->scans->pdata[i]);
  if (self->index_id == 0)
    self->index_id = g_timeout_add_seconds (INDEX_S, on_write_index, self);
  if (self->watch_id == 0)
    self->watch_id = g_timeout_add_full (G_PRIORITY_LOW, WATCH_DELAY_MS, on_watch_due, self, NULL);
  dio_library_set_loaded (self);
}

static void
on_scanned (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibrary) self = user_data;
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
      dio_library_scan_soon (self);
    }
}

void
dio_library_scan (DioLibrary *self)
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
  data->library = self;
  data->places = g_strdupv (self->place_paths);
  data->watched = g_new0 (DioWatched, self->places->len + 1);
  data->silent = g_new0 (gboolean, self->places->len + 1);
  for (guint i = 0; i < self->places->len; i++)
    {
      DioPlace *place = self->places->pdata[i];

      data->watched[i] = place->watched;
      data->silent[i] = g_hash_table_contains (self->silent, place->path);
    }
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
  task = g_task_new (NULL, NULL, on_scanned, g_object_ref (self));
  g_task_set_source_tag (task, dio_library_scan);
  g_task_set_task_data (task, data, (GDestroyNotify) scan_free);
  g_task_run_in_thread (task, scan_in_thread);
}
