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
  GPtrArray *readings; /* GCancellable, one for each that goes on */
};

/* The task's data. */
typedef struct
{
  char *type;
  GCancellable *stop; /* while what is behind the gate is read */
  gulong cancelled_id;
} Reading;

enum
{
  PROP_0,
  PROP_READING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
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

/* --- reading --- */

gboolean
dio_gate_get_reading (DioGate *self)
{
  g_return_val_if_fail (DIO_IS_GATE (self), FALSE);
  return self->readings->len > 0;
}

void
dio_gate_stop_reading (DioGate *self)
{
  g_autoptr (GPtrArray) stopped = NULL;

  g_return_if_fail (DIO_IS_GATE (self));

  stopped = g_ptr_array_copy (self->readings, (GCopyFunc) (void (*) (void)) g_object_ref, NULL);
  g_ptr_array_set_free_func (stopped, g_object_unref);
  for (guint i = 0; i < stopped->len; i++)
    g_cancellable_cancel (g_ptr_array_index (stopped, i));
}

static void
reading_free (Reading *reading)
{
  g_clear_object (&reading->stop);
  g_free (reading->type);
  g_free (reading);
}

static void
on_cancelled (GCancellable *cancellable, GCancellable *stop)
{
  g_cancellable_cancel (stop);
}

static void
begin_reading (DioGate *self, GTask *task)
{
  Reading *reading = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  reading->stop = g_cancellable_new ();
  if (cancellable)
    reading->cancelled_id =
        g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), g_object_ref (reading->stop), g_object_unref);
  g_ptr_array_add (self->readings, g_object_ref (reading->stop));
  if (self->readings->len == 1)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READING]);
}

static void
end_reading (DioGate *self, GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  g_cancellable_disconnect (g_task_get_cancellable (task), reading->cancelled_id);
  g_ptr_array_remove (self->readings, reading->stop);
  if (self->readings->len == 0)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READING]);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  DioGate *self = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  GBytes *bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  end_reading (self, task);
  if (!bytes)
    {
      g_task_return_error (task, error);
      return;
    }
  g_signal_emit (self, read_signal, 0, reading->type, bytes);
  g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
}

void
dio_gate_answer (GTask *task, gboolean yes)
{
  DioGate *self = g_task_get_source_object (task);
  Reading *reading = g_task_get_task_data (task);

  if (yes)
    {
      dio_offer_set_limit (self->offer, dio_offer_get_limit (DIO_OFFER (self)));
      begin_reading (self, task);
      dio_offer_read_async (self->offer, reading->type, reading->stop, on_read, task);
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
  Reading *reading = g_new0 (Reading, 1);

  reading->type = g_strdup (type);
  g_task_set_source_tag (task, dio_gate_read_async);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
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
dio_gate_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_READING)
    g_value_set_boolean (value, dio_gate_get_reading (DIO_GATE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
dio_gate_finalize (GObject *object)
{
  g_ptr_array_unref (DIO_GATE (object)->readings);
  G_OBJECT_CLASS (dio_gate_parent_class)->finalize (object);
}

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

  G_OBJECT_CLASS (klass)->get_property = dio_gate_get_property;
  G_OBJECT_CLASS (klass)->dispose = dio_gate_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_gate_finalize;
  offer_class->read_async = dio_gate_read_async;
  offer_class->read_finish = dio_gate_read_finish;
  properties[PROP_READING] = g_param_spec_boolean ("reading", NULL, NULL, FALSE,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
  read_signal = g_signal_new ("read", DIO_TYPE_GATE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                              G_TYPE_STRING, G_TYPE_BYTES);
}

static void
dio_gate_init (DioGate *self)
{
  self->readings = g_ptr_array_new_with_free_func (g_object_unref);
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
