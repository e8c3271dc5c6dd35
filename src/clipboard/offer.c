/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/offer.h"

#include <glib/gi18n-lib.h>

#define DEFAULT_LIMIT (64 * 1024 * 1024)

typedef struct
{
  char **types;
  guint64 limit;
  GPtrArray *asking; /* Ask */
} DioOfferPrivate;

/* Somebody who asks whether what is large may be read. */
typedef struct
{
  DioOffer *offer; /* the task's */
  GTask *task;
  GSource *cancelled;
} Ask;

enum
{
  PROP_0,
  PROP_TYPES,
  PROP_LIMIT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];
static guint large_signal;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (DioOffer, dio_offer, G_TYPE_OBJECT)

#define PRIVATE(self) ((DioOfferPrivate *) dio_offer_get_instance_private (self))

const char *const *
dio_offer_get_types (DioOffer *self)
{
  static const char *const none[] = { NULL };

  g_return_val_if_fail (DIO_IS_OFFER (self), none);
  return PRIVATE (self)->types ? (const char *const *) PRIVATE (self)->types : none;
}

gboolean
dio_offer_has_type (DioOffer *self, const char *type)
{
  return g_strv_contains (dio_offer_get_types (self), type);
}

guint64
dio_offer_get_limit (DioOffer *self)
{
  g_return_val_if_fail (DIO_IS_OFFER (self), 0);
  return PRIVATE (self)->limit;
}

void
dio_offer_set_limit (DioOffer *self, guint64 limit)
{
  g_return_if_fail (DIO_IS_OFFER (self));

  if (PRIVATE (self)->limit == limit)
    return;
  PRIVATE (self)->limit = limit;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIMIT]);
}

/* --- reading --- */

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioOffer *self = DIO_OFFER (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GBytes *bytes = DIO_OFFER_GET_CLASS (self)->read_finish (self, result, &error);

  if (bytes)
    g_task_return_pointer (task, bytes, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

void
dio_offer_read_async (DioOffer *self, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_OFFER (self) && type != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_offer_read_async);
  if (dio_offer_has_type (self, type))
    DIO_OFFER_GET_CLASS (self)->read_async (self, type, cancellable, on_read, g_steal_pointer (&task));
  else
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("What was copied cannot be had as “%s”."),
                             type);
}

GBytes *
dio_offer_read_finish (DioOffer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what is large --- */

static void
ask_free (Ask *self)
{
  if (self->cancelled)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  g_object_unref (self->task);
  g_free (self);
}

static gboolean
on_ask_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Ask *ask = user_data;
  GPtrArray *asking = PRIVATE (ask->offer)->asking;
  g_autoptr (GTask) task = g_object_ref (ask->task);

  /* With nobody left the question stays asked: its answer finds nobody. */
  g_ptr_array_remove (asking, ask);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
answer_asking (DioOffer *self, gboolean agreed)
{
  g_autoptr (GPtrArray) asking = g_steal_pointer (&PRIVATE (self)->asking);

  for (guint i = 0; asking && i < asking->len; i++)
    {
      Ask *ask = g_ptr_array_index (asking, i);

      if (ask->cancelled)
        g_source_destroy (ask->cancelled);
      if (agreed)
        g_task_return_boolean (ask->task, TRUE);
      else
        g_task_return_new_error_literal (ask->task, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                                         _ ("What was copied is too large to be pasted without a question."));
    }
}

void
dio_offer_agree (DioOffer *self, gboolean agreed)
{
  g_return_if_fail (DIO_IS_OFFER (self));
  g_object_ref (self);
  answer_asking (self, agreed);
  g_object_unref (self);
}

static void
add_ask (DioOffer *self, GTask *task)
{
  Ask *ask = g_new0 (Ask, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  ask->offer = self;
  ask->task = task;
  g_ptr_array_add (PRIVATE (self)->asking, ask);
  if (!cancellable)
    return;
  ask->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (ask->cancelled, G_SOURCE_FUNC (on_ask_cancelled), ask, NULL);
  g_source_set_static_name (ask->cancelled, "[diorama] question cancelled");
  g_source_attach (ask->cancelled, g_main_context_get_thread_default ());
}

void
dio_offer_ask_async (DioOffer *self, guint64 size, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  gboolean handled = FALSE;
  GTask *task;

  g_return_if_fail (DIO_IS_OFFER (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_offer_ask_async);
  if (PRIVATE (self)->asking)
    {
      add_ask (self, task);
      return;
    }
  PRIVATE (self)->asking = g_ptr_array_new_with_free_func ((GDestroyNotify) ask_free);
  add_ask (self, task);
  g_signal_emit (self, large_signal, 0, size, &handled);
  if (!handled)
    dio_offer_agree (self, FALSE);
}

gboolean
dio_offer_ask_finish (DioOffer *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- the object --- */

static void
dio_offer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioOffer *self = DIO_OFFER (object);

  switch (prop_id)
    {
    case PROP_TYPES:
      g_value_set_boxed (value, PRIVATE (self)->types);
      break;
    case PROP_LIMIT:
      g_value_set_uint64 (value, PRIVATE (self)->limit);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_offer_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  DioOffer *self = DIO_OFFER (object);

  switch (prop_id)
    {
    case PROP_TYPES:
      PRIVATE (self)->types = g_value_dup_boxed (value);
      break;
    case PROP_LIMIT:
      dio_offer_set_limit (self, g_value_get_uint64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_offer_finalize (GObject *object)
{
  DioOfferPrivate *priv = PRIVATE (DIO_OFFER (object));

  g_clear_pointer (&priv->asking, g_ptr_array_unref);
  g_clear_pointer (&priv->types, g_strfreev);
  G_OBJECT_CLASS (dio_offer_parent_class)->finalize (object);
}

static void
dio_offer_class_init (DioOfferClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_offer_get_property;
  object_class->set_property = dio_offer_set_property;
  object_class->finalize = dio_offer_finalize;
  properties[PROP_TYPES] = g_param_spec_boxed ("types", NULL, NULL, G_TYPE_STRV,
                                               G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS |
                                                   G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_LIMIT] = g_param_spec_uint64 ("limit", NULL, NULL, 0, G_MAXUINT64, DEFAULT_LIMIT,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  large_signal = g_signal_new ("large", DIO_TYPE_OFFER, G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled, NULL,
                               NULL, G_TYPE_BOOLEAN, 1, G_TYPE_UINT64);
}

static void
dio_offer_init (DioOffer *self)
{
  PRIVATE (self)->limit = DEFAULT_LIMIT;
}
