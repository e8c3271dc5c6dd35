/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A console with an honest QEMU that sends its pictures: what is sent is what a frame holds, to the byte. */
#include "display-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_properties (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioConsole) second = fake_qemu_open_console (self->qemu, 1, &error);
  const char *const expected[] = { "org.qemu.Display1.Listener.Unix.Map",
                                   "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2",
                                   "app.diorama.Display1.Listener.UpdateList", NULL };

  g_assert_no_error (error);
  g_assert_cmpstr (dio_console_get_label (self->console), ==, "VGA");
  g_assert_cmpuint (dio_console_get_id (self->console), ==, 0);
  g_assert_cmpstr (dio_console_get_label (second), ==, "virtio-vga.1");
  g_assert_cmpuint (dio_console_get_id (second), ==, 1);
  g_assert_cmpuint (dio_console_get_head (second), ==, 1);
  g_assert_true (g_strv_equal (dio_qemu_listener_get_interfaces (self->fake->listener), expected));
  g_assert_cmpint (dio_framebuffer_get_width (self->framebuffer), ==, 0);
  g_assert_false (dio_framebuffer_get_active (self->framebuffer));
  g_assert_null (dio_frame_reader_take (self->reader));
  g_assert_null (dio_framebuffer_peek (self->framebuffer));
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
  g_assert_nonnull (strstr (text, "ScanoutDMABUF2"));
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
  g_autoptr (GBytes) pixels = test_words (0x112233, 64 * 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL, copy = NULL;

  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  wait_until (self->n_changed == 1);
  g_assert_cmpint (dio_framebuffer_get_width (self->framebuffer), ==, 64);
  g_assert_cmpint (dio_framebuffer_get_height (self->framebuffer), ==, 48);
  g_assert_true (dio_framebuffer_get_active (self->framebuffer));
  frame = dio_frame_reader_take (self->reader);
  g_assert_nonnull (frame);
  g_assert_cmpint (dio_frame_get_format (frame), ==, DIO_PIXEL_FORMAT_B8G8R8X8);
  test_assert_damage (frame, 0, 0, 64, 48);
  test_assert_pixels (frame, pixels);
  g_assert_null (dio_frame_reader_take (self->reader));
  copy = dio_framebuffer_peek (self->framebuffer);
  test_assert_pixels (copy, pixels);
}

/* Updates in their own stride. */
static void
test_update (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) black = test_solid (0, 64 * 48), red = test_solid (0xff0000, 16 * 8);
  g_autoptr (GBytes) green = test_solid (0x00ff00, 4 * 4);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) first = NULL, second = NULL, third = NULL;

  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, black, &error);
  g_assert_no_error (error);
  first = dio_frame_reader_take (self->reader);
  test_assert_pixels (first, black);
  /* 8 × 8 of rows that are 16 wide */
  fake_console_update (self->fake, 10, 20, 8, 8, 64, X8R8G8B8, red, &error);
  g_assert_no_error (error);
  second = dio_frame_reader_take (self->reader);
  test_assert_damage (second, 10, 20, 8, 8);
  g_assert_cmphex (test_pixel_at (second, 10, 20), ==, 0xff0000);
  g_assert_cmphex (test_pixel_at (second, 18, 20), ==, 0);
  g_assert_cmphex (test_pixel_at (second, 60, 44), ==, 0);
  fake_console_update (self->fake, 60, 44, 4, 4, 16, X8R8G8B8, green, &error);
  g_assert_no_error (error);
  third = dio_frame_reader_take (self->reader);
  test_assert_damage (third, 60, 44, 4, 4);
  g_assert_cmphex (test_pixel_at (third, 17, 27), ==, 0xff0000);
  g_assert_cmphex (test_pixel_at (third, 63, 47), ==, 0x00ff00);
  g_assert_cmpuint (dio_frame_get_buffer_id (first), ==, dio_frame_get_buffer_id (third));
}

/* QEMU's VGA changes its mode without a Scanout when it draws less than the whole screen. */
static void
test_stray_update (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) blue = test_solid (0xff, 640 * 480), red = test_solid (0xff0000, 720 * 16);
  g_autoptr (GBytes) small = test_solid (0xff00, 640 * 16);
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
  frame = dio_frame_reader_take (self->reader);
  g_assert_cmphex (test_pixel_at (frame, 719, 32), ==, 0xff0000);
  g_assert_cmphex (test_pixel_at (frame, 0, 0), ==, 0xff);

  /* Smaller: nothing sticks out, but the size is known. */
  g_object_set (self->fake->console, "width", 640, "height", 350, NULL);
  test_run_for (50);
  fake_console_update (self->fake, 0, 0, 640, 16, 2560, X8R8G8B8, small, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_width (self->framebuffer) == 640);
  g_assert_cmpint (dio_framebuffer_get_height (self->framebuffer), ==, 350);

  /* Without any Scanout at all. */
  g_clear_pointer (&frame, dio_frame_unref);
  g_clear_object (&self->reader);
  g_assert_finalize_object (self->console);
  g_clear_object (&self->fake->listener);
  self->console = fake_qemu_open_console (self->qemu, 0, &error);
  g_assert_no_error (error);
  self->framebuffer = dio_console_get_framebuffer (self->console);
  fake_console_update (self->fake, 0, 0, 640, 16, 2560, X8R8G8B8, small, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_width (self->framebuffer) == 640);
}

/* Sent and updated, each at an odd width. */
static void
test_pixman_formats (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < test_n_formats; i++)
    {
      const TestFormat *format = &test_formats[i];
      g_autoptr (GBytes) pixels = test_pixels_of_format (format, 7 * 5);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioFrame) sent = NULL, updated = NULL;
      guint stride = 7 * format->bytes;

      fake_console_scanout (self->fake, 7, 5, stride, format->code, pixels, &error);
      g_assert_no_error (error);
      sent = dio_frame_reader_take (self->reader);
      test_assert_solid (sent, format->rgb);
      fake_console_update (self->fake, 3, 2, 4, 3, stride, format->code, pixels, &error);
      g_assert_no_error (error);
      updated = dio_frame_reader_take (self->reader);
      test_assert_solid (updated, format->rgb);
    }
}

static void
test_cursor (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = test_words (0xff000000, 16 * 24);
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
  g_autoptr (GBytes) pixels = test_words (0, 64 * 48);
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
  frame = dio_framebuffer_peek (self->framebuffer);
  test_assert_pixels (frame, pixels);
  fake_console_update (self->fake, 0, 0, 8, 8, 32, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  wait_until (dio_framebuffer_get_active (self->framebuffer));
  g_signal_handlers_disconnect_by_func (self->framebuffer, on_notify_active, &n_active);
}

static void
on_unheeded (DioConsole *console, guint *n)
{
  g_assert_true (dio_console_is_unheeded (console));
  ++*n;
}

static void
test_ui_info (Fixture *self, gconstpointer data)
{
  guint n_unheeded = 0;
  int width, height;

  g_signal_connect (self->console, "unheeded", G_CALLBACK (on_unheeded), &n_unheeded);
  g_assert_false (dio_console_get_ui_info (self->console, &width, &height));
  for (int i = 1; i <= 100; i++)
    dio_console_set_ui_info (self->console, 1000 + i, 700, 300, 200);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 1100 700 300 200\n"));
  g_assert_cmpstr (self->qemu->log->str, ==, "ui 1001 700 300 200\nui 1100 700 300 200\n");
  dio_console_set_ui_info (self->console, -5, 1 << 30, -1, 1 << 20);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 320 16384 0 65535\n"));
  /* The screen is unplugged. */
  dio_console_set_ui_info (self->console, 0, 0, 0, 0);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 0 0 0 0\n"));
  dio_console_set_ui_info (self->console, 0, 480, 0, 0);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 320 480 0 0\n"));
  dio_console_set_ui_info (self->console, 1, 1, 0, 0);
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 320 200 0 0\n"));
  g_assert_true (dio_console_get_ui_info (self->console, &width, &height));
  g_assert_cmpint (width * 1000 + height, ==, 320 * 1000 + 200);
  /* A guest that does not follow is told twice more, so that it is news to QEMU; one that does is not. */
  wait_until (g_str_has_suffix (self->qemu->log->str, "ui 320 200 0 0\nui 320 200 81 50\nui 320 200 80 50\n"));
  g_assert_cmpuint (n_unheeded, ==, 0);
  wait_until (n_unheeded == 1);
  g_assert_true (dio_console_is_unheeded (self->console));
  /* The next time it is known after the first; one that follows is waited for again. */
  dio_console_set_ui_info (self->console, 330, 200, 0, 0);
  wait_until (n_unheeded == 2);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "ui 330 200 0 0\n"));
  g_object_set (self->fake->console, "width", 640, "height", 480, NULL);
  dio_console_set_ui_info (self->console, 640, 480, 160, 120);
  test_run_for (1800);
  g_assert_true (g_str_has_suffix (self->qemu->log->str, "ui 640 480 160 120\n"));
  g_assert_cmpuint (n_unheeded, ==, 2);
  g_assert_false (dio_console_is_unheeded (self->console));
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
  g_autoptr (GBytes) pixels = test_words (0, 64 * 48);
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
  frame = dio_framebuffer_peek (self->framebuffer);
  test_assert_pixels (frame, pixels);
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

/* At rest nobody listens and the picture stays; afterwards there is a new listener, however often that goes to and
 * fro. */
static void
test_resting (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = test_words (0, 64 * 48), red = test_solid (0xff0000, 64 * 48);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL, woken = NULL;
  guint n_closed = 0;

  g_signal_connect (self->console, "closed", G_CALLBACK (on_closed), &n_closed);
  fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  dio_console_set_resting (self->console, TRUE);
  g_assert_true (dio_console_get_resting (self->console));
  wait_until (g_dbus_connection_is_closed (self->fake->connection));
  frame = dio_frame_reader_take (self->reader);
  test_assert_pixels (frame, pixels);
  test_run_for (20);
  g_assert_cmpuint (n_closed, ==, 0);

  for (guint i = 0; i < 20; i++)
    {
      dio_console_set_resting (self->console, FALSE);
      dio_console_set_resting (self->console, TRUE);
      if (i % 3 == 0)
        test_iterate (g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
    }
  dio_console_set_resting (self->console, FALSE);
  wait_until (self->fake->connection && !g_dbus_connection_is_closed (self->fake->connection) &&
              fake_console_scanout (self->fake, 64, 48, 256, X8R8G8B8, red, NULL));
  woken = dio_frame_reader_take (self->reader);
  test_assert_pixels (woken, red);
  g_assert_cmpuint (n_closed, ==, 0);
  /* It may end while it is being woken. */
  dio_console_set_resting (self->console, TRUE);
  dio_console_set_resting (self->console, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  FIXTURE_TEST ("display", properties);
  FIXTURE_TEST ("display", standard_interfaces);
  FIXTURE_TEST ("display", scanout);
  FIXTURE_TEST ("display", update);
  FIXTURE_TEST ("display", stray_update);
  FIXTURE_TEST ("display", pixman_formats);
  FIXTURE_TEST ("display", cursor);
  FIXTURE_TEST ("display", disable);
  FIXTURE_TEST ("display", ui_info);
  FIXTURE_TEST ("display", death);
  FIXTURE_TEST ("display", resting);
  g_test_add_func ("/display/refused", test_refused);
  g_test_add_func ("/display/no_leaks", test_no_leaks);
  return g_test_run ();
}
