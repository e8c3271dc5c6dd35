/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioQmp against a peer on a socketpair that behaves, and one that does not. */
#include "qmp/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING                                                                                                       \
  "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10}, \"package\": \"\"}, "              \
  "\"capabilities\": [\"oob\"]}}\r\n"
#define DEADLINE 80 /* s */

typedef struct
{
  int peer; /* QEMU's side; non-blocking */
  DioQmp *qmp;
  GError *closed;
  GString *events;
  guint n_events;
  guint n_heartbeats; /* how often something of drawing's priority ran */
} Fixture;

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("nothing happened for %d s", DEADLINE);
  return G_SOURCE_REMOVE;
}

#define wait_for(condition)                                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint deadline_id = g_timeout_add_seconds (DEADLINE, on_deadline, NULL);                                           \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (deadline_id);                                                                                     \
  }                                                                                                                    \
  G_STMT_END

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
on_event (DioQmp *qmp, const char *name, JsonObject *data, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->n_events++;
  if (fixture->events->len < 1000)
    g_string_append_printf (fixture->events, "%s%s ", name,
                            data != NULL && json_object_has_member (data, "reason") ? "+" : "");
}

static void
on_closed (DioQmp *qmp, const GError *error, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_no_error (fixture->closed);
  fixture->closed = g_error_copy (error);
}

/* Writes all, or what goes when the peer does not read. Returns: how much went. */
static gsize
say (Fixture *fixture, const char *text)
{
  gsize length = strlen (text), sent = 0;

  while (sent < length)
    {
      gssize n = send (fixture->peer, text + sent, length - sent, MSG_NOSIGNAL);

      if (n < 0)
        break;
      sent += n;
    }
  return sent;
}

/* The next line that the peer is sent, and the descriptor that came with it. */
static char *
hear (Fixture *fixture, int *fd)
{
  GString *line = g_string_new (NULL);

  for (;;)
    {
      union
      {
        struct cmsghdr header;
        char bytes[CMSG_SPACE (sizeof (int))];
      } control;
      char c;
      struct iovec vector = { &c, 1 };
      struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
      };
      gssize n = recvmsg (fixture->peer, &message, MSG_CMSG_CLOEXEC);

      if (n < 0 && errno == EAGAIN)
        {
          struct pollfd poll_fd = { fixture->peer, POLLIN, 0 };

          g_main_context_iteration (NULL, FALSE);
          poll (&poll_fd, 1, 1);
          continue;
        }
      g_assert_cmpint (n, ==, 1);
      if (CMSG_FIRSTHDR (&message) != NULL)
        {
          g_assert_nonnull (fd);
          memcpy (fd, CMSG_DATA (&control.header), sizeof (int));
        }
      if (c == '\n')
        return g_string_free_and_steal (line);
      g_string_append_c (line, c);
    }
}

static void
expect (Fixture *fixture, const char *expected)
{
  g_autofree char *line = hear (fixture, NULL);

  g_assert_cmpstr (line, ==, expected);
}

static int
open_pair (Fixture *fixture)
{
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  fixture->peer = pair[0];
  g_unix_set_fd_nonblocking (fixture->peer, TRUE, NULL);
  return pair[1];
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  int version[3];

  fixture->events = g_string_new (NULL);
  dio_qmp_new_async (open_pair (fixture), NULL, keep_result, &result);
  say (fixture, GREETING);
  expect (fixture, "{\"execute\":\"qmp_capabilities\",\"id\":1}");
  say (fixture, "{\"return\": {}, \"id\": 1}\r\n");
  wait_for (result != NULL);
  fixture->qmp = dio_qmp_new_finish (result, &error);
  g_assert_no_error (error);
  dio_qmp_get_version (fixture->qmp, version);
  g_assert_cmpint (version[0] * 10000 + version[1] * 100 + version[2], ==, 100013);
  g_signal_connect (fixture->qmp, "event", G_CALLBACK (on_event), fixture);
  g_signal_connect (fixture->qmp, "closed", G_CALLBACK (on_closed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_fd (&fixture->peer, NULL);
  if (fixture->qmp != NULL)
    {
      dio_qmp_close (fixture->qmp);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_finalize_object (fixture->qmp);
    }
  g_clear_error (&fixture->closed);
  g_string_free (fixture->events, TRUE);
}

static void
assert_closed (Fixture *fixture, const char *word)
{
  wait_for (fixture->closed != NULL);
  if (!strstr (fixture->closed->message, word))
    g_error ("“%s” is not in: %s", word, fixture->closed->message);
  g_assert_false (dio_qmp_is_open (fixture->qmp));
}

/* --- a peer that behaves --- */

static void
test_commands (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) first = NULL, second = NULL, third = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "x", "ä\"\n");
  dio_qmp_execute_async (fixture->qmp, "one", arguments, -1, NULL, keep_result, &first);
  dio_qmp_execute_async (fixture->qmp, "two", NULL, -1, NULL, keep_result, &second);
  dio_qmp_execute_async (fixture->qmp, "three", NULL, -1, NULL, keep_result, &third);
  expect (fixture, "{\"execute\":\"one\",\"arguments\":{\"x\":\"ä\\\"\\n\"},\"id\":2}");
  expect (fixture, "{\"execute\":\"two\",\"id\":3}");
  expect (fixture, "{\"execute\":\"three\",\"id\":4}");
  say (fixture, "{\"return\": [1], \"id\": 3}\n"
                "{\"id\": 2, \"error\": {\"class\": \"CommandNotFound\", \"desc\": \"No such thing\"}}\n"
                "{\"id\": 4, \"error\": {\"class\": 7, \"desc\": \"Odd\"}}\n");
  wait_for (first != NULL && second != NULL && third != NULL);

  g_assert_null (dio_qmp_execute_finish (fixture->qmp, first, &error));
  g_assert_error (error, DIO_QMP_ERROR, DIO_QMP_ERROR_COMMAND);
  g_assert_cmpstr (error->message, ==, "No such thing");
  g_assert_cmpstr (dio_qmp_error_get_class (error), ==, "CommandNotFound");
  answer = dio_qmp_execute_finish (fixture->qmp, second, NULL);
  g_assert_true (JSON_NODE_HOLDS_ARRAY (answer));
  g_clear_error (&error);
  g_assert_null (dio_qmp_execute_finish (fixture->qmp, third, &error));
  g_assert_cmpstr (error->message, ==, "Odd");
  g_assert_null (dio_qmp_error_get_class (error));
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  say (fixture, "{\"timestamp\": {}, \"event\": \"STOP\"}\r\n{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"x\"}}\n"
                "{\"event\": \"ODD\", \"data\": [1]}\n");
  wait_for (fixture->n_events == 3);
  g_assert_cmpstr (fixture->events->str, ==, "STOP SHUTDOWN+ ODD ");
}

static void
test_fd (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *line = NULL;
  g_autofd int theirs = -1;
  char byte = 0;
  int ours[2];

  g_assert_true (g_unix_open_pipe (ours, O_CLOEXEC, NULL));
  dio_qmp_execute_async (fixture->qmp, "getfd", NULL, ours[1], NULL, keep_result, &result);
  g_close (ours[1], NULL); /* it keeps a duplicate */
  line = hear (fixture, &theirs);
  g_assert_cmpstr (line, ==, "{\"execute\":\"getfd\",\"id\":2}");
  g_assert_cmpint (theirs, >=, 0);
  g_assert_cmpint (write (theirs, "!", 1), ==, 1);
  g_assert_cmpint (read (ours[0], &byte, 1), ==, 1);
  g_close (ours[0], NULL);
  say (fixture, "{\"return\": {}, \"id\": 2}\n");
  wait_for (result != NULL);
  answer = dio_qmp_execute_finish (fixture->qmp, result, NULL);
  g_assert_nonnull (answer);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) first = NULL, second = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = NULL;

  dio_qmp_execute_async (fixture->qmp, "slow", NULL, -1, cancellable, keep_result, &first);
  g_cancellable_cancel (cancellable);
  wait_for (first != NULL);
  g_assert_null (dio_qmp_execute_finish (fixture->qmp, first, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  /* Its answer still comes, and is no fault. */
  dio_qmp_execute_async (fixture->qmp, "next", NULL, -1, NULL, keep_result, &second);
  say (fixture, "{\"return\": {}, \"id\": 2}\n{\"return\": {}, \"id\": 3}\n");
  wait_for (second != NULL);
  answer = dio_qmp_execute_finish (fixture->qmp, second, NULL);
  g_assert_nonnull (answer);
}

static void
on_deaf (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dio_qmp_execute_finish (DIO_QMP (source), result, &error));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY))
    *(guint *) user_data += 1;
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

/* A peer that reads nothing: we neither block nor take ever more memory. */
static void
test_deaf (Fixture *fixture, gconstpointer data)
{
  g_autofree char *big = g_strnfill (100 * 1024, 'x');
  static guint n_refused;

  for (guint i = 0; i < 300; i++)
    {
      JsonObject *arguments = json_object_new ();

      json_object_set_string_member (arguments, "x", big);
      dio_qmp_execute_async (fixture->qmp, "big", arguments, -1, NULL, on_deaf, &n_refused);
      dio_qmp_execute_async (fixture->qmp, "small", NULL, -1, NULL, on_deaf, &n_refused);
    }
  /* At most 1 MiB is kept for it, and what its socket holds, and 256 commands. */
  wait_for (n_refused >= 600 - 256);
  g_assert_cmpuint (n_refused, <, 600);
}

/* --- a peer that does not --- */

static void
test_close_mid_command (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL, later = NULL;
  g_autoptr (GError) error = NULL;

  dio_qmp_execute_async (fixture->qmp, "one", NULL, -1, NULL, keep_result, &result);
  say (fixture, "{\"event\": \"SHUTDOWN\"}\n{\"retu");
  g_clear_fd (&fixture->peer, NULL);
  assert_closed (fixture, "closed");
  g_assert_cmpstr (fixture->events->str, ==, "SHUTDOWN ");
  wait_for (result != NULL);
  g_assert_null (dio_qmp_execute_finish (fixture->qmp, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
  g_clear_error (&error);

  dio_qmp_execute_async (fixture->qmp, "two", NULL, -1, NULL, keep_result, &later);
  wait_for (later != NULL);
  g_assert_null (dio_qmp_execute_finish (fixture->qmp, later, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

static void
test_wrong_ids (Fixture *fixture, gconstpointer data)
{
  say (fixture, "{\"return\": {}, \"id\": 99}\n");
  assert_closed (fixture, "nothing that was asked");
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  static const char *const garbage[] = {
    "hello\n",
    "[]\n",
    "{}\n",
    "7\n",
    "{\"return\": {}}\n",
    "{\"return\": {}, \"id\": \"1\"}\n",
    "{\"return\": {}, \"id\": 1.5}\n",
    "{\"error\": 3, \"id\": null}\n",
    "{\"event\": 3}\n",
    "{\"event\": null, \"id\": {}}\n",
    "{\"QMP\": {}}\n",
    "\"x\" \"y\"\n",
    "{\"event\": \"A\"} {\"event\": \"B\"}\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      if (i > 0)
        set_up (fixture, data);
      say (fixture, garbage[i]);
      wait_for (fixture->closed != NULL);
      g_assert_error (fixture->closed, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
      if (i < G_N_ELEMENTS (garbage) - 1)
        tear_down (fixture, data);
    }
}

static void
test_no_text (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dio_qmp_execute_async (fixture->qmp, "x", NULL, -1, NULL, keep_result, &result);
  say (fixture, "{\"error\": {\"desc\": 5}, \"id\": 2}\n");
  wait_for (result != NULL);
  g_assert_null (dio_qmp_execute_finish (fixture->qmp, result, &error));
  g_assert_error (error, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
}

static gboolean
on_heartbeat (gpointer user_data)
{
  ((Fixture *) user_data)->n_heartbeats++;
  return G_SOURCE_CONTINUE;
}

/* A peer that never stops: what draws still runs, and it ends. */
static void
test_babble (Fixture *fixture, gconstpointer data)
{
  guint heartbeat = g_timeout_add_full (G_PRIORITY_HIGH_IDLE + 20, 2, on_heartbeat, fixture, NULL);
  gint64 began = g_get_monotonic_time ();

  while (fixture->closed == NULL)
    {
      say (fixture, "{\"event\": \"BABBLE\", \"data\": {}}\n");
      g_main_context_iteration (NULL, FALSE);
    }
  g_source_remove (heartbeat);
  assert_closed (fixture, "flood");
  g_test_message ("%u events, %u heartbeats, %.2f s", fixture->n_events, fixture->n_heartbeats,
                  (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
  g_assert_cmpuint (fixture->n_events, >=, 10000);
  g_assert_cmpuint (fixture->n_events, <, 100000);
}

/* Of a flood that is there already only so much is handled in one turn. */
static void
test_turns (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) flood = g_string_new (NULL);

  /* In one piece: each write, however short, takes a page's worth of the socket's room. */
  for (guint i = 0; i < 500; i++)
    g_string_append (flood, "{\"event\": \"E\"}\n");
  g_assert_cmpuint (say (fixture, flood->str), ==, flood->len);
  while (fixture->n_events < 500)
    {
      guint before = fixture->n_events;

      g_main_context_iteration (NULL, FALSE);
      g_assert_cmpuint (fixture->n_events - before, <=, 16);
    }
}

/* Only so much is taken out of the socket: the rest stays with the peer. */
static void
test_endless_line (Fixture *fixture, gconstpointer data)
{
  g_autofree char *piece = g_strnfill (64 * 1024, 'x');
  gsize sent;

  sent = say (fixture, "{\"event\": \"");
  while (fixture->closed == NULL)
    {
      sent += say (fixture, piece);
      g_main_context_iteration (NULL, FALSE);
    }
  assert_closed (fixture, "4 MiB");
  g_test_message ("%" G_GSIZE_FORMAT " bytes were sent", sent);
  g_assert_cmpuint (sent, <, 8 * 1024 * 1024);
}

static void
test_deep (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (100000, '[');

  say (fixture, deep);
  assert_closed (fixture, "nesting");
}

/* --- the beginning --- */

static void
check_greeting (const char *text, gboolean close_then, GQuark domain, int code)
{
  Fixture fixture = { 0 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dio_qmp_new_async (open_pair (&fixture), NULL, keep_result, &result);
  say (&fixture, text);
  if (close_then)
    g_clear_fd (&fixture.peer, NULL);
  wait_for (result != NULL);
  g_assert_null (dio_qmp_new_finish (result, &error));
  g_assert_error (error, domain, code);
  g_clear_fd (&fixture.peer, NULL);
}

static void
test_bad_greetings (void)
{
  check_greeting ("", TRUE, G_IO_ERROR, G_IO_ERROR_CLOSED);
  check_greeting (GREETING, TRUE, G_IO_ERROR, G_IO_ERROR_CLOSED);
  check_greeting ("{}\n", FALSE, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
  check_greeting ("{\"QMP\": {\"version\": []}}\n", FALSE, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
  check_greeting ("{\"QMP\": {\"version\": {\"qemu\": {\"major\": -1, \"minor\": 0, \"micro\": 0}}}}\n", FALSE,
                  DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
  check_greeting ("{\"event\": \"STOP\"}\n", FALSE, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
  check_greeting (GREETING "{\"error\": {\"desc\": \"no\"}, \"id\": 1}\n", FALSE, DIO_QMP_ERROR, DIO_QMP_ERROR_COMMAND);
  check_greeting (GREETING "{\"return\": {}, \"id\": 2}\n", FALSE, DIO_QMP_ERROR, DIO_QMP_ERROR_PROTOCOL);
}

/* Silence is borne, until the caller has enough. */
static void
check_silence (const char *text)
{
  Fixture fixture = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dio_qmp_new_async (open_pair (&fixture), cancellable, keep_result, &result);
  say (&fixture, text);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  wait_for (result != NULL);
  g_assert_null (dio_qmp_new_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_fd (&fixture.peer, NULL);
}

static void
test_silence (void)
{
  check_silence ("");
  check_silence ("{\"QMP\": {");
  check_silence (GREETING);
}

#define add(name, function) g_test_add ("/qmp/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  add ("commands", test_commands);
  add ("events", test_events);
  add ("fd", test_fd);
  add ("cancel", test_cancel);
  add ("deaf", test_deaf);
  add ("close-mid-command", test_close_mid_command);
  add ("wrong-ids", test_wrong_ids);
  add ("garbage", test_garbage);
  add ("no-text", test_no_text);
  add ("babble", test_babble);
  add ("turns", test_turns);
  add ("endless-line", test_endless_line);
  add ("deep", test_deep);
  g_test_add_func ("/qmp/bad-greetings", test_bad_greetings);
  g_test_add_func ("/qmp/silence", test_silence);
  return g_test_run ();
}
