/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

G_BEGIN_DECLS

/* Something copied on the host, as a test has it. */
#define MEMORY_TYPE_OFFER (memory_offer_get_type ())
G_DECLARE_FINAL_TYPE (MemoryOffer, memory_offer, MEMORY, OFFER, DioOffer)

/* One type, CONTENTS: (nullable): reading fails. */
MemoryOffer *memory_offer_new (const char *type, GBytes *contents);
MemoryOffer *memory_offer_new_text (const char *text);
/* Reading waits until HOLD is taken back. */
void memory_offer_hold (MemoryOffer *self, gboolean hold);
guint memory_offer_get_n_reads (MemoryOffer *self);

/* Reads OFFER, waiting for it. */
GBytes *offer_read (DioOffer *offer, const char *type, GError **error);
/* The same as a text, freed by the caller; fails the test where there is none. */
char *offer_read_text (DioOffer *offer);

G_END_DECLS
