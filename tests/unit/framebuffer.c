/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/damage.h"
#include "display/framebuffer-private.h"

#include <string.h>

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
  guint32 value;

  memcpy (&value,
          (const guint8 *) g_bytes_get_data (dio_frame_get_bytes (frame), NULL) +
              (gsize) y * dio_frame_get_stride (frame) + (gsize) x * 4,
          4);
  return value;
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

/* What a frame's damage says, and what a buffer that comes round again holds, checked against every pixel, with random
 * updates and frames kept for a random time. */
static void
test_damage_is_true (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  const int width = 61, height = 47;
  g_autofree guint32 *expected = g_new0 (guint32, width * height), *before = g_new0 (guint32, width * height);
  DioFrame *kept[4] = { NULL };

  scanout (framebuffer, width, height, 0);
  for (guint turn = 1; turn < 2000; turn++)
    {
      int n = g_test_rand_int_range (1, 5);
      DioFrame *frame;
      guint slot = (guint) g_test_rand_int_range (0, 4);

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
      if (g_test_rand_bit ())
        continue;
      frame = dio_framebuffer_take_frame (framebuffer);
      for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
          {
            g_assert_cmphex (pixel_at (frame, x, y), ==, expected[y * width + x]);
            if (turn > 1 && before[y * width + x] != expected[y * width + x])
              g_assert_true (cairo_region_contains_point (dio_frame_get_damage (frame), x, y));
          }
      memcpy (before, expected, sizeof *before * (gsize) (width * height));
      g_clear_pointer (&kept[slot], dio_frame_unref);
      kept[slot] = frame;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    g_clear_pointer (&kept[i], dio_frame_unref);
}

/* With two frames held there are three buffers, ever the same. */
static void
test_buffers_take_turns (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  DioFrame *previous = NULL;

  scanout (framebuffer, 64, 64, 1);
  for (guint i = 0; i < 50; i++)
    {
      DioFrame *frame;

      update (framebuffer, (int) i % 60, 3, 2, 2, i);
      frame = dio_framebuffer_take_frame (framebuffer);
      g_hash_table_add (seen, (gpointer) g_bytes_get_data (dio_frame_get_bytes (frame), NULL));
      g_clear_pointer (&previous, dio_frame_unref);
      previous = frame;
    }
  dio_frame_unref (previous);
  g_assert_cmpuint (g_hash_table_size (seen), <=, 3);
}

/* A frame outlives its framebuffer, and a change of size. */
static void
test_frames_live_on (void)
{
  DioFramebuffer *framebuffer = dio_framebuffer_new ();
  g_autoptr (DioFrame) small = NULL, large = NULL, copy = NULL;

  scanout (framebuffer, 10, 10, 0x111111);
  small = dio_framebuffer_take_frame (framebuffer);
  scanout (framebuffer, 20, 20, 0x222222);
  large = dio_framebuffer_take_frame (framebuffer);
  scanout (framebuffer, 30, 30, 0x333333);
  copy = dio_framebuffer_copy_frame (framebuffer);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (framebuffer);
  g_assert_cmphex (pixel_at (small, 9, 9), ==, 0x111111);
  g_assert_cmphex (pixel_at (large, 19, 19), ==, 0x222222);
  g_assert_cmphex (pixel_at (copy, 29, 29), ==, 0x333333);
}

static void
on_changed (DioFramebuffer *framebuffer, guint *n)
{
  ++*n;
}

static void
iterate (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_changed_once (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  guint n = 0;

  g_signal_connect (framebuffer, "changed", G_CALLBACK (on_changed), &n);
  scanout (framebuffer, 10, 10, 1);
  update (framebuffer, 0, 0, 1, 1, 2);
  g_assert_cmpuint (n, ==, 0);
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  update (framebuffer, 0, 0, 1, 1, 3);
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  dio_frame_unref (dio_framebuffer_take_frame (framebuffer));
  g_assert_null (dio_framebuffer_take_frame (framebuffer));
  update (framebuffer, 0, 0, 1, 1, 4);
  /* Taken before the signal: nothing is left to tell. */
  dio_frame_unref (dio_framebuffer_take_frame (framebuffer));
  iterate ();
  g_assert_cmpuint (n, ==, 1);
  update (framebuffer, 0, 0, 1, 1, 5);
  iterate ();
  g_assert_cmpuint (n, ==, 2);
}

static void
test_limits (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  g_autoptr (GError) error = NULL;
  guint32 pixel = 0;
  DioPixelSource source;

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
  iterate ();
  g_assert_cmpint (dio_framebuffer_get_width (framebuffer), ==, 1);
}

typedef struct
{
  DioFramebuffer *framebuffer;
  int stop; /* atomic */
} Producer;

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
on_frame (DioFramebuffer *framebuffer, guint *n_frames)
{
  g_autoptr (DioFrame) frame = dio_framebuffer_take_frame (framebuffer);

  if (!frame)
    return;
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 1; x < 200; x++)
      g_assert_cmphex (pixel_at (frame, x, y), ==, pixel_at (frame, 0, y));
  ++*n_frames;
}

/* A producer that never rests neither tears a row nor keeps the window from its frames. */
static void
test_threads (void)
{
  g_autoptr (DioFramebuffer) framebuffer = dio_framebuffer_new ();
  Producer producer = { framebuffer, FALSE };
  guint n_frames = 0;
  GThread *thread;
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;

  g_signal_connect (framebuffer, "changed", G_CALLBACK (on_frame), &n_frames);
  scanout (framebuffer, 200, 100, 1);
  thread = g_thread_new ("producer", produce, &producer);
  while (n_frames < 300 && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
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
  g_test_add_func ("/framebuffer/buffers_take_turns", test_buffers_take_turns);
  g_test_add_func ("/framebuffer/frames_live_on", test_frames_live_on);
  g_test_add_func ("/framebuffer/changed_once", test_changed_once);
  g_test_add_func ("/framebuffer/limits", test_limits);
  g_test_add_func ("/framebuffer/threads", test_threads);
  return g_test_run ();
}
