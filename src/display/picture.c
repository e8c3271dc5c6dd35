/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/picture.h"

#include <string.h>

gboolean
dio_picture_init (DioPicture *self, int width, int height, DioPixelFormat format, GError **error)
{
  gsize stride = ((gsize) width * dio_pixel_format_get_bytes_per_pixel (format) + 3) & ~(gsize) 3;
  guint8 *data;

  if (width < 1 || width > DIO_MAX_SIZE || height < 1 || height > DIO_MAX_SIZE ||
      stride * (gsize) height > DIO_MAX_PICTURE_BYTES)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The picture is too large");
      return FALSE;
    }
  data = g_try_malloc0 (stride * (gsize) height);
  if (!data)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is no memory for the picture");
      return FALSE;
    }
  *self = (DioPicture) { .width = width, .height = height, .stride = stride, .format = format, .data = data };
  return TRUE;
}

void
dio_picture_clear (DioPicture *self)
{
  g_free (self->data);
  *self = (DioPicture) { 0 };
}

guint8 *
dio_picture_at (const DioPicture *self, int x, int y)
{
  return self->data + (gsize) y * self->stride + (gsize) x * dio_pixel_format_get_bytes_per_pixel (self->format);
}

void
dio_picture_copy_overlap (const DioPicture *self, DioPicture *target)
{
  gsize length = (gsize) MIN (self->width, target->width) * dio_pixel_format_get_bytes_per_pixel (target->format);

  for (int y = 0; y < MIN (self->height, target->height); y++)
    memcpy (dio_picture_at (target, 0, y), dio_picture_at (self, 0, y), length);
}
