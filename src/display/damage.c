/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/damage.h"

#define MAX_RECTANGLES 32

void
dio_damage_add (cairo_region_t *region, const cairo_rectangle_int_t *rect)
{
  cairo_rectangle_int_t extents;

  cairo_region_union_rectangle (region, rect);
  if (cairo_region_num_rectangles (region) <= MAX_RECTANGLES)
    return;
  cairo_region_get_extents (region, &extents);
  cairo_region_union_rectangle (region, &extents);
}
