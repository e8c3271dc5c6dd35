/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/painter.h"

G_BEGIN_DECLS

/* For every renderer: the picture as a mosaic of textures in memory, of which each update replaces those that it
 * touches. Needs nothing of GDK but that; a frame is consumed as soon as it is copied. */
#define DIO_TYPE_PAINTER_TILES (dio_painter_tiles_get_type ())
G_DECLARE_FINAL_TYPE (DioPainterTiles, dio_painter_tiles, DIO, PAINTER_TILES, DioPainter)

DioPainter *dio_painter_tiles_new (void);

G_END_DECLS
