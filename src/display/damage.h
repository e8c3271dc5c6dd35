/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/* Adds RECT to REGION; where that makes more than some tens of rectangles, REGION becomes their bounding box, so that
 * what a guest damages costs a bounded amount of memory and time. */
void dio_damage_add (cairo_region_t *region, const cairo_rectangle_int_t *rect);

G_END_DECLS
