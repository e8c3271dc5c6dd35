/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/thumbnail.h"

#include "display/framebuffer-private.h"

#include <string.h>

#define X8R8G8B8 0x20020888u
#define WIDTH 640
#define HEIGHT 400
#define MAX_SIZE 64
#define PATIENCE_MS 10000

typedef struct
{
  DioFramebuffer *framebuffer;
  DioThumbnail *thumbnail;
  guint changes;
} Fixture;

static void
on_changed (Fixture *self)
{
  self->changes++;
}

static void
fixture_init (Fixture *self, guint interval_ms)
{
  self->framebuffer = dio_framebuffer_new ();
  self->thumbnail = dio_thumbnail_new (self->framebuffer, MAX_SIZE, interval_ms);
  self->changes = 0;
  g_signal_connect_swapped (self->thumbnail, "changed", G_CALLBACK (on_changed), self);
}

static void
fixture_clear (Fixture *self)
{
  g_assert_finalize_object (self->thumbnail);
  g_assert_finalize_object (self->framebuffer);
}

static void
paint (Fixture *self, int x, int y, int width, int height, guint32 value, gboolean scanout)
{
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * (gsize) height);
  DioPixelSource source;

  for (int i = 0; i < width * height; i++)
    pixels[i] = value;
  g_assert_true (dio_pixel_source_init_memory (&source, width, height, (guint32) width * 4, X8R8G8B8, pixels,
                                               (gsize) width * (gsize) height * 4, NULL));
  if (scanout)
    g_assert_true (dio_framebuffer_scanout (self->framebuffer, &source, NULL));
  else
    g_assert_true (dio_framebuffer_update (self->framebuffer, &source, x, y, NULL));
}

static gboolean
on_deadline (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Serves the main context until there were N changes, or so much time has gone. */
static void
serve (Fixture *self, guint n, guint milliseconds)
{
  gboolean over = FALSE;
  guint id = g_timeout_add (milliseconds, on_deadline, &over);

  while (self->changes < n && !over)
    g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (id);
}

static void
wait_changes (Fixture *self, guint n)
{
  serve (self, n, PATIENCE_MS);
  g_assert_cmpuint (self->changes, >=, n);
}

/* Lets all that is due happen. */
static void
settle (Fixture *self)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static guint32
cell_at (Fixture *self, int x, int y)
{
  int width, height;
  GBytes *picture = dio_thumbnail_get_picture (self->thumbnail, &width, &height);
  guint32 value;

  memcpy (&value, (const guint8 *) g_bytes_get_data (picture, NULL) + ((gsize) y * (gsize) width + (gsize) x) * 4, 4);
  return value & 0xffffff;
}

static void
test_picture (void)
{
  Fixture fixture;
  int width, height;

  fixture_init (&fixture, 0);
  g_assert_null (dio_thumbnail_get_picture (fixture.thumbnail, &width, &height));
  paint (&fixture, 0, 0, WIDTH, HEIGHT, 0x112233, TRUE);
  dio_thumbnail_set_active (fixture.thumbnail, TRUE);
  wait_changes (&fixture, 1);
  g_assert_nonnull (dio_thumbnail_get_picture (fixture.thumbnail, &width, &height));
  g_assert_cmpint (width, ==, 64);
  g_assert_cmpint (height, ==, 40);
  g_assert_cmphex (cell_at (&fixture, 0, 0), ==, 0x112233);
  g_assert_cmphex (cell_at (&fixture, 63, 39), ==, 0x112233);

  /* A corner of ten times ten pixels is one cell. */
  paint (&fixture, 630, 390, 10, 10, 0xffffff, FALSE);
  wait_changes (&fixture, 2);
  g_assert_cmphex (cell_at (&fixture, 63, 39), ==, 0xffffff);
  g_assert_cmphex (cell_at (&fixture, 62, 39), ==, 0x112233);
  g_assert_cmphex (cell_at (&fixture, 63, 38), ==, 0x112233);

  /* Half of two cells. */
  paint (&fixture, 5, 0, 10, 10, 0, FALSE);
  wait_changes (&fixture, 3);
  g_assert_cmphex (cell_at (&fixture, 0, 0), ==, 0x09111a);
  g_assert_cmphex (cell_at (&fixture, 1, 0), ==, 0x09111a);
  g_assert_cmphex (cell_at (&fixture, 2, 0), ==, 0x112233);

  /* Another size. */
  paint (&fixture, 0, 0, 200, 400, 0x445566, TRUE);
  wait_changes (&fixture, 4);
  dio_thumbnail_get_picture (fixture.thumbnail, &width, &height);
  g_assert_cmpint (width, ==, 32);
  g_assert_cmpint (height, ==, 64);
  g_assert_cmphex (cell_at (&fixture, 31, 63), ==, 0x445566);

  /* What there was last stays when there is nothing any more. */
  dio_framebuffer_disable (fixture.framebuffer);
  settle (&fixture);
  g_assert_nonnull (dio_thumbnail_get_picture (fixture.thumbnail, &width, &height));
  fixture_clear (&fixture);
}

static void
test_nobody_looks (void)
{
  Fixture fixture;
  int width, height;

  fixture_init (&fixture, 0);
  for (guint i = 0; i < 50; i++)
    {
      paint (&fixture, 0, 0, WIDTH, HEIGHT, i, TRUE);
      settle (&fixture);
    }
  g_assert_cmpuint (fixture.changes, ==, 0);
  g_assert_null (dio_thumbnail_get_picture (fixture.thumbnail, &width, &height));

  dio_thumbnail_set_active (fixture.thumbnail, TRUE);
  wait_changes (&fixture, 1);
  g_assert_cmphex (cell_at (&fixture, 5, 5), ==, 49);

  /* Away again, and back: only the newest counts. */
  dio_thumbnail_set_active (fixture.thumbnail, FALSE);
  paint (&fixture, 0, 0, 10, 10, 0xabcdef, FALSE);
  paint (&fixture, 100, 100, 10, 10, 0xfedcba, FALSE);
  settle (&fixture);
  g_assert_cmpuint (fixture.changes, ==, 1);
  dio_thumbnail_set_active (fixture.thumbnail, TRUE);
  wait_changes (&fixture, 2);
  g_assert_cmphex (cell_at (&fixture, 0, 0), ==, 0xabcdef);
  g_assert_cmphex (cell_at (&fixture, 10, 10), ==, 0xfedcba);
  g_assert_cmphex (cell_at (&fixture, 5, 5), ==, 49);
  fixture_clear (&fixture);
}

/* The account of time, with a clock of our own. */
static void
test_wait (void)
{
  const gint64 now = 5000000;

  g_assert_cmpint (dio_thumbnail_get_wait (0, now, 1000), ==, 0);
  g_assert_cmpint (dio_thumbnail_get_wait (now, now, 1000), ==, 1000000);
  g_assert_cmpint (dio_thumbnail_get_wait (now - 400000, now, 1000), ==, 600000);
  g_assert_cmpint (dio_thumbnail_get_wait (now - 999999, now, 1000), ==, 1);
  g_assert_cmpint (dio_thumbnail_get_wait (now - 1000000, now, 1000), ==, 0);
  g_assert_cmpint (dio_thumbnail_get_wait (now - 9000000, now, 1000), ==, 0);
  g_assert_cmpint (dio_thumbnail_get_wait (now, now, 0), ==, 0);
}

/* However much the guest draws: no more looks than the time allows, and the last one sees the last picture. */
static void
test_rate (void)
{
  const guint interval_ms = 60;
  Fixture fixture;
  gint64 begin = g_get_monotonic_time (), end;
  guint i, allowed;

  fixture_init (&fixture, interval_ms);
  dio_thumbnail_set_active (fixture.thumbnail, TRUE);
  for (i = 1; g_get_monotonic_time () < begin + 600000; i++)
    {
      paint (&fixture, 0, 0, WIDTH, HEIGHT, i, TRUE);
      serve (&fixture, G_MAXUINT, 2);
    }
  end = g_get_monotonic_time ();
  allowed = (guint) ((end - begin) / (interval_ms * 1000)) + 1;
  g_test_message ("%u pictures, %u looks, %u allowed", i - 1, fixture.changes, allowed);
  g_assert_cmpuint (i, >, allowed);
  g_assert_cmpuint (fixture.changes, <=, allowed);
  g_assert_cmpuint (fixture.changes, >=, 2);

  if (cell_at (&fixture, 0, 0) != i - 1)
    wait_changes (&fixture, fixture.changes + 1);
  g_assert_cmphex (cell_at (&fixture, 0, 0), ==, i - 1);
  fixture_clear (&fixture);
}

/* A guest that draws nothing leaves nothing to wait for. */
static void
test_idle (void)
{
  GMainContext *context = g_main_context_default ();
  Fixture fixture;
  int timeout, priority, n;
  GPollFD fds[8];

  fixture_init (&fixture, 20);
  dio_thumbnail_set_active (fixture.thumbnail, TRUE);
  paint (&fixture, 0, 0, WIDTH, HEIGHT, 1, TRUE);
  wait_changes (&fixture, 1);
  settle (&fixture);

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  n = g_main_context_query (context, G_MAXINT, &timeout, fds, G_N_ELEMENTS (fds));
  g_main_context_check (context, G_MAXINT, fds, MIN (n, (int) G_N_ELEMENTS (fds)));
  g_main_context_release (context);
  g_assert_cmpint (timeout, ==, -1);
  g_assert_cmpuint (fixture.changes, ==, 1);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/thumbnail/picture", test_picture);
  g_test_add_func ("/thumbnail/nobody-looks", test_nobody_looks);
  g_test_add_func ("/thumbnail/wait", test_wait);
  g_test_add_func ("/thumbnail/rate", test_rate);
  g_test_add_func ("/thumbnail/idle", test_idle);
  return g_test_run ();
}
