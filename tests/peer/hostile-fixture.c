/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "hostile-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

GBytes *
hostile_zeros (gsize size)
{
  return g_bytes_new_take (g_malloc0 (size), size);
}

DioConsole *
hostile_open_console (FakeQemu *qemu)
{
  g_autoptr (GError) error = NULL;
  DioConsole *console = fake_qemu_open_console (qemu, 0, &error);

  g_assert_no_error (error);
  return console;
}

char *
hostile_wait_for_error (DioConsole *console)
{
  char *message = NULL;

  wait_until ((g_object_get (console, "error", &message, NULL), message));
  return message;
}

int
hostile_sealed_file (gsize size)
{
  int fd = memfd_create ("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (ftruncate (fd, (off_t) size), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
  return fd;
}

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

void
hostile_write_repeatedly (int fd, GBytes *bytes, guint times)
{
  Writer writer = { fd, bytes, times, FALSE };
  GThread *thread = g_thread_new ("writer", run_writer, &writer);
  gint64 deadline = g_get_monotonic_time () + 240 * G_TIME_SPAN_SECOND;

  while (!g_atomic_int_get (&writer.done))
    g_assert_true (test_iterate (MIN (deadline, g_get_monotonic_time () + 10 * G_TIME_SPAN_MILLISECOND)) ||
                   g_get_monotonic_time () < deadline);
  g_thread_join (thread);
}

static gboolean
on_tick (gpointer user_data)
{
  Clock *clock = user_data;
  gint64 now = g_get_monotonic_time ();

  clock->worst = MAX (clock->worst, now - clock->last);
  clock->last = now;
  return G_SOURCE_CONTINUE;
}

void
raw_set_up (Raw *self, gconstpointer data)
{
  self->qemu = fake_qemu_new ((FakeQemuMode) GPOINTER_TO_INT (data));
  self->console = hostile_open_console (self->qemu);
  self->fake = &self->qemu->consoles[0];
  self->rss = test_get_rss ();
  self->n_fds = test_count_fds ();
  self->clock.last = g_get_monotonic_time ();
  self->tick = g_timeout_add (5, on_tick, &self->clock);
}

void
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

void
raw_write (Raw *self, const void *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  fake_qemu_write (self->fake->raw_fd, bytes, NULL, 0);
}

void
raw_assert_cut_off (Raw *self)
{
  g_autofree char *message = hostile_wait_for_error (self->console);

  g_assert_nonnull (strstr (message, "sent invalid display data"));
}
