/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"
#include "clipboard/offer.h"

G_BEGIN_DECLS

/* What the host wants to have of one of the guest's selections. The agent is asked for one thing at a time: the
 * protocol has no numbers by which answers could be told apart, and what an answer that comes late belongs to nobody
 * could know. Who wants the same type meanwhile gets the same answer. */
#define DIO_TYPE_AGENT_FETCH (dio_agent_fetch_get_type ())
G_DECLARE_FINAL_TYPE (DioAgentFetch, dio_agent_fetch, DIO, AGENT_FETCH, GObject)

DioAgentFetch *dio_agent_fetch_new (DioAgent *agent, DioSelection selection);
/* TASK, of a reading of OFFER, gets GBytes; TYPE: VD_AGENT_CLIPBOARD_…. (transfer full) */
void dio_agent_fetch_add (DioAgentFetch *self, DioOffer *offer, guint32 type, GTask *task);
/* The guest has copied something else: all that is waited for fails. The answer that is on its way is nobody's. */
void dio_agent_fetch_withdraw (DioAgentFetch *self);
/* There is another agent now, or none, which owes no answer. */
void dio_agent_fetch_reset (DioAgentFetch *self);
void dio_agent_fetch_answer (DioAgentFetch *self, guint32 type, GBytes *data);
/* What is coming has SIZE bytes. FALSE: nobody has asked for anything. */
gboolean dio_agent_fetch_large (DioAgentFetch *self, guint64 size);

/* An offer of the guest's. */
#define DIO_TYPE_AGENT_OFFER (dio_agent_offer_get_type ())
G_DECLARE_FINAL_TYPE (DioAgentOffer, dio_agent_offer, DIO, AGENT_OFFER, DioOffer)

/* TYPES: as the agent told them, N of them. NULL: it is nothing that we know. */
DioOffer *dio_agent_offer_new (DioAgentFetch *fetch, const guint32 *types, guint n);
void dio_agent_offer_withdraw (DioAgentOffer *self);

/* 0, NULL: there is none. */
guint32 dio_agent_type_from_mime (const char *mime_type);
const char *dio_agent_type_to_mime (guint32 type);

G_END_DECLS
