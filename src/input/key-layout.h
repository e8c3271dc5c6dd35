/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Keys pressed in this order and lifted in reverse: modifiers, then the one that counts. */
typedef struct
{
  guint n_keys;
  guint keys[4]; /* evdev codes */
} DioStroke;

/* What a character takes: itself, or dead keys and a letter, or Ctrl+Shift+U and its number. */
typedef struct
{
  guint n_strokes;
  DioStroke strokes[9];
} DioStrokes;

/* A keyboard layout read backwards: which keys make a character. Immutable, counted references, any thread. */
typedef struct _DioKeyLayout DioKeyLayout;

/* NAME is xkb's: a layout, or a layout and its variant, "de" or "us+intl". Takes some milliseconds. Fails when there is
 * no such layout on this computer. */
DioKeyLayout *dio_key_layout_new (const char *name, GError **error);
DioKeyLayout *dio_key_layout_ref (DioKeyLayout *self);
void dio_key_layout_unref (DioKeyLayout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioKeyLayout, dio_key_layout_unref)

/* Returns FALSE for a character that the layout has no keys for. '\n' is Enter and '\t' Tab, other control characters
 * have none. What dead keys make is by
 * X11's table for UTF-8, which Linux guests have. */
gboolean dio_key_layout_find (DioKeyLayout *self, gunichar character, DioStrokes *ret_strokes);
/* By its number, as GTK and IBus take it in a Linux guest. FALSE where the layout has no Latin letters. */
gboolean dio_key_layout_find_by_number (DioKeyLayout *self, gunichar character, DioStrokes *ret_strokes);

G_END_DECLS
