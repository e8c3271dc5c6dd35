/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/key-combinations.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* One key combination, which is pressed or put together from a list. Signal "done": the user wants it so; the dialog
 * closes. */
#define DIO_TYPE_KEY_COMBINATION_DIALOG (dio_key_combination_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyCombinationDialog, dio_key_combination_dialog, DIO, KEY_COMBINATION_DIALOG, AdwDialog)

/* COMBINATION: (nullable): what to begin with; NULL for a new one. */
DioKeyCombinationDialog *dio_key_combination_dialog_new (const DioKeyCombination *combination);
/* The place of what is edited in its list, for who opened the dialog. */
void dio_key_combination_dialog_set_position (DioKeyCombinationDialog *self, guint position);
guint dio_key_combination_dialog_get_position (DioKeyCombinationDialog *self);
/* What the user wants; (transfer full). */
DioKeyCombination *dio_key_combination_dialog_take (DioKeyCombinationDialog *self);

G_END_DECLS
