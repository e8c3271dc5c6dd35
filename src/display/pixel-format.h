/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a pixel lies in memory, first byte first. "X" is a byte of no meaning: a scanout is opaque, so the alpha of
 * formats that have one is ignored. GDK has a memory format for each of these. */
typedef enum
{
  DIO_PIXEL_FORMAT_B8G8R8X8,
  DIO_PIXEL_FORMAT_X8R8G8B8,
  DIO_PIXEL_FORMAT_R8G8B8X8,
  DIO_PIXEL_FORMAT_X8B8G8R8,
  DIO_PIXEL_FORMAT_B8G8R8,
  DIO_PIXEL_FORMAT_R8G8B8,
} DioPixelFormat;

/* The largest picture that is taken, in pixels a side and in bytes; a guest of two 8K screens side by side fits. */
#define DIO_MAX_SIZE 16384
#define DIO_MAX_PICTURE_BYTES (G_GUINT64_CONSTANT (288) * 1024 * 1024)

/* A format that QEMU can send, by pixman's number for it: bits a pixel, order, and bits of alpha, red, green and blue
 * of a native-endian word (pixman.h). */
#define DIO_PIXMAN_FORMAT(bpp, order, a, r, g, b)                                                                      \
  (((guint32) (bpp) << 24) | ((guint32) (order) << 16) | ((a) << 12) | ((r) << 8) | ((g) << 4) | (b))
#define DIO_PIXMAN_ARGB 2
#define DIO_PIXMAN_ABGR 3
#define DIO_PIXMAN_BGRA 8
#define DIO_PIXMAN_RGBA 9

/* How the pixels of a pixman format become ours. */
typedef struct
{
  guint32 pixman_format;
  guint bytes_per_pixel; /* of the source */
  DioPixelFormat format; /* of the result */
  enum
  {
    DIO_PIXEL_COPY,
    DIO_PIXEL_EXPAND_565,
    DIO_PIXEL_EXPAND_555,
    DIO_PIXEL_SHORTEN_30, /* three of ten bits */
  } conversion;
} DioPixelConversion;

/* NULL for a number that is no format we know; it may come from anywhere. */
const DioPixelConversion *dio_pixel_conversion_lookup (guint32 pixman_format);
/* The one that copies pixels of FORMAT. */
const DioPixelConversion *dio_pixel_conversion_get_plain (DioPixelFormat format);
/* N pixels from SOURCE (of any alignment) to TARGET. */
void dio_pixel_conversion_convert (const DioPixelConversion *self, const guint8 *source, guint8 *target, gsize n);

guint dio_pixel_format_get_bytes_per_pixel (DioPixelFormat format);

G_END_DECLS
