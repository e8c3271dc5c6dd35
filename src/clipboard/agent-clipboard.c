/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/agent-clipboard.h"

#include "base/debug.h"
#include "clipboard/agent-answer.h"
#include "clipboard/agent-fetch.h"
#include "clipboard/vdagent.h"

#include <spice/vd_agent.h>

#define MAX_TYPES 64

typedef struct
{
  DioAgentClipboard *clipboard; /* not owned */
  DioSelection selection;

  DioOffer *offer;          /* the host's, as long as it was the last to copy */
  gboolean is_grabbed;      /* the agent knows of one */
  gboolean telling, retell; /* a grab or a release is on its way; then what holds is to be told again */
  DioAgentAnswer *answer;

  DioAgentOffer *guests; /* the guest's, as long as that was */
  DioAgentFetch *fetch;

  guint32 serial; /* that the next grab of either side must have */
} Selection;

struct _DioAgentClipboard
{
  DioClipboardChannel parent_instance;

  DioAgent *agent;
  gboolean connected;
  Selection selections[DIO_N_SELECTIONS];
};

G_DEFINE_FINAL_TYPE (DioAgentClipboard, dio_agent_clipboard, DIO_TYPE_CLIPBOARD_CHANNEL)

static gboolean
knows (DioAgentClipboard *self, DioSelection selection)
{
  return self->connected &&
         (selection == DIO_SELECTION_CLIPBOARD || dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_SELECTION));
}

static void
withdraw (DioAgentClipboard *self, Selection *selection)
{
  g_autoptr (DioAgentOffer) before = g_steal_pointer (&selection->guests);

  if (before)
    dio_agent_offer_withdraw (before);
  dio_agent_fetch_withdraw (selection->fetch);
}

/* --- what the host has --- */

static void tell (DioAgentClipboard *self, Selection *selection);

static void
on_told (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Selection *selection = user_data;
  g_autoptr (DioAgentClipboard) self = selection->clipboard; /* the reference of send() */

  dio_agent_send_finish (DIO_AGENT (source), result, NULL);
  selection->telling = FALSE;
  if (selection->retell)
    tell (self, selection);
}

static GByteArray *
begin_body (DioAgentClipboard *self, Selection *selection)
{
  GByteArray *body = g_byte_array_new ();

  if (dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    dio_vdagent_put_u32 (body, selection->selection);
  return body;
}

static void
send (DioAgentClipboard *self, Selection *selection, guint type, GByteArray *body)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (body);

  g_object_ref (self);
  selection->telling = TRUE;
  dio_agent_send_async (self->agent, type, bytes, NULL, on_told, selection);
}

/* Appends what the agent knows of OFFER's types; FALSE: nothing. */
static gboolean
put_types (GByteArray *body, DioOffer *offer)
{
  const char *const *types = dio_offer_get_types (offer);
  gboolean any = FALSE;

  for (guint i = 0; types[i]; i++)
    {
      guint32 type = dio_agent_type_from_mime (types[i]);

      if (type == VD_AGENT_CLIPBOARD_NONE)
        continue;
      dio_vdagent_put_u32 (body, type);
      any = TRUE;
    }
  return any;
}

/* Tells the agent what holds now. What changes while that is on its way is told once, when it has arrived: a guest that
 * does not read makes nothing pile up. */
static void
tell (DioAgentClipboard *self, Selection *selection)
{
  g_autoptr (GByteArray) types = g_byte_array_new ();
  gboolean serials = dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL);
  GByteArray *body;

  selection->retell = selection->telling;
  if (selection->telling || !knows (self, selection->selection))
    return;
  if (!selection->offer || !put_types (types, selection->offer))
    {
      if (selection->is_grabbed)
        send (self, selection, VD_AGENT_CLIPBOARD_RELEASE, begin_body (self, selection));
      selection->is_grabbed = FALSE;
      return;
    }
  if (selection->is_grabbed && !dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_NO_RELEASE_ON_REGRAB))
    {
      g_autoptr (GBytes) release = g_byte_array_free_to_bytes (begin_body (self, selection));

      dio_agent_send (self->agent, VD_AGENT_CLIPBOARD_RELEASE, release);
    }
  body = begin_body (self, selection);
  if (serials)
    dio_vdagent_put_u32 (body, selection->serial++);
  g_byte_array_append (body, types->data, types->len);
  selection->is_grabbed = TRUE;
  /* What the guest had copied is gone there. */
  withdraw (self, selection);
  send (self, selection, VD_AGENT_CLIPBOARD_GRAB, body);
}

static void
dio_agent_clipboard_offer (DioClipboardChannel *channel, DioSelection which, DioOffer *offer)
{
  DioAgentClipboard *self = DIO_AGENT_CLIPBOARD (channel);
  Selection *selection = &self->selections[which];

  if (!g_set_object (&selection->offer, offer))
    return;
  tell (self, selection);
}

/* --- what the guest has --- */

/* Both sides count grabs, of either. Of two with one number, which have crossed, the client's, ours, holds: the agent
 * takes it, and we do not take the agent's. */
static gboolean
check_serial (DioAgentClipboard *self, Selection *selection, GBytes *body, gsize *offset)
{
  guint32 serial;

  if (!dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL))
    return TRUE;
  if (!dio_vdagent_get_u32 (body, *offset, &serial))
    return FALSE;
  *offset += 4;
  if (serial != selection->serial)
    {
      dio_debug (DIO_DEBUG_DBUS, "grab %u of the guest is not grab %u", serial, selection->serial);
      return FALSE;
    }
  selection->serial++;
  return TRUE;
}

static void
on_grab (DioAgentClipboard *self, Selection *selection, GBytes *body, gsize offset)
{
  guint32 types[MAX_TYPES];
  guint n = 0;
  DioOffer *offer;

  if (!check_serial (self, selection, body, &offset))
    return;
  while (n < MAX_TYPES && dio_vdagent_get_u32 (body, offset, &types[n]))
    {
      n++;
      offset += 4;
    }
  withdraw (self, selection);
  g_clear_object (&selection->offer);
  selection->is_grabbed = FALSE;
  offer = dio_agent_offer_new (selection->fetch, types, n);
  selection->guests = offer ? DIO_AGENT_OFFER (offer) : NULL;
  g_signal_emit_by_name (self, "offered", selection->selection, offer);
}

static void
on_release (DioAgentClipboard *self, Selection *selection)
{
  if (!selection->guests)
    return;
  withdraw (self, selection);
  g_signal_emit_by_name (self, "offered", selection->selection, NULL);
}

static void
on_data (DioAgentClipboard *self, Selection *selection, GBytes *body, gsize offset)
{
  g_autoptr (GBytes) data = NULL;
  guint32 type;

  if (!dio_vdagent_get_u32 (body, offset, &type))
    return;
  data = g_bytes_new_from_bytes (body, offset + 4, g_bytes_get_size (body) - offset - 4);
  dio_agent_fetch_answer (selection->fetch, type, data);
}

static void
on_message (DioAgent *agent, guint type, GBytes *body, DioAgentClipboard *self)
{
  guint32 which = DIO_SELECTION_CLIPBOARD, wanted;
  gsize offset = 0;
  Selection *selection;

  if (!self->connected || (type != VD_AGENT_CLIPBOARD_GRAB && type != VD_AGENT_CLIPBOARD_RELEASE &&
                           type != VD_AGENT_CLIPBOARD_REQUEST && type != VD_AGENT_CLIPBOARD))
    return;
  if (dio_agent_can (agent, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    {
      if (!dio_vdagent_get_u32 (body, 0, &which))
        return;
      /* A byte, then three that mean nothing. */
      which &= 0xff;
      offset = 4;
    }
  if (which >= DIO_N_SELECTIONS)
    return;
  selection = &self->selections[which];
  g_object_ref (self);
  if (type == VD_AGENT_CLIPBOARD_GRAB)
    on_grab (self, selection, body, offset);
  else if (type == VD_AGENT_CLIPBOARD_RELEASE)
    on_release (self, selection);
  else if (type == VD_AGENT_CLIPBOARD)
    on_data (self, selection, body, offset);
  else if (dio_vdagent_get_u32 (body, offset, &wanted))
    dio_agent_answer_request (selection->answer, selection->offer, wanted);
  g_object_unref (self);
}

/* Which selection it is for is not known before it is here. */
static void
on_large (DioAgent *agent, guint64 size, DioAgentClipboard *self)
{
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    if (dio_agent_fetch_large (self->selections[i].fetch, size))
      return;
  dio_agent_accept_large (agent, FALSE);
}

/* --- the agent --- */

static void
reset (DioAgentClipboard *self, Selection *selection)
{
  gboolean had = selection->guests != NULL;

  withdraw (self, selection);
  dio_agent_fetch_reset (selection->fetch);
  dio_agent_answer_reset (selection->answer);
  selection->is_grabbed = FALSE;
  selection->serial = 0;
  if (had)
    g_signal_emit_by_name (self, "offered", selection->selection, NULL);
}

static void
on_open (DioAgentClipboard *self)
{
  gboolean connected =
      dio_agent_get_open (self->agent) && dio_agent_can (self->agent, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND);

  if (self->connected == connected)
    return;
  g_object_ref (self);
  self->connected = connected;
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      if (connected)
        tell (self, &self->selections[i]);
      else
        reset (self, &self->selections[i]);
    }
  g_object_notify (G_OBJECT (self), "connected");
  g_object_unref (self);
}

static gboolean
dio_agent_clipboard_get_connected (DioClipboardChannel *channel)
{
  return DIO_AGENT_CLIPBOARD (channel)->connected;
}

static void
dio_agent_clipboard_dispose (GObject *object)
{
  DioAgentClipboard *self = DIO_AGENT_CLIPBOARD (object);

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    {
      Selection *selection = &self->selections[i];

      if (selection->fetch)
        withdraw (self, selection);
      g_clear_object (&selection->fetch);
      g_clear_object (&selection->answer);
      g_clear_object (&selection->offer);
    }
  g_clear_object (&self->agent);
  G_OBJECT_CLASS (dio_agent_clipboard_parent_class)->dispose (object);
}

static void
dio_agent_clipboard_class_init (DioAgentClipboardClass *klass)
{
  DioClipboardChannelClass *channel_class = DIO_CLIPBOARD_CHANNEL_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_agent_clipboard_dispose;
  channel_class->get_connected = dio_agent_clipboard_get_connected;
  channel_class->offer = dio_agent_clipboard_offer;
}

static void
dio_agent_clipboard_init (DioAgentClipboard *self)
{
}

DioAgentClipboard *
dio_agent_clipboard_new (DioAgent *agent)
{
  DioAgentClipboard *self = g_object_new (DIO_TYPE_AGENT_CLIPBOARD, NULL);

  self->agent = g_object_ref (agent);
  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    self->selections[i] = (Selection) { .clipboard = self,
                                        .selection = i,
                                        .answer = dio_agent_answer_new (agent, i),
                                        .fetch = dio_agent_fetch_new (agent, i) };
  g_signal_connect_object (agent, "message", G_CALLBACK (on_message), self, 0);
  g_signal_connect_object (agent, "large", G_CALLBACK (on_large), self, 0);
  g_signal_connect_object (agent, "notify::open", G_CALLBACK (on_open), self, G_CONNECT_SWAPPED);
  on_open (self);
  return self;
}
