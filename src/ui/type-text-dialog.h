/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/keyboard.h"
#include "session/input-options.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Types text into a guest, for which keyboard layout is kept in its machine's options. Signal "typed": all is typed,
 * and the dialog closes. Closing it stops. */
#define DIO_TYPE_TYPE_TEXT_DIALOG (dio_type_text_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioTypeTextDialog, dio_type_text_dialog, DIO, TYPE_TEXT_DIALOG, AdwDialog)

DioTypeTextDialog *dio_type_text_dialog_new (DioKeyboard *keyboard, DioInputOptions *options);
/* Puts what is on this computer's clipboard there, to be typed. */
void dio_type_text_dialog_paste (DioTypeTextDialog *self);
void dio_type_text_dialog_set_text (DioTypeTextDialog *self, const char *text);

G_END_DECLS
