/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One of the keyboard layouts that this computer knows. Immutable. Properties (read-only): "name" (string, as
 * dio_key_layout_new() takes it), "title" (string, in the user's language). */
#define DIO_TYPE_LAYOUT (dio_layout_get_type ())
G_DECLARE_FINAL_TYPE (DioLayout, dio_layout, DIO, LAYOUT, GObject)

DioLayout *dio_layout_new (const char *name, const char *title);
const char *dio_layout_get_name (DioLayout *self);  /* (transfer none) */
const char *dio_layout_get_title (DioLayout *self); /* (transfer none) */

/* All of them, by title, in a list of the caller's; read from xkb's own lists, of 4 MiB at most each, once, which takes
 * some 10 ms. Empty where there is none. Any thread. */
GListStore *dio_layouts_load (void);
/* The name of the one that is called ENGLISH_TITLE in xkb's list, as a keyboard calls its layouts; or NULL.
 * (transfer full) */
char *dio_layouts_find (GListModel *layouts, const char *english_title);

G_END_DECLS
