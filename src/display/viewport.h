/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a guest's picture lies in the view that shows it, and the way back from a point of the view to a guest pixel.
 * Plain integers in the screen's own (device) pixels: a picture that starts and ends on whole pixels can be exact. */
typedef struct
{
  int guest_width; /* guest pixels, 0 while there is no picture */
  int guest_height;
  int view_width; /* device pixels */
  int view_height;
  int x; /* the picture within the view, device pixels */
  int y;
  int width; /* 0 while there is no picture or no room */
  int height;
} DioViewport;

/* Fits a picture of GUEST_WIDTH × GUEST_HEIGHT into a view of VIEW_WIDTH × VIEW_HEIGHT: as large as it goes at its own
 * aspect, in the middle. A picture that would be enlarged by a hair more than a whole number of times (at most 2 %, as
 * when a guest rounds the size it was asked for) stays at that whole number, and so exact. Sizes below 1 mean none. */
void dio_viewport_fit (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height);

gboolean dio_viewport_is_empty (const DioViewport *self);
/* Each guest pixel covers the same whole number of device pixels both ways: no filter is needed. */
gboolean dio_viewport_is_integer (const DioViewport *self);
/* Device pixels a guest pixel; 0 when empty. */
double dio_viewport_get_factor (const DioViewport *self);

/* Whether the point (VIEW_X, VIEW_Y), device pixels from the view's corner, lies on the picture. */
gboolean dio_viewport_contains (const DioViewport *self, double view_x, double view_y);
/* The guest pixel under that point, moved to the picture's nearest edge when it lies outside. Leaves the out parameters
 * alone and returns FALSE when empty, or when the point is not finite. */
gboolean dio_viewport_to_guest (const DioViewport *self, double view_x, double view_y, guint *guest_x, guint *guest_y);

G_END_DECLS
