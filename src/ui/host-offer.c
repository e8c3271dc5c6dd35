/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/host-offer.h"

#include "ui/picture-convert.h"

#include <glib/gi18n.h>
#include <string.h>

#define PIECE (64 * 1024)
/* A program that has nothing more to say for so long has forgotten us. */
#define PATIENCE_S 10
#define TEXT "text/plain;charset=utf-8"
#define PNG "image/png"
/* What is larger is not kept to be compared. */
#define MEMORY_MAX (1024 * 1024)

struct _DioHostOffer
{
  DioOffer parent_instance;

  GdkClipboard *clipboard; /* NULL: withdrawn */
  char *convert;           /* the type of which PNG is made, or NULL */
  GPtrArray *readings;     /* (unowned) Reading */
  char *read_type;         /* what was read last, if that was not large */
  GBytes *read;
};

G_DEFINE_FINAL_TYPE (DioHostOffer, dio_host_offer, DIO_TYPE_OFFER)

/* Text under its names, the best first. */
static const char *const text_names[] = { TEXT, "UTF8_STRING", "text/plain", NULL };
/* What guests know, too, and is passed as it is. */
static const char *const passed[] = { "text/html", PNG, "image/jpeg", "image/tiff", "image/bmp", "text/uri-list" };

/* --- reading --- */

typedef struct
{
  char *type;
  char *source; /* the type in which it comes */
  GByteArray *bytes;
  GInputStream *stream;
  GCancellable *cancellable;
  gulong cancelled_id; /* of the caller's */
  guint patience_id;
  gboolean timed_out;
  gboolean asked; /* whether so much is wanted; it is */
} Reading;

static void
reading_free (Reading *reading)
{
  g_clear_handle_id (&reading->patience_id, g_source_remove);
  g_clear_object (&reading->stream);
  g_clear_object (&reading->cancellable);
  g_byte_array_unref (reading->bytes);
  g_free (reading->source);
  g_free (reading->type);
  g_free (reading);
}

static void
on_patience_ended (gpointer user_data)
{
  Reading *reading = user_data;

  reading->patience_id = 0;
  reading->timed_out = TRUE;
  g_cancellable_cancel (reading->cancellable);
}

static void
wait_patiently (Reading *reading)
{
  g_clear_handle_id (&reading->patience_id, g_source_remove);
  reading->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_ended, reading);
}

/* Nothing of the program that has it is needed any more. */
static void
stop (GTask *task)
{
  DioHostOffer *self = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);

  g_clear_handle_id (&reading->patience_id, g_source_remove);
  g_cancellable_disconnect (g_task_get_cancellable (task), reading->cancelled_id);
  reading->cancelled_id = 0;
  g_ptr_array_remove_fast (self->readings, reading);
  g_clear_object (&reading->stream);
}

/* Takes ERROR, and says what it comes from. */
static void
fail (GTask *task, GError *error)
{
  DioHostOffer *self = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (GError) owned = error;

  stop (task);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!self->clipboard)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("Something else was copied meanwhile."));
  else if (reading->timed_out)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                             _ ("The program in which it was copied does not answer. Copy it again."));
  else
    g_task_return_error (task, g_steal_pointer (&owned));
}

/* --- what has come --- */

/* Text that is a stranger's, in a thread: to check much of it takes time. */
static void
check_text_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Reading *reading = task_data;
  gsize length = reading->bytes->len;
  g_autofree char *converted = NULL;

  while (length > 0 && reading->bytes->data[length - 1] == '\0')
    length--;
  if (length == 0 || g_utf8_validate_len ((const char *) reading->bytes->data, length, NULL))
    {
      g_byte_array_set_size (reading->bytes, (guint) length);
      g_task_return_pointer (task, g_byte_array_free_to_bytes (g_byte_array_ref (reading->bytes)),
                             (GDestroyNotify) g_bytes_unref);
      return;
    }
  /* "text/plain" that says no more of itself is old. */
  if (g_strcmp0 (reading->source, "text/plain") == 0)
    converted =
        g_convert ((const char *) reading->bytes->data, (gssize) length, "UTF-8", "ISO-8859-1", NULL, &length, NULL);
  if (converted)
    g_task_return_pointer (task, g_bytes_new_take (g_steal_pointer (&converted), length),
                           (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("What was copied is no text."));
}

static void
on_converted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GBytes *png = dio_picture_convert_finish (result, &error);

  if (png)
    g_task_return_pointer (task, png, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
finish (GTask *task)
{
  DioHostOffer *self = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);
  g_autoptr (GBytes) bytes = NULL;

  stop (task);
  if (g_str_equal (reading->type, TEXT))
    {
      g_task_run_in_thread (task, check_text_thread);
      return;
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&reading->bytes));
  reading->bytes = g_byte_array_new ();
  if (self->convert && g_str_equal (reading->type, PNG))
    dio_picture_convert_async (bytes, self->convert, g_task_get_cancellable (task), on_converted, g_object_ref (task));
  else
    g_task_return_pointer (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
}

/* --- piece by piece --- */

static void read_piece (GTask *task);

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dio_offer_ask_finish (DIO_OFFER (source), result, &error))
    {
      fail (task, error);
      return;
    }
  reading->asked = TRUE;
  read_piece (task);
}

static void
on_piece (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioOffer *offer = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gsize size = piece ? g_bytes_get_size (piece) : 0;

  if (piece && size > G_MAXUINT / 2 - reading->bytes->len)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                         _ ("What was copied is too large to be pasted. Send it as a file."));
  if (error)
    {
      fail (task, error);
      return;
    }
  if (size == 0)
    {
      finish (task);
      return;
    }
  g_byte_array_append (reading->bytes, g_bytes_get_data (piece, NULL), (guint) size);
  if (!reading->asked && reading->bytes->len > dio_offer_get_limit (offer))
    {
      g_clear_handle_id (&reading->patience_id, g_source_remove);
      dio_offer_ask_async (offer, reading->bytes->len, reading->cancellable, on_asked, g_object_ref (task));
    }
  else
    read_piece (task);
}

static void
read_piece (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  wait_patiently (reading);
  g_input_stream_read_bytes_async (reading->stream, PIECE, G_PRIORITY_DEFAULT_IDLE, reading->cancellable, on_piece,
                                   g_object_ref (task));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  const char *type = NULL;

  reading->stream = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, &type, &error);
  if (!reading->stream)
    {
      fail (task, error);
      return;
    }
  reading->source = g_strdup (type);
  read_piece (task);
}

static void
on_caller_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
open_stream (DioHostOffer *self, GTask *task)
{
  Reading *reading = g_task_get_task_data (task);
  const char *one[] = { reading->type, NULL };
  const char *const *sources = g_str_equal (reading->type, TEXT) ? text_names : one;

  if (self->convert && g_str_equal (reading->type, PNG))
    one[0] = self->convert;
  wait_patiently (reading);
  gdk_clipboard_read_async (self->clipboard, (const char **) sources, G_PRIORITY_DEFAULT, reading->cancellable,
                            on_opened, g_object_ref (task));
}

static void
dio_host_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  DioHostOffer *self = DIO_HOST_OFFER (offer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  g_task_set_source_tag (task, dio_host_offer_read_async);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  reading->type = g_strdup (type);
  reading->bytes = g_byte_array_new ();
  reading->cancellable = g_cancellable_new ();
  g_ptr_array_add (self->readings, reading);
  if (!self->clipboard)
    {
      fail (task, NULL);
      return;
    }
  if (cancellable)
    reading->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_caller_cancelled),
                                                   g_object_ref (reading->cancellable), g_object_unref);
  open_stream (self, task);
}

static GBytes *
dio_host_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  DioHostOffer *self = DIO_HOST_OFFER (offer);
  Reading *reading = g_task_get_task_data (G_TASK (result));
  GBytes *bytes = g_task_propagate_pointer (G_TASK (result), error);

  if (bytes && g_bytes_get_size (bytes) <= MEMORY_MAX)
    {
      g_set_str (&self->read_type, reading->type);
      g_clear_pointer (&self->read, g_bytes_unref);
      self->read = g_bytes_ref (bytes);
    }
  return bytes;
}

/* --- comparing --- */

static void
on_read_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GBytes) bytes = dio_offer_read_finish (DIO_OFFER (source), result, NULL);

  g_task_return_boolean (task, bytes && g_bytes_equal (bytes, g_task_get_task_data (task)));
}

void
dio_host_offer_compare_async (DioHostOffer *self, DioHostOffer *before, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  DioOffer *offer = DIO_OFFER (self);

  g_task_set_source_tag (task, dio_host_offer_compare_async);
  if (!before->read || !g_strv_equal (dio_offer_get_types (offer), dio_offer_get_types (DIO_OFFER (before))))
    {
      g_task_return_boolean (task, FALSE);
      return;
    }
  g_task_set_task_data (task, g_bytes_ref (before->read), (GDestroyNotify) g_bytes_unref);
  dio_offer_read_async (offer, before->read_type, NULL, on_read_again, g_steal_pointer (&task));
}

gboolean
dio_host_offer_compare_finish (GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

/* --- object --- */

void
dio_host_offer_withdraw (DioHostOffer *self)
{
  g_return_if_fail (DIO_IS_HOST_OFFER (self));

  g_clear_object (&self->clipboard);
  for (guint i = 0; i < self->readings->len; i++)
    g_cancellable_cancel (((Reading *) self->readings->pdata[i])->cancellable);
}

static void
dio_host_offer_dispose (GObject *object)
{
  g_clear_object (&DIO_HOST_OFFER (object)->clipboard);
  G_OBJECT_CLASS (dio_host_offer_parent_class)->dispose (object);
}

static void
dio_host_offer_finalize (GObject *object)
{
  DioHostOffer *self = DIO_HOST_OFFER (object);

  g_clear_pointer (&self->readings, g_ptr_array_unref);
  g_clear_pointer (&self->convert, g_free);
  g_clear_pointer (&self->read_type, g_free);
  g_clear_pointer (&self->read, g_bytes_unref);
  G_OBJECT_CLASS (dio_host_offer_parent_class)->finalize (object);
}

static void
dio_host_offer_class_init (DioHostOfferClass *klass)
{
  DioOfferClass *offer_class = DIO_OFFER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_host_offer_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_host_offer_finalize;
  offer_class->read_async = dio_host_offer_read_async;
  offer_class->read_finish = dio_host_offer_read_finish;
}

static void
dio_host_offer_init (DioHostOffer *self)
{
  self->readings = g_ptr_array_new ();
}

/* (transfer full) (nullable) */
static char *
find_convertible (GdkContentFormats *formats)
{
  gsize n;
  const char *const *types = gdk_content_formats_get_mime_types (formats, &n);

  if (gdk_content_formats_contain_mime_type (formats, PNG))
    return NULL;
  for (gsize i = 0; i < n; i++)
    if (g_str_has_prefix (types[i], "image/") && dio_picture_can_convert (types[i]))
      return g_strdup (types[i]);
  return NULL;
}

/* What our own windows have copied may be known as an object only. Of others', GDK says what objects it could make,
 * which is not what is there. (transfer full) */
static GdkContentFormats *
get_formats (GdkClipboard *clipboard)
{
  GdkContentFormats *formats = gdk_content_formats_ref (gdk_clipboard_get_formats (clipboard));

  return gdk_clipboard_is_local (clipboard) ? gdk_content_formats_union_serialize_mime_types (formats) : formats;
}

DioHostOffer *
dio_host_offer_new (GdkClipboard *clipboard)
{
  g_autoptr (GdkContentFormats) formats = get_formats (clipboard);
  g_autofree char *convert = find_convertible (formats);
  g_autoptr (GPtrArray) types = g_ptr_array_new ();
  DioHostOffer *self;

  for (guint i = 0; text_names[i]; i++)
    if (gdk_content_formats_contain_mime_type (formats, text_names[i]))
      {
        g_ptr_array_add (types, (gpointer) TEXT);
        break;
      }
  for (guint i = 0; i < G_N_ELEMENTS (passed); i++)
    if (gdk_content_formats_contain_mime_type (formats, passed[i]) || (convert && g_str_equal (passed[i], PNG)))
      g_ptr_array_add (types, (gpointer) passed[i]);
  if (types->len == 0)
    return NULL;
  g_ptr_array_add (types, NULL);
  self = g_object_new (DIO_TYPE_HOST_OFFER, "types", types->pdata, NULL);
  self->clipboard = g_object_ref (clipboard);
  self->convert = g_steal_pointer (&convert);
  return self;
}
