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

/* Draws the image enlarged into the upper left of a canvas; the rest stays transparent. */
static GdkTexture *
draw_scaled (GdkTexture *texture, int width, int height, int canvas_width, int canvas_height)
{
  int stride = cairo_format_stride_for_width (CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture));
  g_autofree guchar *pixels = g_malloc0_n (stride, gdk_texture_get_height (texture));
  cairo_surface_t *source = cairo_image_surface_create_for_data (
      pixels, CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture), gdk_texture_get_height (texture), stride);
  cairo_surface_t *target = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, canvas_width, canvas_height);
  cairo_t *cr = cairo_create (target);
  gboolean whole = width % gdk_texture_get_width (texture) == 0 && height % gdk_texture_get_height (texture) == 0;
  g_autoptr (GBytes) bytes = NULL;
  GdkTexture *scaled;

  gdk_texture_download (texture, pixels, stride);
  cairo_surface_mark_dirty (source);
  cairo_scale (cr, (double) width / gdk_texture_get_width (texture),
               (double) height / gdk_texture_get_height (texture));
  cairo_set_source_surface (cr, source, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), whole ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
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

static GdkTexture *
make_texture (GdkCursor *cursor, int cursor_size, double scale, int *width, int *height, int *hotspot_x, int *hotspot_y,
              gpointer user_data)
{
  Image *image = user_data;
  g_autoptr (GdkTexture) texture = dio_cursor_image_new_texture (image->cursor);
  double factor = image->factor;
  int device_width, device_height;

  factor = MIN (factor, (double) MAX_SIZE / MAX (gdk_texture_get_width (texture), gdk_texture_get_height (texture)));
  device_width = MAX ((int) round (gdk_texture_get_width (texture) * factor), 1);
  device_height = MAX ((int) round (gdk_texture_get_height (texture) * factor), 1);

  *width = application_size (device_width, scale);
  *height = application_size (device_height, scale);
  *hotspot_x = CLAMP ((int) round (dio_cursor_get_hot_x (image->cursor) * factor / scale), 0, *width - 1);
  *hotspot_y = CLAMP ((int) round (dio_cursor_get_hot_y (image->cursor) * factor / scale), 0, *height - 1);
  return draw_scaled (texture, device_width, device_height, (int) round (*width * scale),
                      (int) round (*height * scale));
}

GdkCursor *
dio_cursor_image_new (DioCursor *cursor, double factor)
{
  Image *image = g_new0 (Image, 1);

  g_return_val_if_fail (factor > 0, NULL);

  image->cursor = dio_cursor_ref (cursor);
  image->factor = factor;
  return gdk_cursor_new_from_callback (make_texture, image, image_free, NULL);
}
