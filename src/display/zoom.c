/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/zoom.h"

#include <math.h>

#define MAX_FACTOR 16.0
/* Factors that differ by less are the same to a user, and one of the steps is left out. */
#define SAME_STEP 1.03
/* How far a pinch may miss the factor that fits, or a whole number, to mean it. */
#define FIT_PULL 1.05
#define WHOLE_PULL 1.03

static const double steps[] = { 1 / 10., 1 / 8., 1 / 6., 1 / 4., 1 / 3., 1 / 2., 2 / 3., 1,
                                3 / 2.,  2,      3,      4,      6,      8,      12,     MAX_FACTOR };

static double
get_min (const DioViewport *viewport)
{
  return MIN (viewport->fit, 1);
}

static double
get_max (const DioViewport *viewport)
{
  return MAX (viewport->fit, MAX_FACTOR);
}

static gboolean
is_near (double a, double b, double ratio)
{
  return a < b * ratio && b < a * ratio;
}

/* The middle of the view must have picture on all sides. */
static double
clamp_centre (double centre, double size, int view_size)
{
  return size <= view_size ? 0.5 : CLAMP (centre, view_size / 2.0 / size, 1 - view_size / 2.0 / size);
}

/* Has (X, Y) of the upright picture in the middle of the view, as far as its edges allow. */
static void
set_centre (DioZoom *self, const DioViewport *viewport, double x, double y)
{
  double factor = self->factor > 0 ? self->factor : viewport->fit;
  gboolean sideways = viewport->turns % 2 == 1;

  self->centre_x =
      clamp_centre (x, round (viewport->guest_width * factor), sideways ? viewport->view_height : viewport->view_width);
  self->centre_y = clamp_centre (y, round (viewport->guest_height * factor),
                                 sideways ? viewport->view_width : viewport->view_height);
}

/* What of the upright picture, 0 to 1, lies at this point of the view. */
static void
to_upright (const DioViewport *viewport, double view_x, double view_y, double *x, double *y)
{
  double u = (view_x - viewport->x) / viewport->width, v = (view_y - viewport->y) / viewport->height;

  *x = viewport->turns == 0 ? u : viewport->turns == 1 ? v : viewport->turns == 2 ? 1 - u : 1 - v;
  *y = viewport->turns == 0 ? v : viewport->turns == 1 ? 1 - u : viewport->turns == 2 ? 1 - v : u;
}

/* What fits is not kept as a factor, but fits whatever becomes of the view. */
static void
take_factor (DioZoom *self, const DioViewport *viewport, double factor)
{
  factor = CLAMP (factor, get_min (viewport), get_max (viewport));
  self->factor = is_near (factor, viewport->fit, 1 + 1e-6) ? 0 : factor;
}

void
dio_zoom_fit (DioZoom *self)
{
  self->factor = self->centre_x = self->centre_y = 0;
}

void
dio_zoom_set_factor (DioZoom *self, const DioViewport *viewport, double factor)
{
  double x, y;

  if (dio_viewport_is_empty (viewport) || !(factor > 0))
    return;
  to_upright (viewport, viewport->view_width / 2.0, viewport->view_height / 2.0, &x, &y);
  take_factor (self, viewport, factor);
  set_centre (self, viewport, x, y);
}

/* Returns: 0 if there is none. */
static double
find_step (const DioViewport *viewport, gboolean in)
{
  double now = dio_viewport_get_factor (viewport), found = 0;
  double candidates[G_N_ELEMENTS (steps) + 1] = { viewport->fit };

  /* Nothing beside the one that fits is worth a step of its own. */
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    candidates[i + 1] = is_near (steps[i], viewport->fit, SAME_STEP) ? viewport->fit : steps[i];
  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    {
      double factor = candidates[i];

      if (factor < get_min (viewport) || factor > get_max (viewport))
        continue;
      if (in ? factor > now * (1 + 1e-3) && (found <= 0 || factor < found)
             : factor < now * (1 - 1e-3) && factor > found)
        found = factor;
    }
  return found;
}

gboolean
dio_zoom_can_step (const DioZoom *self, const DioViewport *viewport, gboolean in)
{
  return !dio_viewport_is_empty (viewport) && find_step (viewport, in) > 0;
}

void
dio_zoom_step (DioZoom *self, const DioViewport *viewport, gboolean in)
{
  if (!dio_viewport_is_empty (viewport))
    dio_zoom_set_factor (self, viewport, find_step (viewport, in));
}

void
dio_zoom_turn (DioZoom *self, gboolean clockwise)
{
  self->turns = (self->turns + (clockwise ? 1 : 3)) % 4;
}

gboolean
dio_zoom_pan (DioZoom *self, const DioViewport *viewport, int dx, int dy)
{
  double x, y;
  DioZoom before = *self;
  DioViewport after;

  if (!dio_viewport_overflows (viewport))
    return FALSE;
  to_upright (viewport, viewport->view_width / 2.0 - dx, viewport->view_height / 2.0 - dy, &x, &y);
  set_centre (self, viewport, x, y);
  dio_viewport_arrange (&after, viewport->guest_width, viewport->guest_height, viewport->view_width,
                        viewport->view_height, self);
  if (after.x == viewport->x && after.y == viewport->y)
    *self = before;
  return after.x != viewport->x || after.y != viewport->y;
}

/* --- grips --- */

void
dio_zoom_grip (const DioViewport *viewport, double view_x, double view_y, DioZoomGrip *grip)
{
  *grip = (DioZoomGrip) { 0 };
  if (dio_viewport_is_empty (viewport) || !isfinite (view_x) || !isfinite (view_y))
    return;
  to_upright (viewport, view_x, view_y, &grip->x, &grip->y);
  grip->factor = dio_viewport_get_factor (viewport);
}

static double
pull (const DioViewport *viewport, double factor)
{
  if (is_near (factor, viewport->fit, FIT_PULL))
    return viewport->fit;
  if (factor > 0.9 && is_near (factor, round (factor), WHOLE_PULL))
    return round (factor);
  return factor;
}

void
dio_zoom_move_grip (DioZoom *self, const DioViewport *viewport, const DioZoomGrip *grip, double view_x, double view_y,
                    double scale)
{
  DioViewport after;
  double x, y;

  if (dio_viewport_is_empty (viewport) || !(grip->factor > 0) || !(scale > 0) || !isfinite (scale) ||
      !isfinite (view_x) || !isfinite (view_y))
    return;

  take_factor (self, viewport, pull (viewport, grip->factor * scale));
  /* As if the grip were in the middle: how far that is from where it belongs is how far the middle is from the grip. */
  dio_viewport_arrange (&after, viewport->guest_width, viewport->guest_height, viewport->view_width,
                        viewport->view_height, self);
  dio_viewport_to_view (&after, grip->x * after.guest_width, grip->y * after.guest_height, &x, &y);
  to_upright (&after, after.view_width / 2.0 + x - view_x, after.view_height / 2.0 + y - view_y, &x, &y);
  set_centre (self, viewport, x, y);
}
