/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/zoom.h"

#include <math.h>

static const int guests[][2] = { { 64, 48 }, { 800, 600 }, { 1920, 1200 }, { 641, 361 },
                                 { 1, 1 },   { 3000, 7 },  { 7, 3000 } };
static const int views[][2] = { { 800, 600 }, { 640, 400 }, { 1919, 1141 }, { 333, 777 }, { 1, 1 }, { 3840, 2160 } };
static const double factors[] = { 0, 0.3, 0.5, 1, 1.25, 1.5, 2, 3, 7.7, 16 };

typedef void (*Check) (const DioViewport *viewport, const DioZoom *zoom);

/* Runs CHECK with every guest, view, factor, turn, and some places. */
static void
for_each (Check check)
{
  static const double centres[] = { 0, 0.31, 0.5, 1 };

  for (guint g = 0; g < G_N_ELEMENTS (guests); g++)
    for (guint v = 0; v < G_N_ELEMENTS (views); v++)
      for (guint f = 0; f < G_N_ELEMENTS (factors); f++)
        for (guint turns = 0; turns < 4; turns++)
          for (guint c = 0; c < G_N_ELEMENTS (centres); c++)
            {
              DioZoom zoom = { turns, factors[f], centres[c], centres[G_N_ELEMENTS (centres) - 1 - c] };
              DioViewport viewport;

              dio_viewport_arrange (&viewport, guests[g][0], guests[g][1], views[v][0], views[v][1], &zoom);
              check (&viewport, &zoom);
            }
}

static void
arrange_anew (DioViewport *viewport, const DioZoom *zoom)
{
  dio_viewport_arrange (viewport, viewport->guest_width, viewport->guest_height, viewport->view_width,
                        viewport->view_height, zoom);
}

/* A side that is larger covers the view, a smaller one is in its middle. */
static void
check_side (int start, int size, int view)
{
  g_assert_cmpint (size, >=, 1);
  if (size <= view)
    {
      g_assert_cmpint (start, >=, 0);
      g_assert_cmpint (abs (start - (view - start - size)), <=, 1);
    }
  else
    {
      g_assert_cmpint (start, <=, 0);
      g_assert_cmpint (start + size, >=, view);
    }
}

static void
check_covers (const DioViewport *viewport, const DioZoom *zoom)
{
  gboolean sideways = viewport->turns % 2 == 1;
  int width = sideways ? viewport->guest_height : viewport->guest_width;

  check_side (viewport->x, viewport->width, viewport->view_width);
  check_side (viewport->y, viewport->height, viewport->view_height);
  if (zoom->factor == 0)
    g_assert_false (dio_viewport_overflows (viewport));
  else
    g_assert_cmpint (viewport->width, ==, MAX (round (width * zoom->factor), 1));
  if (zoom->factor >= 1 && zoom->factor == floor (zoom->factor))
    g_assert_true (dio_viewport_is_integer (viewport));
}

static void
test_covers (void)
{
  for_each (check_covers);
}

static gboolean
is_visible (const DioViewport *viewport, double x, double y)
{
  return x >= 0 && y >= 0 && x < viewport->view_width && y < viewport->view_height;
}

/* From the middle of a guest pixel to the view and back. */
static void
check_round_trip (const DioViewport *viewport, const DioZoom *zoom)
{
  for (guint i = 0; i < 25; i++)
    {
      guint x = (guint) ((i % 5) * (viewport->guest_width - 1) / 4);
      guint y = (guint) ((i / 5) * (viewport->guest_height - 1) / 4);
      guint back_x = G_MAXUINT, back_y = G_MAXUINT;
      double view_x, view_y;

      dio_viewport_to_view (viewport, x + 0.5, y + 0.5, &view_x, &view_y);
      g_assert_cmpint (dio_viewport_contains (viewport, view_x, view_y), ==, is_visible (viewport, view_x, view_y));
      g_assert_true (dio_viewport_to_guest (viewport, view_x, view_y, &back_x, &back_y));
      g_assert_cmpuint (back_x, <, viewport->guest_width);
      g_assert_cmpuint (back_y, <, viewport->guest_height);
      if (is_visible (viewport, view_x, view_y))
        {
          g_assert_cmpuint (back_x, ==, x);
          g_assert_cmpuint (back_y, ==, y);
        }
    }
}

static void
test_round_trip (void)
{
  for_each (check_round_trip);
}

/* Outside, the guest's pointer is on the nearest pixel that is seen: the one that is there when moved inside. */
static void
check_outside (const DioViewport *viewport, const DioZoom *zoom)
{
  const double far[][2] = { { -1e9, 7 }, { 1e9, 7 }, { 7, -1e9 }, { 7, 1e9 }, { -1e300, 1e300 } };
  double left = MAX (viewport->x, 0), right = MIN (viewport->x + viewport->width, viewport->view_width);
  double top = MAX (viewport->y, 0), bottom = MIN (viewport->y + viewport->height, viewport->view_height);

  for (guint i = 0; i < G_N_ELEMENTS (far); i++)
    {
      guint x, y, near_x, near_y;

      g_assert_true (dio_viewport_to_guest (viewport, far[i][0], far[i][1], &x, &y));
      g_assert_true (dio_viewport_to_guest (viewport, CLAMP (far[i][0], left + 1e-6, right - 1e-6),
                                            CLAMP (far[i][1], top + 1e-6, bottom - 1e-6), &near_x, &near_y));
      g_assert_cmpuint (x, ==, near_x);
      g_assert_cmpuint (y, ==, near_y);
    }
}

static void
test_outside (void)
{
  for_each (check_outside);
}

/* The canvas for drawing has the picture's corners where the mapping has them. */
static void
check_upright (const DioViewport *viewport, const DioZoom *zoom)
{
  static const int sines[] = { 0, 1, 0, -1 };
  int sine = sines[viewport->turns], cosine = sines[(viewport->turns + 1) % 4];
  cairo_rectangle_int_t picture, visible;

  dio_viewport_get_upright (viewport, &picture, &visible);
  g_assert_cmpint (picture.width, ==, viewport->turns % 2 == 1 ? viewport->height : viewport->width);
  for (int corner = 0; corner < 4; corner++)
    {
      int right = corner % 2, low = corner / 2;
      double x = picture.x + right * picture.width, y = picture.y + low * picture.height, view_x, view_y;

      dio_viewport_to_view (viewport, right * viewport->guest_width, low * viewport->guest_height, &view_x, &view_y);
      g_assert_cmpfloat (cosine * x - sine * y, ==, view_x);
      g_assert_cmpfloat (sine * x + cosine * y, ==, view_y);
    }
  g_assert_cmpint (visible.x, >=, picture.x);
  g_assert_cmpint (visible.y, >=, picture.y);
  g_assert_cmpint (visible.x + visible.width, <=, picture.x + picture.width);
  g_assert_cmpint (visible.y + visible.height, <=, picture.y + picture.height);
  g_assert_cmpint (visible.width * visible.height, ==,
                   MIN (viewport->width, viewport->view_width) * MIN (viewport->height, viewport->view_height));
}

static void
test_upright (void)
{
  for_each (check_upright);
}

/* A way in the view is the difference of two places in the guest. */
static void
check_way (const DioViewport *viewport, const DioZoom *zoom)
{
  double x, y, from_x, from_y, to_x, to_y,
      error =
          1e-6 + 0.6 * MAX (viewport->guest_width, viewport->guest_height) / MIN (viewport->width, viewport->height);

  dio_viewport_to_view (viewport, 0, 0, &from_x, &from_y);
  dio_viewport_to_view (viewport, viewport->guest_width, 0, &to_x, &to_y);
  dio_viewport_to_guest_way (viewport, to_x - from_x, to_y - from_y, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, viewport->guest_width, viewport->guest_width * error);
  g_assert_cmpfloat (fabs (y), <=, 1e-6);
  dio_viewport_to_view (viewport, 0, viewport->guest_height, &to_x, &to_y);
  dio_viewport_to_guest_way (viewport, to_x - from_x, to_y - from_y, &x, &y);
  g_assert_cmpfloat (fabs (x), <=, 1e-6);
  g_assert_cmpfloat (y, >, 0);
}

static void
test_way (void)
{
  for_each (check_way);
}

/* The factor changes, and what was in the middle still is, as far as there is picture around it. */
static void
check_set_factor (const DioViewport *before, const DioZoom *zoom)
{
  for (double factor = 0.05; factor < 40; factor *= 1.7)
    {
      DioZoom next = *zoom;
      DioViewport after = *before;
      double x, y, middle_x = before->view_width / 2.0, middle_y = before->view_height / 2.0;
      guint guest_x, guest_y;

      dio_zoom_set_factor (&next, before, factor);
      arrange_anew (&after, &next);
      g_assert_cmpfloat (dio_viewport_get_factor (&after), >=, MIN (1, before->fit) * 0.5);
      g_assert_true (next.factor == 0 || (next.factor <= MAX (16, before->fit) && next.factor >= MIN (1, before->fit)));
      check_covers (&after, &next);
      if (after.width <= after.view_width + 2 || after.height <= after.view_height + 2 ||
          !dio_viewport_contains (before, middle_x, middle_y) || before->width < before->view_width ||
          before->height < before->view_height || next.factor < zoom->factor)
        continue;
      g_assert_true (dio_viewport_to_guest (before, middle_x, middle_y, &guest_x, &guest_y));
      dio_viewport_to_view (&after, guest_x + 0.5, guest_y + 0.5, &x, &y);
      g_assert_cmpfloat (fabs (x - middle_x), <=, next.factor + 1);
      g_assert_cmpfloat (fabs (y - middle_y), <=, next.factor + 1);
    }
}

static void
test_set_factor (void)
{
  for_each (check_set_factor);
}

/* Panning moves by exactly so many pixels, or to the edge. */
static void
check_pan (const DioViewport *before, const DioZoom *zoom)
{
  static const int ways[][2] = { { 1, 0 }, { 0, -1 }, { -13, 29 }, { 100000, 100000 }, { -100000, 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      DioZoom next = *zoom;
      DioViewport after = *before;
      double middle_x, middle_y;
      int x = before->x, y = before->y;
      gboolean moved = dio_zoom_pan (&next, before, ways[i][0], ways[i][1]);

      if (before->width > before->view_width)
        x = CLAMP (x + ways[i][0], before->view_width - before->width, 0);
      if (before->height > before->view_height)
        y = CLAMP (y + ways[i][1], before->view_height - before->height, 0);
      arrange_anew (&after, &next);
      g_assert_cmpint (after.x, ==, x);
      g_assert_cmpint (after.y, ==, y);
      g_assert_cmpint (moved, ==, x != before->x || y != before->y);
      if (!moved)
        continue;
      /* What is remembered as the middle is the middle, so that a larger view leaves it there. */
      dio_viewport_to_view (&after, next.centre_x * after.guest_width, next.centre_y * after.guest_height, &middle_x,
                            &middle_y);
      g_assert_cmpfloat (fabs (middle_x - after.view_width / 2.0), <=, 1);
      g_assert_cmpfloat (fabs (middle_y - after.view_height / 2.0), <=, 1);
    }
}

static void
test_pan (void)
{
  for_each (check_pan);
}

/* What is gripped stays under the fingers, as far as the edges allow. */
static void
check_grip (const DioViewport *before, const DioZoom *zoom)
{
  static const double scales[] = { 0.25, 1, 1.33, 2.5, 1e6 };
  double from_x = before->view_width * 0.4, from_y = before->view_height * 0.6;
  double to_x = before->view_width * 0.45, to_y = before->view_height * 0.5;

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      DioZoom next = *zoom;
      DioViewport after = *before;
      DioZoomGrip grip;
      double x, y;

      dio_zoom_grip (before, from_x, from_y, &grip);
      dio_zoom_move_grip (&next, before, &grip, to_x, to_y, scales[i]);
      arrange_anew (&after, &next);
      check_covers (&after, &next);
      dio_viewport_to_view (&after, grip.x * after.guest_width, grip.y * after.guest_height, &x, &y);
      if (after.x < 0 && after.x + after.width > after.view_width)
        g_assert_cmpfloat (fabs (x - to_x), <=, 0.5 + 1e-6);
      if (after.y < 0 && after.y + after.height > after.view_height)
        g_assert_cmpfloat (fabs (y - to_y), <=, 0.5 + 1e-6);
    }
}

static void
test_grip (void)
{
  for_each (check_grip);
}

static void
test_pulls (void)
{
  static const struct
  {
    double scale, factor;
  } cases[] = {
    { 1.02, 0 }, { 0.97, 0 }, { 0.5, 0 }, { 1.2, 1.2 }, { 1.95, 2 }, { 2.05, 2 }, { 2.4, 2.4 }, { 99, 16 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioZoom zoom = { 0 };
      DioZoomGrip grip;
      DioViewport viewport;

      dio_viewport_fit (&viewport, 800, 600, 800, 600);
      dio_zoom_grip (&viewport, 400, 300, &grip);
      dio_zoom_move_grip (&zoom, &viewport, &grip, 400, 300, cases[i].scale);
      g_assert_cmpfloat (zoom.factor, ==, cases[i].factor);
    }
}

static void
assert_steps (int guest, int view, const double *expected, guint n)
{
  DioZoom zoom = { 0 };
  DioViewport viewport;
  guint i = 0;

  dio_viewport_fit (&viewport, guest, guest, view, view);
  while (dio_zoom_can_step (&zoom, &viewport, FALSE))
    {
      dio_zoom_step (&zoom, &viewport, FALSE);
      arrange_anew (&viewport, &zoom);
    }
  do
    {
      g_assert_cmpuint (i, <, n);
      g_assert_cmpfloat (zoom.factor, ==, expected[i++]);
      dio_zoom_step (&zoom, &viewport, TRUE);
      arrange_anew (&viewport, &zoom);
    }
  while (dio_zoom_can_step (&zoom, &viewport, TRUE));
  g_assert_cmpfloat (zoom.factor, ==, expected[i++]);
  g_assert_cmpuint (i, ==, n);
}

/* From the smallest to the largest; 0 is the one that fits. */
static void
test_steps (void)
{
  assert_steps (1000, 1000, (double[]) { 0, 1.5, 2, 3, 4, 6, 8, 12, 16 }, 9);
  assert_steps (1000, 2500, (double[]) { 1, 1.5, 2, 0, 3, 4, 6, 8, 12, 16 }, 10);
  assert_steps (1000, 333, (double[]) { 0, 0.5, 2 / 3., 1, 1.5, 2, 3, 4, 6, 8, 12, 16 }, 12);
  assert_steps (10, 1000, (double[]) { 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 0 }, 10);
}

static void
test_turns (void)
{
  DioZoom zoom = { 0, 2, 0.2, 0.7 };

  for (guint i = 1; i <= 9; i++)
    {
      dio_zoom_turn (&zoom, TRUE);
      g_assert_cmpuint (zoom.turns, ==, i % 4);
    }
  for (guint i = 9; i-- > 0;)
    {
      dio_zoom_turn (&zoom, FALSE);
      g_assert_cmpuint (zoom.turns, ==, i % 4);
    }
  g_assert_cmpfloat (zoom.centre_x, ==, 0.2);
  g_assert_cmpfloat (zoom.centre_y, ==, 0.7);
}

/* Numbers that no window has. */
static void
test_nonsense (void)
{
  static const int sizes[] = { G_MININT, -1, 0, 1, 16384, G_MAXINT };
  static const double numbers[] = { -1, 0, 1e-300, 1, 1e300, INFINITY, NAN };

  for (guint s = 0; s < G_N_ELEMENTS (sizes) * G_N_ELEMENTS (sizes); s++)
    for (guint n = 0; n < G_N_ELEMENTS (numbers); n++)
      {
        DioZoom zoom = { G_MAXUINT, numbers[n], numbers[n], -numbers[n] };
        DioZoomGrip grip;
        DioViewport viewport;
        cairo_rectangle_int_t picture, visible;

        dio_viewport_arrange (&viewport, sizes[s % 6], sizes[s / 6], 1000, sizes[s % 5], &zoom);
        if (!dio_viewport_is_empty (&viewport))
          {
            check_side (viewport.x, viewport.width, viewport.view_width);
            check_side (viewport.y, viewport.height, viewport.view_height);
          }
        dio_viewport_get_upright (&viewport, &picture, &visible);
        dio_zoom_set_factor (&zoom, &viewport, numbers[n]);
        dio_zoom_step (&zoom, &viewport, n % 2);
        dio_zoom_pan (&zoom, &viewport, G_MININT, G_MAXINT);
        dio_zoom_grip (&viewport, numbers[n], numbers[n], &grip);
        dio_zoom_move_grip (&zoom, &viewport, &grip, numbers[n], 1, numbers[n]);
        arrange_anew (&viewport, &zoom);
        g_assert_cmpint (viewport.width, <=, 1 << 24);
        g_assert_cmpint (viewport.height, <=, 1 << 24);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zoom/covers", test_covers);
  g_test_add_func ("/zoom/round-trip", test_round_trip);
  g_test_add_func ("/zoom/outside", test_outside);
  g_test_add_func ("/zoom/upright", test_upright);
  g_test_add_func ("/zoom/way", test_way);
  g_test_add_func ("/zoom/set-factor", test_set_factor);
  g_test_add_func ("/zoom/pan", test_pan);
  g_test_add_func ("/zoom/grip", test_grip);
  g_test_add_func ("/zoom/pulls", test_pulls);
  g_test_add_func ("/zoom/steps", test_steps);
  g_test_add_func ("/zoom/turns", test_turns);
  g_test_add_func ("/zoom/nonsense", test_nonsense);
  return g_test_run ();
}
