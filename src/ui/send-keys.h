/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/keyboard.h"

G_BEGIN_DECLS

/* Key combinations that the host's desktop keeps for itself, and others that the user wants: each item of the menu
 * calls "win.send-keys" with its keys. Follows SETTINGS, which lives as long as MENU. */
void dio_send_keys_fill_menu (GMenu *menu, GSettings *settings);
/* Sends the combination KEYS ("29+56+111", evdev codes); does nothing for what is none. */
void dio_send_keys (DioKeyboard *keyboard, const char *keys);

G_END_DECLS
