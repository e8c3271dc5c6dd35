/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The guest's pointer image, immutable. Pixels are native-endian 0xAARRGGBB as QEMU's CursorDefine sends them, not
 * premultiplied (GDK_MEMORY_B8G8R8A8 on little-endian), without padding. */
typedef struct _DioCursor DioCursor;

#define DIO_TYPE_CURSOR (dio_cursor_get_type ())
GType dio_cursor_get_type (void) G_GNUC_CONST;

/* Returns: NULL with G_IO_ERROR_INVALID_DATA unless 1 ≤ width,height ≤ 512, the hotspot lies inside and the size
 * fits. */
DioCursor *dio_cursor_new (int width, int height, int hot_x, int hot_y, GBytes *pixels, GError **error);
DioCursor *dio_cursor_ref (DioCursor *self);
void dio_cursor_unref (DioCursor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioCursor, dio_cursor_unref)

int dio_cursor_get_width (DioCursor *self);
int dio_cursor_get_height (DioCursor *self);
int dio_cursor_get_hot_x (DioCursor *self);
int dio_cursor_get_hot_y (DioCursor *self);
GBytes *dio_cursor_get_pixels (DioCursor *self); /* (transfer none) */

G_END_DECLS
