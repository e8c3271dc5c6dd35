/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/cursor.h"

#define MAX_SIZE 512

struct _DioCursor
{
  gatomicrefcount ref_count;
  int width, height;
  int hot_x, hot_y;
  GBytes *pixels;
};

G_DEFINE_BOXED_TYPE (DioCursor, dio_cursor, dio_cursor_ref, dio_cursor_unref)

DioCursor *
dio_cursor_new (int width, int height, int hot_x, int hot_y, GBytes *pixels, GError **error)
{
  DioCursor *self;

  g_return_val_if_fail (pixels, NULL);
  if (width < 1 || width > MAX_SIZE || height < 1 || height > MAX_SIZE || hot_x < 0 || hot_x >= width || hot_y < 0 ||
      hot_y >= height || g_bytes_get_size (pixels) != (gsize) width * (gsize) height * 4)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "A pointer image of %d × %d pixels with its hotspot at %d, %d in %" G_GSIZE_FORMAT
                   " bytes is not valid",
                   width, height, hot_x, hot_y, g_bytes_get_size (pixels));
      return NULL;
    }
  self = g_new0 (DioCursor, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->width = width;
  self->height = height;
  self->hot_x = hot_x;
  self->hot_y = hot_y;
  self->pixels = g_bytes_ref (pixels);
  return self;
}

DioCursor *
dio_cursor_ref (DioCursor *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_cursor_unref (DioCursor *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_bytes_unref (self->pixels);
  g_free (self);
}

int
dio_cursor_get_width (DioCursor *self)
{
  return self->width;
}

int
dio_cursor_get_height (DioCursor *self)
{
  return self->height;
}

int
dio_cursor_get_hot_x (DioCursor *self)
{
  return self->hot_x;
}

int
dio_cursor_get_hot_y (DioCursor *self)
{
  return self->hot_y;
}

GBytes *
dio_cursor_get_pixels (DioCursor *self)
{
  return self->pixels;
}
