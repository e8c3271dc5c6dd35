/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/viewport.h"

#include <math.h>

static void
assert_picture (const DioViewport *viewport, int x, int y, int width, int height)
{
  g_assert_cmpint (viewport->x, ==, x);
  g_assert_cmpint (viewport->y, ==, y);
  g_assert_cmpint (viewport->width, ==, width);
  g_assert_cmpint (viewport->height, ==, height);
}

static void
test_fit (void)
{
  static const struct
  {
    int guest[2], view[2], picture[4];
    gboolean integer;
  } cases[] = {
    { { 800, 600 }, { 800, 600 }, { 0, 0, 800, 600 }, TRUE },       /* exact */
    { { 800, 600 }, { 1000, 600 }, { 100, 0, 800, 600 }, TRUE },    /* bars at the sides */
    { { 800, 600 }, { 800, 701 }, { 0, 50, 800, 600 }, TRUE },      /* an odd bar */
    { { 800, 600 }, { 1600, 1200 }, { 0, 0, 1600, 1200 }, TRUE },   /* twice */
    { { 800, 600 }, { 1000, 750 }, { 0, 0, 1000, 750 }, FALSE },    /* 1.25 */
    { { 800, 600 }, { 400, 300 }, { 0, 0, 400, 300 }, FALSE },      /* smaller */
    { { 1000, 700 }, { 1003, 701 }, { 1, 0, 1000, 700 }, TRUE },    /* a guest that rounded the size stays sharp */
    { { 1000, 700 }, { 1030, 721 }, { 0, 0, 1030, 721 }, FALSE },   /* 3 % is worth filling */
    { { 1000, 700 }, { 2010, 1420 }, { 5, 10, 2000, 1400 }, TRUE }, /* also at twice */
    { { 16384, 1 }, { 100, 100 }, { 0, 49, 100, 1 }, FALSE },       /* never thinner than a pixel */
    { { 1, 16384 }, { 100, 100 }, { 49, 0, 1, 100 }, FALSE },       { { 1, 1 }, { 3, 5 }, { 0, 1, 3, 3 }, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioViewport viewport;

      dio_viewport_fit (&viewport, cases[i].guest[0], cases[i].guest[1], cases[i].view[0], cases[i].view[1]);
      assert_picture (&viewport, cases[i].picture[0], cases[i].picture[1], cases[i].picture[2], cases[i].picture[3]);
      g_assert_cmpint (dio_viewport_is_integer (&viewport), ==, cases[i].integer);
    }
}

static void
test_empty (void)
{
  static const int cases[][4] = {
    { 0, 0, 100, 100 }, { 100, 100, 0, 100 }, { -5, 10, 10, 10 }, { G_MININT, G_MININT, G_MININT, G_MININT }
  };
  guint x = 7, y = 8;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioViewport viewport;

      dio_viewport_fit (&viewport, cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
      g_assert_true (dio_viewport_is_empty (&viewport));
      g_assert_false (dio_viewport_is_integer (&viewport));
      g_assert_false (dio_viewport_contains (&viewport, 0, 0));
      g_assert_false (dio_viewport_to_guest (&viewport, 0, 0, &x, &y));
      g_assert_cmpfloat (dio_viewport_get_factor (&viewport), ==, 0);
    }
  g_assert_cmpuint (x, ==, 7);
  g_assert_cmpuint (y, ==, 8);
}

/* The middle of every device pixel of an enlarged guest pixel maps to that guest pixel. */
static void
test_every_pixel (void)
{
  for (int scale = 1; scale <= 3; scale++)
    {
      DioViewport viewport;

      dio_viewport_fit (&viewport, 64, 48, 64 * scale + 1, 48 * scale);
      g_assert_true (dio_viewport_is_integer (&viewport));
      for (int y = 0; y < viewport.height; y++)
        for (int x = 0; x < viewport.width; x++)
          {
            guint guest_x, guest_y;

            g_assert_true (
                dio_viewport_to_guest (&viewport, viewport.x + x + 0.5, viewport.y + y + 0.5, &guest_x, &guest_y));
            g_assert_cmpuint (guest_x, ==, x / scale);
            g_assert_cmpuint (guest_y, ==, y / scale);
          }
    }
}

static void
test_outside (void)
{
  DioViewport viewport;
  guint x = 0, y = 0;

  dio_viewport_fit (&viewport, 800, 600, 1000, 600);
  g_assert_true (dio_viewport_contains (&viewport, 100, 0));
  g_assert_false (dio_viewport_contains (&viewport, 99.99, 0));
  g_assert_true (dio_viewport_contains (&viewport, 899.99, 599.99));
  g_assert_false (dio_viewport_contains (&viewport, 900, 599));
  g_assert_false (dio_viewport_contains (&viewport, NAN, 0));

  g_assert_true (dio_viewport_to_guest (&viewport, -1e12, 1e12, &x, &y));
  g_assert_cmpuint (x, ==, 0);
  g_assert_cmpuint (y, ==, 599);
  g_assert_true (dio_viewport_to_guest (&viewport, 1e300, -1e300, &x, &y));
  g_assert_cmpuint (x, ==, 799);
  g_assert_cmpuint (y, ==, 0);
  g_assert_false (dio_viewport_to_guest (&viewport, NAN, 0, &x, &y));
  g_assert_false (dio_viewport_to_guest (&viewport, 0, INFINITY, &x, &y));
}

/* Parts of a pixel, whichever way the picture is turned: along the guest's own axes, and within the picture. */
static void
test_parts (void)
{
  static const struct
  {
    guint turns;
    double view[2], guest[2];
  } cases[] = {
    { 0, { 10.5, 20.25 }, { 5.25, 10.125 } },
    { 1, { 10.5, 20.25 }, { 10.125, 48 - 5.25 } },
    { 2, { 10.5, 20.25 }, { 64 - 5.25, 48 - 10.125 } },
    { 3, { 10.5, 20.25 }, { 64 - 10.125, 5.25 } },
    { 0, { 1000, 1000 }, { 64 - 1.0 / 256, 48 - 1.0 / 256 } },
    { 2, { -5, 0 }, { 64 - 1.0 / 256, 48 - 1.0 / 256 } },
    { 2, { 1000, 1000 }, { 1.0 / 256, 1.0 / 256 } },
    { 2, { 2, 2 }, { 63 - 1.0 / 256, 47 - 1.0 / 256 } }, /* where the second pixel begins */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean sideways = cases[i].turns % 2 == 1;
      DioViewport viewport;
      guint pixel_x, pixel_y;
      double x, y;

      dio_viewport_arrange (&viewport, 64, 48, sideways ? 96 : 128, sideways ? 128 : 96,
                            &(DioZoom) { .turns = cases[i].turns });
      g_assert_true (dio_viewport_to_guest_point (&viewport, cases[i].view[0], cases[i].view[1], &x, &y));
      g_assert_cmpfloat (x, ==, cases[i].guest[0]);
      g_assert_cmpfloat (y, ==, cases[i].guest[1]);
      g_assert_true (dio_viewport_to_guest (&viewport, cases[i].view[0], cases[i].view[1], &pixel_x, &pixel_y));
      g_assert_cmpuint (pixel_x, ==, (guint) x);
      g_assert_cmpuint (pixel_y, ==, (guint) y);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/viewport/fit", test_fit);
  g_test_add_func ("/viewport/empty", test_empty);
  g_test_add_func ("/viewport/every-pixel", test_every_pixel);
  g_test_add_func ("/viewport/outside", test_outside);
  g_test_add_func ("/viewport/parts", test_parts);
  return g_test_run ();
}
