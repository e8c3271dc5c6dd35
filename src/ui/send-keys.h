/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/keyboard.h"

G_BEGIN_DECLS

/* Key combinations that the host's desktop keeps for itself, for a menu: each item calls "win.send-keys" with its id.
 */
void dio_send_keys_fill_menu (GMenu *menu);
/* Sends the combination ID ("ctrl-alt-del"); does nothing for one that it does not know. */
void dio_send_keys (DioKeyboard *keyboard, const char *id);

G_END_DECLS
