/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/frame.h"

#include "display/frame-private.h"

struct _DioFrame
{
  gatomicrefcount ref_count;
  int width, height;
  gsize stride;
  DioPixelFormat format;
  GBytes *bytes;
  cairo_region_t *damage;
};

G_DEFINE_BOXED_TYPE (DioFrame, dio_frame, dio_frame_ref, dio_frame_unref)

DioFrame *
dio_frame_new (int width, int height, gsize stride, DioPixelFormat format, GBytes *bytes, cairo_region_t *damage)
{
  DioFrame *self = g_new0 (DioFrame, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->width = width;
  self->height = height;
  self->stride = stride;
  self->format = format;
  self->bytes = bytes;
  self->damage = damage;
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
  g_bytes_unref (self->bytes);
  cairo_region_destroy (self->damage);
  g_free (self);
}

int
dio_frame_get_width (DioFrame *self)
{
  return self->width;
}

int
dio_frame_get_height (DioFrame *self)
{
  return self->height;
}

gsize
dio_frame_get_stride (DioFrame *self)
{
  return self->stride;
}

DioPixelFormat
dio_frame_get_format (DioFrame *self)
{
  return self->format;
}

GBytes *
dio_frame_get_bytes (DioFrame *self)
{
  return self->bytes;
}

const cairo_region_t *
dio_frame_get_damage (DioFrame *self)
{
  return self->damage;
}
