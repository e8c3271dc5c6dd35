/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/painter.h"

#include "base/trace.h"

typedef struct
{
  DioFrame *frame; /* of the last update; NULL before the first */
  DioPainterStats stats;
} DioPainterPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (DioPainter, dio_painter, G_TYPE_OBJECT)

#define GET_PRIVATE(self) ((DioPainterPrivate *) dio_painter_get_instance_private (self))

gboolean
dio_painter_update (DioPainter *self, DioFrame *frame, GError **error)
{
  const gint64 begin = dio_trace_begin ();
  DioPainterPrivate *priv;
  guint64 uploaded;

  g_return_val_if_fail (DIO_IS_PAINTER (self), FALSE);
  g_return_val_if_fail (frame != NULL, FALSE);

  priv = GET_PRIVATE (self);
  uploaded = priv->stats.bytes_uploaded;
  if (!DIO_PAINTER_GET_CLASS (self)->update (self, frame, &priv->stats, error))
    return FALSE;
  dio_frame_ref (frame);
  g_clear_pointer (&priv->frame, dio_frame_unref);
  priv->frame = frame;
  priv->stats.frames++;
  dio_trace_end (begin, "texture upload", "%s: %" G_GUINT64_FORMAT " bytes, %d rectangles", dio_painter_get_name (self),
                 priv->stats.bytes_uploaded - uploaded, cairo_region_num_rectangles (dio_frame_get_damage (frame)));
  return TRUE;
}

void
dio_painter_snapshot (DioPainter *self, GtkSnapshot *snapshot, const graphene_rect_t *rect,
                      const graphene_rect_t *visible, GskScalingFilter filter)
{
  g_return_if_fail (DIO_IS_PAINTER (self));

  if (GET_PRIVATE (self)->frame && rect->size.width > 0 && rect->size.height > 0)
    DIO_PAINTER_GET_CLASS (self)->snapshot (self, snapshot, rect, visible, filter);
}

void
dio_painter_painted (DioPainter *self)
{
  g_return_if_fail (DIO_IS_PAINTER (self));

  if (GET_PRIVATE (self)->frame && DIO_PAINTER_GET_CLASS (self)->painted)
    DIO_PAINTER_GET_CLASS (self)->painted (self);
}

GdkTexture *
dio_painter_copy (DioPainter *self, GError **error)
{
  g_return_val_if_fail (DIO_IS_PAINTER (self), NULL);

  if (GET_PRIVATE (self)->frame)
    return DIO_PAINTER_GET_CLASS (self)->copy (self, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no picture");
  return NULL;
}

const char *
dio_painter_get_name (DioPainter *self)
{
  g_return_val_if_fail (DIO_IS_PAINTER (self), NULL);

  return DIO_PAINTER_GET_CLASS (self)->name;
}

const DioPainterStats *
dio_painter_get_stats (DioPainter *self)
{
  g_return_val_if_fail (DIO_IS_PAINTER (self), NULL);

  return &GET_PRIVATE (self)->stats;
}

int
dio_painter_get_width (DioPainter *self)
{
  DioFrame *frame = dio_painter_get_frame (self);

  return frame ? dio_frame_get_width (frame) : 0;
}

int
dio_painter_get_height (DioPainter *self)
{
  DioFrame *frame = dio_painter_get_frame (self);

  return frame ? dio_frame_get_height (frame) : 0;
}

DioFrame *
dio_painter_get_frame (DioPainter *self)
{
  g_return_val_if_fail (DIO_IS_PAINTER (self), NULL);

  return GET_PRIVATE (self)->frame;
}

guint64
dio_painter_count_bytes (const cairo_region_t *region, DioPixelFormat format)
{
  guint64 n = 0;

  for (int i = 0; i < cairo_region_num_rectangles (region); i++)
    {
      cairo_rectangle_int_t rect;

      cairo_region_get_rectangle (region, i, &rect);
      n += (guint64) rect.width * (guint64) rect.height;
    }
  return n * dio_pixel_format_get_bytes_per_pixel (format);
}

/* --- copies --- */

GdkMemoryFormat
dio_painter_memory_format (DioPixelFormat format)
{
  switch (format)
    {
    case DIO_PIXEL_FORMAT_B8G8R8X8:
      return GDK_MEMORY_B8G8R8X8;
    case DIO_PIXEL_FORMAT_X8R8G8B8:
      return GDK_MEMORY_X8R8G8B8;
    case DIO_PIXEL_FORMAT_R8G8B8X8:
      return GDK_MEMORY_R8G8B8X8;
    case DIO_PIXEL_FORMAT_X8B8G8R8:
      return GDK_MEMORY_X8B8G8R8;
    case DIO_PIXEL_FORMAT_B8G8R8:
      return GDK_MEMORY_B8G8R8;
    case DIO_PIXEL_FORMAT_R8G8B8:
      return GDK_MEMORY_R8G8B8;
    default:
      g_assert_not_reached ();
    }
}

GdkTexture *
dio_painter_copy_frame (DioFrame *frame, GError **error)
{
  DioPixelFormat format = dio_frame_get_format (frame);
  cairo_rectangle_int_t all = { 0, 0, dio_frame_get_width (frame), dio_frame_get_height (frame) };
  gsize stride = (gsize) all.width * dio_pixel_format_get_bytes_per_pixel (format);
  g_autofree guint8 *data = g_try_malloc_n (stride, (gsize) all.height);
  g_autoptr (GBytes) bytes = NULL;

  if (!data)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "There is no memory left for a copy of the picture");
      return NULL;
    }
  if (!dio_frame_read (frame, &all, data, stride, error))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), stride * (gsize) all.height);
  return gdk_memory_texture_new (all.width, all.height, dio_painter_memory_format (format), bytes, stride);
}

static GdkTexture *
dio_painter_real_copy (DioPainter *self, GError **error)
{
  return dio_painter_copy_frame (GET_PRIVATE (self)->frame, error);
}

static void
dio_painter_dispose (GObject *object)
{
  DioPainterPrivate *priv = GET_PRIVATE (DIO_PAINTER (object));

  g_clear_pointer (&priv->frame, dio_frame_unref);
  G_OBJECT_CLASS (dio_painter_parent_class)->dispose (object);
}

static void
dio_painter_class_init (DioPainterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_painter_dispose;
  klass->copy = dio_painter_real_copy;
}

static void
dio_painter_init (DioPainter *self)
{
}
