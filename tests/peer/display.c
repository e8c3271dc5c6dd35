/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A console with an honest QEMU: what is sent is what a frame holds, to the byte. */
#include "fake-qemu.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define X8R8G8B8 0x20020888u

typedef struct
{
  FakeQemu *qemu;
  FakeConsole *fake;
  DioConsole *console;
  DioFramebuffer *framebuffer;
  guint n_changed;
} Fixture;

static void
on_changed (DioFramebuffer *framebuffer, guint *n_changed)
{
  ++*n_changed;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->console = fake_qemu_open_console (self->qemu, 0, &error);
  g_assert_no_error (error);
  self->fake = &self->qemu->consoles[0];
  self->framebuffer = dio_console_get_framebuffer (self->console);
  g_signal_connect (self->framebuffer, "changed", G_CALLBACK (on_changed), &self->n_changed);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (self->console), (gpointer *) &self->console);
  dio_console_close (self->console);
  g_object_unref (self->console);
  wait_until (!self->console);
  fake_qemu_free (self->qemu);
}

/* COUNT pixels of 0x00BBGGRR words that count up from FIRST. */
static GBytes *
words (guint32 first, gsize count)
{
  guint32 *data = g_new (guint32, count);

  for (gsize i = 0; i < count; i++)
    data[i] = first + (guint32) i * 0x010203u;
  return g_bytes_new_take (data, count * 4);
}

static GBytes *
solid (guint32 word, gsize count)
{
  guint32 *data = g_new (guint32, count);

  for (gsize i = 0; i < count; i++)
    data[i] = word;
  return g_bytes_new_take (data, count * 4);
}

static guint32
pixel_at (DioFrame *frame, int x, int y)
{
  guint32 word;

  memcpy (&word,
          (const guint8 *) g_bytes_get_data (dio_frame_get_bytes (frame), NULL) +
              (gsize) y * dio_frame_get_stride (frame) + (gsize) x * 4,
          4);
  return word;
}

static void
assert_damage (DioFrame *frame, int x, int y, int width, int height)
{
  cairo_rectangle_int_t extents;

  cairo_region_get_extents (dio_frame_get_damage (frame), &extents);
  g_assert_cmpint (extents.x, ==, x);
  g_assert_cmpint (extents.y, ==, y);
  g_assert_cmpint (extents.width, ==, width);
  g_assert_cmpint (extents.height, ==, height);
}

static void
test_properties (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioConsole) second = fake_qemu_open_console (self->qemu, 1, &error);
  const char *const expected[] = { "org.qemu.Display1.Listener.Unix.Map", NULL };

  g_assert_no_error (error);
  g_assert_cmpstr (dio_console_get_label (self->console), ==, "VGA");
  g_assert_cmpuint (dio_console_get_id (self->console), ==, 0);
  g_assert_cmpstr (dio_console_get_label (second), ==, "virtio-vga.1");
  g_assert_cmpuint (dio_console_get_id (second), ==, 1);
  g_assert_cmpuint (dio_console_get_head (second), ==, 1);
  g_assert_true (g_strv_equal (dio_qemu_listener_get_interfaces (self->fake->listener), expected));
  g_assert_cmpint (dio_framebuffer_get_width (self->framebuffer), ==, 0);
  g_assert_false (dio_framebuffer_get_active (self->framebuffer));
  g_assert_null (dio_framebuffer_take_frame (self->framebuffer));
  g_assert_null (dio_framebuffer_copy_frame (self->framebuffer));
}

static GVariant *
call (Fixture *self, const char *path, const char *interface, const char *method, GVariant *body, GError **error)
{
  return g_dbus_connection_call_sync (self->fake->connection, NULL, path, interface, method, body, NULL,
                                      G_DBUS_CALL_FLAGS_NONE, 5000, NULL, error);
}

static void
test_standard_interfaces (Fixture *self, gconstpointer data)
{
  const char *path = "/org/qemu/Display1/Listener";
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) xml = NULL, pong = NULL, all = NULL, one = NULL, none = NULL;
  const char *text;

  xml = call (self, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL, &error);
  g_assert_no_error (error);
  g_variant_get (xml, "(&s)", &text);
  g_assert_nonnull (strstr (text, "ScanoutMap"));
  pong = call (self, "/any", "org.freedesktop.DBus.Peer", "Ping", NULL, &error);
  g_assert_no_error (error);
  all = call (self, path, "org.freedesktop.DBus.Properties", "GetAll",
              g_variant_new ("(s)", "org.qemu.Display1.Listener"), &error);
  g_assert_no_error (error);
  one = call (self, path, "org.freedesktop.DBus.Properties", "Get",
              g_variant_new ("(ss)", "org.qemu.Display1.Listener", "Interfaces"), &error);
  g_assert_no_error (error);

  none = call (self, path, "org.freedesktop.DBus.Properties", "Get",
               g_variant_new ("(ss)", "org.qemu.Display1.Listener", "Nonsense"), &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_PROPERTY);
  g_clear_error (&error);
  none = call (self, path, "org.qemu.Display1.Listener", "Nonsense", NULL, &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
  g_clear_error (&error);
  none = call (self, "/nowhere", "org.qemu.Display1.Listener", "Disable", NULL, &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT);
  g_clear_error (&error);
  none = call (self, path, "org.qemu.Display1.Listener", "Disable", g_variant_new ("(i)", 1), &error);
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
}

static void
test_scanout (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = words (0x112233, 64 * 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL, copy = NULL;

  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  wait_until (self->n_changed == 1);
  g_assert_cmpint (dio_framebuffer_get_width (self->framebuffer), ==, 64);
  g_assert_cmpint (dio_framebuffer_get_height (self->framebuffer), ==, 48);
  g_assert_true (dio_framebuffer_get_active (self->framebuffer));
  frame = dio_framebuffer_take_frame (self->framebuffer);
  g_assert_nonnull (frame);
  g_assert_cmpint (dio_frame_get_format (frame), ==, DIO_PIXEL_FORMAT_B8G8R8X8);
  assert_damage (frame, 0, 0, 64, 48);
  g_assert_true (g_bytes_equal (dio_frame_get_bytes (frame), pixels));
  g_assert_null (dio_framebuffer_take_frame (self->framebuffer));
  copy = dio_framebuffer_copy_frame (self->framebuffer);
  g_assert_true (g_bytes_equal (dio_frame_get_bytes (copy), pixels));
}

/* Updates in their own stride, with frames held and given back. */
static void
test_update (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) black = solid (0, 64 * 48), red = solid (0xff0000, 16 * 8), green = solid (0x00ff00, 4 * 4);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) first = NULL, second = NULL, third = NULL, fourth = NULL;

  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, black, &error);
  g_assert_no_error (error);
  first = dio_framebuffer_take_frame (self->framebuffer);
  /* 8 × 8 of rows that are 16 wide */
  fake_console_update (self->fake, 10, 20, 8, 8, 64, X8R8G8B8, red, &error);
  g_assert_no_error (error);
  second = dio_framebuffer_take_frame (self->framebuffer);
  assert_damage (second, 10, 20, 8, 8);
  fake_console_update (self->fake, 60, 44, 4, 4, 16, X8R8G8B8, green, &error);
  g_assert_no_error (error);
  third = dio_framebuffer_take_frame (self->framebuffer);
  assert_damage (third, 60, 44, 4, 4);
  g_assert_cmphex (pixel_at (first, 10, 20), ==, 0);
  g_assert_cmphex (pixel_at (second, 10, 20), ==, 0xff0000);
  g_assert_cmphex (pixel_at (second, 18, 20), ==, 0);
  g_assert_cmphex (pixel_at (second, 60, 44), ==, 0);
  g_assert_cmphex (pixel_at (third, 17, 27), ==, 0xff0000);
  g_assert_cmphex (pixel_at (third, 63, 47), ==, 0x00ff00);

  /* The first one's buffer comes round again, with everything that it missed. */
  g_clear_pointer (&first, dio_frame_unref);
  fake_console_update (self->fake, 0, 0, 4, 4, 16, X8R8G8B8, green, &error);
  g_assert_no_error (error);
  fourth = dio_framebuffer_take_frame (self->framebuffer);
  assert_damage (fourth, 0, 0, 4, 4);
  g_assert_cmphex (pixel_at (fourth, 0, 0), ==, 0x00ff00);
  g_assert_cmphex (pixel_at (fourth, 12, 22), ==, 0xff0000);
  g_assert_cmphex (pixel_at (fourth, 62, 46), ==, 0x00ff00);
}

/* QEMU's VGA changes its mode without a Scanout when it draws less than the whole screen. */
static void
test_stray_update (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) blue = solid (0xff, 640 * 480), red = solid (0xff0000, 720 * 16), small = solid (0xff00, 640 * 16);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;

  fake_console_scanout (self->fake, 640, 480, 2560, X8R8G8B8, blue, &error);
  g_assert_no_error (error);
  fake_console_update (self->fake, 0, 32, 720, 16, 2880, X8R8G8B8, red, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_width (self->framebuffer) == 720);
  g_assert_cmpint (dio_framebuffer_get_height (self->framebuffer), ==, 480);
  /* The console's own size follows. */
  g_object_set (self->fake->console, "width", 720, "height", 400, NULL);
  wait_until (dio_framebuffer_get_height (self->framebuffer) == 400);
  frame = dio_framebuffer_take_frame (self->framebuffer);
  g_assert_cmphex (pixel_at (frame, 719, 32), ==, 0xff0000);
  g_assert_cmphex (pixel_at (frame, 0, 0), ==, 0xff);

  /* Smaller: nothing sticks out, but the size is known. */
  g_object_set (self->fake->console, "width", 640, "height", 350, NULL);
  test_run_for (50);
  fake_console_update (self->fake, 0, 0, 640, 16, 2560, X8R8G8B8, small, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_width (self->framebuffer) == 640);
  g_assert_cmpint (dio_framebuffer_get_height (self->framebuffer), ==, 350);

  /* Without any Scanout at all. */
  g_clear_pointer (&frame, dio_frame_unref);
  g_assert_finalize_object (self->console);
  g_clear_object (&self->fake->listener);
  self->console = fake_qemu_open_console (self->qemu, 0, &error);
  g_assert_no_error (error);
  self->framebuffer = dio_console_get_framebuffer (self->console);
  fake_console_update (self->fake, 0, 0, 640, 16, 2560, X8R8G8B8, small, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_width (self->framebuffer) == 640);
}

/* The pixman formats, each with a word (or three bytes, or a half-word) of which every channel differs, and what must
 * lie in memory: the bytes that mean something, in the order that the frame's format tells. */
static const struct
{
  guint32 code;
  guint32 pixel;
  guint bytes;
  guint8 rgb[3];
} formats[] = {
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

static void
read_rgb (DioFrame *frame, int x, int y, guint8 *rgb)
{
  static const struct
  {
    guint r, g, b, bytes;
  } layouts[] = {
    [DIO_PIXEL_FORMAT_B8G8R8X8] = { 2, 1, 0, 4 }, [DIO_PIXEL_FORMAT_X8R8G8B8] = { 1, 2, 3, 4 },
    [DIO_PIXEL_FORMAT_R8G8B8X8] = { 0, 1, 2, 4 }, [DIO_PIXEL_FORMAT_X8B8G8R8] = { 3, 2, 1, 4 },
    [DIO_PIXEL_FORMAT_B8G8R8] = { 2, 1, 0, 3 },   [DIO_PIXEL_FORMAT_R8G8B8] = { 0, 1, 2, 3 },
  };
  DioPixelFormat format = dio_frame_get_format (frame);
  const guint8 *pixel = (const guint8 *) g_bytes_get_data (dio_frame_get_bytes (frame), NULL) +
                        (gsize) y * dio_frame_get_stride (frame) + (gsize) x * layouts[format].bytes;

  rgb[0] = pixel[layouts[format].r];
  rgb[1] = pixel[layouts[format].g];
  rgb[2] = pixel[layouts[format].b];
}

static GBytes *
pixels_of_format (guint i, gsize count)
{
  guint8 *data = g_malloc (count * formats[i].bytes);

  for (gsize n = 0; n < count; n++)
    memcpy (data + n * formats[i].bytes, &formats[i].pixel, formats[i].bytes);
  return g_bytes_new_take (data, count * formats[i].bytes);
}

static void
assert_solid (DioFrame *frame, const guint8 *expected)
{
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 0; x < dio_frame_get_width (frame); x++)
      {
        guint8 rgb[3];

        read_rgb (frame, x, y, rgb);
        g_assert_cmpmem (rgb, 3, expected, 3);
      }
}

/* Sent, updated and shared, each at an odd width. */
static void
test_formats (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GBytes) pixels = pixels_of_format (i, 7 * 5);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) sent = NULL, updated = NULL, shared = NULL;
      g_autofd int fd = memfd_create ("picture", MFD_CLOEXEC);
      guint stride = 7 * formats[i].bytes;

      fake_console_scanout (self->fake, 7, 5, stride, formats[i].code, pixels, &error);
      g_assert_no_error (error);
      sent = dio_framebuffer_take_frame (self->framebuffer);
      assert_solid (sent, formats[i].rgb);
      fake_console_update (self->fake, 3, 2, 4, 3, stride, formats[i].code, pixels, &error);
      g_assert_no_error (error);
      updated = dio_framebuffer_take_frame (self->framebuffer);
      assert_solid (updated, formats[i].rgb);
      g_assert_cmpint (write (fd, g_bytes_get_data (pixels, NULL), g_bytes_get_size (pixels)), >, 0);
      fake_console_scanout_map (self->fake, fd, 0, 7, 5, stride, formats[i].code, &error);
      g_assert_no_error (error);
      fake_console_update_map (self->fake, 2, 1, 5, 4, &error);
      g_assert_no_error (error);
      shared = dio_framebuffer_take_frame (self->framebuffer);
      g_assert_nonnull (shared);
      assert_solid (shared, formats[i].rgb);
    }
}

static guint32
file_pixel (guint offset, guint stride, int x, int y)
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

static void
test_map (Fixture *self, gconstpointer data)
{
  g_autofd int fd = fake_memory_file (300 * 200 * 4 + 4096);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) first = NULL, second = NULL;
  const guint32 white[2] = { 0xffffff, 0xffffff };

  fake_console_scanout_map (self->fake, fd, 4096, 256, 200, 1200, X8R8G8B8, &error);
  g_assert_no_error (error);
  wait_until (self->n_changed == 1);
  first = dio_framebuffer_take_frame (self->framebuffer);
  for (int y = 0; y < 200; y++)
    for (int x = 0; x < 256; x++)
      g_assert_cmphex (pixel_at (first, x, y), ==, file_pixel (4096, 1200, x, y));

  /* Two pixels change; only the second is told. */
  g_assert_cmpint (pwrite (fd, white, 8, 4096 + 100 * 1200 + 50 * 4), ==, 8);
  fake_console_update_map (self->fake, 51, 100, 1, 1, &error);
  g_assert_no_error (error);
  second = dio_framebuffer_take_frame (self->framebuffer);
  assert_damage (second, 51, 100, 1, 1);
  g_assert_cmphex (pixel_at (second, 51, 100), ==, 0xffffff);
  g_assert_cmphex (pixel_at (second, 50, 100), ==, file_pixel (4096, 1200, 50, 100));

  /* Another mode, and back. */
  for (guint i = 0; i < 6; i++)
    {
      int width = i % 2 ? 300 : 128;
      g_autoptr (DioFrame) frame = NULL;

      fake_console_scanout_map (self->fake, fd, 0, (guint) width, 150, 1200, X8R8G8B8, &error);
      g_assert_no_error (error);
      frame = dio_framebuffer_take_frame (self->framebuffer);
      g_assert_cmpint (dio_frame_get_width (frame), ==, width);
      assert_damage (frame, 0, 0, width, 150);
      g_assert_cmphex (pixel_at (frame, width - 1, 149), ==, file_pixel (0, 1200, width - 1, 149));
    }
}

static void
test_cursor (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = words (0xff000000, 16 * 24);
  g_autoptr (GError) error = NULL;
  DioCursor *cursor;
  int x, y;

  g_assert_null (dio_console_get_cursor (self->console));
  dio_qemu_listener_call_cursor_define_sync (self->fake->listener, 16, 24, 3, 5,
                                             g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE),
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  wait_until ((cursor = dio_console_get_cursor (self->console)));
  g_assert_cmpint (dio_cursor_get_width (cursor), ==, 16);
  g_assert_cmpint (dio_cursor_get_height (cursor), ==, 24);
  g_assert_cmpint (dio_cursor_get_hot_x (cursor), ==, 3);
  g_assert_cmpint (dio_cursor_get_hot_y (cursor), ==, 5);
  g_assert_true (g_bytes_equal (dio_cursor_get_pixels (cursor), pixels));

  g_assert_false (dio_console_get_cursor_visible (self->console));
  dio_qemu_listener_call_mouse_set_sync (self->fake->listener, 33, -2, 1, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  wait_until (dio_console_get_cursor_visible (self->console));
  g_object_get (self->console, "cursor-x", &x, "cursor-y", &y, NULL);
  g_assert_cmpint (x, ==, 33);
  g_assert_cmpint (y, ==, -2);
  dio_qemu_listener_call_mouse_set_sync (self->fake->listener, 0, 0, 0, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  wait_until (!dio_console_get_cursor_visible (self->console));
}

static void
on_notify_active (DioFramebuffer *framebuffer, GParamSpec *pspec, guint *n)
{
  ++*n;
}

static void
test_disable (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = words (0, 64 * 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;
  guint n_active = 0;
  gint64 start;

  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_active (self->framebuffer));
  g_signal_connect (self->framebuffer, "notify::active", G_CALLBACK (on_notify_active), &n_active);

  /* A mode change: off and on again. */
  dio_qemu_listener_call_disable_sync (self->fake->listener, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  test_run_for (20);
  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  test_run_for (400);
  g_assert_cmpuint (n_active, ==, 0);

  start = g_get_monotonic_time ();
  dio_qemu_listener_call_disable_sync (self->fake->listener, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  wait_until (!dio_framebuffer_get_active (self->framebuffer));
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 245 * G_TIME_SPAN_MILLISECOND);
  frame = dio_framebuffer_copy_frame (self->framebuffer);
  g_assert_true (g_bytes_equal (dio_frame_get_bytes (frame), pixels));
  fake_console_update (self->fake, 0, 0, 8, 8, 32, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_active (self->framebuffer));
  g_signal_handlers_disconnect_by_func (self->framebuffer, on_notify_active, &n_active);
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
  frame = dio_framebuffer_take_frame (self->framebuffer);
  g_assert_cmpint (cairo_region_num_rectangles (dio_frame_get_damage (frame)), <=, 32);
  g_assert_null (dio_framebuffer_take_frame (self->framebuffer));
}

static void
test_ui_info (Fixture *self, gconstpointer data)
{
  g_autofree char *expected = NULL;

  for (int i = 1; i <= 100; i++)
    dio_console_set_ui_info (self->console, 1000 + i, 700, 300, 200);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 1100 700 300 200\n"));
  g_assert_cmpstr (self->qemu->log->str, ==, "ui 1001 700 300 200\nui 1100 700 300 200\n");
  dio_console_set_ui_info (self->console, -5, 1 << 30, -1, 1 << 20);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 1 16384 0 65535\n"));
}

static void
on_closed (DioConsole *console, const GError *error, guint *n_closed)
{
  ++*n_closed;
}

/* The last picture stays when QEMU goes. */
static void
test_death (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = words (0, 64 * 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;
  g_autofree char *message = NULL;
  guint n_closed = 0;

  g_signal_connect (self->console, "closed", G_CALLBACK (on_closed), &n_closed);
  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  fake_qemu_die (self->qemu);
  wait_until (n_closed == 1);
  g_object_get (self->console, "error", &message, NULL);
  g_assert_nonnull (strstr (message, "closed its display"));
  frame = dio_framebuffer_copy_frame (self->framebuffer);
  g_assert_true (g_bytes_equal (dio_frame_get_bytes (frame), pixels));
  dio_console_set_ui_info (self->console, 100, 100, 0, 0);
  dio_console_close (self->console);
  test_run_for (20);
  g_assert_cmpuint (n_closed, ==, 1);
}

static void
test_refused (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_REFUSES);
  g_autoptr (GError) error = NULL;
  DioConsole *console = fake_qemu_open_console (qemu, 0, &error);

  g_assert_null (console);
  g_assert_nonnull (strstr (error->message, "no more listeners"));
}

/* Two hundred machines later nothing is left of them. */
static void
test_no_leaks (void)
{
  guint n_fds = 0;

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
      g_autoptr (GError) error = NULL;
      DioConsole *console = fake_qemu_open_console (qemu, 0, &error);
      g_autofd int fd = fake_memory_file (64 * 64 * 4);

      g_assert_no_error (error);
      fake_console_scanout_map (&qemu->consoles[0], fd, 0, 64, 64, 256, X8R8G8B8, &error);
      g_assert_no_error (error);
      if (i % 2)
        fake_qemu_die (qemu);
      g_object_unref (console);
      g_clear_pointer (&qemu, fake_qemu_free);
      g_clear_fd (&fd, NULL);
      test_run_for (1);
      if (i == 20)
        n_fds = test_count_fds ();
    }
  wait_until (test_count_fds () <= n_fds);
}

#define TEST(name) g_test_add ("/display/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (properties);
  TEST (standard_interfaces);
  TEST (scanout);
  TEST (update);
  TEST (stray_update);
  TEST (formats);
  TEST (map);
  TEST (cursor);
  TEST (disable);
  TEST (coalescing);
  TEST (ui_info);
  TEST (death);
  g_test_add_func ("/display/refused", test_refused);
  g_test_add_func ("/display/no_leaks", test_no_leaks);
  return g_test_run ();
}
