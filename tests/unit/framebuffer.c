/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/damage.h"
#include "display/frame-reader.h"
#include "display/framebuffer-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define X8R8G8B8 0x20020888u

/* WIDTH × HEIGHT pixels of one value. */
static gboolean
scanout (DioFramebuffer *framebuffer, int width, int height, guint32 value)
{
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * (gsize) height);
  DioPixelSource source;

  for (int i = 0; i < width * height; i++)
    pixels[i] = value;
  g_assert_true (dio_pixel_source_init_memory (&source, width, height, (guint32) width * 4, X8R8G8B8, pixels,
                                               (gsize) width * (gsize) height * 4, NULL));
  return dio_framebuffer_scanout (framebuffer, &source, NULL);
}

static gboolean
update (DioFramebuffer *framebuffer, int x, int y, int width, int height, guint32 value)
{
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * (gsize) height);
  DioPixelSource source;

  for (int i = 0; i < width * height; i++)
    pixels[i] = value;
  g_assert_true (dio_pixel_source_init_memory (&source, width, height, (guint32) width * 4, X8R8G8B8, pixels,
                                               (gsize) width * (gsize) height * 4, NULL));
  return dio_framebuffer_update (framebuffer, &source, x, y, NULL);
}

static guint32
pixel_at (DioFrame *frame, int x, int y)
{
  cairo_rectangle_int_t rect = { x, y, 1, 1 };
  guint32 value = 0;

  g_assert_true (dio_frame_read (frame, &rect, (guint8 *) &value, 4, NULL));
  return value;
}

static void
iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_damage_is_bounded (void)
{
  cairo_region_t *region = cairo_region_create ();

  for (int i = 0; i < 10000; i++)
    {
      cairo_rectangle_int_t rect = { (i * 37) % 1000, (i * 91) % 1000, 1, 1 };

      dio_damage_add (region, &rect);
      g_assert_cmpint (cairo_region_num_rectangles (region), <=, 32);
      g_assert_true (cairo_region_contains_point (region, rect.x, rect.y));
    }
  cairo_region_destroy (region);
}

/* All of FRAME is as EXPECTED, and what is not as BEFORE, which becomes that, is in its damage. */
static void
check_frame (DioFrame *frame, const guint32 *expected, guint32 *before)
{
  int width = dio_frame_get_width (frame), height = dio_frame_get_height (frame);
  gssize stride;
  const guint8 *pixels = dio_frame_map (frame, &stride, NULL);

  for (int y = 0; y < height; y++)
    {
      g_assert_cmpmem (pixels + y * stride, (gsize) width * 4, expected + y * width, (gsize) width * 4);
      for (int x = 0; x < width; x++)
        if (before[y * width + x] != expected[y * width + x])
          g_assert_true (cairo_region_contains_point (dio_frame_get_damage (frame), x, y));
    }
  dio_frame_unmap (frame);
  memcpy (before, expected, sizeof *before * (gsize) (width * height));
}

/* What frames say of their damage, to two readers that take at times of their own. */
static void
test_damage_is_true (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) one = dio_frame_reader_new (framebuffer), other = dio_frame_reader_new (framebuffer);
  const int width = 61, height = 47;
  g_autofree guint32 *expected = g_new0 (guint32, width * height);
  g_autofree guint32 *one_before = g_new0 (guint32, width * height), *other_before = g_new0 (guint32, width * height);

  scanout (framebuffer, width, height, 0);
  for (guint turn = 1; turn < 2000; turn++)
    {
      int n = g_test_rand_int_range (1, 5);
      int reader = g_test_rand_int_range (0, 6);

      for (int i = 0; i < n; i++)
        {
          int x = g_test_rand_int_range (0, width), y = g_test_rand_int_range (0, height);
          int w = g_test_rand_int_range (1, width - x + 1), h = g_test_rand_int_range (1, height - y + 1);

          if (g_test_rand_bit ())
            w = h = 1;
          update (framebuffer, x, y, w, h, turn * 8 + (guint) i);
          for (int row = y; row < y + h; row++)
            for (int column = x; column < x + w; column++)
              expected[row * width + column] = turn * 8 + (guint) i;
        }
      if (reader < 2)
        {
          g_autoptr (DioFrame) frame = dio_frame_reader_take (reader ? one : other);

          check_frame (frame, expected, reader ? one_before : other_before);
          g_assert_null (dio_frame_reader_take (reader ? one : other));
        }
    }
}

/* Nothing but what was sent, unless it is much. */
static void
test_damage_is_exact (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer);
  g_autoptr (DioFrame) first = NULL, second = NULL, peeked = NULL;
  cairo_rectangle_int_t rects[2] = { { 3, 4, 5, 6 }, { 40, 50, 1, 1 } };
  cairo_rectangle_int_t all = { 0, 0, 64, 64 };
  cairo_region_t *expected = cairo_region_create_rectangles (rects, 2), *whole = cairo_region_create_rectangle (&all);

  scanout (framebuffer, 64, 64, 1);
  first = dio_frame_reader_take (reader);
  g_assert_true (cairo_region_equal (dio_frame_get_damage (first), whole));
  for (guint i = 0; i < 2; i++)
    update (framebuffer, rects[i].x, rects[i].y, rects[i].width, rects[i].height, 2);
  peeked = dio_framebuffer_peek (framebuffer);
  g_assert_true (cairo_region_equal (dio_frame_get_damage (peeked), whole));
  second = dio_frame_reader_take (reader);
  g_assert_true (cairo_region_equal (dio_frame_get_damage (second), expected));
  g_assert_cmpuint (dio_frame_get_buffer_id (first), ==, dio_frame_get_buffer_id (second));
  cairo_region_destroy (expected);
  cairo_region_destroy (whole);
}

/* A frame outlives its framebuffer, and a change of size. */
static void
test_frames_live_on (void)
{
  DioFramebuffer *framebuffer = dio_framebuffer_new ();
  DioFrameReader *reader = dio_frame_reader_new (framebuffer);
  g_autoptr (DioFrame) small = NULL, large = NULL, peeked = NULL;

  scanout (framebuffer, 10, 10, 0x111111);
  small = dio_frame_reader_take (reader);
  scanout (framebuffer, 20, 20, 0x222222);
  large = dio_frame_reader_take (reader);
  g_assert_cmpint (cairo_region_num_rectangles (dio_frame_get_damage (large)), ==, 1);
  scanout (framebuffer, 30, 30, 0x333333);
  peeked = dio_framebuffer_peek (framebuffer);
  g_assert_cmpuint (dio_frame_get_buffer_id (small), !=, dio_frame_get_buffer_id (large));
  g_assert_cmpuint (dio_frame_get_buffer_id (large), !=, dio_frame_get_buffer_id (peeked));
  iterate ();
  g_assert_finalize_object (reader);
  g_assert_finalize_object (framebuffer);
  g_assert_cmphex (pixel_at (small, 9, 9), ==, 0x111111);
  g_assert_cmphex (pixel_at (large, 19, 19), ==, 0x222222);
  g_assert_cmphex (pixel_at (peeked, 29, 29), ==, 0x333333);
}

static void
count (GObject *object, guint *n)
{
  ++*n;
}

static void
test_changed_once (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer), late = NULL;
  guint n = 0, n_late = 0;

  g_signal_connect (reader, "changed", G_CALLBACK (count), &n);
  scanout (framebuffer, 10, 10, 1);
  update (framebuffer, 0, 0, 1, 1, 2);
  g_assert_cmpuint (n, ==, 0);
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  update (framebuffer, 0, 0, 1, 1, 3);
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  dio_frame_unref (dio_frame_reader_take (reader));
  g_assert_null (dio_frame_reader_take (reader));
  update (framebuffer, 0, 0, 1, 1, 4);
  /* Taken before the signal: nothing is left to tell. */
  dio_frame_unref (dio_frame_reader_take (reader));
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  update (framebuffer, 0, 0, 1, 1, 5);
  iterate ();
  g_assert_cmpuint (n, ==, 2);
  /* Who comes later hears of what is there. */
  late = dio_frame_reader_new (framebuffer);
  g_signal_connect (late, "changed", G_CALLBACK (count), &n_late);
  iterate ();
  g_assert_cmpuint (n_late, ==, 1);
  g_assert_cmpuint (n, ==, 2);
}

static void
count_notify (GObject *object, GParamSpec *pspec, guint *n)
{
  ++*n;
}

/* A guest that disables its console at each picture costs no turn of the main loop for it. */
static void
test_disable (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  guint n = 0;
  gint64 start;

  g_signal_connect (framebuffer, "notify::active", G_CALLBACK (count_notify), &n);
  scanout (framebuffer, 10, 10, 1);
  dio_framebuffer_disable (framebuffer);
  scanout (framebuffer, 10, 10, 2);
  iterate ();
  g_assert_true (dio_framebuffer_get_active (framebuffer));
  for (guint i = 0; i < 100; i++)
    {
      dio_framebuffer_disable (framebuffer);
      scanout (framebuffer, 10, 10, i);
      g_assert_false (g_main_context_pending (NULL));
    }
  start = g_get_monotonic_time ();
  dio_framebuffer_disable (framebuffer);
  while (dio_framebuffer_get_active (framebuffer))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 245 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (n, ==, 2);
  /* The last picture stays. */
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 10);
  scanout (framebuffer, 10, 10, 3);
  iterate ();
  g_assert_true (dio_framebuffer_get_active (framebuffer));
}

static void
test_hints (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrame) frame = NULL;

  dio_framebuffer_set_size_hint (framebuffer, 30, 20);
  update (framebuffer, 3, 3, 1, 1, 7);
  iterate ();
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 30);
  /* Guessed first, told afterwards; what was drawn stays. */
  update (framebuffer, 39, 4, 1, 1, 8);
  iterate ();
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 40);
  g_assert_cmpint (dio_framebuffer_get_height (framebuffer), ==, 20);
  dio_framebuffer_set_size_hint (framebuffer, 50, 60);
  iterate ();
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 50);
  g_assert_cmpint (dio_framebuffer_get_height (framebuffer), ==, 60);
  frame = dio_framebuffer_peek (framebuffer);
  g_assert_cmphex (pixel_at (frame, 39, 4), ==, 8);
  g_assert_cmphex (pixel_at (frame, 3, 3), ==, 7);
}

static void
test_limits (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (GError) error = NULL;
  guint32 pixel = 0;
  DioPixelSource source;

  g_assert_null (dio_framebuffer_peek (framebuffer));
  g_assert_true (dio_pixel_source_init_memory (&source, 1, 1, 4, X8R8G8B8, &pixel, 4, NULL));
  g_assert_true (dio_framebuffer_update (framebuffer, &source, 0, 0, NULL));
  g_assert_false (dio_framebuffer_update (framebuffer, &source, DIO_MAX_SIZE, 0, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_false (dio_framebuffer_update (framebuffer, &source, DIO_MAX_SIZE - 1, DIO_MAX_SIZE - 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_false (dio_framebuffer_update_shared (framebuffer, &source, 1, 0, 1, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_false (dio_framebuffer_update_map (framebuffer, 0, 0, 1, 1, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  iterate ();
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 1);
}

/* Pictures in QEMU's own memory: no copy, and the same number for the same memory. */
static void
test_maps (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer);
  DioPixelSource sources[2];
  DioDisplayStats stats;
  guint64 ids[2];
  guint32 *pixels[2];
  int fds[2];

  for (guint i = 0; i < 2; i++)
    {
      fds[i] = memfd_create ("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
      g_assert_cmpint (ftruncate (fds[i], 8192), ==, 0);
      pixels[i] = mmap (NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
      g_assert_true (dio_pixel_source_init_file (&sources[i], 16, 16, 64, X8R8G8B8, fds[i], 4096 + 64, NULL));
      g_assert_true (dio_pixel_source_is_mappable (&sources[i]));
    }
  for (guint turn = 0; turn < 20; turn++)
    {
      guint i = turn % 2;
      g_autoptr (DioFrame) frame = NULL;

      g_assert_true (dio_framebuffer_scanout_map (framebuffer, &sources[i], NULL));
      pixels[i][1024 + 16 + 16 * 3 + 5] = turn + 100;
      g_assert_true (dio_framebuffer_update_map (framebuffer, 5, 3, 1, 1, NULL));
      frame = dio_frame_reader_take (reader);
      g_assert_cmpint (dio_frame_get_kind (frame), ==, DIO_FRAME_MAP);
      g_assert_cmphex (pixel_at (frame, 5, 3), ==, turn + 100);
      if (turn < 2)
        ids[i] = dio_frame_get_buffer_id (frame);
      g_assert_cmpuint (dio_frame_get_buffer_id (frame), ==, ids[i]);
    }
  g_assert_cmpuint (ids[0], !=, ids[1]);
  dio_framebuffer_get_stats (framebuffer, &stats);
  g_assert_cmpstr (stats.path, ==, "map");
  g_assert_cmpuint (stats.bytes_copied, ==, 0);
  g_assert_cmpuint (stats.scanouts, ==, 20);
  g_assert_cmpuint (stats.updates, ==, 20);
  g_assert_cmpuint (stats.damage_pixels, ==, 20);
  g_assert_cmpuint (stats.picture_pixels, ==, 20 * 256);
  for (guint i = 0; i < 2; i++)
    {
      munmap (pixels[i], 8192);
      close (fds[i]);
    }
}

/* A part that comes by itself after a picture in QEMU's own memory, which nobody needs to be told of to read it, leaves
 * the rest of that as it was. */
static void
test_update_after_map (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer);
  g_autoptr (DioFrame) first = NULL, frame = NULL;
  DioPixelSource source;
  g_autofd int fd = memfd_create ("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  guint32 pixels[16 * 16];

  for (guint i = 0; i < G_N_ELEMENTS (pixels); i++)
    pixels[i] = 0x100 + i;
  g_assert_cmpint (write (fd, pixels, sizeof pixels), ==, sizeof pixels);
  g_assert_true (dio_pixel_source_init_file (&source, 16, 15, 64, X8R8G8B8, fd, 64, NULL));
  g_assert_true (dio_framebuffer_scanout_map (framebuffer, &source, NULL));
  first = dio_frame_reader_take (reader);
  g_assert_cmpint (dio_frame_get_kind (first), ==, DIO_FRAME_MAP);
  update (framebuffer, 3, 4, 2, 1, 7);
  frame = dio_frame_reader_take (reader);
  g_assert_cmpint (dio_frame_get_kind (frame), ==, DIO_FRAME_BYTES);
  for (int y = 0; y < 15; y++)
    for (int x = 0; x < 16; x++)
      g_assert_cmphex (pixel_at (frame, x, y), ==,
                       y == 4 && (x == 3 || x == 4) ? 7 : 0x100 + (guint) (y + 1) * 16 + (guint) x);
}

typedef struct
{
  DioFramebuffer *framebuffer;
  int stop; /* atomic */
} Producer;

/* Each picture of another shape than the one before. */
static gpointer
produce_shapes (gpointer data)
{
  Producer *self = data;

  for (guint32 i = 1; i <= 20000; i++)
    scanout (self->framebuffer, 20 + (int) (i % 2), 10, i);
  g_atomic_int_set (&self->stop, TRUE);
  return NULL;
}

/* A new picture is new once, however soon it is taken: all of it would be uploaded again. */
static void
test_new_once (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer);
  Producer producer = { framebuffer, FALSE };
  GThread *thread = g_thread_new ("producer", produce_shapes, &producer);
  guint64 last_id = 0;
  DioDisplayStats stats;

  while (!g_atomic_int_get (&producer.stop))
    {
      g_autoptr (DioFrame) frame = dio_frame_reader_take (reader);

      if (!frame)
        continue;
      g_assert_cmpuint (dio_frame_get_buffer_id (frame), !=, last_id);
      last_id = dio_frame_get_buffer_id (frame);
    }
  g_thread_join (thread);
  dio_framebuffer_get_stats (framebuffer, &stats);
  g_assert_cmpuint (stats.scanouts, ==, 20000);
  g_assert_cmpuint (stats.updates, ==, 0);
  g_assert_cmpuint (stats.bytes_copied, ==, 10000 * (20 + 21) * 10 * 4);
  iterate ();
}

/* Fills whole rows with one value each, so that a torn row would show. */
static gpointer
produce (gpointer data)
{
  Producer *self = data;

  for (guint32 i = 1; !g_atomic_int_get (&self->stop); i++)
    {
      if (i % 97 == 0)
        scanout (self->framebuffer, 200 + (int) (i % 3), 100, i);
      update (self->framebuffer, 0, (int) (i % 100), 200, 1, i);
      if (i % 31 == 0)
        dio_framebuffer_disable (self->framebuffer);
    }
  return NULL;
}

static void
on_frame (DioFrameReader *reader, guint *n_frames)
{
  g_autoptr (DioFrame) frame = dio_frame_reader_take (reader);
  const guint8 *pixels;
  gssize stride;

  if (!frame)
    return;
  pixels = dio_frame_map (frame, &stride, NULL);
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 1; x < 200; x++)
      g_assert_cmphex (*(const guint32 *) (pixels + y * stride + x * 4), ==, *(const guint32 *) (pixels + y * stride));
  dio_frame_unmap (frame);
  ++*n_frames;
}

/* A producer that never rests neither tears a row nor keeps the window from its frames; nor do hints in between. */
static void
test_threads (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (framebuffer);
  Producer producer = { framebuffer, FALSE };
  guint n_frames = 0;
  GThread *thread;
  gint64 deadline = g_get_monotonic_time () + 80 * G_TIME_SPAN_SECOND;

  g_signal_connect (reader, "changed", G_CALLBACK (on_frame), &n_frames);
  scanout (framebuffer, 200, 100, 1);
  thread = g_thread_new ("producer", produce, &producer);
  while (n_frames < 300 && g_get_monotonic_time () < deadline)
    {
      g_main_context_iteration (NULL, TRUE);
      dio_framebuffer_set_size_hint (framebuffer, 200 + n_frames % 4, 100);
    }
  g_atomic_int_set (&producer.stop, TRUE);
  g_thread_join (thread);
  g_assert_cmpuint (n_frames, >=, 300);
  iterate ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/framebuffer/damage_is_bounded", test_damage_is_bounded);
  g_test_add_func ("/framebuffer/damage_is_true", test_damage_is_true);
  g_test_add_func ("/framebuffer/damage_is_exact", test_damage_is_exact);
  g_test_add_func ("/framebuffer/frames_live_on", test_frames_live_on);
  g_test_add_func ("/framebuffer/changed_once", test_changed_once);
  g_test_add_func ("/framebuffer/disable", test_disable);
  g_test_add_func ("/framebuffer/hints", test_hints);
  g_test_add_func ("/framebuffer/limits", test_limits);
  g_test_add_func ("/framebuffer/maps", test_maps);
  g_test_add_func ("/framebuffer/update_after_map", test_update_after_map);
  g_test_add_func ("/framebuffer/new_once", test_new_once);
  g_test_add_func ("/framebuffer/threads", test_threads);
  return g_test_run ();
}
