/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/box-filter.h"

#include <math.h>
#include <string.h>

typedef struct
{
  DioBoxFilter filter;
  guint bytes_per_pixel;
  gsize stride;
  guint8 *pixels;
  guint8 *target;
  DioBoxFilterSource source;
} Fixture;

static void
fixture_init (Fixture *self, int width, int height, int max_size, DioPixelFormat format)
{
  dio_box_filter_init (&self->filter, width, height, max_size);
  self->bytes_per_pixel = dio_pixel_format_get_bytes_per_pixel (format);
  self->stride = (gsize) width * self->bytes_per_pixel + 8;
  self->pixels = g_malloc (self->stride * (gsize) height);
  self->target = g_malloc0_n ((gsize) self->filter.target_width * (gsize) self->filter.target_height, 4);
  self->source = (DioBoxFilterSource) { self->pixels, 0, 0, (gssize) self->stride, format };
  for (gsize i = 0; i < self->stride * (gsize) height; i++)
    self->pixels[i] = (guint8) g_test_rand_int ();
}

static void
fixture_clear (Fixture *self)
{
  g_free (self->pixels);
  g_free (self->target);
}

static void
run_all (Fixture *self)
{
  const cairo_rectangle_int_t all = { 0, 0, self->filter.target_width, self->filter.target_height };

  dio_box_filter_run (&self->filter, &self->source, &all, self->target);
}

/* How much of pixel P cell C has, by floating point. */
static double
overlap (int pixel, int cell, int size, int cells)
{
  double begin = (double) cell * size / cells, end = (double) (cell + 1) * size / cells;

  return MAX (0, MIN (end, pixel + 1) - MAX (begin, pixel));
}

static double
expected (Fixture *self, int cell_x, int cell_y, guint offset)
{
  const DioBoxFilter *filter = &self->filter;
  double sum = 0, weights = 0;

  for (int y = 0; y < filter->height; y++)
    for (int x = 0; x < filter->width; x++)
      {
        double weight = overlap (x, cell_x, filter->width, filter->target_width) *
                        overlap (y, cell_y, filter->height, filter->target_height);

        sum += weight * self->pixels[(gsize) y * self->stride + (gsize) x * self->bytes_per_pixel + offset];
        weights += weight;
      }
  return sum / weights;
}

static void
test_sizes (void)
{
  static const struct
  {
    int size[2], max, expected[2];
  } cases[] = {
    { { 3840, 2160 }, 320, { 320, 180 } }, { { 1920, 1200 }, 320, { 320, 200 } },
    { { 1080, 1920 }, 320, { 180, 320 } }, { { 320, 200 }, 320, { 320, 200 } },
    { { 100, 50 }, 320, { 100, 50 } },     { { 16384, 1 }, 320, { 320, 1 } },
    { { 1, 16384 }, 320, { 1, 320 } },     { { 16384, 16384 }, 320, { 320, 320 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      DioBoxFilter filter;

      dio_box_filter_init (&filter, cases[i].size[0], cases[i].size[1], cases[i].max);
      g_assert_cmpint (filter.target_width, ==, cases[i].expected[0]);
      g_assert_cmpint (filter.target_height, ==, cases[i].expected[1]);
    }
}

/* Each cell against the definition, at awkward sizes, in each format. */
static void
test_means (void)
{
  static const guint offsets[][3] = {
    [DIO_PIXEL_FORMAT_B8G8R8X8] = { 0, 1, 2 }, [DIO_PIXEL_FORMAT_X8R8G8B8] = { 3, 2, 1 },
    [DIO_PIXEL_FORMAT_R8G8B8X8] = { 2, 1, 0 }, [DIO_PIXEL_FORMAT_X8B8G8R8] = { 1, 2, 3 },
    [DIO_PIXEL_FORMAT_B8G8R8] = { 0, 1, 2 },   [DIO_PIXEL_FORMAT_R8G8B8] = { 2, 1, 0 },
  };

  for (guint turn = 0; turn < 60; turn++)
    {
      DioPixelFormat format = turn % G_N_ELEMENTS (offsets);
      Fixture fixture;

      fixture_init (&fixture, g_test_rand_int_range (1, 60), g_test_rand_int_range (1, 60),
                    g_test_rand_int_range (1, 30), format);
      run_all (&fixture);
      for (int y = 0; y < fixture.filter.target_height; y++)
        for (int x = 0; x < fixture.filter.target_width; x++)
          {
            const guint8 *cell = fixture.target + ((gsize) y * (gsize) fixture.filter.target_width + (gsize) x) * 4;

            for (guint channel = 0; channel < 3; channel++)
              g_assert_cmpfloat (fabs (cell[channel] - expected (&fixture, x, y, offsets[format][channel])), <=,
                                 0.5001);
            g_assert_cmpint (cell[3], ==, 255);
          }
      fixture_clear (&fixture);
    }
}

/* White stays white, at the largest size that there is: no sum overflows. */
static void
test_extremes (void)
{
  const cairo_rectangle_int_t cell = { 0, 0, 1, 1 };
  DioBoxFilter filter = { DIO_MAX_SIZE, 1024, 1, 1 };
  gsize size = (gsize) DIO_MAX_SIZE * 1024 * 4;
  g_autofree guint8 *pixels = g_malloc (size);
  DioBoxFilterSource source = { pixels, 0, 0, (gssize) DIO_MAX_SIZE * 4, DIO_PIXEL_FORMAT_B8G8R8X8 };
  guint8 target[4];

  memset (pixels, 255, size);
  dio_box_filter_run (&filter, &source, &cell, target);
  g_assert_cmpmem (target, 4, "\377\377\377\377", 4);
}

/* Damage changes the cells that it is said to change, no others; these alone computed anew make the same picture as all
 * of them. */
static void
test_damage (void)
{
  for (guint turn = 0; turn < 300; turn++)
    {
      Fixture fixture;
      cairo_rectangle_int_t rect, cells;
      g_autofree guint8 *by_damage = NULL;
      gsize size;

      fixture_init (&fixture, g_test_rand_int_range (1, 90), g_test_rand_int_range (1, 90),
                    g_test_rand_int_range (1, 40), DIO_PIXEL_FORMAT_B8G8R8X8);
      size = (gsize) fixture.filter.target_width * (gsize) fixture.filter.target_height * 4;
      run_all (&fixture);
      rect.x = g_test_rand_int_range (0, fixture.filter.width);
      rect.y = g_test_rand_int_range (0, fixture.filter.height);
      rect.width = g_test_rand_int_range (1, fixture.filter.width - rect.x + 1);
      rect.height = g_test_rand_int_range (1, fixture.filter.height - rect.y + 1);
      for (int y = rect.y; y < rect.y + rect.height; y++)
        memset (fixture.pixels + (gsize) y * fixture.stride + (gsize) rect.x * 4, (int) turn, (gsize) rect.width * 4);

      cells = dio_box_filter_get_cells (&fixture.filter, &rect);
      g_assert_cmpint (cells.x, >=, 0);
      g_assert_cmpint (cells.y, >=, 0);
      g_assert_cmpint (cells.width, >=, 1);
      g_assert_cmpint (cells.height, >=, 1);
      g_assert_cmpint (cells.x + cells.width, <=, fixture.filter.target_width);
      g_assert_cmpint (cells.y + cells.height, <=, fixture.filter.target_height);
      dio_box_filter_run (&fixture.filter, &fixture.source, &cells, fixture.target);
      by_damage = g_memdup2 (fixture.target, size);
      run_all (&fixture);
      g_assert_cmpmem (by_damage, size, fixture.target, size);
      fixture_clear (&fixture);
    }
}

/* No more cells than those that have a part of the damage. */
static void
test_damage_is_exact (void)
{
  DioBoxFilter filter = { 3840, 2160, 320, 180 };
  cairo_rectangle_int_t cells;

  cells = dio_box_filter_get_cells (&filter, &(cairo_rectangle_int_t) { 12, 24, 12, 12 });
  g_assert_true (cells.x == 1 && cells.y == 2 && cells.width == 1 && cells.height == 1);
  cells = dio_box_filter_get_cells (&filter, &(cairo_rectangle_int_t) { 11, 24, 13, 13 });
  g_assert_true (cells.x == 0 && cells.y == 2 && cells.width == 2 && cells.height == 2);
  cells = dio_box_filter_get_cells (&filter, &(cairo_rectangle_int_t) { 3839, 2159, 1, 1 });
  g_assert_true (cells.x == 319 && cells.y == 179 && cells.width == 1 && cells.height == 1);
}

/* The pixels that cells are said to need suffice: computed from those alone they are the same. */
static void
test_pixels (void)
{
  for (guint turn = 0; turn < 200; turn++)
    {
      Fixture fixture;
      cairo_rectangle_int_t cells, rect;
      g_autofree guint8 *part = NULL, *whole = NULL;
      DioBoxFilterSource source = { .format = DIO_PIXEL_FORMAT_B8G8R8X8 };
      gsize size;

      fixture_init (&fixture, g_test_rand_int_range (1, 90), g_test_rand_int_range (1, 90),
                    g_test_rand_int_range (1, 40), DIO_PIXEL_FORMAT_B8G8R8X8);
      size = (gsize) fixture.filter.target_width * (gsize) fixture.filter.target_height * 4;
      run_all (&fixture);
      whole = g_memdup2 (fixture.target, size);
      cells.x = g_test_rand_int_range (0, fixture.filter.target_width);
      cells.y = g_test_rand_int_range (0, fixture.filter.target_height);
      cells.width = g_test_rand_int_range (1, fixture.filter.target_width - cells.x + 1);
      cells.height = g_test_rand_int_range (1, fixture.filter.target_height - cells.y + 1);
      rect = dio_box_filter_get_pixels (&fixture.filter, &cells);
      /* Not a byte more: AddressSanitizer finds what is read beyond. Upside down, for good measure. */
      part = g_malloc ((gsize) rect.width * 4 * (gsize) rect.height);
      for (int y = 0; y < rect.height; y++)
        memcpy (part + (gsize) (rect.height - 1 - y) * (gsize) rect.width * 4,
                fixture.pixels + (gsize) (rect.y + y) * fixture.stride + (gsize) rect.x * 4, (gsize) rect.width * 4);
      source.data = part + (gsize) (rect.height - 1) * (gsize) rect.width * 4;
      source.stride = -(gssize) rect.width * 4;
      source.x = rect.x;
      source.y = rect.y;
      dio_box_filter_run (&fixture.filter, &source, &cells, fixture.target);
      g_assert_cmpmem (whole, size, fixture.target, size);
      fixture_clear (&fixture);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/box-filter/sizes", test_sizes);
  g_test_add_func ("/box-filter/means", test_means);
  g_test_add_func ("/box-filter/extremes", test_extremes);
  g_test_add_func ("/box-filter/damage", test_damage);
  g_test_add_func ("/box-filter/damage-is-exact", test_damage_is_exact);
  g_test_add_func ("/box-filter/pixels", test_pixels);
  return g_test_run ();
}
