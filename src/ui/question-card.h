/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"
#include "ui/prompt-card.h"

G_BEGIN_DECLS

/* Asks what the clipboard may do, one question after the other. */
#define DIO_TYPE_QUESTION_CARD (dio_question_card_get_type ())
G_DECLARE_FINAL_TYPE (DioQuestionCard, dio_question_card, DIO, QUESTION_CARD, DioPromptCard)

/* NAME: the machine's. */
void dio_question_card_ask (DioQuestionCard *self, DioClipboardQuestion *question, const char *name);

G_END_DECLS
