/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/text.h"

#include "clipboard/vdagent.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  GBytes *text;
  DioTextEnds ends;
} Conversion;

static void
conversion_free (Conversion *self)
{
  g_bytes_unref (self->text);
  g_free (self);
}

/* Line feeds without (ALONE), or with, a carriage return before them. */
static gsize
count_feeds (const char *data, gsize size, gboolean alone)
{
  const char *end = data + size;
  gsize n = 0;

  for (const char *at = data; at < end && (at = memchr (at, '\n', (gsize) (end - at))); at++)
    n += (at == data || at[-1] != '\r') == alone;
  return n;
}

/* Copies DATA but for the ends of lines; N: how many change. */
static GBytes *
change_ends (const char *data, gsize size, gsize n, gboolean to_crlf)
{
  gsize new_size = to_crlf ? size + n : size - n;
  char *text = g_try_malloc (new_size), *to = text;
  const char *end = data + size, *from = data;

  while (text && from < end)
    {
      const char *feed = memchr (from, '\n', (gsize) (end - from));
      gsize piece = (gsize) ((feed ? feed : end) - from);
      gboolean has_return = feed && feed > data && feed[-1] == '\r';

      memcpy (to, from, piece);
      to += piece;
      from += piece;
      if (!feed)
        break;
      if (has_return && !to_crlf)
        to--;
      else if (!has_return && to_crlf)
        *to++ = '\r';
      *to++ = '\n';
      from++;
    }
  return text ? g_bytes_new_take (text, new_size) : NULL;
}

GBytes *
dio_text_convert (GBytes *text, DioTextEnds ends, GError **error)
{
  gsize whole, size, n;
  const char *data = g_bytes_get_data (text, &whole);
  GBytes *changed;

  dio_vdagent_add_handled (whole);
  for (size = whole; size > 0 && data[size - 1] == '\0';)
    size--;
  if (size > 0 && !g_utf8_validate_len (data, size, NULL))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("What was copied is not a text in UTF-8."));
      return NULL;
    }
  n = ends == DIO_TEXT_KEEP ? 0 : count_feeds (data, size, ends == DIO_TEXT_TO_CRLF);
  if (n == 0)
    return size == whole ? g_bytes_ref (text) : g_bytes_new_from_bytes (text, 0, size);
  if (n > G_MAXSIZE - size || !(changed = change_ends (data, size, n, ends == DIO_TEXT_TO_CRLF)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("There is not enough memory for what was copied."));
      return NULL;
    }
  return changed;
}

static void
convert_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Conversion *conversion = task_data;
  GError *error = NULL;
  GBytes *bytes = dio_text_convert (conversion->text, conversion->ends, &error);

  if (bytes)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
dio_text_convert_async (GBytes *text, DioTextEnds ends, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Conversion *conversion = g_new0 (Conversion, 1);

  conversion->text = g_bytes_ref (text);
  conversion->ends = ends;
  g_task_set_source_tag (task, dio_text_convert_async);
  g_task_set_task_data (task, conversion, (GDestroyNotify) conversion_free);
  g_task_run_in_thread (task, convert_in_thread);
}

GBytes *
dio_text_convert_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
