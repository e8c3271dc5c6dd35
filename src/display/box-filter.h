/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-format.h"

#include <cairo.h>

G_BEGIN_DECLS

/* A picture made small: each pixel of the small one, a cell, is the mean of exactly the part of the large one that it
 * covers, with the share of pixels that it covers in part. So a cell depends on a rectangle of pixels and on nothing
 * else. The mean is of the values as they are stored, as when a screen is looked at from afar. */
typedef struct
{
  int width, height;               /* of the large picture, 1…16384 */
  int target_width, target_height; /* of the small one, 1…as large */
} DioBoxFilter;

/* The largest small picture of the same aspect that has at most MAX_SIZE pixels a side; never enlarges. */
void dio_box_filter_init (DioBoxFilter *self, int width, int height, int max_size);

/* The cells that depend on RECT, which must lie in the large picture. */
cairo_rectangle_int_t dio_box_filter_get_cells (const DioBoxFilter *self, const cairo_rectangle_int_t *rect);
/* The pixels that CELLS, which must lie in the small picture, depend on. */
cairo_rectangle_int_t dio_box_filter_get_pixels (const DioBoxFilter *self, const cairo_rectangle_int_t *cells);

/* Part of the large picture, or all of it. */
typedef struct
{
  const guint8 *data; /* the pixel at X, Y */
  int x, y;
  gssize stride; /* bytes to the row below; may be negative */
  DioPixelFormat format;
} DioBoxFilterSource;

/* Computes the CELLS, which must lie in the small picture, from SOURCE, which must have the pixels for that. TARGET is
 * the small picture: B, G, R and 255 in a byte each, without gaps. */
void dio_box_filter_run (const DioBoxFilter *self, const DioBoxFilterSource *source, const cairo_rectangle_int_t *cells,
                         guint8 *target);

G_END_DECLS
