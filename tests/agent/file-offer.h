/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

G_BEGIN_DECLS

/* What a host's application would offer: each kind is a file. */
#define FILE_TYPE_OFFER (file_offer_get_type ())
G_DECLARE_FINAL_TYPE (FileOffer, file_offer, FILE, OFFER, DioOffer)

/* PARTS: “TYPE=PATH” each, NULL at the end; nothing is limited. */
DioOffer *file_offer_new (const char *const *parts);

G_END_DECLS
