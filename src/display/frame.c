/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/frame.h"

#include "display/frame-private.h"

#include <string.h>

struct _DioFrame
{
  gatomicrefcount ref_count;
  DioBuffer *buffer;
  cairo_region_t *damage;

  DioPacer *pacer;
  guint reader;
  guint64 serial;
  int consumed; /* atomic */

  guint8 *converted; /* while it is mapped: the pixels, where the buffer has others than ours */
};

G_DEFINE_BOXED_TYPE (DioFrame, dio_frame, dio_frame_ref, dio_frame_unref)

DioFrame *
dio_frame_new (DioBuffer *buffer, cairo_region_t *damage, DioPacer *pacer, guint reader)
{
  DioFrame *self = g_new0 (DioFrame, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->buffer = dio_buffer_ref (buffer);
  self->damage = damage;
  self->pacer = dio_pacer_ref (pacer);
  self->reader = reader;
  self->serial = dio_pacer_get_serial (pacer);
  return self;
}

DioFrame *
dio_frame_ref (DioFrame *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_frame_unref (DioFrame *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  dio_frame_consumed (self);
  g_free (self->converted);
  dio_buffer_unref (self->buffer);
  dio_pacer_unref (self->pacer);
  cairo_region_destroy (self->damage);
  g_free (self);
}

DioFrameKind
dio_frame_get_kind (DioFrame *self)
{
  return dio_buffer_get_kind (self->buffer);
}

int
dio_frame_get_width (DioFrame *self)
{
  return dio_buffer_get_width (self->buffer);
}

int
dio_frame_get_height (DioFrame *self)
{
  return dio_buffer_get_height (self->buffer);
}

const cairo_region_t *
dio_frame_get_damage (DioFrame *self)
{
  return self->damage;
}

guint64
dio_frame_get_buffer_id (DioFrame *self)
{
  return dio_buffer_get_id (self->buffer);
}

const DioDmabuf *
dio_frame_get_dmabuf (DioFrame *self)
{
  return dio_buffer_get_dmabuf (self->buffer);
}

gboolean
dio_frame_is_readable (DioFrame *self)
{
  return dio_buffer_get_conversion (self->buffer) != NULL;
}

DioPixelFormat
dio_frame_get_format (DioFrame *self)
{
  const DioPixelConversion *conversion = dio_buffer_get_conversion (self->buffer);

  return conversion ? conversion->format : DIO_PIXEL_FORMAT_B8G8R8X8;
}

gboolean
dio_frame_is_direct (DioFrame *self)
{
  const DioPixelConversion *conversion = dio_buffer_get_conversion (self->buffer);

  return conversion && conversion->conversion == DIO_PIXEL_COPY;
}

gboolean
dio_frame_is_aligned (DioFrame *self)
{
  return dio_buffer_is_aligned (self->buffer);
}

/* Copies the rectangle out of a mapped buffer. */
static void
copy (DioFrame *self, const guint8 *first, gssize stride, const cairo_rectangle_int_t *rect, guint8 *target,
      gsize target_stride)
{
  const DioPixelConversion *conversion = dio_buffer_get_conversion (self->buffer);

  first += rect->y * stride + rect->x * (gssize) conversion->bytes_per_pixel;
  for (int y = 0; y < rect->height; y++)
    dio_pixel_conversion_convert (conversion, first + y * stride, target + (gsize) y * target_stride,
                                  (gsize) rect->width);
}

gboolean
dio_frame_read (DioFrame *self, const cairo_rectangle_int_t *rect, guint8 *target, gsize target_stride, GError **error)
{
  gssize stride;
  const guint8 *first;

  g_return_val_if_fail (rect->x >= 0 && rect->y >= 0 && rect->width > 0 && rect->height > 0, FALSE);
  g_return_val_if_fail (rect->width <= dio_frame_get_width (self) - rect->x, FALSE);
  g_return_val_if_fail (rect->height <= dio_frame_get_height (self) - rect->y, FALSE);
  first = dio_buffer_begin_read (self->buffer, &stride, error);
  if (!first)
    return FALSE;
  copy (self, first, stride, rect, target, target_stride);
  dio_buffer_end_read (self->buffer);
  return TRUE;
}

const guint8 *
dio_frame_map (DioFrame *self, gssize *ret_stride, GError **error)
{
  const DioPixelConversion *conversion = dio_buffer_get_conversion (self->buffer);
  cairo_rectangle_int_t all = { 0, 0, dio_frame_get_width (self), dio_frame_get_height (self) };
  gsize stride;

  if (!conversion || conversion->conversion == DIO_PIXEL_COPY)
    return dio_buffer_begin_read (self->buffer, ret_stride, error);
  g_return_val_if_fail (!self->converted, NULL);
  stride = (gsize) all.width * dio_pixel_format_get_bytes_per_pixel (conversion->format);
  self->converted = g_try_malloc (stride * (gsize) all.height);
  if (!self->converted)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is no memory for the picture");
      return NULL;
    }
  if (!dio_frame_read (self, &all, self->converted, stride, error))
    {
      g_clear_pointer (&self->converted, g_free);
      return NULL;
    }
  *ret_stride = (gssize) stride;
  return self->converted;
}

void
dio_frame_unmap (DioFrame *self)
{
  if (self->converted)
    g_clear_pointer (&self->converted, g_free);
  else
    dio_buffer_end_read (self->buffer);
}

void
dio_frame_consumed (DioFrame *self)
{
  if (g_atomic_int_compare_and_exchange (&self->consumed, FALSE, TRUE) && self->reader)
    dio_pacer_consume (self->pacer, self->reader, self->serial);
}
