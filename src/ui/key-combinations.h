/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define DIO_COMBINATION_MAX_KEYS 6

/* Keys that are pressed together, as the user wants them in the menu. */
typedef struct
{
  char *name; /* "": it is called by its keys */
  guint n_keys;
  guint keys[DIO_COMBINATION_MAX_KEYS]; /* evdev codes */
} DioKeyCombination;

void dio_key_combination_free (DioKeyCombination *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioKeyCombination, dio_key_combination_free)

/* "29+56+111" and back. NULL for anything else than one to six keys that QEMU has numbers for. */
DioKeyCombination *dio_key_combination_parse (const char *text);
char *dio_key_combination_to_string (const DioKeyCombination *self);
/* "Ctrl + Alt + Delete". */
char *dio_key_combination_describe (const DioKeyCombination *self);
/* Its name, or that. */
char *dio_key_combination_get_label (const DioKeyCombination *self);

/* The user's, of the setting "key-combinations"; those that are not valid are left out. */
GPtrArray *dio_key_combinations_load (GSettings *settings);
void dio_key_combinations_save (GSettings *settings, GPtrArray *combinations);

G_END_DECLS
