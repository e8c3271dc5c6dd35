/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter-pixels.h"

#include <string.h>

struct _DioPainterPixels
{
  grefcount ref_count;
  gboolean native;
  int level;
  DioFrame *frame; /* NULL before the first */
  gboolean copied; /* COPY is what painters read; the frame itself otherwise */
  guint32 *copy;   /* B8G8R8X8, rows without gaps; NULL while there is none */
  int width, height;
  cairo_region_t *damage;
};

DioPainterPixels *
dio_painter_pixels_new (gboolean native)
{
  DioPainterPixels *self = g_new0 (DioPainterPixels, 1);

  g_ref_count_init (&self->ref_count);
  self->native = native;
  self->damage = cairo_region_create ();
  return self;
}

DioPainterPixels *
dio_painter_pixels_ref (DioPainterPixels *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_painter_pixels_unref (DioPainterPixels *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->frame, dio_frame_unref);
  g_clear_pointer (&self->copy, g_free);
  g_clear_pointer (&self->damage, cairo_region_destroy);
  g_free (self);
}

int
dio_painter_pixels_choose_level (double factor)
{
  int level = 0;

  for (; factor > 0 && factor < 0.5 && level < DIO_PAINTER_PIXELS_MAX_LEVEL; level++)
    factor *= 2;
  return level;
}

/* --- pixels of the copy --- */

static inline guint32
get_pixel (const guint8 *p, DioPixelFormat format)
{
  guint red, green, blue;

  switch (format)
    {
    case DIO_PIXEL_FORMAT_X8R8G8B8:
      red = p[1], green = p[2], blue = p[3];
      break;
    case DIO_PIXEL_FORMAT_R8G8B8X8:
    case DIO_PIXEL_FORMAT_R8G8B8:
      red = p[0], green = p[1], blue = p[2];
      break;
    case DIO_PIXEL_FORMAT_X8B8G8R8:
      red = p[3], green = p[2], blue = p[1];
      break;
    case DIO_PIXEL_FORMAT_B8G8R8X8:
    case DIO_PIXEL_FORMAT_B8G8R8:
    default:
      red = p[2], green = p[1], blue = p[0];
      break;
    }
  return 0xff000000u | red << 16 | green << 8 | blue;
}

/* N pixels in words of cairo's order, which is also what B8G8R8X8 is in memory on little-endian machines. */
static void
convert_row (const guint8 *source, DioPixelFormat format, guint32 *target, int n)
{
  guint step = dio_pixel_format_get_bytes_per_pixel (format);

  if (format == DIO_PIXEL_FORMAT_B8G8R8X8 && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    memcpy (target, source, (gsize) n * 4);
  else
    for (int i = 0; i < n; i++)
      target[i] = get_pixel (source + (gsize) i * step, format);
}

/* Adds N pixels to the sums of their blocks of 1 << LEVEL: red and blue in one word, green in another. The largest
 * block has 256 pixels, so that 16 bits a channel are enough. */
static void
add_row (const guint32 *row, int n, int level, guint32 *red_blue, guint32 *green)
{
  for (int i = 0; i < n; i++)
    {
      red_blue[i >> level] += row[i] & 0x00ff00ffu;
      green[i >> level] += (row[i] >> 8) & 0xffu;
    }
}

static inline guint32
mean (guint32 red_blue, guint32 green, guint count)
{
  guint half = count / 2;
  guint red = ((red_blue >> 16) + half) / count;
  guint blue = ((red_blue & 0xffffu) + half) / count;

  return 0xff000000u | red << 16 | ((green + half) / count) << 8 | blue;
}

typedef struct
{
  guint32 *row, *red_blue, *green; /* room for a row */
} Scratch;

/* One row of the copy's RECT. Blocks at the picture's right and lower edges have fewer pixels. */
static void
reduce_row (DioPainterPixels *self, const DioPixelView *view, const cairo_rectangle_int_t *rect, int y,
            Scratch *scratch)
{
  int level = self->level, x = rect->x << level, top = y << level;
  int width = MIN ((rect->x + rect->width) << level, dio_frame_get_width (self->frame)) - x;
  int rows = MIN ((y + 1) << level, dio_frame_get_height (self->frame)) - top;
  guint step = dio_pixel_format_get_bytes_per_pixel (view->format);
  guint32 *target = self->copy + (gsize) y * (gsize) self->width + rect->x;

  memset (scratch->red_blue, 0, (gsize) rect->width * 4);
  memset (scratch->green, 0, (gsize) rect->width * 4);
  for (int i = 0; i < rows; i++)
    {
      convert_row (view->data + (top + i) * view->stride + (gsize) x * step, view->format, scratch->row, width);
      add_row (scratch->row, width, level, scratch->red_blue, scratch->green);
    }
  for (int i = 0; i < rect->width; i++)
    {
      int columns = MIN (1 << level, width - (i << level));

      target[i] = mean (scratch->red_blue[i], scratch->green[i], (guint) (rows * columns));
    }
}

static void
copy_rect (DioPainterPixels *self, const DioPixelView *view, const cairo_rectangle_int_t *rect, Scratch *scratch)
{
  guint step = dio_pixel_format_get_bytes_per_pixel (view->format);

  for (int y = rect->y; y < rect->y + rect->height; y++)
    if (self->level == 0)
      convert_row (view->data + y * view->stride + (gsize) rect->x * step, view->format,
                   self->copy + (gsize) y * (gsize) self->width + rect->x, rect->width);
    else
      reduce_row (self, view, rect, y, scratch);
}

static gboolean
map_frame (DioPainterPixels *self, DioPixelView *view, GError **error)
{
  view->format = dio_frame_get_format (self->frame);
  view->data = dio_frame_map (self->frame, &view->stride, error);
  return view->data != NULL;
}

/* Converts only what was damaged. */
static gboolean
read_damage (DioPainterPixels *self, GError **error)
{
  for (int i = 0; i < cairo_region_num_rectangles (self->damage); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (self->damage, i, &rect);
      if (!dio_frame_read (self->frame, &rect, (guint8 *) (self->copy + (gsize) rect.y * (gsize) self->width + rect.x),
                           (gsize) self->width * 4, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
update_copy (DioPainterPixels *self, GError **error)
{
  Scratch scratch = { 0 };
  gsize row_size = (gsize) dio_frame_get_width (self->frame) * 4;
  DioPixelView view;

  if (self->level == 0 && !dio_frame_is_direct (self->frame) &&
      dio_frame_get_format (self->frame) == DIO_PIXEL_FORMAT_B8G8R8X8)
    return read_damage (self, error);
  if (!map_frame (self, &view, error))
    return FALSE;
  if (self->level > 0)
    scratch = (Scratch) { g_malloc (row_size), g_malloc (row_size), g_malloc (row_size) };
  for (int i = 0; i < cairo_region_num_rectangles (self->damage); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (self->damage, i, &rect);
      copy_rect (self, &view, &rect, &scratch);
    }
  dio_frame_unmap (self->frame);
  g_free (scratch.row);
  g_free (scratch.red_blue);
  g_free (scratch.green);
  return TRUE;
}

/* --- shape and damage --- */

static int
halve (int size, int level)
{
  return (size + (1 << level) - 1) >> level;
}

/* Whether the frame's own pixels do as they are. */
static gboolean
is_served (DioPainterPixels *self)
{
  return self->level == 0 && dio_frame_is_direct (self->frame) &&
         (!self->native || (G_BYTE_ORDER == G_LITTLE_ENDIAN && dio_frame_is_aligned (self->frame) &&
                            dio_frame_get_format (self->frame) == DIO_PIXEL_FORMAT_B8G8R8X8));
}

static void
damage_all (DioPainterPixels *self)
{
  cairo_rectangle_int_t all = { 0, 0, self->width, self->height };

  cairo_region_destroy (self->damage);
  self->damage = cairo_region_create_rectangle (&all);
}

static void
damage_like_frame (DioPainterPixels *self)
{
  const cairo_region_t *damage = dio_frame_get_damage (self->frame);
  int level = self->level;

  cairo_region_destroy (self->damage);
  if (level == 0)
    {
      self->damage = cairo_region_copy (damage);
      return;
    }
  self->damage = cairo_region_create ();
  for (int i = 0; i < cairo_region_num_rectangles (damage); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (damage, i, &rect);
      rect.width = halve (rect.x + rect.width, level) - (rect.x >> level);
      rect.height = halve (rect.y + rect.height, level) - (rect.y >> level);
      rect.x >>= level;
      rect.y >>= level;
      cairo_region_union_rectangle (self->damage, &rect);
    }
}

/* Whether the frame's own pixels can be had: where drawing only begins later it is too late to find out. */
static gboolean
try_frame (DioPainterPixels *self, GError **error)
{
  DioPixelView view;

  if (!map_frame (self, &view, error))
    return FALSE;
  dio_frame_unmap (self->frame);
  return TRUE;
}

static gboolean
is_alike (DioFrame *a, DioFrame *b)
{
  return dio_frame_get_kind (a) == dio_frame_get_kind (b) && dio_frame_get_width (a) == dio_frame_get_width (b) &&
         dio_frame_get_height (a) == dio_frame_get_height (b);
}

/* The pixels of the present frame, all of them. */
static gboolean
reshape (DioPainterPixels *self, gboolean copied, GError **error)
{
  self->copied = copied;
  self->width = halve (dio_frame_get_width (self->frame), self->level);
  self->height = halve (dio_frame_get_height (self->frame), self->level);
  damage_all (self);
  g_clear_pointer (&self->copy, g_free);
  if (!copied)
    return try_frame (self, error);
  self->copy = g_try_malloc_n ((gsize) self->width * 4, (gsize) self->height);
  if (self->copy)
    return update_copy (self, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "There is no memory left for the picture");
  return FALSE;
}

gboolean
dio_painter_pixels_take (DioPainterPixels *self, DioFrame *frame, GError **error)
{
  gboolean copied, same = self->frame && is_alike (self->frame, frame);

  dio_frame_ref (frame);
  g_clear_pointer (&self->frame, dio_frame_unref);
  self->frame = frame;
  copied = !is_served (self);
  if (!same || self->copied != copied || (self->copied && !self->copy))
    return reshape (self, copied, error);
  damage_like_frame (self);
  return !self->copied || update_copy (self, error);
}

gboolean
dio_painter_pixels_set_level (DioPainterPixels *self, int level)
{
  int old_level = self->level;

  level = CLAMP (level, 0, DIO_PAINTER_PIXELS_MAX_LEVEL);
  if (self->level == level)
    return FALSE;
  self->level = level;
  if (!self->frame)
    return FALSE;
  if (reshape (self, !is_served (self), NULL))
    return TRUE;
  /* It can be drawn as it was, only not as well; what is asked for next may work. */
  self->level = old_level;
  return reshape (self, !is_served (self), NULL);
}

/* --- reading --- */

int
dio_painter_pixels_get_width (DioPainterPixels *self)
{
  return self->width;
}

int
dio_painter_pixels_get_height (DioPainterPixels *self)
{
  return self->height;
}

const cairo_region_t *
dio_painter_pixels_get_damage (DioPainterPixels *self)
{
  return self->damage;
}

gboolean
dio_painter_pixels_begin (DioPainterPixels *self, DioPixelView *ret_view, GError **error)
{
  g_return_val_if_fail (self->frame != NULL, FALSE);

  if (!self->copied)
    return map_frame (self, ret_view, error);
  if (!self->copy)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "There is no memory left for the picture");
      return FALSE;
    }
  *ret_view = (DioPixelView) { (const guint8 *) self->copy, (gssize) self->width * 4, DIO_PIXEL_FORMAT_B8G8R8X8 };
  return TRUE;
}

void
dio_painter_pixels_end (DioPainterPixels *self)
{
  if (!self->copied)
    dio_frame_unmap (self->frame);
}
