/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"
#include "clipboard/offer.h"

G_BEGIN_DECLS

/* What the guest wants to have of one of the host's selections. One thing at a time is read and sent, so that no guest
 * has more of them made than it takes; a few that it asks for meanwhile are remembered, and no more. Each of those is
 * answered: by nothing, of the type that was asked for, where there is nothing. */
#define DIO_TYPE_AGENT_ANSWER (dio_agent_answer_get_type ())
G_DECLARE_FINAL_TYPE (DioAgentAnswer, dio_agent_answer, DIO, AGENT_ANSWER, GObject)

DioAgentAnswer *dio_agent_answer_new (DioAgent *agent, DioSelection selection);
/* OFFER: (nullable): what the host has copied. TYPE: VD_AGENT_CLIPBOARD_…. */
void dio_agent_answer_request (DioAgentAnswer *self, DioOffer *offer, guint32 type);
/* There is another agent now, or none: what was asked for is forgotten. */
void dio_agent_answer_reset (DioAgentAnswer *self);

G_END_DECLS
