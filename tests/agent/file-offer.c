/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "file-offer.h"

#include <string.h>

struct _FileOffer
{
  DioOffer parent_instance;

  GHashTable *paths; /* by type */
};

G_DEFINE_FINAL_TYPE (FileOffer, file_offer, DIO_TYPE_OFFER)

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *contents;
  gsize size;

  if (g_file_load_contents_finish (G_FILE (source), result, &contents, &size, NULL, &error))
    g_task_return_pointer (task, g_bytes_new_take (contents, size), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
file_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  FileOffer *self = FILE_OFFER (offer);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GFile) file = g_file_new_for_path (g_hash_table_lookup (self->paths, type));

  g_file_load_contents_async (file, cancellable, on_loaded, task);
}

static GBytes *
file_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
file_offer_finalize (GObject *object)
{
  g_hash_table_unref (FILE_OFFER (object)->paths);
  G_OBJECT_CLASS (file_offer_parent_class)->finalize (object);
}

static void
file_offer_class_init (FileOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = file_offer_finalize;
  DIO_OFFER_CLASS (klass)->read_async = file_offer_read_async;
  DIO_OFFER_CLASS (klass)->read_finish = file_offer_read_finish;
}

static void
file_offer_init (FileOffer *self)
{
  self->paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

DioOffer *
file_offer_new (const char *const *parts)
{
  g_autoptr (GStrvBuilder) types = g_strv_builder_new ();
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) list = NULL;
  FileOffer *self;

  for (guint i = 0; parts[i]; i++)
    {
      const char *path = strrchr (parts[i], '='); /* “charset=utf-8” has one, too */

      g_assert_nonnull (path);
      g_strv_builder_take (types, g_strndup (parts[i], (gsize) (path - parts[i])));
      g_hash_table_insert (paths, g_strndup (parts[i], (gsize) (path - parts[i])), g_strdup (path + 1));
    }
  list = g_strv_builder_end (types);
  self = g_object_new (FILE_TYPE_OFFER, "types", list, "limit", G_MAXUINT64, NULL);
  g_hash_table_unref (self->paths);
  self->paths = g_steal_pointer (&paths);
  return DIO_OFFER (self);
}
