/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/frame-texture.h"

static GdkMemoryFormat
memory_format (DioPixelFormat format)
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
dio_frame_texture_new (DioFrame *frame, GdkTexture *previous)
{
  g_autoptr (GdkMemoryTextureBuilder) builder = gdk_memory_texture_builder_new ();
  GdkMemoryFormat format = memory_format (dio_frame_get_format (frame));

  /* The frame's memory is used again once its bytes are freed, and so not before the texture is. */
  gdk_memory_texture_builder_set_bytes (builder, dio_frame_get_bytes (frame));
  gdk_memory_texture_builder_set_stride (builder, dio_frame_get_stride (frame));
  gdk_memory_texture_builder_set_width (builder, dio_frame_get_width (frame));
  gdk_memory_texture_builder_set_height (builder, dio_frame_get_height (frame));
  gdk_memory_texture_builder_set_format (builder, format);
  if (previous && gdk_texture_get_format (previous) == format &&
      gdk_texture_get_width (previous) == dio_frame_get_width (frame) &&
      gdk_texture_get_height (previous) == dio_frame_get_height (frame))
    {
      /* GDK only reads it; its type lacks the const. */
      gdk_memory_texture_builder_set_update_region (builder, (cairo_region_t *) dio_frame_get_damage (frame));
      gdk_memory_texture_builder_set_update_texture (builder, previous);
    }
  return gdk_memory_texture_builder_build (builder);
}
