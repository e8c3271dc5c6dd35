/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Pictures in memory that QEMU shares (Unix.Map): what is in it is what a frame holds, copied or not. */
#include "display-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int
memory_file (GBytes *content, guint flags, int seals)
{
  gsize size;
  const void *data = g_bytes_get_data (content, &size);
  int fd = memfd_create ("picture", MFD_CLOEXEC | flags);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  if (seals)
    g_assert_cmpint (fcntl (fd, F_ADD_SEALS, seals), ==, 0);
  return fd;
}

static const char *
get_path (Fixture *self)
{
  DioDisplayStats stats;

  dio_framebuffer_get_stats (self->framebuffer, &stats);
  return stats.path;
}

/* Every format, from a file that cannot shrink and from one that can: the first is not copied, where its pixels can be
 * used as they are. */
static void
test_pixman_formats (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < test_n_formats * 2; i++)
    {
      const TestFormat *format = &test_formats[i / 2];
      gboolean sealed = i % 2;
      g_autoptr (GBytes) pixels = test_pixels_of_format (format, 8 * 5);
      g_autofd int fd = memory_file (pixels, sealed ? MFD_ALLOW_SEALING : 0, sealed ? F_SEAL_SHRINK : 0);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) frame = NULL;
      gboolean mapped = sealed && format->bytes > 2;

      fake_console_scanout_map (self->fake, fd, 0, 7, 5, 8 * format->bytes, format->code, &error);
      g_assert_no_error (error);
      fake_console_update_map (self->fake, 2, 1, 5, 4, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      g_assert_cmpint (dio_frame_get_kind (frame), ==, mapped ? DIO_FRAME_MAP : DIO_FRAME_BYTES);
      g_assert_cmpstr (get_path (self), ==, mapped ? "map" : "file");
      test_assert_solid (frame, format->rgb);
    }
}

/* What is written is seen without a copy, and what was told is what is new. */
static void
test_sealed (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) zeros = test_solid (0, 300 * 200 + 1024);
  g_autofd int fd = memory_file (zeros, MFD_ALLOW_SEALING, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) first = NULL, second = NULL;
  const guint32 white[2] = { 0xffffff, 0xffffff };
  DioDisplayStats stats;
  guint n_fds = test_count_fds ();

  /* Nobody sealed it, but we may. */
  fake_console_scanout_map (self->fake, fd, 4096, 256, 200, 1200, X8R8G8B8, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (fd, 4096), ==, -1);
  g_assert_cmpint (errno, ==, EPERM);
  wait_until (self->n_changed == 1);
  first = dio_frame_reader_take (self->reader);
  test_assert_damage (first, 0, 0, 256, 200);
  g_assert_cmpint (pwrite (fd, white, 8, 4096 + 100 * 1200 + 50 * 4), ==, 8);
  fake_console_update_map (self->fake, 51, 100, 1, 1, &error);
  g_assert_no_error (error);
  second = dio_frame_reader_take (self->reader);
  test_assert_damage (second, 51, 100, 1, 1);
  g_assert_cmphex (test_pixel_at (second, 51, 100), ==, 0xffffff);
  g_assert_cmphex (test_pixel_at (second, 52, 100), ==, 0);
  g_assert_cmpuint (dio_frame_get_buffer_id (first), ==, dio_frame_get_buffer_id (second));
  dio_framebuffer_get_stats (self->framebuffer, &stats);
  g_assert_cmpuint (stats.bytes_copied, ==, 0);
  /* The mapping needs no descriptor. */
  wait_until (test_count_fds () <= n_fds);

  g_assert_false (fake_console_update_map (self->fake, 0, 0, 257, 1, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_false (fake_console_update_map (self->fake, -1, 0, 2, 1, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
}

/* A frame keeps its memory when QEMU has gone on to other. */
static void
test_kept (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) kept = NULL;

  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GBytes) pixels = test_solid (0x1000 + i, 64 * 64);
      g_autofd int fd = memory_file (pixels, MFD_ALLOW_SEALING, F_SEAL_SHRINK);
      g_autoptr (DioFrame) frame = NULL;

      fake_console_scanout_map (self->fake, fd, 0, 64, 64, 256, X8R8G8B8, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      test_assert_pixels (frame, pixels);
      test_assert_damage (frame, 0, 0, 64, 64);
      if (!kept)
        kept = g_steal_pointer (&frame);
    }
  g_assert_cmphex (test_pixel_at (kept, 63, 63), ==, 0x1000);
}

/* Files that may shrink are copied. */
static void
test_unsealed (Fixture *self, gconstpointer data)
{
  g_autofd int fd = fake_memory_file (300 * 200 * 4 + 4096);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) first = NULL, second = NULL;
  const guint32 white[2] = { 0xffffff, 0xffffff };

  fake_console_scanout_map (self->fake, fd, 4096, 256, 200, 1200, X8R8G8B8, &error);
  g_assert_no_error (error);
  wait_until (self->n_changed == 1);
  first = dio_frame_reader_take (self->reader);
  for (int y = 0; y < 200; y++)
    for (int x = 0; x < 256; x++)
      g_assert_cmphex (test_pixel_at (first, x, y), ==, test_file_pixel (4096, 1200, x, y));

  /* Two pixels change; only the second is told. */
  g_assert_cmpint (pwrite (fd, white, 8, 4096 + 100 * 1200 + 50 * 4), ==, 8);
  fake_console_update_map (self->fake, 51, 100, 1, 1, &error);
  g_assert_no_error (error);
  second = dio_frame_reader_take (self->reader);
  test_assert_damage (second, 51, 100, 1, 1);
  g_assert_cmphex (test_pixel_at (second, 51, 100), ==, 0xffffff);
  g_assert_cmphex (test_pixel_at (second, 50, 100), ==, test_file_pixel (4096, 1200, 50, 100));

  /* Another mode, and back. */
  for (guint i = 0; i < 6; i++)
    {
      int width = i % 2 ? 300 : 128;
      g_autoptr (DioFrame) frame = NULL;

      fake_console_scanout_map (self->fake, fd, 0, (guint) width, 150, 1200, X8R8G8B8, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      g_assert_cmpint (dio_frame_get_width (frame), ==, width);
      test_assert_damage (frame, 0, 0, width, 150);
      g_assert_cmphex (test_pixel_at (frame, width - 1, 149), ==, test_file_pixel (0, 1200, width - 1, 149));
    }
}

/* However fast the guest, the window is told once a frame that it takes. */
static void
test_coalescing (Fixture *self, gconstpointer data)
{
  g_autofd int fd = fake_memory_file (640 * 480 * 4);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;

  fake_console_scanout_map (self->fake, fd, 0, 640, 480, 2560, X8R8G8B8, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 2000; i++)
    dio_qemu_listener_unix_map_call_update_map (self->fake->map, i % 600, (i * 7) % 400, 8, 8, G_DBUS_CALL_FLAGS_NONE,
                                                -1, NULL, NULL, NULL);
  fake_console_update_map (self->fake, 0, 0, 1, 1, &error);
  g_assert_no_error (error);
  test_run_for (20);
  g_assert_cmpuint (self->n_changed, ==, 1);
  frame = dio_frame_reader_take (self->reader);
  g_assert_cmpint (cairo_region_num_rectangles (dio_frame_get_damage (frame)), <=, 32);
  g_assert_null (dio_frame_reader_take (self->reader));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  FIXTURE_TEST ("display-map", pixman_formats);
  FIXTURE_TEST ("display-map", sealed);
  FIXTURE_TEST ("display-map", kept);
  FIXTURE_TEST ("display-map", unsealed);
  FIXTURE_TEST ("display-map", coalescing);
  return g_test_run ();
}
