/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* When the desktop's shortcuts go to machines, and which never do. */
#define DIO_TYPE_KEYBOARD_DIALOG (dio_keyboard_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyboardDialog, dio_keyboard_dialog, DIO, KEYBOARD_DIALOG, AdwPreferencesDialog)

DioKeyboardDialog *dio_keyboard_dialog_new (void);

G_END_DECLS
