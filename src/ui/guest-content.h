/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* What a guest has copied, on the host's clipboard: read from the guest when a program pastes it. */
#define DIO_TYPE_GUEST_CONTENT (dio_guest_content_get_type ())
G_DECLARE_FINAL_TYPE (DioGuestContent, dio_guest_content, DIO, GUEST_CONTENT, GdkContentProvider)

/* SHARE: whose it is; not kept alive. */
GdkContentProvider *dio_guest_content_new (DioOffer *offer, DioClipboardShare *share);
DioOffer *dio_guest_content_get_offer (DioGuestContent *self); /* (transfer none) */
gboolean dio_guest_content_is_of (DioGuestContent *self, DioClipboardShare *share);

G_END_DECLS
