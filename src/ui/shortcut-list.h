/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The shortcuts that stay with the host while a machine has the keyboard: the setting "host-shortcuts", as GTK writes
 * accelerators. What does not parse there is passed over. Signal "changed" (). Main thread only. */
#define DIO_TYPE_SHORTCUT_LIST (dio_shortcut_list_get_type ())
G_DECLARE_FINAL_TYPE (DioShortcutList, dio_shortcut_list, DIO, SHORTCUT_LIST, GObject)

DioShortcutList *dio_shortcut_list_new (void);
/* EVENT: a key that was pressed. */
gboolean dio_shortcut_list_matches (DioShortcutList *self, GdkEvent *event);
/* Whether a shortcut has exactly HELD as its modifiers, and so the next key might be the host's. */
gboolean dio_shortcut_list_waits_for (DioShortcutList *self, GdkModifierType held);

guint dio_shortcut_list_get_n (DioShortcutList *self);
/* As the user reads it, "Super+Tab". (transfer full) */
char *dio_shortcut_list_get_label (DioShortcutList *self, guint n);
void dio_shortcut_list_remove (DioShortcutList *self, guint n);
void dio_shortcut_list_reset (DioShortcutList *self);
gboolean dio_shortcut_list_is_default (DioShortcutList *self);
/* TEXT: as GTK writes it ("<Super>Tab") or as people do ("Super+Tab"). Fails with a sentence for the user when it is no
 * shortcut, or one that could not be kept. One that is there already is not added again. */
gboolean dio_shortcut_list_add (DioShortcutList *self, const char *text, GError **error);

G_END_DECLS
