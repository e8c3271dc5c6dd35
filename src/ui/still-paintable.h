/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What the pictures of tiles would like to be, application pixels; a tile may make them smaller. All the same: a tile
 * is not laid out again when one takes the place of another. */
#define DIO_TILE_PICTURE_WIDTH 256
#define DIO_TILE_PICTURE_HEIGHT 160

/* A picture that does not move, for tiles. GTK would draw the texture itself with the best of filters, which without a
 * graphics card costs twenty times as much, at each frame. */
#define DIO_TYPE_STILL_PAINTABLE (dio_still_paintable_get_type ())
G_DECLARE_FINAL_TYPE (DioStillPaintable, dio_still_paintable, DIO, STILL_PAINTABLE, GObject)

DioStillPaintable *dio_still_paintable_new (GdkTexture *texture);

G_END_DECLS
