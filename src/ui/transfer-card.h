/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/file-send.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Lies over the picture and tells how far files on their way into the guest are; a button stops them. Invisible while
 * there are none. */
#define DIO_TYPE_TRANSFER_CARD (dio_transfer_card_get_type ())
G_DECLARE_FINAL_TYPE (DioTransferCard, dio_transfer_card, DIO, TRANSFER_CARD, AdwBin)

/* SEND: (nullable) */
void dio_transfer_card_set_send (DioTransferCard *self, DioFileSend *send);

G_END_DECLS
