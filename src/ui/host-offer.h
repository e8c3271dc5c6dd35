/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* What is on one of this computer's clipboards, whatever program it is of, as a guest can take it: text in UTF-8,
 * pictures (as PNG what guests do not know), names of files. Read when the guest pastes; withdrawn when something else
 * is copied. */
#define DIO_TYPE_HOST_OFFER (dio_host_offer_get_type ())
G_DECLARE_FINAL_TYPE (DioHostOffer, dio_host_offer, DIO, HOST_OFFER, DioOffer)

/* Returns: (transfer full) (nullable): NULL where there is nothing that a guest could take. */
DioHostOffer *dio_host_offer_new (GdkClipboard *clipboard);
/* Something else is there now: what is read fails, also what is being read. */
void dio_host_offer_withdraw (DioHostOffer *self);

/* Whether SELF has what BEFORE had: it is of the same types, and what was read last of BEFORE is read of SELF, too, and
 * compared. FALSE, without reading, of what nobody has read, or what is larger than a megabyte. */
void dio_host_offer_compare_async (DioHostOffer *self, DioHostOffer *before, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean dio_host_offer_compare_finish (GAsyncResult *result);

G_END_DECLS
