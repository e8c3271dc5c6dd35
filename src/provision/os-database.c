/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/os-database.h"

#include "vm/disk-image.h"

#include <glib/gi18n-lib.h>
#include <osinfo/osinfo.h>
#include <string.h>

struct _DioOsDatabase
{
  GObject parent_instance;

  OsinfoDb *osinfo;
  GListStore *oses;
  GHashTable *by_id; /* ids and short ids → DioOs, which the list owns */
};

G_DEFINE_FINAL_TYPE (DioOsDatabase, dio_os_database, G_TYPE_OBJECT)

/* --- reading --- */

/* Systems of other computers than PCs: nothing of ours would run them. */
static gboolean
is_for_pcs (OsinfoOs *os)
{
  const char *family = osinfo_os_get_family (os);

  return g_strcmp0 (family, "darwin") != 0 && g_strcmp0 (osinfo_os_get_distro (os), "macosx") != 0;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return dio_os_compare ((DioOs *) a, (DioOs *) b);
}

static void
add_os (DioOsDatabase *self, OsinfoOs *osinfo)
{
  g_autoptr (DioOs) os = NULL;
  GList *ids;

  if (!is_for_pcs (osinfo))
    return;
  os = dio_os_new (osinfo);
  ids = osinfo_product_get_short_id_list (OSINFO_PRODUCT (osinfo));
  g_hash_table_insert (self->by_id, g_strdup (dio_os_get_id (os)), os);
  for (GList *l = ids; l; l = l->next)
    g_hash_table_insert (self->by_id, g_strdup (l->data), os);
  g_list_free (ids);
  g_list_store_append (self->oses, os);
}

static DioOsDatabase *
read_database (GError **error)
{
  g_autoptr (DioOsDatabase) self = g_object_new (DIO_TYPE_OS_DATABASE, NULL);
  g_autoptr (OsinfoLoader) loader = osinfo_loader_new ();
  g_autoptr (OsinfoOsList) oses = NULL;
  g_autoptr (GError) problem = NULL;

  osinfo_loader_process_default_path (loader, &problem);
  if (problem)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("What is known of operating systems could not be read (%s). Install the package “osinfo-db” "
                      "again."),
                   problem->message);
      return NULL;
    }
  self->osinfo = g_object_ref (osinfo_loader_get_db (loader));
  oses = osinfo_db_get_os_list (self->osinfo);
  for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (oses)); i++)
    add_os (self, OSINFO_OS (osinfo_list_get_nth (OSINFO_LIST (oses), i)));
  g_list_store_sort (self->oses, compare, NULL);
  return g_steal_pointer (&self);
}

DioOsDatabase *
dio_os_database_load (GError **error)
{
  static GMutex mutex;
  static DioOsDatabase *shared; /* for as long as the process lives */
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);

  if (!shared)
    shared = read_database (error);
  return shared ? g_object_ref (shared) : NULL;
}

static void
load (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  DioOsDatabase *self = dio_os_database_load (&error);

  if (self)
    g_task_return_pointer (task, self, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
dio_os_database_load_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_os_database_load_async);
  g_task_run_in_thread (task, load);
}

DioOsDatabase *
dio_os_database_load_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- asking --- */

GListModel *
dio_os_database_get_oses (DioOsDatabase *self)
{
  return G_LIST_MODEL (self->oses);
}

DioOs *
dio_os_database_find (DioOsDatabase *self, const char *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

/* --- releases --- */

/* What osinfo-db's short ids begin with, where that is not os-release's ID. */
static const struct
{
  const char *id, *prefix;
} prefixes[] = {
  { "alpine", "alpinelinux" }, { "arch", "archlinux" },         { "centos", "centos-stream" },
  { "nixos", "nixos-" },       { "opensuse-leap", "opensuse" }, { "opensuse-tumbleweed", "opensusetumbleweed" },
  { "pop", "popos" },          { "void", "voidlinux" },         { "windows", "win" },
};

/* "15.6" as a figure to compare; FALSE: it is none. */
static gboolean
parse_version (const char *text, guint64 *ret)
{
  char *end;
  guint64 major = g_ascii_strtoull (text, &end, 10), minor = 0;

  if (end == text)
    return FALSE;
  if (*end == '.')
    minor = g_ascii_strtoull (end + 1, &end, 10);
  *ret = MIN (major, G_MAXUINT32) << 32 | MIN (minor, G_MAXUINT32);
  return *end == '\0' || *end == '.';
}

static DioOs *
find_before (DioOsDatabase *self, const char *prefix, const char *version)
{
  guint64 wanted, best = 0;
  GHashTableIter iter;
  gpointer key, value;
  DioOs *found = NULL;

  if (!parse_version (version, &wanted))
    return NULL;
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      guint64 one;

      if (!g_str_has_prefix (key, prefix) || !parse_version ((const char *) key + strlen (prefix), &one) ||
          one > wanted || one < best)
        continue;
      best = one;
      found = value;
    }
  return found;
}

/* "9.4", then "9". */
static DioOs *
find_exactly (DioOsDatabase *self, const char *prefix, const char *version)
{
  g_autofree char *left = g_strdup (version);

  while (TRUE)
    {
      g_autofree char *short_id = g_strconcat (prefix, left, NULL);
      DioOs *found = g_hash_table_lookup (self->by_id, short_id);
      char *dot = strrchr (left, '.');

      if (found || !dot)
        return found;
      *dot = '\0';
    }
}

DioOs *
dio_os_database_find_release (DioOsDatabase *self, const char *id, const char *version)
{
  const char *prefix = id;
  DioOs *found = find_exactly (self, id, version ? version : "");

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_equal (prefixes[i].id, id))
      prefix = prefixes[i].prefix;
  if (!found && prefix != id)
    found = find_exactly (self, prefix, version ? version : "");
  return found || !version ? found : find_before (self, prefix, version);
}

GListModel *
dio_os_database_get_media (DioOsDatabase *self, DioOs *os, const char *arch)
{
  g_autoptr (OsinfoMediaList) all = osinfo_os_get_media_list (dio_os_get_osinfo (os));
  GListStore *media = g_list_store_new (DIO_TYPE_OS_MEDIA);

  for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (all)); i++)
    {
      OsinfoMedia *one = OSINFO_MEDIA (osinfo_list_get_nth (OSINFO_LIST (all), i));
      g_autoptr (DioOsMedia) known = NULL;

      if (!osinfo_media_get_url (one) || g_strcmp0 (osinfo_media_get_architecture (one), arch) != 0)
        continue;
      known = dio_os_media_new (one, os);
      g_list_store_append (media, known);
    }
  return G_LIST_MODEL (media);
}

/* --- discs --- */

/* libosinfo reads asynchronously within, on the thread's context. */
static OsinfoMedia *
read_disc (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *uri = g_file_get_uri (file);
  OsinfoMedia *media;

  g_main_context_push_thread_default (context);
  media = osinfo_media_create_from_location_with_flags (uri, cancellable, 0, error);
  g_main_context_pop_thread_default (context);
  return media;
}

static DioOsMedia *
identify (DioOsDatabase *self, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (path);
  g_autoptr (OsinfoMedia) media = NULL;
  g_autoptr (GError) problem = NULL;
  OsinfoOs *os = NULL;
  DioDiskImage image;

  if (!dio_disk_image_probe (path, &image, error))
    return NULL;
  media = image.optical ? read_disc (path, cancellable, &problem) : NULL;
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return NULL;
    }
  if (!media)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("“%s” is not an ISO image that a computer can start from. Choose another file."), shown);
      return NULL;
    }
  if (osinfo_db_identify_media (self->osinfo, media))
    os = osinfo_media_get_os (media);
  return dio_os_media_new (media, os ? dio_os_database_find (self, osinfo_entity_get_id (OSINFO_ENTITY (os))) : NULL);
}

static void
identify_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  DioOsMedia *media = identify (source, task_data, cancellable, &error);

  if (media)
    g_task_return_pointer (task, media, g_object_unref);
  else
    g_task_return_error (task, error);
}

void
dio_os_database_identify_async (DioOsDatabase *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_os_database_identify_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, identify_in_thread);
}

DioOsMedia *
dio_os_database_identify_finish (DioOsDatabase *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- object --- */

static void
dio_os_database_dispose (GObject *object)
{
  DioOsDatabase *self = DIO_OS_DATABASE (object);

  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_object (&self->oses);
  g_clear_object (&self->osinfo);
  G_OBJECT_CLASS (dio_os_database_parent_class)->dispose (object);
}

static void
dio_os_database_class_init (DioOsDatabaseClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_os_database_dispose;
}

static void
dio_os_database_init (DioOsDatabase *self)
{
  self->oses = g_list_store_new (DIO_TYPE_OS);
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
