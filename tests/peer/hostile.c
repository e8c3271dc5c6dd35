/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that means ill. Whatever it does, this process lives, its main loop turns, its memory and its descriptors stay
 * within bounds, and the console says what happened. */
#include "fake-qemu.h"

#include "dbus/endpoint.h"
#include "display/frame-reader.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define X8R8G8B8 0x20020888u
#define LISTENER "org.qemu.Display1.Listener"
#define MAP "org.qemu.Display1.Listener.Unix.Map"
#define MIB ((gsize) 1024 * 1024)
/* A sanitizer keeps freed memory for a while. */
#define MAX_GROWTH (g_getenv ("DIORAMA_TEST_SANITIZED") ? 600 * MIB : 48 * MIB)

static GBytes *
zeros (gsize size)
{
  return g_bytes_new_take (g_malloc0 (size), size);
}

static DioConsole *
open_console (FakeQemu *qemu)
{
  g_autoptr (GError) error = NULL;
  DioConsole *console = fake_qemu_open_console (qemu, 0, &error);

  g_assert_no_error (error);
  return console;
}

static char *
wait_for_error (DioConsole *console)
{
  char *message = NULL;

  wait_until ((g_object_get (console, "error", &message, NULL), message));
  return message;
}

/* Ends with a good picture: the connection has outlived the test. */
static void
assert_alive (FakeConsole *fake, DioConsole *console)
{
  g_autoptr (GBytes) pixels = zeros (12 * 10 * 4);
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
  g_autoptr (DioConsole) console = open_console (qemu);
  FakeConsole *fake = &qemu->consoles[0];

  assert_alive (fake, console);
  for (guint i = 0; i < G_N_ELEMENTS (bad_scanouts); i++)
    {
      g_autoptr (GBytes) pixels = zeros (bad_scanouts[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (fake_console_scanout (fake, bad_scanouts[i].width, bad_scanouts[i].height, bad_scanouts[i].stride,
                                            bad_scanouts[i].format, pixels, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad_updates); i++)
    {
      g_autoptr (GBytes) pixels = zeros (bad_updates[i].size);
      g_autoptr (GError) error = NULL;

      g_assert_false (fake_console_update (fake, bad_updates[i].x, bad_updates[i].y, bad_updates[i].width,
                                           bad_updates[i].height, bad_updates[i].stride, bad_updates[i].format, pixels,
                                           &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad_cursors); i++)
    {
      g_autoptr (GBytes) pixels = zeros (bad_cursors[i].size);
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
  g_autoptr (DioConsole) console = open_console (qemu);
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
  g_autoptr (DioConsole) console = open_console (qemu);
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
  g_autoptr (DioConsole) console = open_console (qemu);
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
  g_autoptr (DioConsole) console = open_console (qemu);
  g_autoptr (GBytes) pixels = zeros (64);
  g_autofree char *message = NULL;

  for (guint i = 0; i < 1100; i++)
    fake_console_scanout (&qemu->consoles[0], 0, 0, 0, 0, pixels, NULL);
  message = wait_for_error (console);
  g_assert_nonnull (strstr (message, "sent invalid display data"));
}

/* Sockets by hand, with a clock on the main loop. */

typedef struct
{
  gint64 last, worst;
} Clock;

static gboolean
on_tick (gpointer user_data)
{
  Clock *clock = user_data;
  gint64 now = g_get_monotonic_time ();

  clock->worst = MAX (clock->worst, now - clock->last);
  clock->last = now;
  return G_SOURCE_CONTINUE;
}

typedef struct
{
  FakeQemu *qemu;
  FakeConsole *fake;
  DioConsole *console;
  gsize rss;
  guint n_fds;
  Clock clock;
  guint tick;
} Raw;

static void
raw_set_up (Raw *self, gconstpointer data)
{
  self->qemu = fake_qemu_new ((FakeQemuMode) GPOINTER_TO_INT (data));
  self->console = open_console (self->qemu);
  self->fake = &self->qemu->consoles[0];
  self->rss = test_get_rss ();
  self->n_fds = test_count_fds ();
  self->clock.last = g_get_monotonic_time ();
  self->tick = g_timeout_add (5, on_tick, &self->clock);
}

static void
raw_tear_down (Raw *self, gconstpointer data)
{
  gint64 start;
  gsize rss = test_get_rss ();

  g_test_message ("memory +%" G_GSIZE_FORMAT " KiB, main loop late by %" G_GINT64_FORMAT " ms at most",
                  rss > self->rss ? (rss - self->rss) / 1024 : 0, self->clock.worst / 1000);
  g_assert_cmpuint (rss, <, self->rss + MAX_GROWTH);
  /* The listener's thread may still be at the last messages. */
  wait_until (test_count_fds () <= self->n_fds + 16);
  g_assert_cmpint (self->clock.worst, <, G_TIME_SPAN_SECOND);
  g_source_remove (self->tick);
  start = g_get_monotonic_time ();
  g_assert_finalize_object (self->console);
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_TIME_SPAN_SECOND);
  fake_qemu_free (self->qemu);
}

/* Writes in a thread, so that the main loop can be watched. */
typedef struct
{
  int fd;
  GBytes *bytes;
  guint times;
  int done; /* atomic */
} Writer;

static gpointer
run_writer (gpointer data)
{
  Writer *self = data;

  for (guint i = 0; i < self->times; i++)
    if (!fake_qemu_write (self->fd, self->bytes, NULL, 0))
      break;
  g_atomic_int_set (&self->done, TRUE);
  return NULL;
}

static void
write_repeatedly (int fd, GBytes *bytes, guint times)
{
  Writer writer = { fd, bytes, times, FALSE };
  GThread *thread = g_thread_new ("writer", run_writer, &writer);
  gint64 deadline = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;

  while (!g_atomic_int_get (&writer.done))
    g_assert_true (test_iterate (MIN (deadline, g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND)) ||
                   g_get_monotonic_time () < deadline);
  g_thread_join (thread);
}

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
  g_autoptr (GBytes) pixels = zeros (320 * 200 * 4), bytes = NULL;
  g_autoptr (GBytes) picture = without_reply (
      fake_qemu_method_call (LISTENER, "Scanout",
                             g_variant_new ("(uuuu@ay)", 320, 200, 1280, X8R8G8B8,
                                            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
                             0));

  for (guint i = 0; i < 1000; i++)
    g_byte_array_append (burst, g_bytes_get_data (mouse, NULL), (guint) g_bytes_get_size (mouse));
  g_byte_array_append (burst, g_bytes_get_data (picture, NULL), (guint) g_bytes_get_size (picture));
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  write_repeatedly (self->fake->raw_fd, bytes, 100);
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
      g_autoptr (GBytes) pixels = zeros (64 * 4);
      g_autoptr (GBytes) call = without_reply (fake_qemu_method_call (
          LISTENER, "Update",
          g_variant_new ("(iiiiuu@ay)", i % 2 ? 1900 : 100 + i, i % 2 ? 1000 : 100, 8, 8, 32, X8R8G8B8,
                         g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
          0));

      g_byte_array_append (burst, g_bytes_get_data (call, NULL), (guint) g_bytes_get_size (call));
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  write_repeatedly (self->fake->raw_fd, bytes, 500);
  wait_until (dio_framebuffer_get_width (dio_console_get_framebuffer (self->console)) == 1908);
}

static int
sealed_file (gsize size)
{
  int fd = memfd_create ("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
  return fd;
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
  g_autofd int fd = sealed_file (64 * 256);
  DioDisplayStats stats;

  dio_frame_reader_set_pacing (reader, TRUE);
  g_assert_true (fake_qemu_write (self->fake->raw_fd, scanout, &fd, 1));
  for (guint i = 0; i < 1000; i++)
    g_byte_array_append (burst, g_bytes_get_data (update, NULL), (guint) g_bytes_get_size (update));
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&burst));
  write_repeatedly (self->fake->raw_fd, bytes, 100);
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

static void
write_bytes (Raw *self, const void *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  fake_qemu_write (self->fake->raw_fd, bytes, NULL, 0);
}

/* 127 MiB are announced, a few bytes come. */
static void
test_announced_size (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = zeros (64);
  g_autoptr (GBytes) call =
      fake_qemu_method_call (LISTENER, "Scanout",
                             g_variant_new ("(uuuu@ay)", 8192, 4096, 32768, X8R8G8B8,
                                            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
                             0);
  guint8 *header = g_memdup2 (g_bytes_get_data (call, NULL), g_bytes_get_size (call));
  guint32 announced = 127 * MIB;
  gsize rss = test_get_rss ();

  memcpy (header + 4, &announced, 4);
  write_bytes (self, header, g_bytes_get_size (call));
  test_run_for (100);
  g_assert_cmpuint (test_get_rss (), <, rss + 8 * MIB);
  g_free (header);
}

static void
assert_cut_off (Raw *self)
{
  g_autofree char *message = wait_for_error (self->console);

  g_assert_nonnull (strstr (message, "sent invalid display data"));
}

static void
test_impossible_size (Raw *self, gconstpointer data)
{
  guint8 header[16] = { 'l', 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0 };

  write_bytes (self, header, sizeof header);
  assert_cut_off (self);
}

static void
test_impossible_fields (Raw *self, gconstpointer data)
{
  guint8 header[16] = { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };

  write_bytes (self, header, sizeof header);
  assert_cut_off (self);
}

static void
test_garbage (Raw *self, gconstpointer data)
{
  guint8 garbage[4096];

  for (guint i = 0; i < sizeof garbage; i++)
    garbage[i] = (guint8) g_test_rand_int ();
  garbage[0] = 'x';
  write_bytes (self, garbage, sizeof garbage);
  assert_cut_off (self);
}

/* A body of a million variants would unpack to a hundred times its size. */
static void
test_variants (Raw *self, gconstpointer data)
{
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("av"));
  g_autoptr (GBytes) call = NULL;
  gsize rss;

  for (guint i = 0; i < 200000; i++)
    g_variant_builder_add (builder, "v", g_variant_new_byte (0));
  call = fake_qemu_method_call (LISTENER, "Scanout", g_variant_new ("(av)", builder), 0);
  rss = self->rss = test_get_rss ();
  self->clock.last = g_get_monotonic_time ();
  write_repeatedly (self->fake->raw_fd, call, 1);
  assert_cut_off (self);
  g_assert_cmpuint (test_get_rss (), <, rss + 8 * MIB);
}

static void
test_closed_in_message (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) call = fake_qemu_method_call (LISTENER, "Disable", NULL, 0);
  g_autofree char *message = NULL;

  write_bytes (self, g_bytes_get_data (call, NULL), g_bytes_get_size (call) / 2);
  g_clear_fd (&self->fake->raw_fd, NULL);
  message = wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "closed its display"));
}

/* Descriptors that belong to nothing, as many as fit; the next call that has one gets its own. */
static void
test_fd_flood (Raw *self, gconstpointer data)
{
  DioFramebuffer *framebuffer = dio_console_get_framebuffer (self->console);
  g_autoptr (GBytes) call = fake_qemu_method_call (LISTENER, "Disable", NULL, 0);
  g_autoptr (GBytes) scanout =
      fake_qemu_method_call (MAP, "ScanoutMap", g_variant_new ("(huuuuu)", 0, 0, 64, 64, 256, X8R8G8B8), 1);
  g_autofd int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC), picture = sealed_file (64 * 256);
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

/* Descriptors that are claimed and did not come. */
static void
test_claimed_fds (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) call =
      fake_qemu_method_call (MAP, "ScanoutMap", g_variant_new ("(huuuuu)", 0, 0, 64, 64, 256, X8R8G8B8), 5);

  fake_qemu_write (self->fake->raw_fd, call, NULL, 0);
  assert_cut_off (self);
}

/* This process has no descriptors left, for once: that call fails, the picture stays, and the next call works. */
static void
test_exhaustion (Raw *self, gconstpointer data)
{
  DioFramebuffer *framebuffer = dio_console_get_framebuffer (self->console);
  g_autofd int first = sealed_file (64 * 256), other = sealed_file (64 * 256);
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

/* Not a word after the registration. */
static void
test_silence (Raw *self, gconstpointer data)
{
  test_run_for (100);
  g_assert_null (dio_framebuffer_peek (dio_console_get_framebuffer (self->console)));
}

static void
test_bad_authentication (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;
  g_autofree char *line = g_strnfill (100000, 'x');

  write_bytes (self, line, 100000);
  message = wait_for_error (self->console);
  g_assert_nonnull (message);
}

static void
test_rejected (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;

  write_bytes (self, "REJECTED KERBEROS_V4\r\n", 22);
  message = wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "authentication failed"));
}

static void
test_closed_in_authentication (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;

  write_bytes (self, "OK 0123", 7);
  g_clear_fd (&self->fake->raw_fd, NULL);
  message = wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "closed its display"));
}

static void
on_endpoint_closed (const GError *error, gpointer user_data)
{
  *(GError **) user_data = g_error_copy (error);
}

static void
test_authentication_timeout (void)
{
  GDBusInterfaceInfo *interfaces[] = { NULL };
  const DioEndpointClass klass = {
    .object_path = "/", .interfaces = interfaces, .closed = on_endpoint_closed, .auth_timeout_ms = 50
  };
  g_autoptr (GError) error = NULL;
  DioEndpoint *endpoint;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  endpoint = dio_endpoint_new (fds[0], &klass, &error);
  wait_until (error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  dio_endpoint_free (endpoint);
  close (fds[1]);
}

#define TEST(name) g_test_add_func ("/hostile/" #name, test_##name)
#define RAW(name)                                                                                                      \
  g_test_add ("/hostile/" #name, Raw, GINT_TO_POINTER (FAKE_QEMU_RAW_LISTENER), raw_set_up, test_##name, raw_tear_down)
#define SILENT(name)                                                                                                   \
  g_test_add ("/hostile/" #name, Raw, GINT_TO_POINTER (FAKE_QEMU_SILENT_LISTENER), raw_set_up, test_##name,            \
              raw_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (bad_values);
  TEST (bad_fds);
  TEST (missing_fd);
  TEST (truncated);
  TEST (faults);
  RAW (flood);
  RAW (mode_flood);
  RAW (update_flood);
  RAW (never_reads);
  RAW (announced_size);
  RAW (impossible_size);
  RAW (impossible_fields);
  RAW (garbage);
  RAW (variants);
  RAW (closed_in_message);
  RAW (fd_flood);
  RAW (claimed_fds);
  RAW (exhaustion);
  SILENT (silence);
  SILENT (bad_authentication);
  SILENT (rejected);
  SILENT (closed_in_authentication);
  TEST (authentication_timeout);
  return g_test_run ();
}
