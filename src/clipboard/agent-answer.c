/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/agent-answer.h"

#include "base/debug.h"
#include "clipboard/agent-fetch.h"
#include "clipboard/text.h"
#include "clipboard/vdagent.h"

#include <spice/vd_agent.h>

#define MAX_REQUESTS 16

typedef struct
{
  DioOffer *offer; /* (nullable) */
  guint32 type;
} Request;

struct _DioAgentAnswer
{
  GObject parent_instance;

  DioAgent *agent;
  DioSelection selection;
  GQueue requests;
  guint32 type;              /* of the one that is being answered, or 0 */
  GCancellable *cancellable; /* its */
};

G_DEFINE_FINAL_TYPE (DioAgentAnswer, dio_agent_answer, G_TYPE_OBJECT)

static void pump (DioAgentAnswer *self);

static void
request_free (Request *self)
{
  g_clear_object (&self->offer);
  g_free (self);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentAnswer) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_agent_send_finish (DIO_AGENT (source), result, &error))
    dio_debug (DIO_DEBUG_DBUS, "the guest does not get what it wants to paste: %s", error->message);
  self->type = 0;
  pump (self);
}

/* DATA: (nullable): nothing. */
static void
send (DioAgentAnswer *self, GBytes *data)
{
  GByteArray *head = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  if (dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    dio_vdagent_put_u32 (head, self->selection);
  dio_vdagent_put_u32 (head, self->type);
  bytes = g_byte_array_free_to_bytes (head);
  dio_agent_send_parts_async (self->agent, VD_AGENT_CLIPBOARD, bytes, data, self->cancellable, on_sent,
                              g_object_ref (self));
}

/* Whether RESULT is for an agent that is not there any more. */
static gboolean
is_late (DioAgentAnswer *self, GAsyncResult *result)
{
  if (!g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return FALSE;
  self->type = 0;
  pump (self);
  return TRUE;
}

static void
on_converted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentAnswer) self = user_data;
  g_autoptr (GBytes) text = dio_text_convert_finish (result, NULL);

  if (!is_late (self, result))
    send (self, text);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentAnswer) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  if (is_late (self, result))
    return;
  if (!data)
    dio_debug (DIO_DEBUG_DBUS, "the guest gets nothing to paste: %s", error->message);
  if (data && self->type == VD_AGENT_CLIPBOARD_UTF8_TEXT)
    dio_text_convert_async (
        data, dio_agent_can (self->agent, VD_AGENT_CAP_GUEST_LINEEND_CRLF) ? DIO_TEXT_TO_CRLF : DIO_TEXT_KEEP,
        self->cancellable, on_converted, g_object_ref (self));
  else
    send (self, data);
}

static void
pump (DioAgentAnswer *self)
{
  Request *request;
  const char *mime_type;

  if (self->type || !(request = g_queue_pop_head (&self->requests)))
    return;
  self->type = request->type;
  mime_type = dio_agent_type_to_mime (request->type);
  if (mime_type && request->offer && dio_offer_has_type (request->offer, mime_type))
    dio_offer_read_async (request->offer, mime_type, self->cancellable, on_read, g_object_ref (self));
  else
    send (self, NULL);
  request_free (request);
}

void
dio_agent_answer_request (DioAgentAnswer *self, DioOffer *offer, guint32 type)
{
  Request *request;

  if (type == VD_AGENT_CLIPBOARD_NONE || g_queue_get_length (&self->requests) >= MAX_REQUESTS)
    return;
  request = g_new0 (Request, 1);
  request->offer = offer ? g_object_ref (offer) : NULL;
  request->type = type;
  g_queue_push_tail (&self->requests, request);
  pump (self);
}

void
dio_agent_answer_reset (DioAgentAnswer *self)
{
  g_queue_clear_full (&self->requests, (GDestroyNotify) request_free);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
dio_agent_answer_dispose (GObject *object)
{
  DioAgentAnswer *self = DIO_AGENT_ANSWER (object);

  g_queue_clear_full (&self->requests, (GDestroyNotify) request_free);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (dio_agent_answer_parent_class)->dispose (object);
}

static void
dio_agent_answer_class_init (DioAgentAnswerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_agent_answer_dispose;
}

static void
dio_agent_answer_init (DioAgentAnswer *self)
{
  self->cancellable = g_cancellable_new ();
}

DioAgentAnswer *
dio_agent_answer_new (DioAgent *agent, DioSelection selection)
{
  DioAgentAnswer *self = g_object_new (DIO_TYPE_AGENT_ANSWER, NULL);

  self->agent = g_object_ref (agent);
  self->selection = selection;
  return self;
}
