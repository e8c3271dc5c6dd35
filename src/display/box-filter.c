/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/box-filter.h"

#include <string.h>

/* All in whole numbers. Along one side, of W pixels and N cells, a pixel is N units wide and a cell W units: pixel P
 * covers [P × N, P × N + N), cell C covers [C × W, C × W + W). What they share is the pixel's weight in the cell, and
 * the weights of a cell add up to W. Sums fit: 255 × 16384 × 16384 needs 36 bits. */

typedef struct
{
  guint bytes_per_pixel, blue, green, red; /* where they are in a pixel */
} Layout;

static Layout
layout_of (DioPixelFormat format)
{
  guint bytes = dio_pixel_format_get_bytes_per_pixel (format);

  switch (format)
    {
    case DIO_PIXEL_FORMAT_X8R8G8B8:
      return (Layout) { bytes, 3, 2, 1 };
    case DIO_PIXEL_FORMAT_R8G8B8X8:
    case DIO_PIXEL_FORMAT_R8G8B8:
      return (Layout) { bytes, 2, 1, 0 };
    case DIO_PIXEL_FORMAT_X8B8G8R8:
      return (Layout) { bytes, 1, 2, 3 };
    case DIO_PIXEL_FORMAT_B8G8R8X8:
    case DIO_PIXEL_FORMAT_B8G8R8:
    default:
      return (Layout) { bytes, 0, 1, 2 };
    }
}

void
dio_box_filter_init (DioBoxFilter *self, int width, int height, int max_size)
{
  int longer = MAX (width, height);

  *self = (DioBoxFilter) { width, height, width, height };
  if (longer <= max_size)
    return;
  self->target_width = MAX ((width * max_size + longer / 2) / longer, 1);
  self->target_height = MAX ((height * max_size + longer / 2) / longer, 1);
}

/* The cells that share something with pixels FROM up to FROM + N. */
static void
cells_of (int size, int target_size, int from, int n, int *ret_from, int *ret_n)
{
  int end = (int) (((gint64) (from + n) * target_size + size - 1) / size);

  *ret_from = (int) ((gint64) from * target_size / size);
  *ret_n = MIN (end, target_size) - *ret_from;
}

cairo_rectangle_int_t
dio_box_filter_get_cells (const DioBoxFilter *self, const cairo_rectangle_int_t *rect)
{
  cairo_rectangle_int_t cells;

  cells_of (self->width, self->target_width, rect->x, rect->width, &cells.x, &cells.width);
  cells_of (self->height, self->target_height, rect->y, rect->height, &cells.y, &cells.height);
  return cells;
}

/* The pixels that share something with a cell, and the weights of the first and the last. Those between weigh
 * TARGET_SIZE each. */
typedef struct
{
  int from, n;
  guint first, last;
} Span;

static Span
span_of (int size, int target_size, int cell)
{
  gint64 begin = (gint64) cell * size, end = begin + size;
  Span span;

  span.from = (int) (begin / target_size);
  span.n = (int) ((end + target_size - 1) / target_size) - span.from;
  span.first = (guint) (MIN (end, ((gint64) span.from + 1) * target_size) - begin);
  span.last = (guint) (end - MAX (begin, ((gint64) span.from + span.n - 1) * target_size));
  return span;
}

cairo_rectangle_int_t
dio_box_filter_get_pixels (const DioBoxFilter *self, const cairo_rectangle_int_t *cells)
{
  Span left = span_of (self->width, self->target_width, cells->x);
  Span right = span_of (self->width, self->target_width, cells->x + cells->width - 1);
  Span top = span_of (self->height, self->target_height, cells->y);
  Span bottom = span_of (self->height, self->target_height, cells->y + cells->height - 1);

  return (cairo_rectangle_int_t) { left.from, top.from, right.from + right.n - left.from,
                                   bottom.from + bottom.n - top.from };
}

static void
add_pixel (const Layout *layout, const guint8 *pixel, guint64 weight, guint64 *sum)
{
  sum[0] += pixel[layout->blue] * weight;
  sum[1] += pixel[layout->green] * weight;
  sum[2] += pixel[layout->red] * weight;
}

/* Adds what SPAN, which begins at PIXEL, gives a cell, WEIGHT times. */
static void
add_span (const Layout *layout, const guint8 *pixel, const Span *span, guint inner, guint64 weight, guint64 *sum)
{
  guint blue = 0, green = 0, red = 0;

  add_pixel (layout, pixel, span->first * weight, sum);
  if (span->n == 1)
    return;
  for (int i = 1; i < span->n - 1; i++)
    {
      pixel += layout->bytes_per_pixel;
      blue += pixel[layout->blue];
      green += pixel[layout->green];
      red += pixel[layout->red];
    }
  sum[0] += blue * (guint64) inner * weight;
  sum[1] += green * (guint64) inner * weight;
  sum[2] += red * (guint64) inner * weight;
  add_pixel (layout, pixel + layout->bytes_per_pixel, span->last * weight, sum);
}

static guint64
row_weight (const DioBoxFilter *self, const Span *rows, int i)
{
  if (i == 0)
    return rows->first;
  return i == rows->n - 1 ? rows->last : (guint) self->target_height;
}

/* Adds a row of pixels, which begins at ROW, to each cell's sum, WEIGHT times. */
static void
add_row (const Layout *layout, const guint8 *row, int row_x, const Span *columns, int n_columns, guint inner,
         guint64 weight, guint64 *sums)
{
  for (int i = 0; i < n_columns; i++)
    add_span (layout, row + (gsize) (columns[i].from - row_x) * layout->bytes_per_pixel, &columns[i], inner, weight,
              &sums[i * 3]);
}

void
dio_box_filter_run (const DioBoxFilter *self, const DioBoxFilterSource *source, const cairo_rectangle_int_t *cells,
                    guint8 *target)
{
  const guint64 whole = (guint64) self->width * (guint64) self->height;
  const Layout layout = layout_of (source->format);
  g_autofree Span *columns = g_new (Span, (gsize) cells->width);
  g_autofree guint64 *sums = g_new (guint64, (gsize) cells->width * 3);

  for (int i = 0; i < cells->width; i++)
    columns[i] = span_of (self->width, self->target_width, cells->x + i);

  for (int y = cells->y; y < cells->y + cells->height; y++)
    {
      Span rows = span_of (self->height, self->target_height, y);
      guint8 *out = target + ((gsize) y * (gsize) self->target_width + (gsize) cells->x) * 4;

      memset (sums, 0, sizeof *sums * 3 * (gsize) cells->width);
      for (int i = 0; i < rows.n; i++)
        add_row (&layout, source->data + (rows.from + i - source->y) * source->stride, source->x, columns, cells->width,
                 (guint) self->target_width, row_weight (self, &rows, i), sums);
      for (int i = 0; i < cells->width * 3; i++)
        out[i / 3 * 4 + i % 3] = (guint8) ((sums[i] + whole / 2) / whole);
      for (int i = 0; i < cells->width; i++)
        out[i * 4 + 3] = 255;
    }
}
