/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/guest-content.h"

#include "ui/picture-convert.h"

#include <glib/gi18n.h>

#define TEXT "text/plain;charset=utf-8"
#define PNG "image/png"

struct _DioGuestContent
{
  GdkContentProvider parent_instance;

  DioOffer *offer;
  DioClipboardShare *share; /* weak */
};

G_DEFINE_FINAL_TYPE (DioGuestContent, dio_guest_content, GDK_TYPE_CONTENT_PROVIDER)

/* What programs of this computer know what to do with. Names of a guest's files mean nothing here. */
static const char *const passed[] = { PNG, "image/jpeg", "image/tiff", "image/bmp", "text/html", TEXT, NULL };

/* The offer's type that is to become a PNG, if it has none. (nullable) */
static const char *
find_picture (DioGuestContent *self)
{
  if (dio_offer_has_type (self->offer, PNG))
    return NULL;
  for (guint i = 0; passed[i]; i++)
    if (g_str_has_prefix (passed[i], "image/") && dio_offer_has_type (self->offer, passed[i]) &&
        dio_picture_can_convert (passed[i]))
      return passed[i];
  return NULL;
}

static GdkContentFormats *
dio_guest_content_ref_formats (GdkContentProvider *provider)
{
  DioGuestContent *self = DIO_GUEST_CONTENT (provider);
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();

  if (find_picture (self))
    gdk_content_formats_builder_add_mime_type (builder, PNG);
  for (guint i = 0; passed[i]; i++)
    if (dio_offer_has_type (self->offer, passed[i]))
      gdk_content_formats_builder_add_mime_type (builder, passed[i]);
  /* Some programs know only this name of it. */
  if (dio_offer_has_type (self->offer, TEXT))
    gdk_content_formats_builder_add_mime_type (builder, "text/plain");
  return gdk_content_formats_builder_free_to_formats (builder);
}

/* --- writing --- */

typedef struct
{
  GOutputStream *stream;
  const char *convert; /* from that, or NULL */
  GBytes *bytes;
} Paste;

static void
paste_free (Paste *paste)
{
  g_clear_object (&paste->stream);
  g_clear_pointer (&paste->bytes, g_bytes_unref);
  g_free (paste);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes the bytes, or the error. */
static void
write_bytes (GTask *task, GBytes *bytes, GError *error)
{
  Paste *paste = g_task_get_task_data (task);
  gconstpointer data;
  gsize size;

  if (!bytes)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&paste->bytes, g_bytes_unref);
  paste->bytes = bytes;
  data = g_bytes_get_data (bytes, &size);
  g_output_stream_write_all_async (paste->stream, data, size, g_task_get_priority (task), g_task_get_cancellable (task),
                                   on_written, g_object_ref (task));
}

static void
on_converted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GBytes *bytes = dio_picture_convert_finish (result, &error);

  write_bytes (task, bytes, error);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Paste *paste = g_task_get_task_data (task);
  GError *error = NULL;
  GBytes *bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  if (!bytes || !paste->convert)
    {
      write_bytes (task, bytes, error);
      return;
    }
  dio_picture_convert_async (bytes, paste->convert, g_task_get_cancellable (task), on_converted, g_object_ref (task));
  g_bytes_unref (bytes);
}

static void
dio_guest_content_write_mime_type_async (GdkContentProvider *provider, const char *mime_type, GOutputStream *stream,
                                         int priority, GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  DioGuestContent *self = DIO_GUEST_CONTENT (provider);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Paste *paste = g_new0 (Paste, 1);
  const char *type = g_str_equal (mime_type, "text/plain") ? TEXT : mime_type;

  g_task_set_source_tag (task, dio_guest_content_write_mime_type_async);
  g_task_set_priority (task, priority);
  g_task_set_task_data (task, paste, (GDestroyNotify) paste_free);
  paste->stream = g_object_ref (stream);
  if (!dio_offer_has_type (self->offer, type))
    {
      paste->convert = g_str_equal (type, PNG) ? find_picture (self) : NULL;
      if (!paste->convert)
        {
          g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("The machine has no “%s”."), type);
          return;
        }
      type = paste->convert;
    }
  dio_offer_read_async (self->offer, type, cancellable, on_read, g_object_ref (task));
}

static gboolean
dio_guest_content_write_mime_type_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
dio_guest_content_dispose (GObject *object)
{
  DioGuestContent *self = DIO_GUEST_CONTENT (object);

  g_clear_object (&self->offer);
  g_clear_weak_pointer (&self->share);
  G_OBJECT_CLASS (dio_guest_content_parent_class)->dispose (object);
}

static void
dio_guest_content_class_init (DioGuestContentClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_guest_content_dispose;
  provider_class->ref_formats = dio_guest_content_ref_formats;
  provider_class->write_mime_type_async = dio_guest_content_write_mime_type_async;
  provider_class->write_mime_type_finish = dio_guest_content_write_mime_type_finish;
}

static void
dio_guest_content_init (DioGuestContent *self)
{
}

GdkContentProvider *
dio_guest_content_new (DioOffer *offer, DioClipboardShare *share)
{
  DioGuestContent *self = g_object_new (DIO_TYPE_GUEST_CONTENT, NULL);

  self->offer = g_object_ref (offer);
  g_set_weak_pointer (&self->share, share);
  return GDK_CONTENT_PROVIDER (self);
}

DioOffer *
dio_guest_content_get_offer (DioGuestContent *self)
{
  g_return_val_if_fail (DIO_IS_GUEST_CONTENT (self), NULL);
  return self->offer;
}

gboolean
dio_guest_content_is_of (DioGuestContent *self, DioClipboardShare *share)
{
  g_return_val_if_fail (DIO_IS_GUEST_CONTENT (self), FALSE);
  return self->share == share;
}
