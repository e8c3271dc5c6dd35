/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/viewport.h"

#include <math.h>

/* How much a picture may miss the largest size that fits, to remain a whole multiple of the guest's. */
#define INTEGER_SLACK 0.02

static double
choose_factor (const DioViewport *self)
{
  double factor = MIN ((double) self->view_width / self->guest_width, (double) self->view_height / self->guest_height);
  double whole = floor (factor);

  return whole >= 1 && factor <= whole * (1 + INTEGER_SLACK) ? whole : factor;
}

void
dio_viewport_fit (DioViewport *self, int guest_width, int guest_height, int view_width, int view_height)
{
  double factor;

  g_return_if_fail (self != NULL);

  *self = (DioViewport) { .guest_width = MAX (guest_width, 0),
                          .guest_height = MAX (guest_height, 0),
                          .view_width = MAX (view_width, 0),
                          .view_height = MAX (view_height, 0) };
  if (self->guest_width == 0 || self->guest_height == 0 || self->view_width == 0 || self->view_height == 0)
    return;

  factor = choose_factor (self);
  /* Rounding must neither lose a very flat picture nor push it over the edge. */
  self->width = CLAMP ((int) round (self->guest_width * factor), 1, self->view_width);
  self->height = CLAMP ((int) round (self->guest_height * factor), 1, self->view_height);
  self->x = (self->view_width - self->width) / 2;
  self->y = (self->view_height - self->height) / 2;
}

gboolean
dio_viewport_is_empty (const DioViewport *self)
{
  return self->width == 0 || self->height == 0;
}

gboolean
dio_viewport_is_integer (const DioViewport *self)
{
  return !dio_viewport_is_empty (self) && self->width % self->guest_width == 0 &&
         self->height % self->guest_height == 0 &&
         self->width / self->guest_width == self->height / self->guest_height;
}

double
dio_viewport_get_factor (const DioViewport *self)
{
  return dio_viewport_is_empty (self) ? 0 : (double) self->width / self->guest_width;
}

gboolean
dio_viewport_contains (const DioViewport *self, double view_x, double view_y)
{
  return view_x >= self->x && view_x < (double) self->x + self->width && view_y >= self->y &&
         view_y < (double) self->y + self->height;
}

static guint
to_guest_axis (double position, int picture_size, int guest_size)
{
  double pixel = floor (position * guest_size / picture_size);

  return (guint) CLAMP (pixel, 0, guest_size - 1);
}

gboolean
dio_viewport_to_guest (const DioViewport *self, double view_x, double view_y, guint *guest_x, guint *guest_y)
{
  if (dio_viewport_is_empty (self) || !isfinite (view_x) || !isfinite (view_y))
    return FALSE;

  *guest_x = to_guest_axis (view_x - self->x, self->width, self->guest_width);
  *guest_y = to_guest_axis (view_y - self->y, self->height, self->guest_height);
  return TRUE;
}
