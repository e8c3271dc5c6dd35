/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Lets the user say which key combinations the menu "Send Keys" has. What is changed is kept at once. */
#define DIO_TYPE_SEND_KEYS_DIALOG (dio_send_keys_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioSendKeysDialog, dio_send_keys_dialog, DIO, SEND_KEYS_DIALOG, AdwDialog)

DioSendKeysDialog *dio_send_keys_dialog_new (GSettings *settings);

G_END_DECLS
