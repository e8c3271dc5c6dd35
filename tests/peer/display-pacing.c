/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* When QEMU's UpdateDMABUF is answered: not before those who show the picture have consumed it, and not after the
 * deadline, whatever happens. */
#include "display-fixture.h"
#include "ui/dmabuf-pacing.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEADLINE_US (250 * G_TIME_SPAN_MILLISECOND)
/* What a loaded machine may add to it before a thread runs. */
#define LATE_US (250 * G_TIME_SPAN_MILLISECOND)

/* A call on its way. */
typedef struct
{
  gint64 sent, answered; /* monotonic time; 0: not yet */
  gboolean good;
} Call;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *self = user_data;

  self->good = dio_qemu_listener_call_update_dmabuf_finish (DIO_QEMU_LISTENER (source), result, NULL);
  self->answered = g_get_monotonic_time ();
}

static void
send_update (Fixture *self, Call *call)
{
  *call = (Call) { .sent = g_get_monotonic_time () };
  dio_qemu_listener_call_update_dmabuf (self->fake->listener, 0, 0, 8, 8, G_DBUS_CALL_FLAGS_NONE, 5000, NULL, on_answer,
                                        call);
}

/* Sends it, and waits until it has arrived. */
static void
update (Fixture *self, Call *call)
{
  gint64 deadline = g_get_monotonic_time () + TEST_PATIENCE * G_TIME_SPAN_SECOND;
  DioDisplayStats before, now;

  dio_framebuffer_get_stats (self->framebuffer, &before);
  send_update (self, call);
  /* No turn of the main loop tells it. */
  do
    {
      test_iterate (g_get_monotonic_time () + G_TIME_SPAN_MILLISECOND);
      dio_framebuffer_get_stats (self->framebuffer, &now);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
  while (now.updates == before.updates);
}

static void
scan_out (Fixture *self, int fd)
{
  g_assert_true (fake_console_scanout_dmabuf (self->fake, fd, 64, 48, 256, XR24, 0, FALSE, NULL));
}

static int
make_buffer (void)
{
  int fd = memfd_create ("buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (ftruncate (fd, 256 * 48), ==, 0);
  g_assert_cmpint (fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
  return fd;
}

static void
assert_waits (Call *call)
{
  test_run_for (30);
  g_assert_cmpint (call->answered, ==, 0);
}

/* Before the deadline, that is, not because of it. */
static void
assert_answered (Call *call)
{
  wait_until (call->answered);
  g_assert_true (call->good);
  g_assert_cmpint (call->answered - call->sent, <, DEADLINE_US - 20 * G_TIME_SPAN_MILLISECOND);
}

static void
assert_late (Call *call)
{
  wait_until (call->answered);
  g_assert_true (call->good);
  g_assert_cmpint (call->answered - call->sent, >=, DEADLINE_US - 5 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (call->answered - call->sent, <, DEADLINE_US + LATE_US);
}

static void
consume (Fixture *self)
{
  g_autoptr (DioFrame) frame = dio_frame_reader_take (self->reader);

  g_assert_nonnull (frame);
  dio_frame_consumed (frame);
}

/* Nobody is on screen: at once. */
static void
test_hidden (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  DioDisplayStats stats;
  Call call;

  scan_out (self, fd);
  for (guint i = 0; i < 50; i++)
    {
      update (self, &call);
      assert_answered (&call);
    }
  dio_framebuffer_get_stats (self->framebuffer, &stats);
  g_assert_cmpuint (stats.answers, ==, 50);
  g_assert_cmpuint (stats.late_answers, ==, 0);
  g_assert_cmpuint (stats.coalesced, ==, 49);
}

/* A guest that draws into the one buffer that is shown. */
static void
test_front_buffer (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  g_autoptr (DioFrame) early = NULL;
  DioDisplayStats stats;
  Call call, other;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  g_assert_true (dio_frame_reader_get_pacing (self->reader));
  early = dio_frame_reader_take (self->reader);
  update (self, &call);
  /* A frame that was taken before does not count. */
  dio_frame_consumed (early);
  assert_waits (&call);
  consume (self);
  assert_answered (&call);
  /* Several at once, and the last reference instead of a word. */
  update (self, &call);
  update (self, &other);
  g_clear_pointer (&early, dio_frame_unref);
  early = dio_frame_reader_take (self->reader);
  assert_waits (&call);
  g_assert_cmpint (other.answered, ==, 0);
  g_clear_pointer (&early, dio_frame_unref);
  assert_answered (&call);
  assert_answered (&other);
  /* What is outside of the picture is not waited for. */
  g_assert_true (fake_console_update_dmabuf (self->fake, 64, 0, 10, 10, NULL));
  dio_framebuffer_get_stats (self->framebuffer, &stats);
  g_assert_cmpuint (stats.answers, ==, 4);
  g_assert_cmpuint (stats.late_answers, ==, 0);
  g_assert_cmpuint (stats.max_answer_delay_us, >=, 25 * G_TIME_SPAN_MILLISECOND);
}

/* A guest that flips between two: scanout, update, and the release of the one before. */
static void
test_double_buffer (Fixture *self, gconstpointer data)
{
  int fds[2] = { make_buffer (), make_buffer () };
  g_autoptr (DioFrame) shown = NULL;

  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (DioFrame) next = NULL;
      Call call;

      scan_out (self, fds[i % 2]);
      update (self, &call);
      dio_qemu_listener_call_disable_sync (self->fake->listener, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
      next = dio_frame_reader_take (self->reader);
      g_assert_cmpint (call.answered, ==, 0);
      if (shown)
        g_assert_cmpuint (dio_frame_get_buffer_id (next), !=, dio_frame_get_buffer_id (shown));
      if (i < 3)
        assert_waits (&call);
      /* The one before is no longer read. */
      g_clear_pointer (&shown, dio_frame_unref);
      shown = g_steal_pointer (&next);
      dio_frame_consumed (shown);
      assert_answered (&call);
    }
  for (guint i = 0; i < 2; i++)
    close (fds[i]);
}

/* A guest of one buffer that it takes away and shows again. */
static void
test_single_buffer (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  guint64 id = 0;

  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (DioFrame) frame = NULL;
      Call call;

      scan_out (self, fd);
      update (self, &call);
      frame = dio_frame_reader_take (self->reader);
      if (i < 2)
        assert_waits (&call);
      g_assert_cmpint (call.answered, ==, 0);
      g_assert_true (id == 0 || id == dio_frame_get_buffer_id (frame));
      id = dio_frame_get_buffer_id (frame);
      dio_frame_consumed (frame);
      assert_answered (&call);
    }
}

/* All who pace are waited for, and nobody else. */
static void
test_two_readers (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  g_autoptr (DioFrameReader) second = dio_frame_reader_new (self->framebuffer);
  g_autoptr (DioFrameReader) thumbnail = dio_frame_reader_new (self->framebuffer);
  Call call;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  dio_frame_reader_set_pacing (second, TRUE);
  update (self, &call);
  consume (self);
  assert_waits (&call);
  dio_frame_unref (dio_frame_reader_take (second));
  assert_answered (&call);
  /* One goes off screen, or away. */
  update (self, &call);
  consume (self);
  dio_frame_reader_set_pacing (second, FALSE);
  assert_answered (&call);
  dio_frame_reader_set_pacing (second, TRUE);
  update (self, &call);
  consume (self);
  assert_waits (&call);
  g_clear_object (&second);
  assert_answered (&call);
  g_clear_object (&thumbnail);
}

/* Nobody takes anything. */
static void
test_deadline (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  DioDisplayStats stats;
  Call calls[3];

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < 3; i++)
    {
      update (self, &calls[i]);
      test_run_for (20);
    }
  for (guint i = 0; i < 3; i++)
    assert_late (&calls[i]);
  dio_framebuffer_get_stats (self->framebuffer, &stats);
  g_assert_cmpuint (stats.late_answers, ==, 3);
  g_assert_cmpuint (stats.max_answer_delay_us, <=, DEADLINE_US + LATE_US);
}

typedef struct
{
  Fixture *fixture;
  Call call;
  int done; /* atomic */
} Caller;

/* In a main context of its own, as QEMU's is. */
static gpointer
run_caller (gpointer data)
{
  Caller *self = data;

  self->call.sent = g_get_monotonic_time ();
  self->call.good = fake_console_update_dmabuf (self->fixture->fake, 0, 0, 8, 8, NULL);
  self->call.answered = g_get_monotonic_time ();
  g_atomic_int_set (&self->done, TRUE);
  return NULL;
}

/* Our main thread does nothing at all, and the deadline holds. */
static void
test_stuck (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  Caller caller = { .fixture = self };
  GThread *thread;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  thread = g_thread_new ("qemu", run_caller, &caller);
  g_thread_join (thread);
  assert_late (&caller.call);
}

/* More than may wait: the oldest go free. All do when the window, the listener or the framebuffer ends. */
static void
test_many (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  Call calls[48];
  guint n_answered;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    send_update (self, &calls[i]);
  wait_until (calls[15].answered);
  dio_frame_reader_set_pacing (self->reader, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      wait_until (calls[i].answered);
      g_assert_true (calls[i].good);
    }
  /* And when nobody listens any more. */
  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < 8; i++)
    update (self, &calls[i]);
  dio_console_set_resting (self->console, TRUE);
  n_answered = 0;
  for (guint i = 0; i < 8; i++)
    {
      wait_until (calls[i].answered);
      n_answered++;
    }
  g_assert_cmpuint (n_answered, ==, 8);
}

/* Twenty thousand of them, a reader that keeps up, and one window that does not: bounded, and every one is answered. */
static void
test_flood (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  g_autofree Call *calls = g_new0 (Call, 20000);
  DioDisplayStats stats;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  for (guint i = 0; i < 20000; i++)
    {
      send_update (self, &calls[i]);
      if (i % 100 == 0)
        dio_frame_unref (dio_frame_reader_take (self->reader) ?: dio_framebuffer_peek (self->framebuffer));
    }
  wait_until ((dio_framebuffer_get_stats (self->framebuffer, &stats), stats.answers == 20000));
  for (guint i = 0; i < 20000; i++)
    {
      wait_until (calls[i].answered);
      g_assert_true (calls[i].good);
    }
}

/* How often the listeners' threads went to sleep so far. */
static guint
count_sleeps (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint sum = 0;

  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", name, "status", NULL), *text = NULL;
      const char *line;

      if (!g_file_get_contents (path, &text, NULL, NULL) || !g_str_has_prefix (text, "Name:\tdio-endpoint\n"))
        continue;
      line = strstr (text, "\nvoluntary_ctxt_switches:");
      g_assert_nonnull (line);
      sum += (guint) g_ascii_strtoull (line + strlen ("\nvoluntary_ctxt_switches:"), NULL, 10);
    }
  return sum;
}

/* A guest that does nothing costs nothing: no thread wakes, for no deadline of an answer that was given long ago. */
static void
test_idle (Fixture *self, gconstpointer data)
{
  g_autofd int fd = make_buffer ();
  guint n_sleeps;
  Call call;

  scan_out (self, fd);
  dio_frame_reader_set_pacing (self->reader, TRUE);
  update (self, &call);
  consume (self);
  assert_answered (&call);
  test_run_for (20);
  n_sleeps = count_sleeps ();
  g_assert_cmpuint (n_sleeps, >, 0);
  test_run_for (600);
  g_assert_cmpuint (count_sleeps (), ==, n_sleeps);
}

/* As a painter does it that has the graphics card read the buffers: takes the next frame, and makes a texture of it.
 * Returns the buffer's number. */
static guint64
show (Fixture *self, DioDmabufPacing *pacing)
{
  g_autoptr (DioFrame) frame = dio_frame_reader_take (self->reader);

  g_assert_nonnull (frame);
  dio_dmabuf_pacing_show (pacing, frame);
  dio_dmabuf_pacing_hold (pacing, dio_frame_get_buffer_id (frame));
  return dio_frame_get_buffer_id (frame);
}

static void
test_painted (Fixture *self, gconstpointer data)
{
  g_autofd int front = make_buffer (), back = make_buffer ();
  g_autoptr (DioDmabufPacing) pacing = dio_dmabuf_pacing_new ();
  guint64 id, other;
  Call call, next;

  dio_frame_reader_set_pacing (self->reader, TRUE);
  scan_out (self, front);
  id = show (self, pacing);
  dio_dmabuf_pacing_painted (pacing);

  /* The same buffer. */
  update (self, &call);
  show (self, pacing);
  assert_waits (&call);
  dio_dmabuf_pacing_painted (pacing);
  assert_answered (&call);

  /* A window that does not paint, if it should happen: no more than one frame waits for it. */
  update (self, &call);
  show (self, pacing);
  update (self, &next);
  show (self, pacing);
  assert_answered (&call);
  assert_waits (&next);
  dio_dmabuf_pacing_painted (pacing);
  assert_answered (&next);

  /* Another buffer: the textures of this one must go. */
  scan_out (self, back);
  update (self, &call);
  other = show (self, pacing);
  g_assert_cmpuint (other, !=, id);
  dio_dmabuf_pacing_painted (pacing);
  for (guint i = 0; i < 3; i++)
    dio_dmabuf_pacing_release (pacing, id);
  assert_waits (&call);
  dio_dmabuf_pacing_release (pacing, id);
  assert_answered (&call);

  /* Nothing is shown any more. */
  update (self, &call);
  show (self, pacing);
  dio_dmabuf_pacing_end (pacing);
  assert_answered (&call);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  FIXTURE_TEST ("display-pacing", hidden);
  FIXTURE_TEST ("display-pacing", front_buffer);
  FIXTURE_TEST ("display-pacing", single_buffer);
  FIXTURE_TEST ("display-pacing", double_buffer);
  FIXTURE_TEST ("display-pacing", two_readers);
  FIXTURE_TEST ("display-pacing", deadline);
  FIXTURE_TEST ("display-pacing", stuck);
  FIXTURE_TEST ("display-pacing", idle);
  FIXTURE_TEST ("display-pacing", painted);
  FIXTURE_TEST ("display-pacing", many);
  FIXTURE_TEST ("display-pacing", flood);
  return g_test_run ();
}
