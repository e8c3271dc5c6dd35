/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/pixel-format.h"

#include <string.h>

/* What each source pixel becomes, on a little-endian machine; red 0x11, green 0x22, blue 0x33 where there are 8 bits.
 */
static const struct
{
  guint32 code;
  guint bytes;
  guint32 pixel;
  DioPixelFormat format;
  guint8 memory[4];
} golden[] = {
  { 0x20020888, 4, 0xee112233, DIO_PIXEL_FORMAT_B8G8R8X8, { 0x33, 0x22, 0x11, 0xee } },
  { 0x20028888, 4, 0x80112233, DIO_PIXEL_FORMAT_B8G8R8X8, { 0x33, 0x22, 0x11, 0x80 } },
  { 0x20030888, 4, 0xee332211, DIO_PIXEL_FORMAT_R8G8B8X8, { 0x11, 0x22, 0x33, 0xee } },
  { 0x20038888, 4, 0x80332211, DIO_PIXEL_FORMAT_R8G8B8X8, { 0x11, 0x22, 0x33, 0x80 } },
  { 0x20080888, 4, 0x332211ee, DIO_PIXEL_FORMAT_X8R8G8B8, { 0xee, 0x11, 0x22, 0x33 } },
  { 0x20088888, 4, 0x33221180, DIO_PIXEL_FORMAT_X8R8G8B8, { 0x80, 0x11, 0x22, 0x33 } },
  { 0x20090888, 4, 0x112233ee, DIO_PIXEL_FORMAT_X8B8G8R8, { 0xee, 0x33, 0x22, 0x11 } },
  { 0x20098888, 4, 0x11223380, DIO_PIXEL_FORMAT_X8B8G8R8, { 0x80, 0x33, 0x22, 0x11 } },
  { 0x18020888, 3, 0x112233, DIO_PIXEL_FORMAT_B8G8R8, { 0x33, 0x22, 0x11 } },
  { 0x18030888, 3, 0x332211, DIO_PIXEL_FORMAT_R8G8B8, { 0x11, 0x22, 0x33 } },
  { 0x10020565, 2, 0xf800, DIO_PIXEL_FORMAT_B8G8R8X8, { 0, 0, 255, 255 } },
  { 0x10020565, 2, 0x07e0, DIO_PIXEL_FORMAT_B8G8R8X8, { 0, 255, 0, 255 } },
  { 0x10020565, 2, 0x001f, DIO_PIXEL_FORMAT_B8G8R8X8, { 255, 0, 0, 255 } },
  { 0x10020565, 2, 0x0821, DIO_PIXEL_FORMAT_B8G8R8X8, { 8, 4, 8, 255 } },
  { 0x10020555, 2, 0x7c00, DIO_PIXEL_FORMAT_B8G8R8X8, { 0, 0, 255, 255 } },
  { 0x10020555, 2, 0x83e0, DIO_PIXEL_FORMAT_B8G8R8X8, { 0, 255, 0, 255 } },
  { 0x10021555, 2, 0x001f, DIO_PIXEL_FORMAT_B8G8R8X8, { 255, 0, 0, 255 } },
  { 0x10021555, 2, 0xc210, DIO_PIXEL_FORMAT_B8G8R8X8, { 132, 132, 132, 255 } },
};

static void
test_golden (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      const DioPixelConversion *conversion = dio_pixel_conversion_lookup (golden[i].code);
      guint n_bytes = dio_pixel_format_get_bytes_per_pixel (golden[i].format);
      guint8 source[1 + 3 * 4], target[3 * 4 + 1];

      g_assert_nonnull (conversion);
      g_assert_cmpuint (conversion->bytes_per_pixel, ==, golden[i].bytes);
      g_assert_cmpint (conversion->format, ==, golden[i].format);
      memset (target, 0xa5, sizeof target);
      for (guint n = 0; n < 3; n++) /* misaligned */
        memcpy (source + 1 + n * golden[i].bytes, &golden[i].pixel, golden[i].bytes);
      dio_pixel_conversion_convert (conversion, source + 1, target, 3);
      for (guint n = 0; n < 3; n++)
        g_assert_cmpmem (target + n * n_bytes, n_bytes, golden[i].memory, n_bytes);
      g_assert_cmphex (target[3 * n_bytes], ==, 0xa5);
    }
}

static void
test_formula (void)
{
  g_assert_cmphex (DIO_PIXMAN_FORMAT (32, DIO_PIXMAN_ARGB, 0, 8, 8, 8), ==, 0x20020888);
  g_assert_cmphex (DIO_PIXMAN_FORMAT (16, DIO_PIXMAN_ARGB, 1, 5, 5, 5), ==, 0x10021555);
}

static void
test_unknown (void)
{
  const guint32 codes[] = { 0, 1, 0x20020889, 0x08018000 /* a8 */, 0x200a0888, 0x10030565, G_MAXUINT32 };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    g_assert_null (dio_pixel_conversion_lookup (codes[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/pixel-format/golden", test_golden);
  g_test_add_func ("/pixel-format/formula", test_formula);
  g_test_add_func ("/pixel-format/unknown", test_unknown);
  return g_test_run ();
}
