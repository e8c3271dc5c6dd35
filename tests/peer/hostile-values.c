/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that means ill: values that cannot be. */
#include "hostile-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Ends with a good picture: the connection has outlived the test. */
static void
assert_alive (FakeConsole *fake, DioConsole *console)
{
  g_autoptr (GBytes) pixels = hostile_zeros (12 * 10 * 4);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFrame) frame = NULL;

  fake_console_scanout (fake, 12, 10, 48, X8R8G8B8, pixels, &error);
  g_assert_no_error (error);
  frame = dio_framebuffer_peek (dio_console_get_framebuffer (console));
  g_assert_cmpint (dio_frame_get_width (frame), ==, 12);
}

/* Values that no picture has. */

static const struct
{
  guint width, height, stride, format, size;
} bad_scanouts[] = {
  { 0, 10, 256, X8R8G8B8, 4096 },          { 10, 0, 256, X8R8G8B8, 4096 },
  { 16385, 1, 65540, X8R8G8B8, 70000 },    { 1, 16385, 4, X8R8G8B8, 70000 },
  { 16384, 16384, 65536, X8R8G8B8, 4096 }, { 0xffffffff, 0xffffffff, 0xffffffff, X8R8G8B8, 4096 },
  { 0x80000000, 1, 0, X8R8G8B8, 4096 },    { 0x40000001, 4, 4, X8R8G8B8, 4096 },
  { 32, 32, 127, X8R8G8B8, 4096 },         { 32, 32, 0, X8R8G8B8, 4096 },
  { 32, 33, 128, X8R8G8B8, 4096 },         { 32, 32, 129, X8R8G8B8, 4096 },
  { 32, 3, 0xffffffff, X8R8G8B8, 4096 },   { 32, 32, 128, X8R8G8B8, 0 },
  { 32, 32, 128, X8R8G8B8, 4095 },         { 32, 32, 128, 0, 4096 },
  { 32, 32, 128, 0xffffffff, 4096 },       { 32, 32, 128, 0x20020889, 4096 },
};

static const struct
{
  int x, y, width, height;
  guint stride, format, size;
} bad_updates[] = {
  { -1, 0, 8, 8, 32, X8R8G8B8, 256 },
  { 0, -1, 8, 8, 32, X8R8G8B8, 256 },
  { 0, 0, -8, 8, 32, X8R8G8B8, 256 },
  { 0, 0, 8, -8, 32, X8R8G8B8, 256 },
  { 0, 0, 0, 0, 32, X8R8G8B8, 256 },
  { G_MININT, G_MININT, G_MININT, G_MININT, 32, X8R8G8B8, 256 },
  { G_MAXINT, 0, 8, 8, 32, X8R8G8B8, 256 },
  { 0, G_MAXINT, 8, 8, 32, X8R8G8B8, 256 },
  { 16384, 0, 8, 8, 32, X8R8G8B8, 256 },
  { 16380, 16380, 4, 4, 32, X8R8G8B8, 256 },
  { 0, 0, G_MAXINT, G_MAXINT, 0xffffffff, X8R8G8B8, 256 },
  { 0, 0, 8, 8, 31, X8R8G8B8, 256 },
  { 0, 0, 8, 9, 32, X8R8G8B8, 256 },
  { 0, 0, 8, 8, 32, 7, 256 },
};

static const struct
{
  int width, height, hot_x, hot_y;
  guint size;
} bad_cursors[] = {
  { 0, 8, 0, 0, 0 },          { 8, -8, 0, 0, 256 },       { 8, 8, 8, 0, 256 },    { 8, 8, 0, -1, 256 },
  { 8, 8, 0, 0, 255 },        { 8, 8, 0, 0, 257 },        { 513, 1, 0, 0, 2052 }, { 0x10000, 0x10000, 0, 0, 0 },
  { 8, 8, G_MAXINT, 0, 256 }, { 0x40000000, 4, 0, 0, 0 },
};

static void
test_bad_values (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  FakeConsole *fake = &qemu->consoles[0];

  assert_alive (fake, console);
  for (guint i = 0; i < G_N_ELEMENTS (bad_scanouts); i++)
    {
      g_autoptr (GBytes) pixels = hostile_zeros (bad_scanouts[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (fake_console_scanout (fake, bad_scanouts[i].width, bad_scanouts[i].height, bad_scanouts[i].stride,
                                            bad_scanouts[i].format, pixels, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad_updates); i++)
    {
      g_autoptr (GBytes) pixels = hostile_zeros (bad_updates[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (fake_console_update (fake, bad_updates[i].x, bad_updates[i].y, bad_updates[i].width,
                                           bad_updates[i].height, bad_updates[i].stride, bad_updates[i].format, pixels,
                                           &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad_cursors); i++)
    {
      g_autoptr (GBytes) pixels = hostile_zeros (bad_cursors[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (dio_qemu_listener_call_cursor_define_sync (
          fake->listener, bad_cursors[i].width, bad_cursors[i].height, bad_cursors[i].hot_x, bad_cursors[i].hot_y,
          g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
          &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  assert_alive (fake, console);
  test_run_for (20);
  g_assert_null (dio_console_get_cursor (console));
}

/* Descriptors that are no memory, or too little of it. */

static int
open_bad_fd (guint i)
{
  int pipe_fds[2], fd;
  g_autofree char *path = NULL;

  switch (i)
    {
    case 0:
      return open ("/dev/zero", O_RDONLY | O_CLOEXEC);
    case 1:
      return open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case 2:
      g_assert_cmpint (pipe2 (pipe_fds, O_CLOEXEC), ==, 0);
      close (pipe_fds[1]);
      return pipe_fds[0];
    case 3:
      return socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    case 4: /* a file on a disk, or at least not of memory */
      return open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    case 5:
      return open ("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    case 6: /* empty */
      return memfd_create ("empty", MFD_CLOEXEC);
    case 7: /* one byte short */
      return fake_memory_file (64 * 64 * 4 - 1);
    case 8:
      fd = fake_memory_file (64 * 64 * 4);
      path = g_strdup_printf ("/proc/self/fd/%d", fd);
      fd = (close (open ("/dev/null", O_RDONLY)), fd);
      {
        int write_only = open (path, O_WRONLY | O_CLOEXEC);

        close (fd);
        return write_only;
      }
    default:
      return open ("/proc/self/exe", O_PATH | O_CLOEXEC);
    }
}

static void
test_bad_fds (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  FakeConsole *fake = &qemu->consoles[0];
  guint n_fds;

  assert_alive (fake, console);
  n_fds = test_count_fds ();
  for (guint i = 0; i < 10; i++)
    {
      g_autofd int fd = open_bad_fd (i);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (fd, >=, 0);
      g_assert_false (fake_console_scanout_map (fake, fd, 0, 64, 64, 256, X8R8G8B8, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  {
    g_autofd int fd = fake_memory_file (64 * 64 * 4);
    const guint offsets[] = { 1, 4, 0x7fffffff, 0xffffffff };

    for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
      {
        g_autoptr (GError) error = NULL;

        g_assert_false (fake_console_scanout_map (fake, fd, offsets[i], 64, 64, 256, X8R8G8B8, &error));
        g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      }
  }
  assert_alive (fake, console);
  wait_until (test_count_fds () <= n_fds);
}

/* A handle that names no descriptor of the message. */
static void
test_missing_fd (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  const int handles[] = { 0, 1, -1, G_MAXINT, G_MININT };

  for (guint i = 0; i < G_N_ELEMENTS (handles); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (dio_qemu_listener_unix_map_call_scanout_map_sync (
          qemu->consoles[0].map, g_variant_new_handle (handles[i]), 0, 64, 64, 256, X8R8G8B8, G_DBUS_CALL_FLAGS_NONE,
          -1, NULL, NULL, NULL, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  assert_alive (&qemu->consoles[0], console);
}

/* The file shrinks under us: an error, no SIGBUS. */
static void
test_truncated (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  FakeConsole *fake = &qemu->consoles[0];
  g_autofd int fd = fake_memory_file (512 * 512 * 4);
  g_autoptr (GError) error = NULL;

  fake_console_scanout_map (fake, fd, 0, 512, 512, 2048, X8R8G8B8, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (fd, 512 * 100 * 4), ==, 0);
  g_assert_true (fake_console_update_map (fake, 0, 0, 512, 100, &error));
  g_assert_false (fake_console_update_map (fake, 0, 0, 512, 512, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_false (fake_console_update_map (fake, 500, 500, 12, 12, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_false (fake_console_update_map (fake, 0, 0, 513, 1, &error));
  g_clear_error (&error);
  g_assert_false (fake_console_update_map (fake, G_MAXINT, 0, G_MAXINT, 1, &error));
  g_clear_error (&error);
  assert_alive (fake, console);
  /* A plain picture has taken its place. */
  g_assert_false (fake_console_update_map (fake, 0, 0, 1, 1, &error));
}

/* Nothing but faults: enough. */
static void
test_faults (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  g_autoptr (GBytes) pixels = hostile_zeros (64);
  g_autofree char *message = NULL;

  for (guint i = 0; i < 1100; i++)
    fake_console_scanout (&qemu->consoles[0], 0, 0, 0, 0, pixels, NULL);
  message = hostile_wait_for_error (console);
  g_assert_nonnull (strstr (message, "sent invalid display data"));
}

#define TEST(name) g_test_add_func ("/hostile/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (bad_values);
  TEST (bad_fds);
  TEST (missing_fd);
  TEST (truncated);
  TEST (faults);
  return g_test_run ();
}
