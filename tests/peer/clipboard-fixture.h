/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-agent.h"
#include "fake-qemu.h"
#include "memory-offer.h"

#include "clipboard/agent-clipboard.h"
#include "clipboard/share.h"
#include "clipboard/text.h"

#include <spice/vd_agent.h>

G_BEGIN_DECLS

/* A guest's agent, its clipboard, and who shares it. */
typedef struct
{
  FakeAgent *guest;
  DioAgent *agent;
  DioAgentClipboard *clipboard;
  DioClipboardShare *share;

  DioOffer *offers[2]; /* the guest's, as the host sees them last */
  guint n_offers;
  guint n_guest_reads;
  GPtrArray *questions; /* DioClipboardQuestion */
  char *failed;
} ClipboardFixture;

/* CAPABILITIES: GUINT_TO_POINTER of the agent's, which starts; 0: it does not. */
void clipboard_set_up (ClipboardFixture *self, gconstpointer capabilities);
void clipboard_tear_down (ClipboardFixture *self, gconstpointer capabilities);
/* Waits for NEEDLE in the agent's log, and takes what is there away. */
void clipboard_wait_for (ClipboardFixture *self, const char *needle);
void clipboard_host_copies (ClipboardFixture *self, const char *text);
/* The guest pastes TYPE and gets: */
GBytes *clipboard_guest_pastes (ClipboardFixture *self, guint selection, guint32 type);

G_END_DECLS
