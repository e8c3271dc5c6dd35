/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Lies over the picture and asks what the clipboard may do, one question after the other. It takes no keys from the
 * guest, and its buttons do nothing in the first moment: a guest must not get an answer that was meant for itself.
 * What is not answered in half a minute is a “no”. Invisible while there is nothing to ask. */
#define DIO_TYPE_QUESTION_CARD (dio_question_card_get_type ())
G_DECLARE_FINAL_TYPE (DioQuestionCard, dio_question_card, DIO, QUESTION_CARD, AdwBin)

/* NAME: the machine's. */
void dio_question_card_ask (DioQuestionCard *self, DioClipboardQuestion *question, const char *name);

G_END_DECLS
