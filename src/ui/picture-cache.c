/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/picture-cache.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gio/gio.h>

/* As many as a large window shows at once, each a quarter of a megabyte. */
#define MAX_KEPT 24
#define MAX_FILE (8 * 1024 * 1024)
#define MAX_SIDE 8192
#define CHUNK (64 * 1024)

typedef struct
{
  char *path;
  GdkTexture *texture;
} Kept;

/* The latest first. */
static GQueue kept = G_QUEUE_INIT;

static void
kept_free (Kept *self)
{
  g_free (self->path);
  g_object_unref (self->texture);
  g_free (self);
}

static GList *
find (const char *path)
{
  for (GList *l = kept.head; l; l = l->next)
    if (g_str_equal (((Kept *) l->data)->path, path))
      return l;
  return NULL;
}

GdkTexture *
dio_picture_cache_peek (const char *path)
{
  GList *link = find (path);

  if (!link)
    return NULL;
  g_queue_unlink (&kept, link);
  g_queue_push_head_link (&kept, link);
  return ((Kept *) link->data)->texture;
}

void
dio_picture_cache_forget (const char *path)
{
  GList *link = find (path);

  if (!link)
    return;
  kept_free (link->data);
  g_queue_delete_link (&kept, link);
}

static void
keep (const char *path, GdkTexture *texture)
{
  Kept *entry = g_new (Kept, 1);

  dio_picture_cache_forget (path);
  entry->path = g_strdup (path);
  entry->texture = g_object_ref (texture);
  g_queue_push_head (&kept, entry);
  while (kept.length > MAX_KEPT)
    kept_free (g_queue_pop_tail (&kept));
}

/* --- reading --- */

static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gboolean *too_large)
{
  double factor;

  if (width <= 0 || height <= 0 || width > MAX_SIDE || height > MAX_SIDE)
    {
      *too_large = TRUE;
      gdk_pixbuf_loader_set_size (loader, 1, 1);
      return;
    }
  factor = MIN ((double) DIO_PICTURE_WIDTH / width, (double) DIO_PICTURE_HEIGHT / height);
  /* Those that Diorama wrote need no more work. */
  if (factor == 1)
    return;
  gdk_pixbuf_loader_set_size (loader, CLAMP ((int) (width * factor), 1, DIO_PICTURE_WIDTH),
                              CLAMP ((int) (height * factor), 1, DIO_PICTURE_HEIGHT));
}

static gboolean
feed (GdkPixbufLoader *loader, GInputStream *stream, gboolean *too_large, GCancellable *cancellable, GError **error)
{
  g_autofree guchar *chunk = g_malloc (CHUNK);
  gsize total = 0;
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, CHUNK, cancellable, error)) > 0)
    {
      total += (gsize) n;
      if (total > MAX_FILE || *too_large)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Too large for a picture of a machine");
          return FALSE;
        }
      if (!gdk_pixbuf_loader_write (loader, chunk, (gsize) n, error))
        return FALSE;
    }
  return n == 0;
}

/* The colours of a machine that is off are paler. */
static guint32
pale (const guchar *pixel)
{
  guint grey = (pixel[0] * 77u + pixel[1] * 150u + pixel[2] * 29u) >> 8;
  guint red = (pixel[0] + grey) / 2, green = (pixel[1] + grey) / 2, blue = (pixel[2] + grey) / 2;

  return 0xff000000u | red << 16 | green << 8 | blue;
}

/* In the middle of a black picture of the size of all, and in the format that GTK's Cairo renderer draws without a
 * conversion at each frame. */
static GdkTexture *
texture_of (GdkPixbuf *pixbuf)
{
  int width = MIN (gdk_pixbuf_get_width (pixbuf), DIO_PICTURE_WIDTH);
  int height = MIN (gdk_pixbuf_get_height (pixbuf), DIO_PICTURE_HEIGHT);
  int left = (DIO_PICTURE_WIDTH - width) / 2, top = (DIO_PICTURE_HEIGHT - height) / 2;
  int channels = gdk_pixbuf_get_n_channels (pixbuf), stride = gdk_pixbuf_get_rowstride (pixbuf);
  const guchar *from = gdk_pixbuf_read_pixels (pixbuf);
  g_autofree guint32 *to = g_new (guint32, DIO_PICTURE_WIDTH * DIO_PICTURE_HEIGHT);
  g_autoptr (GdkMemoryTextureBuilder) builder = gdk_memory_texture_builder_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (int i = 0; i < DIO_PICTURE_WIDTH * DIO_PICTURE_HEIGHT; i++)
    to[i] = 0xff000000u;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      to[(top + y) * DIO_PICTURE_WIDTH + left + x] = pale (from + (gsize) y * (gsize) stride + x * channels);
  bytes = g_bytes_new_take (g_steal_pointer (&to), sizeof (guint32) * DIO_PICTURE_WIDTH * DIO_PICTURE_HEIGHT);
  gdk_memory_texture_builder_set_bytes (builder, bytes);
  gdk_memory_texture_builder_set_stride (builder, sizeof (guint32) * DIO_PICTURE_WIDTH);
  gdk_memory_texture_builder_set_width (builder, DIO_PICTURE_WIDTH);
  gdk_memory_texture_builder_set_height (builder, DIO_PICTURE_HEIGHT);
  gdk_memory_texture_builder_set_format (builder, GDK_MEMORY_DEFAULT);
  return gdk_memory_texture_builder_build (builder);
}

static GdkTexture *
read_picture (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInfo) info = NULL;
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GdkPixbufLoader) loader = NULL;
  gboolean too_large = FALSE, fed;

  /* A FIFO would keep the thread for good. */
  info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_TYPE, G_FILE_QUERY_INFO_NONE, cancellable, error);
  if (!info)
    return NULL;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "Not a regular file");
      return NULL;
    }
  stream = g_file_read (file, cancellable, error);
  loader = stream ? gdk_pixbuf_loader_new_with_type ("png", error) : NULL;
  if (!loader)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), &too_large);
  fed = feed (loader, G_INPUT_STREAM (stream), &too_large, cancellable, error);
  if (!gdk_pixbuf_loader_close (loader, fed ? error : NULL) || !fed)
    return NULL;
  if (too_large || !gdk_pixbuf_loader_get_pixbuf (loader))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "No picture of a machine");
      return NULL;
    }
  return texture_of (gdk_pixbuf_loader_get_pixbuf (loader));
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GdkTexture *texture = read_picture (task_data, cancellable, &error);

  if (texture || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

void
dio_picture_cache_load_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_picture_cache_load_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, read_in_thread);
}

GdkTexture *
dio_picture_cache_load_finish (GAsyncResult *result, GError **error)
{
  GdkTexture *texture = g_task_propagate_pointer (G_TASK (result), error);

  if (texture)
    keep (g_task_get_task_data (G_TASK (result)), texture);
  return texture;
}

/* --- writing --- */

typedef struct
{
  char *path;
  GdkTexture *texture;
} Save;

static void
save_free (Save *save)
{
  g_free (save->path);
  g_object_unref (save->texture);
  g_free (save);
}

static GdkPixbuf *
shrink (GdkTexture *texture)
{
  g_autoptr (GdkTextureDownloader) downloader = gdk_texture_downloader_new (texture);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GdkPixbuf) whole = NULL;
  int width = gdk_texture_get_width (texture), height = gdk_texture_get_height (texture);
  double factor = MIN (1, MIN ((double) DIO_PICTURE_WIDTH / width, (double) DIO_PICTURE_HEIGHT / height));
  gsize stride;

  gdk_texture_downloader_set_format (downloader, GDK_MEMORY_R8G8B8);
  bytes = gdk_texture_downloader_download_bytes (downloader, &stride);
  whole = gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, FALSE, 8, width, height, (int) stride);
  return gdk_pixbuf_scale_simple (whole, MAX (1, (int) (width * factor)), MAX (1, (int) (height * factor)),
                                  GDK_INTERP_BILINEAR);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Save *save = task_data;
  g_autoptr (GdkPixbuf) pixbuf = shrink (save->texture);
  g_autoptr (GError) error = NULL;
  g_autofree char *buffer = NULL;
  gsize size;

  /* The folder may have gone: it is not made again for a picture. */
  if (!gdk_pixbuf_save_to_buffer (pixbuf, &buffer, &size, "png", &error, NULL) ||
      !g_file_set_contents_full (save->path, buffer, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_debug ("The last picture is not kept: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  dio_picture_cache_forget (((Save *) g_task_get_task_data (G_TASK (result)))->path);
  g_application_release (g_application_get_default ());
}

void
dio_picture_cache_save (const char *path, GdkTexture *texture)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_saved, NULL);
  Save *save = g_new (Save, 1);

  save->path = g_strdup (path);
  save->texture = g_object_ref (texture);
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  g_application_hold (g_application_get_default ());
  g_task_run_in_thread (task, save_in_thread);
}
