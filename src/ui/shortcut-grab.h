/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Has the desktop hand its own shortcuts (Alt+Tab, Super) to a widget: while it has its window's focus and they are
 * wanted, as the setting "grab-shortcuts" says. A desktop may ask the user, and may refuse.
 *
 * Signal "refused" (): the desktop keeps them; only the first one of the program is told. */
#define DIO_TYPE_SHORTCUT_GRAB (dio_shortcut_grab_get_type ())
G_DECLARE_FINAL_TYPE (DioShortcutGrab, dio_shortcut_grab, DIO, SHORTCUT_GRAB, GObject)

/* WIDGET outlives it. */
DioShortcutGrab *dio_shortcut_grab_new (GtkWidget *widget);
/* Not at first. */
void dio_shortcut_grab_set_wanted (DioShortcutGrab *self, gboolean wanted);
/* The desktop has them back meanwhile. */
void dio_shortcut_grab_set_lifted (DioShortcutGrab *self, gboolean lifted);

G_END_DECLS
