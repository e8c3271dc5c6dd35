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

static void
compare_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GPtrArray *both = task_data;

  g_task_return_boolean (task, g_bytes_equal (g_ptr_array_index (both, 0), g_ptr_array_index (both, 1)));
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
  g_ptr_array_add (g_task_get_task_data (task), g_steal_pointer (&content));
  g_task_run_in_thread (task, compare_in_thread);
}

void
dio_echo_check_async (DioEcho *self, DioOffer *offer, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  gboolean likely = dio_echo_is_likely (self, offer);
  GPtrArray *both;

  g_task_set_source_tag (task, dio_echo_check_async);
  if (!likely || g_strcmp0 (self->type, DIO_TEXT_TYPE) != 0 || !dio_offer_has_type (offer, DIO_TEXT_TYPE))
    {
      g_task_return_boolean (task, likely);
      return;
    }
  both = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (both, g_bytes_ref (self->content));
  g_task_set_task_data (task, both, (GDestroyNotify) g_ptr_array_unref);
  dio_offer_read_async (offer, DIO_TEXT_TYPE, cancellable, on_read, g_steal_pointer (&task));
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
