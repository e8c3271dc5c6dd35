/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/pixel-format.h"

#include <string.h>

/* Pixman names the bits of a word, we the bytes of memory. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define MEMORY(little, big) DIO_PIXEL_FORMAT_##little
#else
#define MEMORY(little, big) DIO_PIXEL_FORMAT_##big
#endif

static const DioPixelConversion conversions[] = {
  /* x8r8g8b8 and a8r8g8b8, by far the commonest */
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ARGB, 0, 8, 8, 8), 4, MEMORY (B8G8R8X8, X8R8G8B8), DIO_PIXEL_COPY },
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ARGB, 8, 8, 8, 8), 4, MEMORY (B8G8R8X8, X8R8G8B8), DIO_PIXEL_COPY },
  /* x8b8g8r8, a8b8g8r8 */
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ABGR, 0, 8, 8, 8), 4, MEMORY (R8G8B8X8, X8B8G8R8), DIO_PIXEL_COPY },
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ABGR, 8, 8, 8, 8), 4, MEMORY (R8G8B8X8, X8B8G8R8), DIO_PIXEL_COPY },
  /* b8g8r8x8, b8g8r8a8 */
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_BGRA, 0, 8, 8, 8), 4, MEMORY (X8R8G8B8, B8G8R8X8), DIO_PIXEL_COPY },
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_BGRA, 8, 8, 8, 8), 4, MEMORY (X8R8G8B8, B8G8R8X8), DIO_PIXEL_COPY },
  /* r8g8b8x8, r8g8b8a8 */
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_RGBA, 0, 8, 8, 8), 4, MEMORY (X8B8G8R8, R8G8B8X8), DIO_PIXEL_COPY },
  { DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_RGBA, 8, 8, 8, 8), 4, MEMORY (X8B8G8R8, R8G8B8X8), DIO_PIXEL_COPY },
  /* r8g8b8, b8g8r8 */
  { DIO_PIXMAN_FORMAT (24, DIO_PIXMAN_ARGB, 0, 8, 8, 8), 3, MEMORY (B8G8R8, R8G8B8), DIO_PIXEL_COPY },
  { DIO_PIXMAN_FORMAT (24, DIO_PIXMAN_ABGR, 0, 8, 8, 8), 3, MEMORY (R8G8B8, B8G8R8), DIO_PIXEL_COPY },
  /* r5g6b5, x1r5g5b5, a1r5g5b5: GDK has none of 16 bits */
  { DIO_PIXMAN_FORMAT (16, DIO_PIXMAN_ARGB, 0, 5, 6, 5), 2, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_EXPAND_565 },
  { DIO_PIXMAN_FORMAT (16, DIO_PIXMAN_ARGB, 0, 5, 5, 5), 2, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_EXPAND_555 },
  { DIO_PIXMAN_FORMAT (16, DIO_PIXMAN_ARGB, 1, 5, 5, 5), 2, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_EXPAND_555 },
};

const DioPixelConversion *
dio_pixel_conversion_lookup (guint32 pixman_format)
{
  for (guint i = 0; i < G_N_ELEMENTS (conversions); i++)
    if (conversions[i].pixman_format == pixman_format)
      return &conversions[i];
  return NULL;
}

const DioPixelConversion *
dio_pixel_conversion_get_plain (DioPixelFormat format)
{
  for (guint i = 0; i < G_N_ELEMENTS (conversions); i++)
    if (conversions[i].format == format && conversions[i].conversion == DIO_PIXEL_COPY)
      return &conversions[i];
  g_assert_not_reached ();
}

guint
dio_pixel_format_get_bytes_per_pixel (DioPixelFormat format)
{
  return format == DIO_PIXEL_FORMAT_B8G8R8 || format == DIO_PIXEL_FORMAT_R8G8B8 ? 3 : 4;
}

/* The high bits are repeated below, so that full intensity stays full. */
static inline guint8
expand_5 (guint value)
{
  return (guint8) ((value << 3) | (value >> 2));
}

static inline guint8
expand_6 (guint value)
{
  return (guint8) ((value << 2) | (value >> 4));
}

static void
convert_565 (const guint8 *source, guint8 *target, gsize n)
{
  for (gsize i = 0; i < n; i++, source += 2, target += 4)
    {
      guint16 pixel;

      memcpy (&pixel, source, sizeof pixel);
      target[0] = expand_5 (pixel & 31);
      target[1] = expand_6 ((pixel >> 5) & 63);
      target[2] = expand_5 (pixel >> 11);
      target[3] = 255;
    }
}

static void
convert_555 (const guint8 *source, guint8 *target, gsize n)
{
  for (gsize i = 0; i < n; i++, source += 2, target += 4)
    {
      guint16 pixel;

      memcpy (&pixel, source, sizeof pixel);
      target[0] = expand_5 (pixel & 31);
      target[1] = expand_5 ((pixel >> 5) & 31);
      target[2] = expand_5 ((pixel >> 10) & 31);
      target[3] = 255;
    }
}

static void
convert_30 (const guint8 *source, guint8 *target, gsize n)
{
  for (gsize i = 0; i < n; i++, source += 4, target += 4)
    {
      guint32 pixel;

      memcpy (&pixel, source, sizeof pixel);
      target[0] = (guint8) (pixel >> 2);
      target[1] = (guint8) (pixel >> 12);
      target[2] = (guint8) (pixel >> 22);
      target[3] = 255;
    }
}

void
dio_pixel_conversion_convert (const DioPixelConversion *self, const guint8 *source, guint8 *target, gsize n)
{
  switch (self->conversion)
    {
    case DIO_PIXEL_EXPAND_565:
      convert_565 (source, target, n);
      break;
    case DIO_PIXEL_EXPAND_555:
      convert_555 (source, target, n);
      break;
    case DIO_PIXEL_SHORTEN_30:
      convert_30 (source, target, n);
      break;
    case DIO_PIXEL_COPY:
    default:
      memcpy (target, source, n * self->bytes_per_pixel);
      break;
    }
}
