/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/gate.h"

#include <glib/gi18n-lib.h>

struct _DioGate
{
  DioOffer parent_instance;

  DioOffer *offer;
  DioGateAsk ask; /* NULL: closed */
  gpointer user_data;
};

static guint read_signal;

G_DEFINE_FINAL_TYPE (DioGate, dio_gate, DIO_TYPE_OFFER)

DioOffer *
dio_gate_get_offer (DioGate *self)
{
  g_return_val_if_fail (DIO_IS_GATE (self), NULL);
  return self->offer;
}

void
dio_gate_close (DioGate *self)
{
  g_return_if_fail (DIO_IS_GATE (self));
  self->ask = NULL;
  dio_offer_agree (DIO_OFFER (self), FALSE);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GBytes *bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  if (!bytes)
    {
      g_task_return_error (task, error);
      return;
    }
  g_signal_emit (g_task_get_source_object (task), read_signal, 0, g_task_get_task_data (task), bytes);
  g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
}

void
dio_gate_answer (GTask *task, gboolean yes)
{
  DioGate *self = g_task_get_source_object (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (yes)
    {
      dio_offer_set_limit (self->offer, dio_offer_get_limit (DIO_OFFER (self)));
      dio_offer_read_async (self->offer, g_task_get_task_data (task), cancellable, on_read, task);
      return;
    }
  g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _ ("Pasting was not allowed."));
  g_object_unref (task);
}

static void
dio_gate_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  DioGate *self = DIO_GATE (offer);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_gate_read_async);
  g_task_set_task_data (task, g_strdup (type), g_free);
  if (self->ask)
    {
      self->ask (self, type, task, self->user_data);
      return;
    }
  g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                   _ ("What was copied is not there any more. Copy it again."));
  g_object_unref (task);
}

static GBytes *
dio_gate_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what is large --- */

static void
on_agreed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioOffer) inner = user_data;

  dio_offer_agree (inner, dio_offer_ask_finish (DIO_OFFER (source), result, NULL));
}

static gboolean
on_large (DioOffer *inner, guint64 size, DioGate *self)
{
  dio_offer_ask_async (DIO_OFFER (self), size, NULL, on_agreed, g_object_ref (inner));
  return TRUE;
}

/* --- the object --- */

static void
dio_gate_dispose (GObject *object)
{
  g_clear_object (&DIO_GATE (object)->offer);
  G_OBJECT_CLASS (dio_gate_parent_class)->dispose (object);
}

static void
dio_gate_class_init (DioGateClass *klass)
{
  DioOfferClass *offer_class = DIO_OFFER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_gate_dispose;
  offer_class->read_async = dio_gate_read_async;
  offer_class->read_finish = dio_gate_read_finish;
  read_signal = g_signal_new ("read", DIO_TYPE_GATE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                              G_TYPE_STRING, G_TYPE_BYTES);
}

static void
dio_gate_init (DioGate *self)
{
}

DioOffer *
dio_gate_new (DioOffer *offer, DioGateAsk ask, gpointer user_data)
{
  DioGate *self =
      g_object_new (DIO_TYPE_GATE, "types", dio_offer_get_types (offer), "limit", dio_offer_get_limit (offer), NULL);

  self->offer = g_object_ref (offer);
  self->ask = ask;
  self->user_data = user_data;
  g_signal_connect_object (offer, "large", G_CALLBACK (on_large), self, 0);
  return DIO_OFFER (self);
}
