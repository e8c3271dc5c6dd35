/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/viewport.h"

#include <math.h>

/* How much a picture may miss the largest size that fits, to remain a whole multiple of the guest's. */
#define INTEGER_SLACK 0.02
/* Renderers count in single precision, which holds every whole number up to here. */
#define MAX_SIZE (1 << 24)
/* Parts of a guest pixel: a point that has no further pixel to be on stays so far before the end of the last. */
#define GRAIN (1.0 / 256)

static gboolean
is_sideways (const DioViewport *self)
{
  return self->turns % 2 == 1;
}

/* The guest's size as turned. */
static int
turned_width (const DioViewport *self)
{
  return is_sideways (self) ? self->guest_height : self->guest_width;
}

static int
turned_height (const DioViewport *self)
{
  return is_sideways (self) ? self->guest_width : self->guest_height;
}

static double
choose_fit (const DioViewport *self)
{
  double factor =
      MIN ((double) self->view_width / turned_width (self), (double) self->view_height / turned_height (self));
  double whole = floor (factor);

  return whole >= 1 && factor <= whole * (1 + INTEGER_SLACK) ? whole : factor;
}

/* Where a side of the picture begins. */
static int
place (int size, int view_size, double centre)
{
  if (size <= view_size || isnan (centre))
    return (view_size - size) / 2;
  return (int) CLAMP (round (view_size / 2.0 - centre * size), view_size - size, 0);
}

/* A place in the upright picture, 0 to 1, as one in the turned picture. */
static void
turn_fraction (guint turns, double x, double y, double *turned_x, double *turned_y)
{
  *turned_x = turns == 0 ? x : turns == 1 ? 1 - y : turns == 2 ? 1 - x : y;
  *turned_y = turns == 0 ? y : turns == 1 ? x : turns == 2 ? 1 - y : 1 - x;
}

void
dio_viewport_arrange (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height,
                      const DioZoom *zoom)
{
  double factor, centre_x, centre_y;
  gboolean fits;

  g_return_if_fail (self != NULL && zoom != NULL);

  *self = (DioViewport) { .guest_width = MAX (guest_width, 0),
                          .guest_height = MAX (guest_height, 0),
                          .view_width = MAX (view_width, 0),
                          .view_height = MAX (view_height, 0),
                          .turns = zoom->turns % 4 };
  if (self->guest_width == 0 || self->guest_height == 0 || self->view_width == 0 || self->view_height == 0)
    return;

  self->fit = choose_fit (self);
  fits = !(zoom->factor > 0);
  factor = fits ? self->fit : MIN (zoom->factor, (double) MAX_SIZE / MAX (self->guest_width, self->guest_height));
  /* Rounding must neither lose a very flat picture nor push it over the edge. */
  self->width = (int) CLAMP (round (turned_width (self) * factor), 1, fits ? self->view_width : MAX_SIZE);
  self->height = (int) CLAMP (round (turned_height (self) * factor), 1, fits ? self->view_height : MAX_SIZE);
  turn_fraction (self->turns, zoom->centre_x, zoom->centre_y, &centre_x, &centre_y);
  self->x = place (self->width, self->view_width, centre_x);
  self->y = place (self->height, self->view_height, centre_y);
}

void
dio_viewport_fit (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height)
{
  dio_viewport_arrange (self, guest_width, guest_height, view_width, view_height, &(DioZoom) { 0 });
}

gboolean
dio_viewport_is_empty (const DioViewport *self)
{
  return self->width == 0 || self->height == 0;
}

gboolean
dio_viewport_is_integer (const DioViewport *self)
{
  return !dio_viewport_is_empty (self) && self->width % turned_width (self) == 0 &&
         self->height % turned_height (self) == 0 &&
         self->width / turned_width (self) == self->height / turned_height (self);
}

gboolean
dio_viewport_overflows (const DioViewport *self)
{
  return self->width > self->view_width || self->height > self->view_height;
}

double
dio_viewport_get_factor (const DioViewport *self)
{
  return dio_viewport_is_empty (self) ? 0 : (double) self->width / turned_width (self);
}

/* --- points --- */

/* The part of the picture's side that the view shows: from FIRST up to END, not included. */
static void
get_visible (int start, int size, int view_size, int *first, int *end)
{
  *first = MAX (start, 0);
  *end = MIN (start + size, view_size);
}

gboolean
dio_viewport_contains (const DioViewport *self, double view_x, double view_y)
{
  int left, right, top, bottom;

  get_visible (self->x, self->width, self->view_width, &left, &right);
  get_visible (self->y, self->height, self->view_height, &top, &bottom);
  return view_x >= left && view_x < right && view_y >= top && view_y < bottom;
}

/* The place on a side of GUEST_SIZE that POSITION of the view is on, counted from where the side begins in the view. */
static double
to_turned_axis (double position, int start, int size, int view_size, int guest_size)
{
  int first, end;
  double low, high;

  get_visible (start, size, view_size, &first, &end);
  low = floor ((double) (first - start) * guest_size / size);
  high = ceil ((double) (end - start) * guest_size / size) - GRAIN;
  return CLAMP ((position - start) * guest_size / size, low, high);
}

/* The place as counted from the side's other end, and on the same pixel: one that begins there ends here. */
static double
mirror (double place, int guest_size)
{
  return MIN (guest_size - place, guest_size - floor (place) - GRAIN);
}

gboolean
dio_viewport_to_guest_point (const DioViewport *self, double view_x, double view_y, double *guest_x, double *guest_y)
{
  double x, y;

  if (dio_viewport_is_empty (self) || !isfinite (view_x) || !isfinite (view_y))
    return FALSE;

  x = to_turned_axis (view_x, self->x, self->width, self->view_width, turned_width (self));
  y = to_turned_axis (view_y, self->y, self->height, self->view_height, turned_height (self));
  switch (self->turns)
    {
    case 0:
      *guest_x = x;
      *guest_y = y;
      break;
    case 1:
      *guest_x = y;
      *guest_y = mirror (x, self->guest_height);
      break;
    case 2:
      *guest_x = mirror (x, self->guest_width);
      *guest_y = mirror (y, self->guest_height);
      break;
    default:
      *guest_x = mirror (y, self->guest_width);
      *guest_y = x;
      break;
    }
  return TRUE;
}

gboolean
dio_viewport_to_guest (const DioViewport *self, double view_x, double view_y, guint *guest_x, guint *guest_y)
{
  double x, y;

  if (!dio_viewport_to_guest_point (self, view_x, view_y, &x, &y))
    return FALSE;
  *guest_x = (guint) x;
  *guest_y = (guint) y;
  return TRUE;
}

void
dio_viewport_turn_way (guint turns, double view_x, double view_y, double *guest_x, double *guest_y)
{
  double x = view_x, y = view_y;

  *guest_x = turns == 0 ? x : turns == 1 ? y : turns == 2 ? -x : -y;
  *guest_y = turns == 0 ? y : turns == 1 ? -x : turns == 2 ? -y : x;
}

void
dio_viewport_to_guest_way (const DioViewport *self, double view_x, double view_y, double *guest_x, double *guest_y)
{
  double factor = dio_viewport_get_factor (self);

  dio_viewport_turn_way (self->turns, factor > 0 ? view_x / factor : 0, factor > 0 ? view_y / factor : 0, guest_x,
                         guest_y);
}

void
dio_viewport_to_view (const DioViewport *self, double guest_x, double guest_y, double *view_x, double *view_y)
{
  double x, y;

  *view_x = *view_y = 0;
  if (dio_viewport_is_empty (self))
    return;
  turn_fraction (self->turns, guest_x / self->guest_width, guest_y / self->guest_height, &x, &y);
  *view_x = self->x + x * self->width;
  *view_y = self->y + y * self->height;
}

/* --- drawing --- */

/* RECT of the view on a canvas turned by TURNS about their common corner. */
static cairo_rectangle_int_t
to_turned_canvas (guint turns, cairo_rectangle_int_t rect)
{
  switch (turns)
    {
    case 0:
      return rect;
    case 1:
      return (cairo_rectangle_int_t) { rect.y, -rect.x - rect.width, rect.height, rect.width };
    case 2:
      return (cairo_rectangle_int_t) { -rect.x - rect.width, -rect.y - rect.height, rect.width, rect.height };
    default:
      return (cairo_rectangle_int_t) { -rect.y - rect.height, rect.x, rect.height, rect.width };
    }
}

void
dio_viewport_get_upright (const DioViewport *self, cairo_rectangle_int_t *picture, cairo_rectangle_int_t *visible)
{
  int left, right, top, bottom;

  get_visible (self->x, self->width, self->view_width, &left, &right);
  get_visible (self->y, self->height, self->view_height, &top, &bottom);
  *picture = to_turned_canvas (self->turns, (cairo_rectangle_int_t) { self->x, self->y, self->width, self->height });
  *visible = to_turned_canvas (self->turns,
                               (cairo_rectangle_int_t) { left, top, MAX (right - left, 0), MAX (bottom - top, 0) });
}
