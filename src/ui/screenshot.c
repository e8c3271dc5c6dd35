/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/screenshot.h"

#include <glib/gi18n.h>

/* Several pictures within a second get numbers, up to this. */
#define MAX_TRIES 100

typedef struct
{
  GdkTexture *texture;
  char *folder;
  char *name;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_object (&request->texture);
  g_clear_pointer (&request->folder, g_free);
  g_clear_pointer (&request->name, g_free);
  g_free (request);
}

static GFile *
make_file (Request *request, guint try)
{
  g_autofree char *name =
      try == 0 ? g_strdup_printf ("%s.png", request->name) : g_strdup_printf ("%s (%u).png", request->name, try + 1);

  return g_file_new_build_filename (request->folder, name, NULL);
}

static void
save_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Request *request = task_data;
  g_autoptr (GBytes) png = gdk_texture_save_to_png_bytes (request->texture);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (request->folder, 0755);
  for (guint try = 0; try < MAX_TRIES; try++)
    {
      g_autoptr (GFile) file = make_file (request, try);
      g_autoptr (GFileOutputStream) stream = NULL;

      g_clear_error (&error);
      stream = g_file_create (file, G_FILE_CREATE_NONE, cancellable, &error);
      if (stream &&
          g_output_stream_write_all (G_OUTPUT_STREAM (stream), g_bytes_get_data (png, NULL), g_bytes_get_size (png),
                                     NULL, cancellable, &error) &&
          g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, &error))
        {
          g_task_return_pointer (task, g_steal_pointer (&file), g_object_unref);
          return;
        }
      if (stream)
        g_file_delete (file, NULL, NULL);
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
        break;
    }
  g_prefix_error (&error, _ ("The picture could not be saved in “%s”. "), request->folder);
  g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_screenshot_save_async (GdkTexture *texture, const char *name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *stamp = g_date_time_format (now, "%Y-%m-%d %H-%M-%S");
  const char *pictures = g_get_user_special_dir (G_USER_DIRECTORY_PICTURES);
  Request *request = g_new0 (Request, 1);

  request->texture = g_object_ref (texture);
  request->folder = g_strdup (pictures ? pictures : g_get_home_dir ());
  request->name = g_strdup_printf ("%s %s", name, stamp);
  /* Of what a machine can be called, only this cannot be in a file's name; and a leading dot would hide it. */
  g_strdelimit (request->name, "/", '-');
  if (request->name[0] == '.')
    request->name[0] = '_';
  g_task_set_source_tag (task, dio_screenshot_save_async);
  g_task_set_task_data (task, request, request_free);
  g_task_run_in_thread (task, save_thread);
}

GFile *
dio_screenshot_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
