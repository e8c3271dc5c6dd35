/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-manager.h"
#include "ui/prompt-card.h"

G_BEGIN_DECLS

/* Asks what is to become of a USB device that was just plugged in, one after the other. Whatever is unplugged, or went
 * elsewhere meanwhile, is not asked about any more. */
#define DIO_TYPE_USB_CARD (dio_usb_card_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbCard, dio_usb_card, DIO, USB_CARD, DioPromptCard)

/* The machine is always the same one's, SESSION's. NAME: what it is called. */
void dio_usb_card_ask (DioUsbCard *self, DioUsbManager *manager, DioSession *session, const char *name,
                       DioUsbDevice *device);

G_END_DECLS
