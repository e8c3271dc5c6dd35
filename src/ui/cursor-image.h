/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/cursor.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The guest's pointer image as a GdkCursor, as the picture is: FACTOR device pixels a guest pixel (> 0), TURNS quarter
 * turns clockwise, with SMOOTH or sharp pixels. */
GdkCursor *dio_cursor_image_new (DioCursor *cursor, double factor, guint turns, gboolean smooth);

/* The same image as a texture of its own size, to be drawn in the picture. */
GdkTexture *dio_cursor_image_new_texture (DioCursor *cursor);

G_END_DECLS
