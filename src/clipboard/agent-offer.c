/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/agent-fetch.h"
#include "clipboard/text.h"

#include <glib/gi18n-lib.h>
#include <spice/vd_agent.h>

struct _DioAgentOffer
{
  DioOffer parent_instance;

  DioAgentFetch *fetch; /* NULL: withdrawn */
};

G_DEFINE_FINAL_TYPE (DioAgentOffer, dio_agent_offer, DIO_TYPE_OFFER)

/* Best first. */
static const struct
{
  guint32 type;
  const char *mime_type;
} kinds[] = {
  { VD_AGENT_CLIPBOARD_UTF8_TEXT, DIO_TEXT_TYPE }, { VD_AGENT_CLIPBOARD_IMAGE_PNG, "image/png" },
  { VD_AGENT_CLIPBOARD_IMAGE_TIFF, "image/tiff" }, { VD_AGENT_CLIPBOARD_IMAGE_BMP, "image/bmp" },
  { VD_AGENT_CLIPBOARD_IMAGE_JPG, "image/jpeg" },
};

guint32
dio_agent_type_from_mime (const char *mime_type)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].mime_type, mime_type))
      return kinds[i].type;
  return VD_AGENT_CLIPBOARD_NONE;
}

const char *
dio_agent_type_to_mime (guint32 type)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].type == type)
      return kinds[i].mime_type;
  return NULL;
}

void
dio_agent_offer_withdraw (DioAgentOffer *self)
{
  g_return_if_fail (DIO_IS_AGENT_OFFER (self));
  g_clear_object (&self->fetch);
}

static void
dio_agent_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  DioAgentOffer *self = DIO_AGENT_OFFER (offer);
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_agent_offer_read_async);
  if (self->fetch)
    {
      dio_agent_fetch_add (self->fetch, offer, dio_agent_type_from_mime (type), task);
      return;
    }
  g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                   _ ("What was copied in the machine is not there any more. Copy it again."));
  g_object_unref (task);
}

static GBytes *
dio_agent_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
dio_agent_offer_dispose (GObject *object)
{
  g_clear_object (&DIO_AGENT_OFFER (object)->fetch);
  G_OBJECT_CLASS (dio_agent_offer_parent_class)->dispose (object);
}

static void
dio_agent_offer_class_init (DioAgentOfferClass *klass)
{
  DioOfferClass *offer_class = DIO_OFFER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_agent_offer_dispose;
  offer_class->read_async = dio_agent_offer_read_async;
  offer_class->read_finish = dio_agent_offer_read_finish;
}

static void
dio_agent_offer_init (DioAgentOffer *self)
{
}

DioOffer *
dio_agent_offer_new (DioAgentFetch *fetch, const guint32 *types, guint n)
{
  const char *mime_types[G_N_ELEMENTS (kinds) + 1] = { NULL };
  DioAgentOffer *self;
  guint n_known = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint j = 0; j < n; j++)
      if (types[j] == kinds[i].type)
        {
          mime_types[n_known++] = kinds[i].mime_type;
          break;
        }
  if (n_known == 0)
    return NULL;
  self = g_object_new (DIO_TYPE_AGENT_OFFER, "types", mime_types, NULL);
  self->fetch = g_object_ref (fetch);
  return DIO_OFFER (self);
}
