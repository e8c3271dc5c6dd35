/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/keyboard.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Keys that an on-screen keyboard lacks, for fingers: Esc, Tab, arrows, function keys and so on. A modifier that is
 * tapped goes with the next key, whoever presses that; tapped twice, or held, it stays down until it is tapped again.
 * A key that is held repeats, as the guest does it.
 *
 * Keys are lifted when the bar is hidden or gets another keyboard, and when its window is left. */
#define DIO_TYPE_KEY_BAR (dio_key_bar_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyBar, dio_key_bar, DIO, KEY_BAR, GtkWidget)

/* KEYBOARD: (nullable): none takes keys now. */
void dio_key_bar_set_keyboard (DioKeyBar *self, DioKeyboard *keyboard);
/* Lifts what it holds. */
void dio_key_bar_release_all (DioKeyBar *self);

G_END_DECLS
