/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* X11 and Wayland both number keys as Linux does, plus this. */
#define DIO_KEYCODE_OFFSET 8

/* What a key is called in the user's language: a Linux KEY_* code that keeps its name on every keyboard by that, others
 * by what they type on the keyboard of DISPLAY. (transfer full) */
char *dio_key_name (GdkDisplay *display, guint evdev_code);

/* The keys that combinations are for, in the order of a list. Returns: their codes; N: how many. (transfer none) */
const guint *dio_key_names_list (guint *n);

G_END_DECLS
