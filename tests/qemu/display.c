/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that runs its firmware, nothing else: its screen arrives to the pixel (QEMU's own screendump is the judge), a
 * key that is pressed does something. */
#include "dbus/connection.h"
#include "display/console.h"
#include "display/frame-reader.h"
#include "input/keyboard.h"
#include "input/mouse.h"
#include "qmp/qmp.h"

#include <glib/gstdio.h>
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Under emulation, on a busy machine. */
#define TIMEOUT (240 * G_TIME_SPAN_SECOND)

typedef struct
{
  GSubprocess *process;
  DioQmp *qmp;
  GDBusConnection *connection;
  DioConsole *console;
} Machine;

static gboolean
on_timeout (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* A turn of the main loop of MILLISECONDS at most. */
static void
iterate (guint milliseconds)
{
  guint id = g_timeout_add (milliseconds, on_timeout, NULL);

  g_main_context_iteration (NULL, TRUE);
  if (g_main_context_find_source_by_id (NULL, id))
    g_source_remove (id);
}

#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 wait_deadline_ = g_get_monotonic_time () + TIMEOUT;                                                         \
    while (!(condition))                                                                                               \
      {                                                                                                                \
        if (g_get_monotonic_time () > wait_deadline_)                                                                  \
          g_error ("%s:%d: not in time: %s", __FILE__, __LINE__, #condition);                                          \
        iterate (50);                                                                                                  \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
execute (Machine *self, const char *command, int fd, const char *first_name, const char *first_value,
         const char *second_name, const char *second_value)
{
  JsonObject *arguments = json_object_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;

  json_object_set_string_member (arguments, first_name, first_value);
  if (second_name)
    json_object_set_string_member (arguments, second_name, second_value);
  dio_qmp_execute_async (self->qmp, command, arguments, fd, NULL, on_result, &result);
  wait_until (result);
  answer = dio_qmp_execute_finish (self->qmp, result, &error);
  g_assert_no_error (error);
}

/* A test that fails leaves no QEMU. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_qemu (Machine *self, const char *const *devices)
{
  const char *qemu = g_getenv ("DIORAMA_TEST_QEMU");
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GStrvBuilder) arguments = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_strv_builder_add_many (arguments, qemu ? qemu : "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine",
                           "q35,accel=tcg", "-m", "64", "-display", "dbus,p2p=on", "-boot", "menu=on,splash-time=60000",
                           "-chardev", "socket,id=qmp,fd=3", "-mon", "chardev=qmp,mode=control", NULL);
  g_strv_builder_addv (arguments, (const char **) devices);
  argv = g_strv_builder_end (arguments);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  g_subprocess_launcher_take_fd (launcher, fds[0], 3);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  g_clear_object (&launcher);
  dio_qmp_new_async (fds[1], NULL, on_result, &result);
  wait_until (result);
  self->qmp = dio_qmp_new_finish (result, &error);
  g_assert_no_error (error);
}

static void
attach (Machine *self)
{
  g_autoptr (GAsyncResult) connected = NULL, registered = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  execute (self, "getfd", fds[0], "fdname", "display", NULL, NULL);
  close (fds[0]);
  execute (self, "add_client", -1, "protocol", "@dbus-display", "fdname", "display");
  dio_dbus_connect_peer_async (fds[1], NULL, on_result, &connected);
  wait_until (connected);
  self->connection = dio_dbus_connect_peer_finish (connected, &error);
  g_assert_no_error (error);
  dio_console_new_async (self->connection, NULL, "/org/qemu/Display1/Console_0", NULL, on_result, &registered);
  wait_until (registered);
  self->console = dio_console_new_finish (registered, &error);
  g_assert_no_error (error);
}

/* Whatever QEMU had answered before has been heard then. */
static void
round_trip (Machine *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (self->connection, NULL, "/org/qemu/Display1/VM", "org.freedesktop.DBus.Peer", "Ping", NULL,
                          NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_result, &result);
  wait_until (result);
}

static void
stop_qemu (Machine *self)
{
  g_autofree char *message = NULL;
  g_autoptr (DioFrame) frame = NULL;

  g_subprocess_force_exit (self->process);
  wait_until ((g_object_get (self->console, "error", &message, NULL), message));
  g_assert_nonnull (strstr (message, "closed its display"));
  frame = dio_framebuffer_peek (dio_console_get_framebuffer (self->console));
  g_assert_nonnull (frame);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  dio_qmp_close (self->qmp);
  /* A wish for a size may be on its way. */
  g_object_add_weak_pointer (G_OBJECT (self->console), (gpointer *) &self->console);
  g_object_unref (self->console);
  wait_until (!self->console);
  g_clear_object (&self->qmp);
  g_clear_object (&self->connection);
  g_clear_object (&self->process);
}

/* QEMU's own idea of the screen: a PPM file of three bytes a pixel. */
static GBytes *
screendump (Machine *self, int *width, int *height)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "screen.ppm", NULL);
  char *contents;
  gsize size;
  int header = 0;

  g_mkdir_with_parents (g_get_user_runtime_dir (), 0700);
  execute (self, "screendump", -1, "filename", path, NULL, NULL);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpint (sscanf (contents, "P6 %d %d 255%n", width, height, &header), ==, 2);
  g_unlink (path);
  g_assert_cmpuint (size, ==, (gsize) header + 1 + (gsize) *width * (gsize) *height * 3);
  memmove (contents, contents + header + 1, size - (gsize) header - 1);
  return g_bytes_new_take (contents, size - (gsize) header - 1);
}

/* Whether ours and QEMU's are the same now; the text cursor may blink in between. */
static gboolean
is_same (Machine *self)
{
  g_autoptr (DioFrame) frame = dio_framebuffer_peek (dio_console_get_framebuffer (self->console));
  int width, height;
  g_autoptr (GBytes) theirs = screendump (self, &width, &height);
  const guint8 *their_pixel = g_bytes_get_data (theirs, NULL), *first;
  gboolean same = TRUE;
  gssize stride;

  if (!frame || dio_frame_get_width (frame) != width || dio_frame_get_height (frame) != height)
    return FALSE;
  g_assert_cmpint (dio_frame_get_format (frame), ==, DIO_PIXEL_FORMAT_B8G8R8X8);
  first = dio_frame_map (frame, &stride, NULL);
  g_assert_nonnull (first);
  for (int y = 0; y < height && same; y++)
    for (int x = 0; x < width; x++, their_pixel += 3)
      {
        const guint8 *pixel = first + y * stride + x * 4;

        same = same && pixel[0] == their_pixel[2] && pixel[1] == their_pixel[1] && pixel[2] == their_pixel[0];
      }
  dio_frame_unmap (frame);
  return same;
}

static guint
count_lit (Machine *self)
{
  g_autoptr (DioFrame) frame = dio_framebuffer_peek (dio_console_get_framebuffer (self->console));
  const guint8 *first;
  gssize stride;
  guint n = 0;

  if (!frame)
    return 0;
  first = dio_frame_map (frame, &stride, NULL);
  for (int y = 0; y < dio_frame_get_height (frame); y++)
    for (int x = 0; x < dio_frame_get_width (frame); x++)
      {
        const guint8 *pixel = first + y * stride + x * 4;

        n += (pixel[0] | pixel[1] | pixel[2]) != 0;
      }
  dio_frame_unmap (frame);
  return n;
}

static void
count_change (DioFrameReader *reader, guint *n)
{
  g_autoptr (DioFrame) frame = dio_frame_reader_take (reader);

  *n += frame != NULL;
}

/* SeaBIOS tells its version and how to get its menu; Escape gets it. */
static void
test_firmware (gconstpointer device)
{
  const char *const devices[] = { "-device", device, NULL };
  Machine self = { NULL };
  g_autoptr (DioKeyboard) keyboard = NULL;
  g_autoptr (DioMouse) mouse = NULL;
  g_autoptr (DioFrameReader) reader = NULL;
  DioFramebuffer *framebuffer;
  DioDisplayStats stats;
  guint n_frames = 0, lit;
  guint64 n_scanouts;

  start_qemu (&self, devices);
  attach (&self);
  framebuffer = dio_console_get_framebuffer (self.console);
  reader = dio_frame_reader_new (framebuffer);
  g_signal_connect (reader, "changed", G_CALLBACK (count_change), &n_frames);
  keyboard = dio_keyboard_new (self.connection, NULL, "/org/qemu/Display1/Console_0");
  mouse = dio_mouse_new (self.connection, NULL, "/org/qemu/Display1/Console_0", NULL);

  wait_until (dio_framebuffer_get_width (framebuffer) == 720 && dio_framebuffer_get_height (framebuffer) == 400);
  g_assert_true (dio_framebuffer_get_active (framebuffer));
  wait_until (count_lit (&self) > 1000);
  wait_until (is_same (&self));
  /* The menu has lines that were not there before. */
  lit = count_lit (&self);
  wait_until ((dio_keyboard_press (keyboard, KEY_ESC), dio_keyboard_release (keyboard, KEY_ESC),
               count_lit (&self) > lit + 1000));
  wait_until (is_same (&self));
  /* No driver has woken a tablet; nobody listens to the mouse that there is. */
  g_assert_false (dio_mouse_get_is_absolute (mouse));
  dio_mouse_move (mouse, 10, -10);
  dio_mouse_press (mouse, DIO_MOUSE_LEFT);
  dio_mouse_release (mouse, DIO_MOUSE_LEFT);
  dio_console_set_ui_info (self.console, 1024, 768, 270, 203);
  dio_framebuffer_get_stats (framebuffer, &stats);
  g_test_message ("%u frames by %s, %" G_GUINT64_FORMAT " KiB copied, %u pixels lit", n_frames, stats.path,
                  stats.bytes_copied / 1024, count_lit (&self));
  /* It rests, the guest goes on, and it is woken to what there is then. */
  dio_console_set_resting (self.console, TRUE);
  dio_framebuffer_get_stats (framebuffer, &stats);
  n_scanouts = stats.scanouts;
  lit = count_lit (&self);
  g_assert_cmpuint (lit, >, 1000);
  for (guint i = 0; i < 3; i++)
    {
      dio_console_set_resting (self.console, FALSE);
      dio_console_set_resting (self.console, TRUE);
    }
  dio_console_set_resting (self.console, FALSE);
  wait_until ((dio_keyboard_press (keyboard, KEY_ESC), dio_keyboard_release (keyboard, KEY_ESC), is_same (&self)));
  /* The old picture may have been the same: only now QEMU has accepted who listens anew, and said so. */
  wait_until ((dio_framebuffer_get_stats (framebuffer, &stats), stats.scanouts > n_scanouts));
  round_trip (&self);
  g_clear_object (&reader);
  g_clear_object (&keyboard);
  g_clear_object (&mouse);
  stop_qemu (&self);
}

/* A device without firmware: QEMU's own notice, in memory that it shares. */
static void
test_placeholder (void)
{
  const char *const devices[] = { "-device", "virtio-gpu-pci", NULL };
  Machine self = { NULL };

  start_qemu (&self, devices);
  attach (&self);
  wait_until (count_lit (&self) > 100);
  wait_until (is_same (&self));
  stop_qemu (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_data_func ("/qemu-display/VGA", "VGA", test_firmware);
  g_test_add_data_func ("/qemu-display/virtio-vga", "virtio-vga", test_firmware);
  g_test_add_func ("/qemu-display/placeholder", test_placeholder);
  return g_test_run ();
}
