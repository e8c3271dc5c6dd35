/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/dbus-fetch.h"

#include "clipboard/text.h"

#include <glib/gi18n-lib.h>

#define TIMEOUT_MS 10000

struct _DioDbusFetch
{
  GObject parent_instance;

  DioQemuClipboard *proxy;
  DioSelection selection;
  GPtrArray *tasks; /* who waits */
  gboolean asking, is_nobodys;
};

G_DEFINE_FINAL_TYPE (DioDbusFetch, dio_dbus_fetch, G_TYPE_OBJECT)

struct _DioDbusOffer
{
  DioOffer parent_instance;

  DioDbusFetch *fetch; /* NULL: withdrawn */
};

G_DEFINE_FINAL_TYPE (DioDbusOffer, dio_dbus_offer, DIO_TYPE_OFFER)

static void pump (DioDbusFetch *self);

static void
fail (GPtrArray *tasks, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_error (g_ptr_array_index (tasks, i), g_error_copy (error));
}

static GPtrArray *
take_tasks (DioDbusFetch *self)
{
  GPtrArray *tasks = g_steal_pointer (&self->tasks);

  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  return tasks;
}

/* --- the answer --- */

static void
return_text (GTask *task, GBytes *text)
{
  g_task_return_pointer (task, g_bytes_ref (text), (GDestroyNotify) g_bytes_unref);
}

static void
on_agreed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dio_offer_ask_finish (DIO_OFFER (source), result, &error))
    return_text (task, g_task_get_task_data (task));
  else
    g_task_return_error (task, error);
}

/* What is large is here already: QEMU does not tell a size before. */
static void
on_converted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) tasks = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = dio_text_convert_finish (result, &error);

  if (!text)
    fail (tasks, error);
  for (guint i = 0; text && i < tasks->len; i++)
    {
      GTask *task = g_ptr_array_index (tasks, i);
      DioOffer *offer = g_task_get_source_object (task);

      if (g_bytes_get_size (text) <= dio_offer_get_limit (offer))
        {
          return_text (task, text);
          continue;
        }
      g_task_set_task_data (task, g_bytes_ref (text), (GDestroyNotify) g_bytes_unref);
      dio_offer_ask_async (offer, g_bytes_get_size (text), g_task_get_cancellable (task), on_agreed,
                           g_object_ref (task));
    }
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioDbusFetch) self = user_data;
  g_autofree char *type = NULL;
  g_autoptr (GVariant) data = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GPtrArray) tasks = NULL;

  self->asking = FALSE;
  if (dio_qemu_clipboard_call_request_finish (DIO_QEMU_CLIPBOARD (source), &type, &data, result, &error) &&
      g_str_equal (type, DIO_TEXT_TYPE))
    bytes = g_variant_get_data_as_bytes (data);
  if (!self->is_nobodys)
    tasks = take_tasks (self);
  self->is_nobodys = FALSE;
  if (tasks && bytes && g_bytes_get_size (bytes) > 0)
    {
      dio_text_convert_async (bytes, DIO_TEXT_KEEP, NULL, on_converted, g_steal_pointer (&tasks));
    }
  else if (tasks)
    {
      g_autoptr (GError) told =
          g_error_new_literal (G_IO_ERROR, error ? G_IO_ERROR_TIMED_OUT : G_IO_ERROR_NOT_FOUND,
                               error ? _ ("The machine did not hand out what was copied in it. Try again.")
                                     : _ ("The machine has nothing to paste any more. Copy it again."));

      fail (tasks, told);
    }
  pump (self);
}

static void
pump (DioDbusFetch *self)
{
  const char *types[] = { DIO_TEXT_TYPE, NULL };

  if (self->asking || self->tasks->len == 0)
    return;
  self->asking = TRUE;
  dio_qemu_clipboard_call_request (self->proxy, self->selection, types, G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL,
                                   on_answer, g_object_ref (self));
}

void
dio_dbus_fetch_withdraw (DioDbusFetch *self)
{
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("Something else was copied in the machine meanwhile."));

  g_return_if_fail (DIO_IS_DBUS_FETCH (self));

  tasks = take_tasks (self);
  self->is_nobodys = self->asking;
  fail (tasks, error);
}

static void
dio_dbus_fetch_dispose (GObject *object)
{
  DioDbusFetch *self = DIO_DBUS_FETCH (object);

  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_clear_object (&self->proxy);
  G_OBJECT_CLASS (dio_dbus_fetch_parent_class)->dispose (object);
}

static void
dio_dbus_fetch_class_init (DioDbusFetchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_dbus_fetch_dispose;
}

static void
dio_dbus_fetch_init (DioDbusFetch *self)
{
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

DioDbusFetch *
dio_dbus_fetch_new (DioQemuClipboard *proxy, DioSelection selection)
{
  DioDbusFetch *self = g_object_new (DIO_TYPE_DBUS_FETCH, NULL);

  self->proxy = g_object_ref (proxy);
  self->selection = selection;
  return self;
}

/* --- the offer --- */

void
dio_dbus_offer_withdraw (DioDbusOffer *self)
{
  g_return_if_fail (DIO_IS_DBUS_OFFER (self));
  g_clear_object (&self->fetch);
}

static void
dio_dbus_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  DioDbusOffer *self = DIO_DBUS_OFFER (offer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_dbus_offer_read_async);
  if (!self->fetch)
    {
      g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                       _ ("What was copied in the machine is not there any more. Copy it again."));
      return;
    }
  g_ptr_array_add (self->fetch->tasks, g_steal_pointer (&task));
  pump (self->fetch);
}

static GBytes *
dio_dbus_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
dio_dbus_offer_dispose (GObject *object)
{
  g_clear_object (&DIO_DBUS_OFFER (object)->fetch);
  G_OBJECT_CLASS (dio_dbus_offer_parent_class)->dispose (object);
}

static void
dio_dbus_offer_class_init (DioDbusOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_dbus_offer_dispose;
  DIO_OFFER_CLASS (klass)->read_async = dio_dbus_offer_read_async;
  DIO_OFFER_CLASS (klass)->read_finish = dio_dbus_offer_read_finish;
}

static void
dio_dbus_offer_init (DioDbusOffer *self)
{
}

DioDbusOffer *
dio_dbus_offer_new (DioDbusFetch *fetch)
{
  const char *types[] = { DIO_TEXT_TYPE, NULL };
  DioDbusOffer *self = g_object_new (DIO_TYPE_DBUS_OFFER, "types", types, NULL);

  self->fetch = g_object_ref (fetch);
  return self;
}
