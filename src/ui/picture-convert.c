/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/picture-convert.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>

/* So often it is looked whether anybody still waits. */
#define PIECE (256 * 1024)
/* zlib's: what is pasted at once need not be small. */
#define COMPRESSION "1"

typedef struct
{
  GBytes *picture;
  char *mime_type;
  gboolean too_large; /* as its header says */
} Conversion;

static void
conversion_free (Conversion *conversion)
{
  g_bytes_unref (conversion->picture);
  g_free (conversion->mime_type);
  g_free (conversion);
}

gboolean
dio_picture_can_convert (const char *mime_type)
{
  g_autoptr (GSList) formats = gdk_pixbuf_get_formats ();

  for (GSList *l = formats; l; l = l->next)
    {
      g_auto (GStrv) types = gdk_pixbuf_format_get_mime_types (l->data);

      if (!gdk_pixbuf_format_is_disabled (l->data) && g_strv_contains ((const char *const *) types, mime_type))
        return TRUE;
    }
  return FALSE;
}

/* No memory for its pixels has been asked for yet; a picture of no size is not loaded. */
static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, Conversion *conversion)
{
  if (width > 0 && height > 0 && (guint64) width * (guint64) height <= DIO_PICTURE_MAX_PIXELS)
    return;
  conversion->too_large = TRUE;
  gdk_pixbuf_loader_set_size (loader, 0, 0);
}

static gboolean
feed (GdkPixbufLoader *loader, Conversion *conversion, GCancellable *cancellable, GError **error)
{
  gsize size, done = 0;
  const guint8 *data = g_bytes_get_data (conversion->picture, &size);

  for (gsize n; done < size; done += n)
    {
      n = MIN (size - done, PIECE);
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          !gdk_pixbuf_loader_write (loader, data + done, n, error) || conversion->too_large)
        return FALSE;
    }
  return TRUE;
}

/* (transfer full) */
static GdkPixbuf *
load (Conversion *conversion, GCancellable *cancellable, GError **error)
{
  g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_mime_type (conversion->mime_type, error);
  GdkPixbuf *pixbuf;
  gboolean fed;

  if (!loader)
    return NULL;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), conversion);
  fed = feed (loader, conversion, cancellable, error);
  if (!gdk_pixbuf_loader_close (loader, fed ? error : NULL) || !fed || conversion->too_large)
    return NULL;
  pixbuf = gdk_pixbuf_loader_get_pixbuf (loader);
  return pixbuf ? g_object_ref (pixbuf) : NULL;
}

static gboolean
append (const char *piece, gsize size, GError **error, gpointer user_data)
{
  GByteArray *array = user_data;

  if (size > G_MAXUINT - array->len)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, _ ("The picture is too large."));
      return FALSE;
    }
  g_byte_array_append (array, (const guint8 *) piece, (guint) size);
  return TRUE;
}

static void
convert_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Conversion *conversion = task_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = load (conversion, cancellable, &error);
  g_autoptr (GByteArray) png = g_byte_array_new ();

  if (g_task_return_error_if_cancelled (task))
    return;
  if (conversion->too_large)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                             _ ("The picture has more than %u megapixels. Save it as a file instead."),
                             DIO_PICTURE_MAX_PIXELS / (1024 * 1024));
  else if (!pixbuf)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The picture cannot be read: %s"),
                             error ? error->message : _ ("it is incomplete"));
  else if (!gdk_pixbuf_save_to_callback (pixbuf, append, png, "png", &error, "compression", COMPRESSION, NULL))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_byte_array_free_to_bytes (g_steal_pointer (&png)), (GDestroyNotify) g_bytes_unref);
}

void
dio_picture_convert_async (GBytes *picture, const char *mime_type, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Conversion *conversion = g_new0 (Conversion, 1);

  conversion->picture = g_bytes_ref (picture);
  conversion->mime_type = g_strdup (mime_type);
  g_task_set_source_tag (task, dio_picture_convert_async);
  g_task_set_task_data (task, conversion, (GDestroyNotify) conversion_free);
  g_task_run_in_thread (task, convert_thread);
}

GBytes *
dio_picture_convert_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
