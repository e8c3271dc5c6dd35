/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/placeholder.h"

/* Of a character of QEMU's font (ui/vgafont.h). */
#define CHAR_WIDTH 8
#define CHAR_HEIGHT 16
#define MAX_LENGTH 44
#define BYTES_PER_PIXEL 4

/* QEMU's sentences: how many characters, and hash() of their bits, row by row, as that font draws them. */
static const struct
{
  int length;
  guint32 hash;
} sentences[] = {
  { 29, 0xfe589c79 }, /* Display output is not active. */
  { 44, 0xb97accbf }, /* Guest has not initialized the display (yet). */
  { 32, 0xe824aedf }, /* Guest display has been unplugged */
  { 38, 0x13e87cd1 }, /* This VM has no graphic display device. */
};

/* FNV-1a. */
static guint32
hash (guint32 before, guint8 byte)
{
  return (before ^ byte) * 0x01000193u;
}

/* Eight pixels, light or black, as bits. Returns: FALSE when any is of another colour. */
static gboolean
read_bits (const guint8 *pixels, guint8 *ret_bits)
{
  guint8 bits = 0;

  for (int i = 0; i < CHAR_WIDTH; i++, pixels += BYTES_PER_PIXEL)
    {
      if (pixels[0] != pixels[1] || pixels[0] != pixels[2] || (pixels[0] != 0x00 && pixels[0] != 0xaa))
        return FALSE;
      bits = (guint8) (bits << 1 | (pixels[0] != 0));
    }
  *ret_bits = bits;
  return TRUE;
}

static gboolean
has_sentence (const DioPixelSource *source, int length, guint32 expected)
{
  guint8 text[CHAR_HEIGHT * MAX_LENGTH * CHAR_WIDTH * BYTES_PER_PIXEL];
  gsize stride = (gsize) length * CHAR_WIDTH * BYTES_PER_PIXEL;
  int x = (source->width / CHAR_WIDTH - length) / 2 * CHAR_WIDTH,
      y = (source->height / CHAR_HEIGHT - 1) / 2 * CHAR_HEIGHT;
  guint32 value = 0x811c9dc5u;

  if (source->width / CHAR_WIDTH < length || source->height < CHAR_HEIGHT ||
      !dio_pixel_source_read (source, x, y, length * CHAR_WIDTH, CHAR_HEIGHT, text, stride, NULL))
    return FALSE;
  for (gsize at = 0; at < CHAR_HEIGHT * stride; at += CHAR_WIDTH * BYTES_PER_PIXEL)
    {
      guint8 bits;

      if (!read_bits (text + at, &bits))
        return FALSE;
      value = hash (value, bits);
    }
  return value == expected;
}

gboolean
dio_pixel_source_is_placeholder (const DioPixelSource *source)
{
  /* The only format that QEMU makes them in. */
  if (source->conversion->pixman_format != DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ARGB, 0, 8, 8, 8))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (has_sentence (source, sentences[i].length, sentences[i].hash))
      return TRUE;
  return FALSE;
}
