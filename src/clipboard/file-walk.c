/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/file-walk.h"

#include <glib/gi18n-lib.h>

#define ATTRIBUTES                                                                                                     \
  G_FILE_ATTRIBUTE_STANDARD_TYPE "," G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME         \
                                 "," G_FILE_ATTRIBUTE_STANDARD_SIZE

typedef struct
{
  DioFileWalk *found;
  guint max_files;
  gboolean is_full;
  GCancellable *cancellable;
} Walk;

static void walk_folder (Walk *walk, GFile *folder, const char *name, guint depth);

void
dio_file_entry_free (DioFileEntry *self)
{
  g_object_unref (self->file);
  g_free (self->name);
  g_free (self);
}

void
dio_file_walk_free (DioFileWalk *self)
{
  g_ptr_array_unref (self->files);
  g_ptr_array_unref (self->errors);
  g_free (self);
}

G_GNUC_PRINTF (2, 3)
static void
add_error (Walk *walk, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (walk->found->errors, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
add_file (Walk *walk, GFile *file, GFileInfo *info)
{
  DioFileEntry *entry;

  if (walk->found->files->len >= walk->max_files)
    {
      if (!walk->is_full)
        add_error (walk, _ ("There are more than %d files. Send the others afterwards, or an archive of them."),
                   DIO_FILE_WALK_MAX_FILES);
      walk->is_full = TRUE;
      return;
    }
  entry = g_new0 (DioFileEntry, 1);
  entry->file = g_object_ref (file);
  entry->name = g_strdup (g_file_info_get_display_name (info));
  entry->size = (guint64) MAX (g_file_info_get_size (info), 0);
  g_ptr_array_add (walk->found->files, entry);
}

static void
walk_file (Walk *walk, GFile *file, GFileInfo *info, guint depth)
{
  const char *name = g_file_info_get_display_name (info);

  switch (g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_STANDARD_TYPE))
    {
    case G_FILE_TYPE_REGULAR:
      add_file (walk, file, info);
      break;
    case G_FILE_TYPE_DIRECTORY:
      if (depth < DIO_FILE_WALK_MAX_DEPTH)
        walk_folder (walk, file, name, depth + 1);
      else
        add_error (walk, _ ("“%s” is too deep in its folder to be sent."), name);
      break;
    case G_FILE_TYPE_SYMBOLIC_LINK:
      break;
    default:
      add_error (walk, _ ("“%s” cannot be sent: it is not an ordinary file."), name);
    }
}

static void
walk_folder (Walk *walk, GFile *folder, const char *name, guint depth)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileEnumerator) children =
      g_file_enumerate_children (folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, walk->cancellable, &error);
  GFileInfo *info = NULL;
  GFile *child = NULL;

  while (children && !walk->is_full && g_file_enumerator_iterate (children, &info, &child, walk->cancellable, &error) &&
         info)
    walk_file (walk, child, info, depth);
  if (error)
    add_error (walk, _ ("The folder “%s” could not be read: %s"), name, error->message);
}

static void
run (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GFile *file = source;
  DioFileWalk *found = g_new0 (DioFileWalk, 1);
  Walk walk = { .found = found, .max_files = GPOINTER_TO_UINT (task_data), .cancellable = cancellable };
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info = g_file_query_info (file, ATTRIBUTES, G_FILE_QUERY_INFO_NONE, cancellable, &error);

  found->files = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_file_entry_free);
  found->errors = g_ptr_array_new_with_free_func (g_free);
  if (info)
    {
      walk_file (&walk, file, info, 0);
    }
  else
    {
      g_autofree char *name = g_file_get_parse_name (file);

      add_error (&walk, _ ("“%s” cannot be read: %s"), name, error->message);
    }
  g_task_return_pointer (task, found, (GDestroyNotify) dio_file_walk_free);
}

void
dio_file_walk_async (GFile *file, guint max_files, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (file, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_file_walk_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (max_files), NULL);
  g_task_run_in_thread (task, run);
}

DioFileWalk *
dio_file_walk_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
