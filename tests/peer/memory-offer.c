/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "memory-offer.h"

#include "fake-qemu.h"

#include "clipboard/text.h"

struct _MemoryOffer
{
  DioOffer parent_instance;

  GBytes *contents;
  gboolean hold;
  GPtrArray *held; /* GTask */
  guint n_reads;
};

G_DEFINE_FINAL_TYPE (MemoryOffer, memory_offer, DIO_TYPE_OFFER)

static void
answer (MemoryOffer *self, GTask *task)
{
  if (self->contents)
    g_task_return_pointer (task, g_bytes_ref (self->contents), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_FAILED, "There is nothing");
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (dio_offer_ask_finish (DIO_OFFER (source), result, &error))
    answer (MEMORY_OFFER (source), task);
  else
    g_task_return_error (task, error);
}

static void
memory_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  MemoryOffer *self = MEMORY_OFFER (offer);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  self->n_reads++;
  if (self->hold)
    g_ptr_array_add (self->held, g_steal_pointer (&task));
  else if (self->contents && g_bytes_get_size (self->contents) > dio_offer_get_limit (offer))
    dio_offer_ask_async (offer, g_bytes_get_size (self->contents), cancellable, on_asked, g_steal_pointer (&task));
  else
    answer (self, task);
}

static GBytes *
memory_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
memory_offer_hold (MemoryOffer *self, gboolean hold)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&self->held);

  self->hold = hold;
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    answer (self, g_ptr_array_index (held, i));
}

guint
memory_offer_get_n_reads (MemoryOffer *self)
{
  return self->n_reads;
}

static void
memory_offer_finalize (GObject *object)
{
  MemoryOffer *self = MEMORY_OFFER (object);

  g_clear_pointer (&self->contents, g_bytes_unref);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  G_OBJECT_CLASS (memory_offer_parent_class)->finalize (object);
}

static void
memory_offer_class_init (MemoryOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = memory_offer_finalize;
  DIO_OFFER_CLASS (klass)->read_async = memory_offer_read_async;
  DIO_OFFER_CLASS (klass)->read_finish = memory_offer_read_finish;
}

static void
memory_offer_init (MemoryOffer *self)
{
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
}

MemoryOffer *
memory_offer_new (const char *type, GBytes *contents)
{
  const char *types[] = { type, NULL };
  MemoryOffer *self = g_object_new (MEMORY_TYPE_OFFER, "types", types, NULL);

  self->contents = contents ? g_bytes_ref (contents) : NULL;
  return self;
}

MemoryOffer *
memory_offer_new_text (const char *text)
{
  g_autoptr (GBytes) contents = g_bytes_new (text, strlen (text));

  return memory_offer_new (DIO_TEXT_TYPE, contents);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

GBytes *
offer_read (DioOffer *offer, const char *type, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_offer_read_async (offer, type, NULL, on_read, &result);
  wait_until (result != NULL);
  return dio_offer_read_finish (offer, result, error);
}

char *
offer_read_text (DioOffer *offer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = offer_read (offer, DIO_TEXT_TYPE, &error);

  g_assert_no_error (error);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}
