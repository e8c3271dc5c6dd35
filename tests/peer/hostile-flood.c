/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that means ill: more than can be taken. */
#include "hostile-fixture.h"

#include "display/frame-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static GBytes *
without_reply (GBytes *call)
{
  gsize size;
  guint8 *copy = g_memdup2 (g_bytes_get_data (call, &size), g_bytes_get_size (call));

  copy[2] |= G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED;
  g_bytes_unref (call);
  return g_bytes_new_take (copy, size);
}

/* A hundred thousand pointer positions, a signal each, and pictures among them. */
static void
test_flood (Raw *self, gconstpointer data)
{
  g_autoptr (GByteArray) burst = g_byte_array_new ();
  g_autoptr (GBytes) mouse =
      without_reply (fake_qemu_method_call (LISTENER, "MouseSet", g_variant_new ("(iii)", 1, 2, 1), 0));
  g_autoptr (GBytes) pixels = hostile_zeros (320 * 200 * 4), bytes = NULL;
  g_autoptr (GBytes) picture = without_reply (
      fake_qemu_method_call (LISTENER, "Scanout",
                             g_variant_new ("(uuuu@ay)", 320, 200, 1280, X8R8G8B8,
                                            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
                             0));

  for (guint i = 0; i < 1000; i++)
    g_byte_array_append (burst, g_bytes_get_data (mouse, NULL), (guint) g_bytes_get_size (mouse));
  g_byte_array_append (burst, g_bytes_get_data (picture, NULL), (guint) g_bytes_get_size (picture));
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  hostile_write_repeatedly (self->fake->raw_fd, bytes, 100);
  wait_until (dio_framebuffer_get_width (dio_console_get_framebuffer (self->console)) == 320);
  wait_until (dio_console_get_cursor_visible (self->console));
}

/* Modes that change with every picture, large ones too. */
static void
test_mode_flood (Raw *self, gconstpointer data)
{
  g_autoptr (GByteArray) burst = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (int i = 0; i < 40; i++)
    {
      g_autoptr (GBytes) pixels = hostile_zeros (64 * 4);
      g_autoptr (GBytes) call = without_reply (fake_qemu_method_call (
          LISTENER, "Update",
          g_variant_new ("(iiiiuu@ay)", i % 2 ? 1900 : 100 + i, i % 2 ? 1000 : 100, 8, 8, 32, X8R8G8B8,
                         g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
          0));

      g_byte_array_append (burst, g_bytes_get_data (call, NULL), (guint) g_bytes_get_size (call));
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  hostile_write_repeatedly (self->fake->raw_fd, bytes, 500);
  wait_until (dio_framebuffer_get_width (dio_console_get_framebuffer (self->console)) == 1908);
}

/* Updates of a graphics buffer that wait for their answers, beside those of one that there is not. */
static void
test_update_flood (Raw *self, gconstpointer data)
{
  g_autoptr (DioFrameReader) reader = dio_frame_reader_new (dio_console_get_framebuffer (self->console));
  g_autoptr (GByteArray) burst = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) scanout = without_reply (fake_qemu_method_call (
      LISTENER, "ScanoutDMABUF", g_variant_new ("(huuuutb)", 0, 64, 64, 256, 0x34325258, (guint64) 0, FALSE), 1));
  g_autoptr (GBytes) update =
      without_reply (fake_qemu_method_call (LISTENER, "UpdateDMABUF", g_variant_new ("(iiii)", 1, 2, 3, 4), 0));
  g_autofd int fd = hostile_sealed_file (64 * 256);
  DioDisplayStats stats;

  dio_frame_reader_set_pacing (reader, TRUE);
  g_assert_true (fake_qemu_write (self->fake->raw_fd, scanout, &fd, 1));
  for (guint i = 0; i < 1000; i++)
    g_byte_array_append (burst, g_bytes_get_data (update, NULL), (guint) g_bytes_get_size (update));
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  hostile_write_repeatedly (self->fake->raw_fd, bytes, 100);
  wait_until (
      (dio_framebuffer_get_stats (dio_console_get_framebuffer (self->console), &stats), stats.answers == 100000));
}

/* Calls whose answers are never read: sooner or later we do not read either. */
static void
test_never_reads (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) ping = fake_qemu_method_call ("org.freedesktop.DBus.Introspectable", "Introspect", NULL, 0);
  gint64 quiet_since = g_get_monotonic_time ();
  gsize written = 0;

  while (g_get_monotonic_time () - quiet_since < 300 * G_TIME_SPAN_MILLISECOND)
    {
      gssize n = send (self->fake->raw_fd, g_bytes_get_data (ping, NULL), g_bytes_get_size (ping), MSG_DONTWAIT);

      if (n == (gssize) g_bytes_get_size (ping))
        {
          written += (gsize) n;
          quiet_since = g_get_monotonic_time ();
        }
      else
        {
          g_assert_cmpint (errno, ==, EAGAIN);
          test_iterate (g_get_monotonic_time () + 5 * G_TIME_SPAN_MILLISECOND);
        }
      g_assert_cmpuint (written, <, 64 * MIB);
    }
  g_test_message ("stopped after %" G_GSIZE_FORMAT " KiB", written / 1024);
}

/* Descriptors that belong to nothing, as many as fit; the next call that has one gets its own. */
static void
test_fd_flood (Raw *self, gconstpointer data)
{
  DioFramebuffer *framebuffer = dio_console_get_framebuffer (self->console);
  g_autoptr (GBytes) call = fake_qemu_method_call (LISTENER, "Disable", NULL, 0);
  g_autoptr (GBytes) scanout =
      fake_qemu_method_call (MAP, "ScanoutMap", g_variant_new ("(huuuuu)", 0, 0, 64, 64, 256, X8R8G8B8), 1);
  g_autofd int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC), picture = hostile_sealed_file (64 * 256);
  DioDisplayStats stats;
  int fds[200];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = fd;
  for (guint i = 0; i < 50; i++)
    g_assert_true (fake_qemu_write (self->fake->raw_fd, call, fds, i % 2 ? G_N_ELEMENTS (fds) : 3));
  g_assert_true (fake_qemu_write (self->fake->raw_fd, scanout, &picture, 1));
  wait_until ((dio_framebuffer_get_stats (framebuffer, &stats), stats.scanouts == 1));
  wait_until (test_count_fds () <= self->n_fds + 2);
}

/* Descriptors that are claimed, of which some, or none, came. */

static void
claim_five_send (Raw *self, guint n)
{
  g_autofd int file = hostile_sealed_file (64 * 256);
  const int fds[] = { file, file };
  g_autoptr (GBytes) call =
      fake_qemu_method_call (MAP, "ScanoutMap", g_variant_new ("(huuuuu)", 0, 0, 64, 64, 256, X8R8G8B8), 5);

  fake_qemu_write (self->fake->raw_fd, call, fds, n);
  raw_assert_cut_off (self);
}

static void
test_claimed_fds (Raw *self, gconstpointer data)
{
  claim_five_send (self, 0);
}

static void
test_missing_fds (Raw *self, gconstpointer data)
{
  claim_five_send (self, 2);
}

/* This process has no descriptors left, for once: that call fails, the picture stays, and the next call works. */
static void
test_exhaustion (Raw *self, gconstpointer data)
{
  DioFramebuffer *framebuffer = dio_console_get_framebuffer (self->console);
  g_autofd int first = hostile_sealed_file (64 * 256), other = hostile_sealed_file (64 * 256);
  g_autoptr (GBytes) call = fake_qemu_method_call (
      LISTENER, "ScanoutDMABUF", g_variant_new ("(huuuutb)", 0, 64, 64, 256, 0x34325258, (guint64) 0, FALSE), 1);
  g_autoptr (DioFrame) before = NULL, after = NULL;
  struct pollfd answer = { .fd = self->fake->raw_fd, .events = POLLIN };
  DioDisplayStats stats;
  struct rlimit limit;

  g_assert_true (fake_qemu_write (self->fake->raw_fd, call, &first, 1));
  wait_until ((dio_framebuffer_get_stats (framebuffer, &stats), stats.scanouts == 1));
  /* Its answer comes after that, and must not be taken for the next one's. */
  g_assert_cmpint (poll (&answer, 1, 5000), ==, 1);
  before = dio_framebuffer_peek (framebuffer);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  for (guint spare = 0; spare < 3; spare++)
    {
      struct rlimit none = limit;
      char reply[4096];
      int lowest = dup (STDERR_FILENO);

      close (lowest);
      while (recv (answer.fd, reply, sizeof reply, MSG_DONTWAIT) > 0)
        ;
      none.rlim_cur = (rlim_t) lowest + spare;
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
      g_assert_true (fake_qemu_write (self->fake->raw_fd, call, &other, 1));
      g_assert_cmpint (poll (&answer, 1, 5000), ==, 1);
      g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
      dio_framebuffer_get_stats (framebuffer, &stats);
      g_assert_cmpuint (stats.scanouts, ==, 1);
    }
  g_assert_true (fake_qemu_write (self->fake->raw_fd, call, &other, 1));
  wait_until ((dio_framebuffer_get_stats (framebuffer, &stats), stats.scanouts == 2));
  after = dio_framebuffer_peek (framebuffer);
  g_assert_cmpuint (dio_frame_get_buffer_id (after), !=, dio_frame_get_buffer_id (before));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  RAW (flood);
  RAW (mode_flood);
  RAW (update_flood);
  RAW (never_reads);
  RAW (fd_flood);
  RAW (claimed_fds);
  RAW (missing_fds);
  RAW (exhaustion);
  return g_test_run ();
}
