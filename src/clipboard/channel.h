/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/offer.h"

G_BEGIN_DECLS

/* The clipboard of one guest, by whatever way it is reached: SPICE's agent in the guest (DioAgentClipboard) or, for a
 * QEMU that has taken the agent's port itself, QEMU's D-Bus clipboard (DioDbusClipboard: text only). It carries, and
 * decides nothing: that is DioClipboardShare's. Abstract. Main thread only.
 *
 * Property (notify): "connected" (boolean): somebody in the guest listens.
 * Signal: "offered" (uint: DioSelection, DioOffer or NULL): the guest has copied something, or has nothing any more. */
#define DIO_TYPE_CLIPBOARD_CHANNEL (dio_clipboard_channel_get_type ())
G_DECLARE_DERIVABLE_TYPE (DioClipboardChannel, dio_clipboard_channel, DIO, CLIPBOARD_CHANNEL, GObject)

struct _DioClipboardChannelClass
{
  GObjectClass parent_class;

  gboolean (*get_connected) (DioClipboardChannel *self);
  void (*offer) (DioClipboardChannel *self, DioSelection selection, DioOffer *offer);
};

gboolean dio_clipboard_channel_get_connected (DioClipboardChannel *self);
/* What the guest may paste from now on; NULL: nothing. OFFER is read when the guest asks, and never before. It is told
 * again by itself when an agent comes (back) while it lasts. */
void dio_clipboard_channel_offer (DioClipboardChannel *self, DioSelection selection, DioOffer *offer);

G_END_DECLS
