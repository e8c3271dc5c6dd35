/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Pictures in graphics buffers, for which sealed memory files stand in here. */
#include "display-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MODIFIER_INVALID G_GUINT64_CONSTANT (0x00ffffffffffffff)

/* SIZE bytes of rows of STRIDE in which pixel X, Y is the word Y << 16 | X. */
static int
make_buffer (gsize size, guint stride)
{
  int fd = memfd_create ("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  guint32 *words;

  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  words = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (words != MAP_FAILED);
  for (gsize i = 0; i < size / 4; i++)
    words[i] = (guint32) ((i / (stride / 4)) << 16 | i % (stride / 4));
  munmap (words, size);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
  return fd;
}

static guint32
word (int x, int y)
{
  return (guint32) y << 16 | (guint32) x;
}

/* The fourccs with a pixel each, as little-endian words, of the colour below; 16 and 30 bits round. */
static const struct
{
  const char *fourcc, *opaque;
  guint bytes;
  guint32 pixel;
  guint8 rgb[3];
} formats[] = {
  { "XR24", "XR24", 4, 0x00102030, { 0x10, 0x20, 0x30 } }, { "AR24", "XR24", 4, 0x80102030, { 0x10, 0x20, 0x30 } },
  { "XB24", "XB24", 4, 0x00302010, { 0x10, 0x20, 0x30 } }, { "AB24", "XB24", 4, 0x80302010, { 0x10, 0x20, 0x30 } },
  { "RX24", "RX24", 4, 0x10203000, { 0x10, 0x20, 0x30 } }, { "RA24", "RX24", 4, 0x10203080, { 0x10, 0x20, 0x30 } },
  { "BX24", "BX24", 4, 0x30201000, { 0x10, 0x20, 0x30 } }, { "BA24", "BX24", 4, 0x30201080, { 0x10, 0x20, 0x30 } },
  { "RG24", "RG24", 3, 0x102030, { 0x10, 0x20, 0x30 } },   { "BG24", "BG24", 3, 0x302010, { 0x10, 0x20, 0x30 } },
  { "RG16", "RG16", 2, 0x8410, { 0x84, 0x82, 0x84 } },     { "XR15", "XR15", 2, 0x7c1f, { 0xff, 0x00, 0xff } },
  { "AR15", "XR15", 2, 0x83e0, { 0x00, 0xff, 0x00 } },     { "XR30", "XR30", 4, 0x040200c3, { 0x10, 0x20, 0x30 } },
  { "AR30", "XR30", 4, 0xc40200c3, { 0x10, 0x20, 0x30 } }, { "XB30", "XB30", 4, 0x0c320043, { 0x10, 0x20, 0x30 } },
  { "AB30", "XB30", 4, 0xcc320043, { 0x10, 0x20, 0x30 } },
};

static guint32
fourcc (const char *name)
{
  return (guint32) name[0] | (guint32) name[1] << 8 | (guint32) name[2] << 16 | (guint32) name[3] << 24;
}

/* It says of the pixels what they are like when they are mapped. */
static void
assert_alignment (DioFrame *frame)
{
  gssize stride;
  const guint8 *pixels = dio_frame_map (frame, &stride, NULL);

  if (dio_frame_is_direct (frame))
    g_assert_cmpint (dio_frame_is_aligned (frame), ==, (guintptr) pixels % 4 == 0 && stride % 4 == 0);
  dio_frame_unmap (frame);
}

static void
test_fourccs (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      guint stride = 8 * formats[i].bytes;
      g_autofd int fd = make_buffer (32 * 8, 32);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) frame = NULL;

      for (guint n = 0; n < 8 * 5; n++)
        g_assert_cmpint (pwrite (fd, &formats[i].pixel, formats[i].bytes, n * formats[i].bytes), >, 0);
      fake_console_scanout_dmabuf (self->fake, fd, 7, 5, stride, fourcc (formats[i].fourcc),
                                   i % 2 ? MODIFIER_INVALID : 0, i % 3 == 0, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      g_assert_cmpint (dio_frame_get_kind (frame), ==, DIO_FRAME_DMABUF);
      g_assert_cmphex (dio_frame_get_dmabuf (frame)->fourcc, ==, fourcc (formats[i].opaque));
      g_assert_true (dio_frame_is_readable (frame));
      test_assert_solid (frame, formats[i].rgb);
      g_assert_cmpint (dio_frame_is_direct (frame), ==, formats[i].fourcc[2] == '2');
      assert_alignment (frame);
    }
}

/* What one says of a buffer of half floats: the graphics card can show it, we cannot read it. */
static void
test_unreadable (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer (64 * 8 * 8, 64);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;
  gssize stride;

  fake_console_scanout_dmabuf (self->fake, fd, 8, 8, 64, fourcc ("AB4H"), 0, FALSE, &error);
  g_assert_no_error (error);
  frame = dio_frame_reader_take (self->reader);
  g_assert_false (dio_frame_is_readable (frame));
  g_assert_null (dio_frame_map (frame, &stride, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  /* The wish for a full picture is granted at once. */
  g_clear_error (&error);
  g_assert_true (fake_console_update_dmabuf (self->fake, 0, 0, 8, 8, &error));
}

static void
test_y0_top (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer (256 * 48, 256);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL, update = NULL;
  gssize stride;

  /* TRUE: the first row of memory is the lowest. */
  fake_console_scanout_dmabuf (self->fake, fd, 60, 48, 256, XR24, 0, TRUE, &error);
  g_assert_no_error (error);
  frame = dio_frame_reader_take (self->reader);
  g_assert_cmphex (test_pixel_at (frame, 5, 0), ==, word (5, 47));
  g_assert_cmphex (test_pixel_at (frame, 59, 47), ==, word (59, 0));
  g_assert_nonnull (dio_frame_map (frame, &stride, NULL));
  g_assert_cmpint (stride, ==, -256);
  dio_frame_unmap (frame);
  /* The guest counts from the top all the same. */
  g_assert_true (fake_console_update_dmabuf (self->fake, 1, 2, 3, 4, &error));
  update = dio_frame_reader_take (self->reader);
  test_assert_damage (update, 1, 2, 3, 4);
}

/* Part of a buffer, both ways up; updates in coordinates of the buffer and of the picture. */
static void
test_crop (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      gboolean bottom_up = i == 1;
      g_autofd int fd = make_buffer (100 + 256 * 48, 256);
      FakeDmabuf dmabuf = { .fds = { fd },
                            .n_fds = 1,
                            .x = 10,
                            .y = 8,
                            .width = 40,
                            .height = 30,
                            .n_planes = 1,
                            .strides = { 256 },
                            .fourcc = XR24,
                            .backing_width = 64,
                            .backing_height = 48,
                            .y0_top = bottom_up };
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) frame = NULL, update = NULL;

      fake_console_scanout_dmabuf2 (self->fake, &dmabuf, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      g_assert_cmpint (dio_frame_get_width (frame), ==, 40);
      g_assert_cmpint (dio_frame_get_height (frame), ==, 30);
      g_assert_cmpint (dio_frame_get_dmabuf (frame)->width, ==, 64);
      g_assert_cmphex (test_pixel_at (frame, 0, 0), ==, bottom_up ? word (10, 37) : word (10, 8));
      g_assert_cmphex (test_pixel_at (frame, 39, 29), ==, bottom_up ? word (49, 8) : word (49, 37));
      /* In the buffer, from its top: the picture's last row. Outside of the picture taken as the latter's. */
      g_assert_true (fake_console_update_dmabuf (self->fake, 45, bottom_up ? 39 : 37, 4, 1, &error));
      update = dio_frame_reader_take (self->reader);
      test_assert_damage (update, 35, 29, 4, 1);
      g_assert_true (cairo_region_contains_point (dio_frame_get_damage (update), 35, 29));
    }
}

static void
test_alignment (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 4 * 4 * 4; i++)
    {
      g_autofd int fd = make_buffer (16384, 256);
      FakeDmabuf dmabuf = { .fds = { fd },
                            .n_fds = 1,
                            .x = i / 16,
                            .width = 40,
                            .height = 30,
                            .n_planes = 1,
                            .offsets = { i % 4 },
                            .strides = { 192 + i / 4 % 4 },
                            .fourcc = fourcc ("RG24"),
                            .backing_width = 64,
                            .backing_height = 48 };
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) frame = NULL;

      fake_console_scanout_dmabuf2 (self->fake, &dmabuf, &error);
      g_assert_no_error (error);
      frame = dio_frame_reader_take (self->reader);
      assert_alignment (frame);
    }
}

/* Planes beyond the pixels' own are the driver's; those without a descriptor are in the first one's. */
static void
test_planes (Fixture *self, gconstpointer data)
{
  g_autofd int first = make_buffer (256 * 64, 256), second = make_buffer (4096, 256);
  FakeDmabuf dmabuf = { .fds = { first, second },
                        .n_fds = 2,
                        .width = 64,
                        .height = 48,
                        .n_planes = 2,
                        .offsets = { 0, 1024 },
                        .strides = { 256, 64 },
                        .fourcc = XR24,
                        .backing_width = 64,
                        .backing_height = 48 };
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) two = NULL, shared = NULL, again = NULL;
  const DioDmabuf *said;

  fake_console_scanout_dmabuf2 (self->fake, &dmabuf, &error);
  g_assert_no_error (error);
  two = dio_frame_reader_take (self->reader);
  said = dio_frame_get_dmabuf (two);
  g_assert_cmpuint (said->n_planes, ==, 2);
  g_assert_cmpint (said->fds[0], !=, said->fds[1]);
  g_assert_cmpuint (said->offsets[1], ==, 1024);
  g_assert_cmpuint (said->strides[1], ==, 64);
  g_assert_false (dio_frame_is_readable (two));

  dmabuf.n_fds = 1;
  fake_console_scanout_dmabuf2 (self->fake, &dmabuf, &error);
  g_assert_no_error (error);
  shared = dio_frame_reader_take (self->reader);
  said = dio_frame_get_dmabuf (shared);
  g_assert_cmpint (said->fds[0], ==, said->fds[1]);
  g_assert_cmpuint (dio_frame_get_buffer_id (two), !=, dio_frame_get_buffer_id (shared));

  dmabuf.n_fds = 2;
  dmabuf.n_numbers = 4;
  fake_console_scanout_dmabuf2 (self->fake, &dmabuf, &error);
  g_assert_no_error (error);
  again = dio_frame_reader_take (self->reader);
  g_assert_cmpuint (dio_frame_get_buffer_id (two), ==, dio_frame_get_buffer_id (again));
}

/* A guest that takes turns comes back to the same numbers, through other descriptors; one that does not is forgotten.
 */
static void
test_flips (Fixture *self, gconstpointer data)
{
  int fds[3] = { make_buffer (256 * 48, 256), make_buffer (256 * 48, 256), make_buffer (256 * 48, 256) };
  guint64 ids[3] = { 0 };
  guint n_fds;

  for (guint i = 0; i < 60; i++)
    {
      g_autofd int fd = dup (fds[i % 3]);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) frame = NULL, flipped = NULL;

      fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, XR24, 0, FALSE, &error);
      g_assert_no_error (error);
      dio_qemu_listener_call_disable_sync (self->fake->listener, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
      flipped = dio_frame_reader_take (self->reader);
      test_assert_damage (flipped, 0, 0, 64, 48);
      g_assert_true (fake_console_update_dmabuf (self->fake, 3, 4, 5, 6, &error));
      frame = dio_frame_reader_take (self->reader);
      test_assert_damage (frame, 3, 4, 5, 6);
      if (i < 3)
        ids[i] = dio_frame_get_buffer_id (frame);
      g_assert_cmpuint (dio_frame_get_buffer_id (frame), ==, ids[i % 3]);
    }
  g_assert_cmpuint (ids[0], !=, ids[1]);
  g_assert_cmpuint (ids[1], !=, ids[2]);
  g_assert_cmpuint (ids[2], !=, ids[0]);
  for (guint i = 0; i < 3; i++)
    close (fds[i]);

  n_fds = test_count_fds ();
  for (guint i = 0; i < 100; i++)
    {
      g_autofd int fd = make_buffer (256 * 48, 256);

      g_assert_true (fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, XR24, 0, FALSE, NULL));
    }
  wait_until (test_count_fds () <= n_fds + 8);
  test_run_for (20);
  g_assert_true (dio_framebuffer_get_active (self->framebuffer));
}

/* One call, one answer, the rectangles as they are; what lies outside does not count. */
static void
test_list (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer (256 * 48, 256);
  const int rects[][4] = { { 1, 2, 3, 4 },  { 60, 40, 100, 100 }, { -5, -5, 6, 6 },
                           { 64, 0, 1, 1 }, { 9, 9, -4, 2 },      { G_MININT, G_MININT, G_MAXINT, G_MAXINT } };
  cairo_rectangle_int_t expected[] = { { 1, 2, 3, 4 }, { 60, 40, 4, 8 }, { 0, 0, 1, 1 } };
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;
  cairo_region_t *region = cairo_region_create_rectangles (expected, 3);
  DioDisplayStats stats;

  g_assert_false (fake_console_update_list (self->fake, rects, 1, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_true (fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, XR24, 0, FALSE, &error));
  g_clear_pointer (&frame, dio_frame_unref);
  frame = dio_frame_reader_take (self->reader);
  g_clear_pointer (&frame, dio_frame_unref);
  g_assert_true (fake_console_update_list (self->fake, rects, G_N_ELEMENTS (rects), &error));
  frame = dio_frame_reader_take (self->reader);
  g_assert_true (cairo_region_equal (dio_frame_get_damage (frame), region));
  g_assert_true (fake_console_update_list (self->fake, rects, 0, &error));
  g_assert_null (dio_frame_reader_take (self->reader));
  dio_framebuffer_get_stats (self->framebuffer, &stats);
  g_assert_cmpuint (stats.answers, ==, 2);
  g_assert_cmpuint (stats.damage_pixels, ==, 12 + 32 + 1);
  cairo_region_destroy (region);
}

/* --- what is no picture --- */

static void
test_bad_values (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer (256 * 48, 256);
  const FakeDmabuf good = { .fds = { fd, fd, fd, fd },
                            .n_fds = 1,
                            .width = 64,
                            .height = 48,
                            .n_planes = 1,
                            .strides = { 256 },
                            .fourcc = XR24,
                            .backing_width = 64,
                            .backing_height = 48 };
  FakeDmabuf bad[22];
  guint n = 0;
  g_autoptr (DioFrame) frame = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    bad[i] = good;
  bad[n++].width = 0;
  bad[n++].height = 0;
  bad[n++].width = 65;
  bad[n++].height = 0xffffffff;
  bad[n++].x = 1;
  bad[n++].y = 0xffffffff;
  bad[n++].backing_width = 65;
  bad[n++].backing_height = 49;
  bad[n++].backing_width = 16385;
  bad[n++].backing_height = 0x80000000;
  bad[n++].n_planes = 0;
  bad[n++].n_planes = 5;
  bad[n++].n_fds = 0;
  bad[n++].strides[0] = 0;
  bad[n++].strides[0] = 255;
  bad[n++].strides[0] = 257;
  bad[n++].strides[0] = 0xffffffff;
  bad[n++].offsets[0] = 1;
  bad[n++].offsets[0] = 0xffffffff;
  bad[n++].fourcc = 0;
  bad[n++].fourcc = fourcc ("NV12");
  bad[n++].modifier = 1; /* of a graphics card's: no memory file has that */
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (bad));

  g_assert_true (fake_console_scanout_dmabuf2 (self->fake, &good, NULL));
  for (guint i = 0; i < n; i++)
    {
      g_assert_false (fake_console_scanout_dmabuf2 (self->fake, &bad[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_clear_error (&error);
      /* QEMU goes on to send updates; they do not stop it, nor count as faults. */
      g_assert_true (fake_console_update_dmabuf (self->fake, 0, 0, 64, 48, &error));
      g_assert_no_error (error);
    }
  /* The good one stays. */
  frame = dio_frame_reader_take (self->reader);
  g_assert_cmphex (test_pixel_at (frame, 63, 47), ==, word (63, 47));
}

static void
test_bad_fds (Fixture *self, gconstpointer data)
{
  g_autofd int short_file = make_buffer (256 * 48 - 4, 256), plain = fake_memory_file (256 * 48);
  g_autofd int zero = open ("/dev/zero", O_RDONLY | O_CLOEXEC);
  g_autofd int socket_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofd int path = open ("/proc/self/exe", O_PATH | O_CLOEXEC);
  const int fds[] = { short_file, plain, zero, socket_fd, path };
  guint n_fds = test_count_fds ();

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (fake_console_scanout_dmabuf (self->fake, fds[i], 64, 48, 256, XR24, 0, FALSE, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  wait_until (test_count_fds () <= n_fds);
}

/* Whoever looks is told that there is a newer picture than the one that stays, as long as that is so. */
static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer (256 * 48, 256);
  g_autoptr (GBytes) pixels = test_solid (0x123456, 16 * 16);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, XR24, 0, FALSE, NULL));
      wait_until (dio_framebuffer_get_active (self->framebuffer) && !dio_framebuffer_get_refused (self->framebuffer));
      g_assert_false (fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, 0, 0, FALSE, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_clear_error (&error);
      wait_until (dio_framebuffer_get_refused (self->framebuffer));
      g_assert_true (fake_console_update_dmabuf (self->fake, 0, 0, 64, 48, NULL));
      test_run_for (20);
      g_assert_true (dio_framebuffer_get_refused (self->framebuffer));
    }
  /* Of any kind. */
  g_assert_true (fake_console_scanout (self->fake, 16, 16, 64, X8R8G8B8, pixels, NULL));
  wait_until (!dio_framebuffer_get_refused (self->framebuffer));
  g_assert_false (fake_console_scanout (self->fake, 16, 16, 4, X8R8G8B8, pixels, NULL));
  wait_until (dio_framebuffer_get_refused (self->framebuffer));
  /* Or none at all. */
  g_assert_true (dio_qemu_listener_call_disable_sync (self->fake->listener, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL));
  wait_until (!dio_framebuffer_get_refused (self->framebuffer));
}

/* QEMU's picture of a screen without one, as far as we tell it from others: not its sentence ("Display output is not
 * active."), but dots in its place that add up to the same. */
static GBytes *
make_placeholder (void)
{
  static const guint8 dots[] = { 0x81, 0xe5, 0x05, 0x22, 0x05 };
  const gsize x = 200 + 24 * 8, y = 224 + 15;
  guint32 *words = g_new0 (guint32, 640 * 480);

  for (gsize i = 0; i < sizeof dots * 8; i++)
    if (dots[i / 8] & 0x80 >> i % 8)
      words[y * 640 + x + i] = 0xaaaaaa;
  return g_bytes_new_take (words, 640 * 480 * 4);
}

/* A screen that was unplugged, and plugged in again by a guest with 3D: what it draws without that counts, too. */
static void
test_after_placeholder (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) placeholder = make_placeholder (), pixels = test_solid (0x123456, 16 * 16);
  g_autofd int fd = make_buffer (256 * 48, 256);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioConsole) console = fake_qemu_open_console (self->qemu, 1, &error);
  FakeConsole *fake = &self->qemu->consoles[1];
  g_autoptr (DioFrameReader) reader = NULL;
  g_autoptr (DioFrame) frame = NULL, after = NULL;

  g_assert_no_error (error);
  reader = dio_frame_reader_new (dio_console_get_framebuffer (console));
  fake_console_scanout (fake, 640, 480, 640 * 4, X8R8G8B8, placeholder, &error);
  g_assert_no_error (error);
  fake_console_update (fake, 0, 0, 16, 16, 64, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  g_assert_null (dio_frame_reader_take (reader));
  fake_console_scanout_dmabuf (fake, fd, 60, 48, 256, XR24, 0, FALSE, &error);
  g_assert_no_error (error);
  frame = dio_frame_reader_take (reader);
  g_assert_cmpint (dio_frame_get_kind (frame), ==, DIO_FRAME_DMABUF);
  fake_console_update (fake, 0, 0, 16, 16, 64, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  after = dio_frame_reader_take (reader);
  g_assert_nonnull (after);
  g_assert_cmpint (dio_frame_get_kind (after), ==, DIO_FRAME_BYTES);
  g_assert_cmphex (test_pixel_at (after, 3, 3) & 0xffffff, ==, 0x123456);
  dio_console_close (console);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  FIXTURE_TEST ("display-dmabuf", fourccs);
  FIXTURE_TEST ("display-dmabuf", unreadable);
  FIXTURE_TEST ("display-dmabuf", y0_top);
  FIXTURE_TEST ("display-dmabuf", crop);
  FIXTURE_TEST ("display-dmabuf", alignment);
  FIXTURE_TEST ("display-dmabuf", planes);
  FIXTURE_TEST ("display-dmabuf", flips);
  FIXTURE_TEST ("display-dmabuf", list);
  FIXTURE_TEST ("display-dmabuf", bad_values);
  FIXTURE_TEST ("display-dmabuf", bad_fds);
  FIXTURE_TEST ("display-dmabuf", refused);
  FIXTURE_TEST ("display-dmabuf", after_placeholder);
  return g_test_run ();
}
