/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/* How the user wants to see a picture; all zero: upright, and as large as the view allows. zoom.h has what changes it.
 */
typedef struct
{
  guint turns;     /* quarter turns clockwise; only the rest by 4 counts */
  double factor;   /* device pixels a guest pixel; 0: as large as the view allows (fit) */
  double centre_x; /* of the upright picture, 0 to 1, what lies in the middle of the view where the picture is larger */
  double centre_y;
} DioZoom;

/* Where a guest's picture lies in the view that shows it, and the way from a point of the view to a guest pixel and
 * back. Plain integers in the screen's own (device) pixels: a picture that starts and ends on whole pixels can be
 * exact.
 */
typedef struct
{
  int guest_width; /* guest pixels, 0 while there is no picture */
  int guest_height;
  int view_width; /* device pixels */
  int view_height;
  guint turns; /* 0 to 3 quarter turns clockwise */
  double fit;  /* the factor at which the whole picture is shown as large as it goes; 0 when empty */
  int x;       /* the picture, as turned, within the view and beyond: device pixels */
  int y;
  int width; /* 0 while there is no picture or no room */
  int height;
} DioViewport;

/* Shows a picture of GUEST_WIDTH × GUEST_HEIGHT in a view of VIEW_WIDTH × VIEW_HEIGHT: as large as it goes at its own
 * aspect, in the middle. A picture that would be enlarged by a hair more than a whole number of times (at most 2 %, as
 * when a guest rounds the size it was asked for) stays at that whole number, and so exact. Sizes below 1 mean none. */
void dio_viewport_fit (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height);
/* The same as the user wants it, ZOOM: turned, and at a factor of its own. A side that is larger than the view covers
 * it from edge to edge, and a smaller one is in its middle. */
void dio_viewport_arrange (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height,
                           const DioZoom *zoom);

gboolean dio_viewport_is_empty (const DioViewport *self);
/* Each guest pixel covers the same whole number of device pixels both ways: no filter is needed. */
gboolean dio_viewport_is_integer (const DioViewport *self);
/* Whether a part of the picture lies outside the view. */
gboolean dio_viewport_overflows (const DioViewport *self);
/* Device pixels a guest pixel; 0 when empty. */
double dio_viewport_get_factor (const DioViewport *self);

/* Whether the point (VIEW_X, VIEW_Y), device pixels from the view's corner, lies on the picture, within the view. */
gboolean dio_viewport_contains (const DioViewport *self, double view_x, double view_y);
/* The guest pixel under that point, moved to the nearest edge of what is visible when it lies outside. Leaves the out
 * parameters alone and returns FALSE when empty, or when the point is not finite. */
gboolean dio_viewport_to_guest (const DioViewport *self, double view_x, double view_y, guint *guest_x, guint *guest_y);
/* The same to parts of a pixel: the point is within the pixel that dio_viewport_to_guest() names. */
gboolean dio_viewport_to_guest_point (const DioViewport *self, double view_x, double view_y, double *guest_x,
                                      double *guest_y);
/* A way of (VIEW_X, VIEW_Y) device pixels in guest pixels; none when empty. */
void dio_viewport_to_guest_way (const DioViewport *self, double view_x, double view_y, double *guest_x,
                                double *guest_y);
/* A way as seen on a picture that is turned by TURNS quarter turns clockwise, as it is upright. */
void dio_viewport_turn_way (guint turns, double view_x, double view_y, double *guest_x, double *guest_y);
/* Where the point (GUEST_X, GUEST_Y) of the guest's picture lies in the view, or beyond. Whole numbers are the corners
 * between pixels, so (0.5, 0.5) is the middle of the first. The view's corner when empty. */
void dio_viewport_to_view (const DioViewport *self, double guest_x, double guest_y, double *view_x, double *view_y);

/* The same rectangles for a canvas that is itself turned, about the view's corner, by "turns": PICTURE is where the
 * upright picture goes there, VISIBLE what of it the view shows. */
void dio_viewport_get_upright (const DioViewport *self, cairo_rectangle_int_t *picture, cairo_rectangle_int_t *visible);

G_END_DECLS
