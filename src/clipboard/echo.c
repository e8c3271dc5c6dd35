/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/echo.h"

#include "clipboard/text.h"

#include <string.h>

#define MEMORY_SECONDS 1

struct _DioEcho
{
  char **types; /* NULL: nothing was read of late */
  char *type;
  GBytes *content;
  guint timeout_id;
};

DioEcho *
dio_echo_new (void)
{
  return g_new0 (DioEcho, 1);
}

static void
forget (DioEcho *self)
{
  g_clear_pointer (&self->types, g_strfreev);
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->content, g_bytes_unref);
  g_clear_handle_id (&self->timeout_id, g_source_remove);
}

void
dio_echo_free (DioEcho *self)
{
  forget (self);
  g_free (self);
}

static void
on_forget (gpointer user_data)
{
  DioEcho *self = user_data;

  self->timeout_id = 0;
  forget (self);
}

void
dio_echo_remember (DioEcho *self, const char *const *types, const char *type, GBytes *content)
{
  forget (self);
  self->types = g_strdupv ((char **) types);
  self->type = g_strdup (type);
  self->content = g_bytes_ref (content);
  self->timeout_id = g_timeout_add_seconds_once (MEMORY_SECONDS, on_forget, self);
}

/* Whether there is something among TYPES of the same kind as TYPE. */
static gboolean
has_kind (char **types, const char *type)
{
  gsize length = strcspn (type, "/");

  for (guint i = 0; types[i]; i++)
    if (strncmp (types[i], type, length) == 0 && types[i][length] == '/')
      return TRUE;
  return FALSE;
}

gboolean
dio_echo_is_likely (DioEcho *self, DioOffer *offer)
{
  const char *const *types = dio_offer_get_types (offer);

  if (!self->types)
    return FALSE;
  for (guint i = 0; types[i]; i++)
    if (!has_kind (self->types, types[i]))
      return FALSE;
  return TRUE;
}

/* --- comparing --- */

/* Numbers in a picture's header: of four bytes, the first one being the most significant, or the least. */
static guint32
get_number (const guint8 *bytes, gboolean big_endian)
{
  guint32 number;

  memcpy (&number, bytes, sizeof number);
  return big_endian ? GUINT32_FROM_BE (number) : GUINT32_FROM_LE (number);
}

/* FALSE: nothing that is known says so. */
static gboolean
get_picture_size (GBytes *picture, guint32 *width, guint32 *height)
{
  static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  gsize size;
  const guint8 *bytes = g_bytes_get_data (picture, &size);

  /* Its first chunk is IHDR (RFC 2083, 11.2.1). */
  if (size >= 24 && memcmp (bytes, png, sizeof png) == 0)
    {
      *width = get_number (bytes + 16, TRUE);
      *height = get_number (bytes + 20, TRUE);
      return TRUE;
    }
  /* BITMAPINFOHEADER, or one of those that begin like it; rows may go downwards. */
  if (size >= 26 && bytes[0] == 'B' && bytes[1] == 'M' && get_number (bytes + 14, FALSE) >= 40)
    {
      gint64 rows = (gint32) get_number (bytes + 22, FALSE);

      *width = get_number (bytes + 18, FALSE);
      *height = (guint32) ABS (rows);
      return TRUE;
    }
  return FALSE;
}

static gboolean
may_be_same_picture (GBytes *a, GBytes *b)
{
  guint32 widths[2], heights[2];

  return !get_picture_size (a, &widths[0], &heights[0]) || !get_picture_size (b, &widths[1], &heights[1]) ||
         (widths[0] == widths[1] && heights[0] == heights[1]);
}

/* What is read of OFFER to be compared; NULL: nothing. */
static const char *
find_comparable (DioEcho *self, DioOffer *offer)
{
  static const char *const pictures[] = { "image/png", "image/bmp", NULL };

  if (g_str_equal (self->type, DIO_TEXT_TYPE))
    return dio_offer_has_type (offer, DIO_TEXT_TYPE) ? DIO_TEXT_TYPE : NULL;
  for (guint i = 0; g_strv_contains (pictures, self->type) && pictures[i]; i++)
    if (dio_offer_has_type (offer, pictures[i]))
      return pictures[i];
  return NULL;
}

typedef struct
{
  GBytes *read, *copied; /* by the guest */
  gboolean is_text;
} Comparison;

static void
comparison_free (Comparison *self)
{
  g_clear_pointer (&self->read, g_bytes_unref);
  g_clear_pointer (&self->copied, g_bytes_unref);
  g_free (self);
}

static void
compare_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Comparison *both = task_data;

  g_task_return_boolean (task, both->is_text ? g_bytes_equal (both->read, both->copied)
                                             : may_be_same_picture (both->read, both->copied));
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GBytes) content = dio_offer_read_finish (DIO_OFFER (source), result, NULL);

  if (g_task_return_error_if_cancelled (task))
    return;
  /* Who has nothing to hand out can start no circle. */
  if (!content)
    {
      g_task_return_boolean (task, FALSE);
      return;
    }
  ((Comparison *) g_task_get_task_data (task))->copied = g_steal_pointer (&content);
  g_task_run_in_thread (task, compare_in_thread);
}

void
dio_echo_check_async (DioEcho *self, DioOffer *offer, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  gboolean likely = dio_echo_is_likely (self, offer);
  const char *type = likely ? find_comparable (self, offer) : NULL;
  Comparison *both;

  g_task_set_source_tag (task, dio_echo_check_async);
  if (!type)
    {
      g_task_return_boolean (task, likely);
      return;
    }
  both = g_new0 (Comparison, 1);
  both->read = g_bytes_ref (self->content);
  both->is_text = g_str_equal (type, DIO_TEXT_TYPE);
  g_task_set_task_data (task, both, (GDestroyNotify) comparison_free);
  dio_offer_read_async (offer, type, cancellable, on_read, g_steal_pointer (&task));
}

gboolean
dio_echo_check_finish (GAsyncResult *result, gboolean *ret_is_echo, GError **error)
{
  GError *local_error = NULL;
  gboolean is_echo;

  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  is_echo = g_task_propagate_boolean (G_TASK (result), &local_error);
  if (local_error)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  *ret_is_echo = is_echo;
  return TRUE;
}
