/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Lies over the picture and asks something. It takes no keys from the guest, and its buttons do nothing in the first
 * moment: it must not get an answer that was meant for the guest. What is not answered in half a minute is a “no”.
 * Invisible while there is nothing to ask. What is asked, a class that is made from this one knows. */
#define DIO_TYPE_PROMPT_CARD (dio_prompt_card_get_type ())
G_DECLARE_DERIVABLE_TYPE (DioPromptCard, dio_prompt_card, DIO, PROMPT_CARD, AdwBin)

struct _DioPromptCardClass
{
  AdwBinClass parent_class;

  /* By the place of the answer among those that were shown, which is 0 when nobody gave one. Shows what is asked next,
   * or nothing. */
  void (*answered) (DioPromptCard *self, guint answer);
};

/* Shows a question in the place of what was shown. ICON_NAME, TEXT: (nullable). ANSWERS: what the buttons say, with
 * mnemonics, NULL-terminated; the first is the “no”. */
void dio_prompt_card_show (DioPromptCard *self, const char *icon_name, const char *title, const char *text,
                           const char *const *answers);
void dio_prompt_card_hide (DioPromptCard *self);

G_END_DECLS
