/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/shortcut-grab.h"
#include "ui/shortcut-list.h"

#include "input/keyboard.h"

G_BEGIN_DECLS

/* Ctrl, Shift, Alt and Super on their way to a guest. While exactly those of a shortcut that stays with the host are
 * held, the guest does not have them and the desktop has its shortcuts back: the next key may be the desktop's, which
 * nobody tells us of. If it comes here, the guest gets them after all, before that key. Owned by DioConsoleKeys. */
typedef struct _DioConsoleModifiers DioConsoleModifiers;

/* LIST and GRAB must outlive it. */
DioConsoleModifiers *dio_console_modifiers_new (DioShortcutList *list, DioShortcutGrab *grab);
void dio_console_modifiers_free (DioConsoleModifiers *self);
/* CODE: evdev. Returns: FALSE for a key that is none of these, having done nothing. */
gboolean dio_console_modifiers_press (DioConsoleModifiers *self, DioKeyboard *keyboard, guint code);
gboolean dio_console_modifiers_release (DioConsoleModifiers *self, DioKeyboard *keyboard, guint code);
/* Another key or a button is about to be pressed in the guest. */
void dio_console_modifiers_pass_on (DioConsoleModifiers *self, DioKeyboard *keyboard);
/* KEYBOARD: (nullable). All are about to be lifted, and not by the user's fingers: a lone Super or Alt shall not open
 * menus in the guest by that. */
void dio_console_modifiers_forget (DioConsoleModifiers *self, DioKeyboard *keyboard);

G_END_DECLS
