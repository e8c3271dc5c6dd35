/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display-fixture.h"

#include <string.h>

static void
on_changed (DioFrameReader *reader, guint *n_changed)
{
  ++*n_changed;
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->console = fake_qemu_open_console (self->qemu, 0, &error);
  g_assert_no_error (error);
  self->fake = &self->qemu->consoles[0];
  self->framebuffer = dio_console_get_framebuffer (self->console);
  self->reader = dio_frame_reader_new (self->framebuffer);
  g_signal_connect (self->reader, "changed", G_CALLBACK (on_changed), &self->n_changed);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (self->console), (gpointer *) &self->console);
  dio_console_close (self->console);
  g_clear_object (&self->reader);
  g_object_unref (self->console);
  wait_until (!self->console);
  fake_qemu_free (self->qemu);
}

GBytes *
test_words (guint32 first, gsize count)
{
  guint32 *data = g_new (guint32, count);

  for (gsize i = 0; i < count; i++)
    data[i] = first + (guint32) i * 0x010203u;
  return g_bytes_new_take (data, count * 4);
}

GBytes *
test_solid (guint32 word, gsize count)
{
  guint32 *data = g_new (guint32, count);

  for (gsize i = 0; i < count; i++)
    data[i] = word;
  return g_bytes_new_take (data, count * 4);
}

guint32
test_pixel_at (DioFrame *frame, int x, int y)
{
  cairo_rectangle_int_t rect = { x, y, 1, 1 };
  guint32 word = 0;
  g_autoptr (GError) error = NULL;

  dio_frame_read (frame, &rect, (guint8 *) &word, 4, &error);
  g_assert_no_error (error);
  return word;
}

void
test_assert_damage (DioFrame *frame, int x, int y, int width, int height)
{
  cairo_rectangle_int_t extents;

  cairo_region_get_extents (dio_frame_get_damage (frame), &extents);
  g_assert_cmpint (extents.x, ==, x);
  g_assert_cmpint (extents.y, ==, y);
  g_assert_cmpint (extents.width, ==, width);
  g_assert_cmpint (extents.height, ==, height);
}

void
test_assert_pixels (DioFrame *frame, GBytes *pixels)
{
  gsize row = (gsize) dio_frame_get_width (frame) * 4;
  const guint8 *expected = g_bytes_get_data (pixels, NULL), *first;
  gssize stride;

  g_assert_cmpuint (g_bytes_get_size (pixels), ==, row * (gsize) dio_frame_get_height (frame));
  first = dio_frame_map (frame, &stride, NULL);
  g_assert_nonnull (first);
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    g_assert_cmpmem (first + y * stride, row, expected + (gsize) y * row, row);
  dio_frame_unmap (frame);
}

const TestFormat test_formats[] = {
  { 0x20020888, 0x00102030, 4, { 0x10, 0x20, 0x30 } }, /* x8r8g8b8 */
  { 0x20028888, 0xff102030, 4, { 0x10, 0x20, 0x30 } }, /* a8r8g8b8 */
  { 0x20030888, 0x00302010, 4, { 0x10, 0x20, 0x30 } }, /* x8b8g8r8 */
  { 0x20038888, 0xff302010, 4, { 0x10, 0x20, 0x30 } }, /* a8b8g8r8 */
  { 0x20080888, 0x30201000, 4, { 0x10, 0x20, 0x30 } }, /* b8g8r8x8 */
  { 0x20088888, 0x302010ff, 4, { 0x10, 0x20, 0x30 } }, /* b8g8r8a8 */
  { 0x20090888, 0x10203000, 4, { 0x10, 0x20, 0x30 } }, /* r8g8b8x8 */
  { 0x20098888, 0x102030ff, 4, { 0x10, 0x20, 0x30 } }, /* r8g8b8a8 */
  { 0x18020888, 0x102030, 3, { 0x10, 0x20, 0x30 } },   /* r8g8b8 */
  { 0x18030888, 0x302010, 3, { 0x10, 0x20, 0x30 } },   /* b8g8r8 */
  { 0x10020565, 0x8410, 2, { 0x84, 0x82, 0x84 } },     /* r5g6b5 */
  { 0x10020555, 0x7c1f, 2, { 0xff, 0x00, 0xff } },     /* x1r5g5b5 */
  { 0x10021555, 0x83e0, 2, { 0x00, 0xff, 0x00 } },     /* a1r5g5b5 */
};
const guint test_n_formats = G_N_ELEMENTS (test_formats);

/* From the pixel's bytes, in the order that the frame's format tells. */
static void
read_rgb (DioPixelFormat format, const guint8 *pixel, guint8 *rgb)
{
  static const struct
  {
    guint r, g, b;
  } layouts[] = {
    [DIO_PIXEL_FORMAT_B8G8R8X8] = { 2, 1, 0 }, [DIO_PIXEL_FORMAT_X8R8G8B8] = { 1, 2, 3 },
    [DIO_PIXEL_FORMAT_R8G8B8X8] = { 0, 1, 2 }, [DIO_PIXEL_FORMAT_X8B8G8R8] = { 3, 2, 1 },
    [DIO_PIXEL_FORMAT_B8G8R8] = { 2, 1, 0 },   [DIO_PIXEL_FORMAT_R8G8B8] = { 0, 1, 2 },
  };

  rgb[0] = pixel[layouts[format].r];
  rgb[1] = pixel[layouts[format].g];
  rgb[2] = pixel[layouts[format].b];
}

void
test_assert_solid (DioFrame *frame, const guint8 *expected)
{
  DioPixelFormat format = dio_frame_get_format (frame);
  gssize stride;
  const guint8 *first = dio_frame_map (frame, &stride, NULL);

  g_assert_nonnull (first);
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 0; x < dio_frame_get_width (frame); x++)
      {
        guint8 rgb[3];

        read_rgb (format, first + y * stride + x * (int) dio_pixel_format_get_bytes_per_pixel (format), rgb);
        g_assert_cmpmem (rgb, 3, expected, 3);
      }
  dio_frame_unmap (frame);
}

GBytes *
test_pixels_of_format (const TestFormat *format, gsize count)
{
  guint8 *data = g_malloc (count * format->bytes);

  for (gsize n = 0; n < count; n++)
    memcpy (data + n * format->bytes, &format->pixel, format->bytes);
  return g_bytes_new_take (data, count * format->bytes);
}

guint32
test_file_pixel (guint offset, guint stride, int x, int y)
{
  guint8 bytes[4];
  guint32 word;

  for (guint i = 0; i < 4; i++)
    {
      gsize at = offset + (gsize) y * stride + (gsize) x * 4 + i;

      bytes[i] = (guint8) (at * 7 + at / 251);
    }
  memcpy (&word, bytes, 4);
  return word;
}
