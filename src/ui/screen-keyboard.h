/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/key-layout.h"
#include "ui/console-view.h"

G_BEGIN_DECLS

/* The host's on-screen keyboard, which types into the guest. It is an input method: what it hands over is text, which
 * is typed as keys of the guest's layout. Real keys go on reaching the guest by position: Diorama hands none to it.
 *
 * Property: "active" (boolean): whether it is wanted; while the view has the focus, the desktop is asked to show it.
 * Signal: "failed" (GError) when text could not be typed. */
#define DIO_TYPE_SCREEN_KEYBOARD (dio_screen_keyboard_get_type ())
G_DECLARE_FINAL_TYPE (DioScreenKeyboard, dio_screen_keyboard, DIO, SCREEN_KEYBOARD, GObject)

/* VIEW outlives it. */
DioScreenKeyboard *dio_screen_keyboard_new (DioConsoleView *view);
gboolean dio_screen_keyboard_get_active (DioScreenKeyboard *self);
void dio_screen_keyboard_set_active (DioScreenKeyboard *self, gboolean active);
/* The layout that the guest is believed to have; (nullable): nothing can be typed. */
void dio_screen_keyboard_set_layout (DioScreenKeyboard *self, DioKeyLayout *layout);

G_END_DECLS
