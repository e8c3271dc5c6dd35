/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/cursor-image.h"

#include <math.h>

/* Bounds what a small guest picture on a large screen makes of a large pointer; compositors refuse larger ones. */
#define MAX_SIZE 512
/* How far to look for a size that is whole both in application and in device pixels. */
#define MAX_PADDING 24

typedef struct
{
  DioCursor *cursor;
  double factor;
  guint turns;
  gboolean smooth;
} Image;

static void
image_free (gpointer data)
{
  Image *image = data;

  g_clear_pointer (&image->cursor, dio_cursor_unref);
  g_free (image);
}

GdkTexture *
dio_cursor_image_new_texture (DioCursor *cursor)
{
  int width = dio_cursor_get_width (cursor);

  return gdk_memory_texture_new (width, dio_cursor_get_height (cursor),
                                 G_BYTE_ORDER == G_LITTLE_ENDIAN ? GDK_MEMORY_B8G8R8A8 : GDK_MEMORY_A8R8G8B8,
                                 dio_cursor_get_pixels (cursor), (gsize) width * 4);
}

/* The least application size ≥ NEEDED device pixels at SCALE that is a whole number of device pixels too (at 1.25, 1.5
 * … transparent edges make up the difference), so that nobody has to resample the image. */
static int
application_size (int needed, double scale)
{
  int smallest = MAX ((int) ceil (needed / scale - 1e-6), 1);

  for (int size = smallest; size <= smallest + MAX_PADDING; size++)
    if (fabs (size * scale - round (size * scale)) < 1e-3)
      return size;
  return smallest;
}

static void
turn_size (guint turns, int width, int height, int *turned_width, int *turned_height)
{
  *turned_width = turns % 2 == 1 ? height : width;
  *turned_height = turns % 2 == 1 ? width : height;
}

/* Turns what is drawn from here on into WIDTH × HEIGHT at the canvas' corner. */
static void
turn (cairo_t *cr, guint turns, int width, int height)
{
  static const int sines[] = { 0, 1, 0, -1 };
  cairo_matrix_t matrix;

  cairo_matrix_init (&matrix, sines[(turns + 1) % 4], sines[turns], -sines[turns], sines[(turns + 1) % 4],
                     turns == 1 || turns == 2 ? width : 0, turns == 2 || turns == 3 ? height : 0);
  cairo_transform (cr, &matrix);
}

/* Draws the image, enlarged to WIDTH × HEIGHT as turned, into a canvas' upper left; the rest stays transparent. */
static GdkTexture *
draw_scaled (const Image *image, GdkTexture *texture, int width, int height, int canvas_width, int canvas_height)
{
  int stride = cairo_format_stride_for_width (CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture));
  g_autofree guchar *pixels = g_malloc0_n (stride, gdk_texture_get_height (texture));
  cairo_surface_t *source = cairo_image_surface_create_for_data (
      pixels, CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture), gdk_texture_get_height (texture), stride);
  cairo_surface_t *target = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, canvas_width, canvas_height);
  cairo_t *cr = cairo_create (target);
  int upright_width, upright_height;
  g_autoptr (GBytes) bytes = NULL;
  GdkTexture *scaled;

  gdk_texture_download (texture, pixels, stride);
  cairo_surface_mark_dirty (source);
  turn (cr, image->turns, width, height);
  turn_size (image->turns, width, height, &upright_width, &upright_height);
  cairo_scale (cr, (double) upright_width / gdk_texture_get_width (texture),
               (double) upright_height / gdk_texture_get_height (texture));
  cairo_set_source_surface (cr, source, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), image->smooth ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_destroy (source);
  cairo_surface_flush (target);

  bytes = g_bytes_new (cairo_image_surface_get_data (target),
                       (gsize) cairo_image_surface_get_stride (target) * canvas_height);
  scaled = gdk_memory_texture_new (canvas_width, canvas_height, GDK_MEMORY_DEFAULT, bytes,
                                   cairo_image_surface_get_stride (target));
  cairo_surface_destroy (target);
  return scaled;
}

/* Where the hot spot's pixel is in the turned image. */
static void
turn_hot_spot (guint turns, DioCursor *cursor, int *x, int *y)
{
  int hot_x = dio_cursor_get_hot_x (cursor), hot_y = dio_cursor_get_hot_y (cursor);
  int from_right = dio_cursor_get_width (cursor) - 1 - hot_x, from_bottom = dio_cursor_get_height (cursor) - 1 - hot_y;

  *x = turns == 0 ? hot_x : turns == 1 ? from_bottom : turns == 2 ? from_right : hot_y;
  *y = turns == 0 ? hot_y : turns == 1 ? hot_x : turns == 2 ? from_bottom : from_right;
}

static GdkTexture *
make_texture (GdkCursor *cursor, int cursor_size, double scale, int *width, int *height, int *hotspot_x, int *hotspot_y,
              gpointer user_data)
{
  Image *image = user_data;
  g_autoptr (GdkTexture) texture = dio_cursor_image_new_texture (image->cursor);
  double factor = image->factor;
  int device_width, device_height, hot_x, hot_y;

  factor = MIN (factor, (double) MAX_SIZE / MAX (gdk_texture_get_width (texture), gdk_texture_get_height (texture)));
  turn_size (image->turns, gdk_texture_get_width (texture), gdk_texture_get_height (texture), &device_width,
             &device_height);
  device_width = MAX ((int) round (device_width * factor), 1);
  device_height = MAX ((int) round (device_height * factor), 1);

  *width = application_size (device_width, scale);
  *height = application_size (device_height, scale);
  turn_hot_spot (image->turns, image->cursor, &hot_x, &hot_y);
  *hotspot_x = CLAMP ((int) round (hot_x * factor / scale), 0, *width - 1);
  *hotspot_y = CLAMP ((int) round (hot_y * factor / scale), 0, *height - 1);
  return draw_scaled (image, texture, device_width, device_height, (int) round (*width * scale),
                      (int) round (*height * scale));
}

GdkCursor *
dio_cursor_image_new (DioCursor *cursor, double factor, guint turns, gboolean smooth)
{
  Image *image = g_new0 (Image, 1);

  g_return_val_if_fail (factor > 0, NULL);

  image->cursor = dio_cursor_ref (cursor);
  image->factor = factor;
  image->turns = turns % 4;
  image->smooth = smooth;
  return gdk_cursor_new_from_callback (make_texture, image, image_free, NULL);
}
