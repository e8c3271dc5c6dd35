/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "clipboard/agent-fetch.h"

#include "clipboard/text.h"
#include "clipboard/vdagent.h"

#include <glib/gi18n-lib.h>
#include <spice/vd_agent.h>

#define SILENCE_SECONDS 10
/* So often before the first byte: SPICE's agent reads all of what was copied before it sends any, which in a slow
 * guest takes its time for what is large. */
#define FIRST_SILENCES 6

/* Somebody who waits. */
typedef struct
{
  DioAgentFetch *fetch; /* not owned */
  DioOffer *offer;
  guint32 type;
  GTask *task;
  GSource *cancelled;
} Wait;

struct _DioAgentFetch
{
  GObject parent_instance;

  DioAgent *agent;
  DioSelection selection;
  GPtrArray *waits;
  guint32 asked; /* the type that the agent owes us, or 0 */
  gboolean is_nobodys;
  guint timeout_id;
  guint64 received;     /* when the timeout was set */
  guint n_silences;     /* so often it ended in silence */
  GCancellable *asking; /* whether what is large may come */
};

G_DEFINE_FINAL_TYPE (DioAgentFetch, dio_agent_fetch, G_TYPE_OBJECT)

static void pump (DioAgentFetch *self);

static void
wait_free (Wait *self)
{
  if (self->cancelled)
    g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  g_clear_object (&self->offer);
  g_clear_object (&self->task);
  g_free (self);
}

/* Takes those who wait for TYPE (0: for anything). */
static GPtrArray *
take_waits (DioAgentFetch *self, guint32 type)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func ((GDestroyNotify) wait_free);

  for (guint i = 0; i < self->waits->len;)
    {
      Wait *wait = g_ptr_array_index (self->waits, i);

      if (type == 0 || wait->type == type)
        g_ptr_array_add (taken, g_ptr_array_steal_index (self->waits, i));
      else
        i++;
    }
  return taken;
}

static void
fail (GPtrArray *waits, int code, const char *text)
{
  for (guint i = 0; i < waits->len; i++)
    {
      Wait *wait = g_ptr_array_index (waits, i);

      g_task_return_new_error_literal (wait->task, G_IO_ERROR, code, text);
    }
}

/* Nothing is owed any more. */
static void
settle (DioAgentFetch *self)
{
  self->asked = 0;
  self->is_nobodys = FALSE;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
}

static void
fail_asked (DioAgentFetch *self, int code, const char *text)
{
  g_autoptr (DioAgentFetch) keep = g_object_ref (self);
  g_autoptr (GPtrArray) waits = self->is_nobodys ? NULL : take_waits (self, self->asked);

  settle (self);
  if (waits)
    fail (waits, code, text);
  pump (self);
}

static gboolean
on_silence (gpointer user_data)
{
  g_autoptr (DioAgentFetch) self = g_object_ref (user_data);
  guint64 received = dio_agent_get_received (self->agent);

  /* Something is arriving, or held up until somebody agrees. */
  if (received != self->received || dio_agent_is_resting (self->agent))
    {
      self->received = received;
      self->n_silences = FIRST_SILENCES;
      return G_SOURCE_CONTINUE;
    }
  if (++self->n_silences < FIRST_SILENCES)
    return G_SOURCE_CONTINUE;
  self->timeout_id = 0;
  fail_asked (self, G_IO_ERROR_TIMED_OUT, _ ("The machine did not hand out what was copied in it. Try again."));
  return G_SOURCE_REMOVE;
}

/* Asks the agent for what is wanted next. */
static void
pump (DioAgentFetch *self)
{
  GByteArray *body;
  g_autoptr (GBytes) bytes = NULL;
  Wait *wait;

  if (self->asked || self->waits->len == 0)
    return;
  wait = g_ptr_array_index (self->waits, 0);
  self->asked = wait->type;
  self->received = dio_agent_get_received (self->agent);
  self->n_silences = 0;
  self->timeout_id = g_timeout_add_seconds (SILENCE_SECONDS, on_silence, self);
  dio_agent_set_limit (self->agent, dio_offer_get_limit (wait->offer));
  body = g_byte_array_new ();
  if (dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    dio_vdagent_put_u32 (body, self->selection);
  dio_vdagent_put_u32 (body, wait->type);
  bytes = g_byte_array_free_to_bytes (body);
  dio_agent_send (self->agent, VD_AGENT_CLIPBOARD_REQUEST, bytes);
}

/* Nobody wants what was asked for any more. What is large, and held up, does not come at all then. */
static void
disown (DioAgentFetch *self)
{
  g_autoptr (GCancellable) asking = g_steal_pointer (&self->asking);

  self->is_nobodys = self->asked != 0;
  if (!asking)
    return;
  settle (self);
  g_cancellable_cancel (asking);
  dio_agent_accept_large (self->agent, FALSE);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Wait *wait = user_data;
  DioAgentFetch *self = wait->fetch;
  g_autoptr (GTask) task = g_object_ref (wait->task);
  guint32 type = wait->type;
  gboolean wanted = FALSE;

  g_ptr_array_remove (self->waits, wait);
  for (guint i = 0; i < self->waits->len; i++)
    wanted |= ((Wait *) g_ptr_array_index (self->waits, i))->type == type;
  if (!wanted && self->asked == type)
    disown (self);
  g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

void
dio_agent_fetch_add (DioAgentFetch *self, DioOffer *offer, guint32 type, GTask *task)
{
  Wait *wait = g_new0 (Wait, 1);
  GCancellable *cancellable = g_task_get_cancellable (task);

  wait->fetch = self;
  wait->offer = g_object_ref (offer);
  wait->type = type;
  wait->task = task;
  g_ptr_array_add (self->waits, wait);
  if (cancellable)
    {
      wait->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (wait->cancelled, G_SOURCE_FUNC (on_cancelled), wait, NULL);
      g_source_set_static_name (wait->cancelled, "[diorama] reading cancelled");
      g_source_attach (wait->cancelled, g_main_context_get_thread_default ());
    }
  pump (self);
}

void
dio_agent_fetch_withdraw (DioAgentFetch *self)
{
  g_autoptr (GPtrArray) waits = take_waits (self, 0);

  disown (self);
  fail (waits, G_IO_ERROR_NOT_FOUND, _ ("Something else was copied in the machine meanwhile."));
}

void
dio_agent_fetch_reset (DioAgentFetch *self)
{
  dio_agent_fetch_withdraw (self);
  settle (self);
}

/* --- the answer --- */

static void
on_converted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) waits = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text = dio_text_convert_finish (result, &error);

  for (guint i = 0; i < waits->len; i++)
    {
      Wait *wait = g_ptr_array_index (waits, i);

      if (text)
        g_task_return_pointer (wait->task, g_bytes_ref (text), (GDestroyNotify) g_bytes_unref);
      else
        g_task_return_error (wait->task, g_error_copy (error));
    }
}

/* Those in the array are not in the fetch any more: none of them is looked for there. */
static void
let_go (GPtrArray *waits)
{
  for (guint i = 0; i < waits->len; i++)
    {
      Wait *wait = g_ptr_array_index (waits, i);

      if (wait->cancelled)
        g_source_destroy (wait->cancelled);
      g_clear_pointer (&wait->cancelled, g_source_unref);
    }
}

void
dio_agent_fetch_answer (DioAgentFetch *self, guint32 type, GBytes *data)
{
  g_autoptr (DioAgentFetch) keep = g_object_ref (self);
  g_autoptr (GPtrArray) waits = NULL;

  if (self->asked == 0 || (type != self->asked && type != VD_AGENT_CLIPBOARD_NONE))
    return;
  if (type == VD_AGENT_CLIPBOARD_NONE || g_bytes_get_size (data) == 0 || self->is_nobodys)
    {
      fail_asked (self, G_IO_ERROR_NOT_FOUND, _ ("The machine has nothing to paste any more. Copy it again."));
      return;
    }
  waits = take_waits (self, type);
  let_go (waits);
  settle (self);
  if (type == VD_AGENT_CLIPBOARD_UTF8_TEXT)
    {
      DioTextEnds ends = dio_agent_can (self->agent, VD_AGENT_CAP_GUEST_LINEEND_CRLF) ? DIO_TEXT_TO_LF : DIO_TEXT_KEEP;

      dio_text_convert_async (data, ends, NULL, on_converted, g_steal_pointer (&waits));
    }
  for (guint i = 0; waits && i < waits->len; i++)
    {
      Wait *wait = g_ptr_array_index (waits, i);

      g_task_return_pointer (wait->task, g_bytes_ref (data), (GDestroyNotify) g_bytes_unref);
    }
  pump (self);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAgentFetch) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean agreed = dio_offer_ask_finish (DIO_OFFER (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->asking);
  dio_agent_accept_large (self->agent, agreed);
  /* What is thrown away is not told. */
  if (!agreed && self->asked)
    fail_asked (self, G_IO_ERROR_MESSAGE_TOO_LARGE, _ ("What was copied in the machine is too large."));
}

gboolean
dio_agent_fetch_large (DioAgentFetch *self, guint64 size)
{
  DioOffer *offer = NULL;

  if (self->asked == 0 || self->asking)
    return FALSE;
  for (guint i = 0; i < self->waits->len && !offer && !self->is_nobodys; i++)
    {
      Wait *wait = g_ptr_array_index (self->waits, i);

      if (wait->type == self->asked)
        offer = wait->offer;
    }
  if (!offer)
    {
      settle (self);
      pump (self);
      return FALSE;
    }
  self->asking = g_cancellable_new ();
  dio_offer_ask_async (offer, size, self->asking, on_asked, g_object_ref (self));
  return TRUE;
}

/* --- the object --- */

static void
dio_agent_fetch_dispose (GObject *object)
{
  DioAgentFetch *self = DIO_AGENT_FETCH (object);

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_clear_pointer (&self->waits, g_ptr_array_unref);
  g_clear_object (&self->asking);
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (dio_agent_fetch_parent_class)->dispose (object);
}

static void
dio_agent_fetch_class_init (DioAgentFetchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_agent_fetch_dispose;
}

static void
dio_agent_fetch_init (DioAgentFetch *self)
{
  self->waits = g_ptr_array_new_with_free_func ((GDestroyNotify) wait_free);
}

DioAgentFetch *
dio_agent_fetch_new (DioAgent *agent, DioSelection selection)
{
  DioAgentFetch *self = g_object_new (DIO_TYPE_AGENT_FETCH, NULL);

  self->agent = g_object_ref (agent);
  self->selection = selection;
  return self;
}
