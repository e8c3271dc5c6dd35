/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/drm-format.h"

/* What Mesa exports a texture as that QEMU or virglrenderer made, and what QEMU makes of the formats of virtio-gpu:
 * each with and without alpha. */

static const DioPixelConversion b8g8r8x8 = { 0, 4, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_COPY };
static const DioPixelConversion r8g8b8x8 = { 0, 4, DIO_PIXEL_FORMAT_R8G8B8X8, DIO_PIXEL_COPY };
static const DioPixelConversion x8b8g8r8 = { 0, 4, DIO_PIXEL_FORMAT_X8B8G8R8, DIO_PIXEL_COPY };
static const DioPixelConversion x8r8g8b8 = { 0, 4, DIO_PIXEL_FORMAT_X8R8G8B8, DIO_PIXEL_COPY };
static const DioPixelConversion b8g8r8 = { 0, 3, DIO_PIXEL_FORMAT_B8G8R8, DIO_PIXEL_COPY };
static const DioPixelConversion r8g8b8 = { 0, 3, DIO_PIXEL_FORMAT_R8G8B8, DIO_PIXEL_COPY };

/* Those of wider words are read as words of this machine. */
#if G_BYTE_ORDER == G_LITTLE_ENDIAN
static const DioPixelConversion rgb565 = { 0, 2, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_EXPAND_565 };
static const DioPixelConversion rgb555 = { 0, 2, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_EXPAND_555 };
static const DioPixelConversion rgb30 = { 0, 4, DIO_PIXEL_FORMAT_B8G8R8X8, DIO_PIXEL_SHORTEN_30 };
static const DioPixelConversion bgr30 = { 0, 4, DIO_PIXEL_FORMAT_R8G8B8X8, DIO_PIXEL_SHORTEN_30 };
#define WORDS(conversion) &conversion
#else
#define WORDS(conversion) NULL
#endif

#define XRGB8888 DIO_FOURCC ('X', 'R', '2', '4')
#define ARGB8888 DIO_FOURCC ('A', 'R', '2', '4')
#define XBGR8888 DIO_FOURCC ('X', 'B', '2', '4')
#define ABGR8888 DIO_FOURCC ('A', 'B', '2', '4')
#define RGBX8888 DIO_FOURCC ('R', 'X', '2', '4')
#define RGBA8888 DIO_FOURCC ('R', 'A', '2', '4')
#define BGRX8888 DIO_FOURCC ('B', 'X', '2', '4')
#define BGRA8888 DIO_FOURCC ('B', 'A', '2', '4')
#define RGB888 DIO_FOURCC ('R', 'G', '2', '4')
#define BGR888 DIO_FOURCC ('B', 'G', '2', '4')
#define RGB565 DIO_FOURCC ('R', 'G', '1', '6')
#define XRGB1555 DIO_FOURCC ('X', 'R', '1', '5')
#define ARGB1555 DIO_FOURCC ('A', 'R', '1', '5')
#define XRGB2101010 DIO_FOURCC ('X', 'R', '3', '0')
#define ARGB2101010 DIO_FOURCC ('A', 'R', '3', '0')
#define XBGR2101010 DIO_FOURCC ('X', 'B', '3', '0')
#define ABGR2101010 DIO_FOURCC ('A', 'B', '3', '0')
#define XBGR16161616F DIO_FOURCC ('X', 'B', '4', 'H')
#define ABGR16161616F DIO_FOURCC ('A', 'B', '4', 'H')

static const DioDrmFormat formats[] = {
  { XRGB8888, XRGB8888, 4, &b8g8r8x8 },
  { ARGB8888, XRGB8888, 4, &b8g8r8x8 },
  { XBGR8888, XBGR8888, 4, &r8g8b8x8 },
  { ABGR8888, XBGR8888, 4, &r8g8b8x8 },
  { RGBX8888, RGBX8888, 4, &x8b8g8r8 },
  { RGBA8888, RGBX8888, 4, &x8b8g8r8 },
  { BGRX8888, BGRX8888, 4, &x8r8g8b8 },
  { BGRA8888, BGRX8888, 4, &x8r8g8b8 },
  { RGB888, RGB888, 3, &b8g8r8 },
  { BGR888, BGR888, 3, &r8g8b8 },
  { RGB565, RGB565, 2, WORDS (rgb565) },
  { XRGB1555, XRGB1555, 2, WORDS (rgb555) },
  { ARGB1555, XRGB1555, 2, WORDS (rgb555) },
  { XRGB2101010, XRGB2101010, 4, WORDS (rgb30) },
  { ARGB2101010, XRGB2101010, 4, WORDS (rgb30) },
  { XBGR2101010, XBGR2101010, 4, WORDS (bgr30) },
  { ABGR2101010, XBGR2101010, 4, WORDS (bgr30) },
  { XBGR16161616F, XBGR16161616F, 8, NULL },
  { ABGR16161616F, XBGR16161616F, 8, NULL },
};

const DioDrmFormat *
dio_drm_format_lookup (guint32 fourcc)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (formats[i].fourcc == fourcc)
      return &formats[i];
  return NULL;
}
