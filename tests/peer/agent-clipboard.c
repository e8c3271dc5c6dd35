/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The clipboard of a guest whose agent behaves: spice-vdagent's, and Windows'. */
#include "clipboard-fixture.h"

#include "clipboard/vdagent.h"

#include <string.h>

#define LINUX GUINT_TO_POINTER (FAKE_AGENT_LINUX)
#define WINDOWS GUINT_TO_POINTER (FAKE_AGENT_WINDOWS)
#define NO_REGRAB GUINT_TO_POINTER (FAKE_AGENT_LINUX & ~(1u << VD_AGENT_CAP_CLIPBOARD_NO_RELEASE_ON_REGRAB))

#define TEXT VD_AGENT_CLIPBOARD_UTF8_TEXT
#define PNG VD_AGENT_CLIPBOARD_IMAGE_PNG

static void
guest_copies (ClipboardFixture *self, guint selection, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  guint before = self->n_offers;

  fake_agent_copy (self->guest, selection, TEXT, bytes);
  wait_until (self->n_offers > before && self->offers[selection]);
}

#define assert_guest_gets(self, selection, type, expected)                                                             \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GBytes) got_ = clipboard_guest_pastes (self, selection, type);                                          \
    g_assert_cmpmem (g_bytes_get_data (got_, NULL), g_bytes_get_size (got_), expected, strlen (expected));             \
    g_assert_cmpuint ((self)->guest->selections[selection].pasted_type, ==, type);                                     \
  }                                                                                                                    \
  G_STMT_END

#define assert_host_gets(self, selection, expected)                                                                    \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autofree char *got_ = NULL;                                                                                      \
    g_assert_nonnull ((self)->offers[selection]);                                                                      \
    got_ = offer_read_text ((self)->offers[selection]);                                                                \
    g_assert_cmpstr (got_, ==, expected);                                                                              \
  }                                                                                                                    \
  G_STMT_END

/* Nothing is read before it is asked for, in either direction. */
static void
test_text (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("from the host\nä");

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 1\n");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 0);
  assert_guest_gets (self, 0, TEXT, "from the host\nä");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 1);
  g_assert_cmpuint (self->n_guest_reads, ==, 1);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, NULL);
  clipboard_wait_for (self, "release 0\n");
  /* What has just been read is read again, to be compared; then no more. */
  guest_copies (self, 0, "from the guest\nß");
  clipboard_wait_for (self, "request 0: 1\n");
  guest_copies (self, 0, "from the guest\nà");
  assert_host_gets (self, 0, "from the guest\nà");
  assert_host_gets (self, 0, "from the guest\nà");
  fake_agent_clear (self->guest, 0);
  wait_until (self->offers[0] == NULL);
}

static void
test_lazy (ClipboardFixture *self, gconstpointer data)
{
  guest_copies (self, 0, "from the guest");
  guest_copies (self, 0, "again");
  g_assert_cmpstr (self->guest->log->str, ==, "");
  assert_host_gets (self, 0, "again");
  g_assert_cmpstr (self->guest->log->str, ==, "request 0: 1\n");
}

/* What is marked is shared when that is wanted, and apart from what is copied. */
static void
test_primary (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("marked");

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_PRIMARY, DIO_OFFER (offer));
  clipboard_host_copies (self, "copied");
  clipboard_wait_for (self, "grab 0: 1\n");
  g_object_set (self->share, "primary", TRUE, NULL);
  clipboard_wait_for (self, "grab 1: 1\n");
  assert_guest_gets (self, 1, TEXT, "marked");
  assert_guest_gets (self, 0, TEXT, "copied");
  guest_copies (self, 1, "marked there");
  assert_host_gets (self, 1, "marked there");
  g_assert_null (self->offers[0]);
  assert_guest_gets (self, 0, TEXT, "copied");
  g_object_set (self->share, "primary", FALSE, NULL);
  g_assert_null (self->offers[1]);
}

static void
test_formats (ClipboardFixture *self, gconstpointer data)
{
  static const char *const types[] = { NULL, DIO_TEXT_TYPE, "image/png", "image/bmp", "image/tiff", "image/jpeg" };

  for (guint32 type = 1; type < G_N_ELEMENTS (types); type++)
    {
      g_autoptr (GBytes) content = g_bytes_new_take (g_strdup_printf ("content %u\r\n", type), 11);
      g_autoptr (GBytes) read = NULL;
      g_autoptr (GError) error = NULL;
      const char *const *offered;
      guint before = self->n_offers;

      fake_agent_copy (self->guest, 0, type, content);
      wait_until (self->n_offers > before && self->offers[0]);
      offered = dio_offer_get_types (self->offers[0]);
      g_assert_cmpstr (offered[0], ==, types[type]);
      g_assert_null (offered[1]);
      read = offer_read (self->offers[0], types[type], &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (read, content));
    }
  for (guint32 type = 1; type < G_N_ELEMENTS (types); type++)
    {
      g_autoptr (GBytes) content = g_bytes_new_take (g_strdup_printf ("content %u\r\n", type), 11);
      g_autoptr (MemoryOffer) offer = memory_offer_new (types[type], content);
      g_autofree char *grab = g_strdup_printf ("grab 0: %u\n", type);

      dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
      clipboard_wait_for (self, grab);
      assert_guest_gets (self, 0, type, g_bytes_get_data (content, NULL));
    }
}

/* Ends of lines, no selections, no serials. */
static void
test_windows (ClipboardFixture *self, gconstpointer data)
{
  guest_copies (self, 0, "one\r\ntwo\nthree\r\n");
  assert_host_gets (self, 0, "one\ntwo\nthree\n");
  clipboard_host_copies (self, "\none\ntwo\r\nthree\n");
  /* It does not know that a grab takes the place of another. */
  clipboard_host_copies (self, "\none\ntwo\r\nthree\n");
  clipboard_wait_for (self, "grab 0: 1\nrelease 0\ngrab 0: 1\n");
  assert_guest_gets (self, 0, TEXT, "\r\none\r\ntwo\r\nthree\r\n");
}

/* An agent that was there before us. */
static void
test_resume (ClipboardFixture *self, gconstpointer data)
{
  self->guest->selections[0].serial = 77;
  clipboard_host_copies (self, "early");
  fake_agent_resume (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "grab 0: 1\n");
  assert_guest_gets (self, 0, TEXT, "early");
  guest_copies (self, 0, "late");
  assert_host_gets (self, 0, "late");
}

/* Each question has an answer, in order; what somebody asks for without an end is not remembered. */
static void
test_requests (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("slow");
  FakeSelection *selection = &self->guest->selections[0];

  g_object_set (self->share, "primary", TRUE, NULL);
  memory_offer_hold (offer, TRUE);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 1\n");
  for (guint i = 0; i < 100; i++)
    fake_agent_paste (self->guest, 0, i % 2 ? PNG : TEXT);
  wait_until (memory_offer_get_n_reads (offer) == 1);
  /* All are here when something that comes after them is. */
  guest_copies (self, 1, "x");
  memory_offer_hold (offer, FALSE);
  wait_until (selection->n_pasted == 17);
  g_bytes_unref (clipboard_guest_pastes (self, 0, TEXT));
  g_assert_cmpuint (selection->n_pasted, ==, 18);
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 10);
  g_assert_cmpint (g_str_has_prefix (self->guest->log->str, "data 0: 1 4\ndata 0: 2 0\ndata 0: 1 4\n"), ==, TRUE);
}

static void
test_empty (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (MemoryOffer) broken = memory_offer_new (DIO_TEXT_TYPE, NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("\xff\xfe", 2);
  g_autoptr (MemoryOffer) not_utf8 = memory_offer_new (DIO_TEXT_TYPE, text);
  g_autoptr (GError) error = NULL;

  assert_guest_gets (self, 0, TEXT, "");
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (broken));
  assert_guest_gets (self, 0, TEXT, "");
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (not_utf8));
  assert_guest_gets (self, 0, TEXT, "");

  fake_agent_copy (self->guest, 0, TEXT, NULL);
  wait_until (self->offers[0]);
  g_assert_null (offer_read (self->offers[0], DIO_TEXT_TYPE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (offer_read (self->offers[0], "image/png", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_clear_error (&error);
  fake_agent_copy (self->guest, 0, TEXT, text);
  g_clear_object (&self->offers[0]);
  wait_until (self->offers[0]);
  g_assert_null (offer_read (self->offers[0], DIO_TEXT_TYPE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);
  GString *log = user_data;

  if (bytes)
    g_string_append_printf (log, "%.*s ", (int) g_bytes_get_size (bytes), (char *) g_bytes_get_data (bytes, NULL));
  else
    g_string_append_printf (log, "%d ", error->code);
}

/* Those who wait for the same get one answer; those for what is gone get none, and the answer that comes for them is
 * not taken for another's. */
static void
test_readings (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GBytes) late = g_bytes_new_static ("\0\0\0\0\1\0\0\0late", 12);
  g_autofree char *expected =
      g_strdup_printf ("%d %d %d ", G_IO_ERROR_CANCELLED, G_IO_ERROR_NOT_FOUND, G_IO_ERROR_NOT_FOUND);

  self->guest->mute = TRUE;
  guest_copies (self, 0, "one");
  for (guint i = 0; i < 3; i++)
    dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, i == 1 ? cancellable : NULL, on_read, log);
  clipboard_wait_for (self, "request 0: 1\n");
  g_cancellable_cancel (cancellable);
  wait_until (log->len > 0);
  guest_copies (self, 0, "two");
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  g_assert_cmpstr (log->str, ==, expected);
  g_string_set_size (log, 0);
  g_assert_cmpstr (self->guest->log->str, ==, "");
  self->guest->mute = FALSE;
  fake_agent_send (self->guest, VD_AGENT_CLIPBOARD, g_bytes_get_data (late, NULL), g_bytes_get_size (late), 0);
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, "two ");
  g_assert_cmpstr (self->guest->log->str, ==, "request 0: 1\n");
  for (guint i = 0; i < 3; i++)
    dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  wait_until (log->len == 4 * 4);
  g_assert_cmpstr (self->guest->log->str, ==, "request 0: 1\nrequest 0: 1\n");
}

/* Seconds pass as fast as that for the code that is tested. */
static guint hurry = 1;

guint
g_timeout_add_seconds (guint interval, GSourceFunc function, gpointer user_data)
{
  return g_timeout_add (interval * 1000 / hurry, function, user_data);
}

/* An agent that does not answer; a slow guest's has a minute for the first byte. */
static void
test_silence (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  gint64 begun = g_get_monotonic_time ();

  hurry = 20;
  self->guest->mute = TRUE;
  guest_copies (self, 0, "one");
  g_assert_null (offer_read (self->offers[0], DIO_TEXT_TYPE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_cmpint (g_get_monotonic_time () - begun, >=, 59 * G_TIME_SPAN_SECOND / hurry);
  hurry = 1;
  self->guest->mute = FALSE;
  assert_host_gets (self, 0, "one");
}

static gboolean
is_waiting (ClipboardFixture *self)
{
  gboolean waiting;

  g_object_get (self->share, "waiting", &waiting, NULL);
  return waiting;
}

/* Who pastes is told of after a while, and need not wait on. */
static void
test_waiting (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *expected = g_strdup_printf ("%d ", G_IO_ERROR_CANCELLED);

  guest_copies (self, 0, "one");
  assert_host_gets (self, 0, "one");
  self->guest->mute = TRUE;
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  g_assert_false (is_waiting (self));
  wait_until (is_waiting (self));
  dio_clipboard_share_stop_waiting (self->share);
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, expected);
  g_assert_false (is_waiting (self));
  /* What is withdrawn is not waited for either. */
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  wait_until (is_waiting (self));
  g_string_set_size (log, 0);
  guest_copies (self, 0, "two");
  wait_until (log->len > 0);
  g_assert_false (is_waiting (self));
}

/* Copying a thousand times makes nothing pile up in front of an agent that does not read. */
static void
test_stalled (ClipboardFixture *self, gconstpointer data)
{
  fake_agent_stall (self->guest);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *text = g_strdup_printf ("%u", i);

      clipboard_host_copies (self, text);
      if (i % 100 == 0)
        while (g_main_context_iteration (NULL, FALSE))
          continue;
    }
  g_string_set_size (self->guest->log, 0);
  fake_agent_go_on (self->guest);
  assert_guest_gets (self, 0, TEXT, "999");
  g_assert_cmpuint (self->guest->n_messages, <, 1000);
}

/* Both copy, now and then at the same time: they come to agree on who was the last, and what is pasted is that. */
typedef struct
{
  FakeOwner owner;   /* as the host has it */
  gboolean is_fresh; /* the host was told in this round */
  char *host, *guest;
} Alternation;

static void
on_alternation_offer (DioClipboardShare *share, guint selection, DioOffer *offer, Alternation *state)
{
  if (!offer)
    return;
  state->owner = FAKE_OWNER_GUEST;
  state->is_fresh = TRUE;
}

static void
alternate (ClipboardFixture *self, Alternation *state, guint round, gboolean host)
{
  g_autoptr (GBytes) bytes = NULL;

  if (host)
    {
      g_free (state->host);
      state->host = g_strdup_printf ("host %u", round);
      state->owner = FAKE_OWNER_HOST;
      clipboard_host_copies (self, state->host);
      return;
    }
  g_free (state->guest);
  state->guest = g_strdup_printf ("guest %u", round);
  bytes = g_bytes_new (state->guest, strlen (state->guest));
  fake_agent_copy (self->guest, 0, TEXT, bytes);
}

static void
test_alternations (ClipboardFixture *self, gconstpointer data)
{
  FakeSelection *selection = &self->guest->selections[0];
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Alternation state = { 0 };
  guint n_crossed = 0;

  g_signal_connect (self->share, "guest-offer", G_CALLBACK (on_alternation_offer), &state);
  for (guint i = 0; i < 1000; i++)
    {
      gboolean first = g_rand_boolean (rand), both = g_rand_int_range (rand, 0, 3) == 0;

      state.is_fresh = FALSE;
      alternate (self, &state, i, first);
      for (int turns = g_rand_int_range (rand, 0, 4); both && turns > 0; turns--)
        g_main_context_iteration (NULL, FALSE);
      if (both)
        alternate (self, &state, i, !first);
      n_crossed += both;
      wait_until (selection->owner == state.owner && (state.owner == FAKE_OWNER_HOST || state.is_fresh));
      if (state.owner == FAKE_OWNER_HOST)
        assert_guest_gets (self, 0, TEXT, state.host);
      else
        assert_host_gets (self, 0, state.guest);
      g_assert_cmpint (selection->owner, ==, state.owner);
    }
  g_assert_cmpuint (n_crossed, >, 200);
  g_signal_handlers_disconnect_by_data (self->share, &state);
  g_free (state.host);
  g_free (state.guest);
}

/* --- large --- */

static GBytes *
make_large (gsize size)
{
  guint8 *data = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7 + i / 251);
  return g_bytes_new_take (data, size);
}

static void
answer_question (ClipboardFixture *self, DioQuestionKind kind, gboolean yes)
{
  DioClipboardQuestion *question;

  wait_until (self->questions->len > 0);
  g_assert_cmpuint (self->questions->len, ==, 1);
  question = g_ptr_array_index (self->questions, 0);
  g_assert_cmpint (dio_clipboard_question_get_kind (question), ==, kind);
  dio_clipboard_question_answer (question, yes);
  g_ptr_array_set_size (self->questions, 0);
}

static void
on_bytes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GBytes **) user_data = dio_offer_read_finish (DIO_OFFER (source), result, NULL);
}

/* 100 MB either way; the main thread does not look at one of them. */
static void
test_bulk (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) content = make_large (100 * 1000 * 1000), read = NULL, pasted = NULL;
  g_autoptr (MemoryOffer) offer = memory_offer_new ("image/png", content);
  FakeSelection *selection = &self->guest->selections[0];
  guint64 handled = dio_vdagent_get_handled ();

  fake_agent_copy (self->guest, 0, PNG, content);
  wait_until (self->offers[0]);
  dio_offer_read_async (self->offers[0], "image/png", NULL, on_bytes, &read);
  answer_question (self, DIO_QUESTION_LARGE, TRUE);
  wait_until (read != NULL);
  g_assert_true (g_bytes_equal (read, content));

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 2\n");
  fake_agent_paste (self->guest, 0, PNG);
  answer_question (self, DIO_QUESTION_LARGE, TRUE);
  wait_until (selection->n_pasted == 1);
  g_assert_true (g_bytes_equal (selection->pasted, content));
  g_assert_cmpuint (dio_vdagent_get_handled (), ==, handled);
}

static GBytes *
repeat (const char *line, gsize n)
{
  gsize size = strlen (line);
  char *lines = g_malloc (n * size);

  for (gsize i = 0; i < n; i++)
    memcpy (lines + i * size, line, size);
  return g_bytes_new_take (lines, n * size);
}

/* A text, of which each line has another end there. */
static void
test_bulk_text (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) ours = repeat ("ä\n", 4 * 1000 * 1000), theirs = repeat ("ä\r\n", 4 * 1000 * 1000);
  g_autoptr (GBytes) read = NULL, pasted = NULL;
  g_autoptr (MemoryOffer) offer = memory_offer_new (DIO_TEXT_TYPE, ours);
  guint64 handled = dio_vdagent_get_handled ();

  fake_agent_copy (self->guest, 0, TEXT, theirs);
  wait_until (self->offers[0]);
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_bytes, &read);
  wait_until (read);
  g_assert_true (g_bytes_equal (read, ours));
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 1\n");
  pasted = clipboard_guest_pastes (self, 0, TEXT);
  g_assert_true (g_bytes_equal (pasted, theirs));
  g_assert_cmpuint (dio_vdagent_get_handled (), ==, handled);
}

static void
test_too_large (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) content = make_large (1000 * 1000);
  g_autoptr (MemoryOffer) offer = memory_offer_new ("image/png", content);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *expected = g_strdup_printf ("%d ", G_IO_ERROR_MESSAGE_TOO_LARGE);

  fake_agent_copy (self->guest, 0, PNG, content);
  wait_until (self->offers[0]);
  dio_offer_set_limit (self->offers[0], 999 * 1000);
  dio_offer_read_async (self->offers[0], "image/png", NULL, on_read, log);
  answer_question (self, DIO_QUESTION_LARGE, FALSE);
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, expected);
  /* The stream goes on. */
  guest_copies (self, 0, "small");
  assert_host_gets (self, 0, "small");

  dio_offer_set_limit (DIO_OFFER (offer), 999 * 1000);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 2\n");
  fake_agent_paste (self->guest, 0, PNG);
  answer_question (self, DIO_QUESTION_LARGE, FALSE);
  clipboard_wait_for (self, "data 0: 2 0\n");
}

/* --- agents come and go --- */

static void
test_restart (ClipboardFixture *self, gconstpointer data)
{
  clipboard_host_copies (self, "stays");
  clipboard_wait_for (self, "grab 0: 1\n");
  for (guint i = 0; i < 3; i++)
    {
      fake_agent_start (self->guest, FAKE_AGENT_LINUX);
      clipboard_wait_for (self, "grab 0: 1\n");
      assert_guest_gets (self, 0, TEXT, "stays");
    }
  guest_copies (self, 0, "goes");
  fake_agent_start (self->guest, FAKE_AGENT_WINDOWS);
  wait_until (self->offers[0] == NULL);
  clipboard_host_copies (self, "line\n");
  assert_guest_gets (self, 0, TEXT, "line\r\n");
}

/* Killed while it hands something out: what it had begun does not swallow what the next one says. */
static void
test_restart_reading (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) content = make_large (8 * 1000 * 1000);
  g_autoptr (GString) log = g_string_new (NULL);
  guint64 received = dio_agent_get_received (self->agent);

  fake_agent_copy (self->guest, 0, PNG, content);
  wait_until (self->offers[0]);
  dio_offer_read_async (self->offers[0], "image/png", NULL, on_read, log);
  wait_until (dio_agent_get_received (self->agent) > received + 1000 * 1000);
  fake_agent_stop (self->guest);
  test_run_for (100);
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "announce 0\n");
  wait_until (log->len > 0);
  guest_copies (self, 0, "after");
  assert_host_gets (self, 0, "after");
}

static void
on_open (DioAgent *agent, GParamSpec *pspec, guint *n_opens)
{
  *n_opens += dio_agent_get_open (agent);
}

/* Killed while it takes something: the rest of that is not sent to the next one. */
static void
test_restart_pasting (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) content = make_large (8 * 1000 * 1000);
  g_autoptr (MemoryOffer) offer = memory_offer_new ("image/png", content);
  guint n_opens = 0;
  gsize size;

  g_signal_connect (self->agent, "notify::open", G_CALLBACK (on_open), &n_opens);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 2\n");
  fake_agent_paste (self->guest, 0, PNG);
  wait_until (self->guest->message->len > 1000 * 1000);
  fake_agent_stall (self->guest);
  fake_agent_send_numbers (self->guest, VD_AGENT_ANNOUNCE_CAPABILITIES, 2, 1u, FAKE_AGENT_LINUX);
  wait_until (n_opens == 1);
  /* The same parser goes on, to see where it ends: with a chunk. */
  fake_agent_go_on (self->guest);
  do
    {
      size = self->guest->message->len;
      test_run_for (200);
    }
  while (self->guest->message->len > size);
  g_assert_cmpuint (size, >, 1000 * 1000);
  g_assert_cmpuint (size, <, 7 * 1000 * 1000);
  g_assert_cmpuint (self->guest->selections[0].n_pasted, ==, 0);
  clipboard_host_copies (self, "after");
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "grab 0: 1\n");
  assert_guest_gets (self, 0, TEXT, "after");
  g_signal_handlers_disconnect_by_data (self->agent, &n_opens);
}

static void
test_screens (ClipboardFixture *self, gconstpointer data)
{
  const DioAgentScreen screens[] = { { .width = 1920, .height = 1080 }, { 0 }, { .x = 1920, .width = 8, .height = 8 } };

  dio_agent_set_screens (self->agent, screens, G_N_ELEMENTS (screens));
  clipboard_wait_for (self, "monitors 3: 1920x1080+0+0 0x0+0+0 8x8+1920+0\n");
  fake_agent_start (self->guest, FAKE_AGENT_LINUX & ~(1u << VD_AGENT_CAP_SPARSE_MONITORS_CONFIG));
  clipboard_wait_for (self, "monitors 2: 1920x1080+0+0 8x8+1920+0\n");
  fake_agent_stall (self->guest);
  for (guint i = 0; i < 5000; i++)
    dio_agent_set_screens (self->agent, screens, i % 2 + 1);
  fake_agent_go_on (self->guest);
  dio_agent_set_screens (self->agent, screens, 3);
  clipboard_wait_for (self, "monitors 2: 1920x1080+0+0 8x8+1920+0\n");
  g_assert_cmpuint (self->guest->n_messages, <, 1000);
}

static void
test_hang_up (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *expected = g_strdup_printf ("%d ", G_IO_ERROR_NOT_FOUND);

  self->guest->mute = TRUE;
  guest_copies (self, 0, "one");
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  clipboard_wait_for (self, "request 0: 1\n");
  fake_agent_hang_up (self->guest);
  wait_until (self->failed != NULL);
  g_assert_false (dio_agent_get_open (self->agent));
  g_assert_null (self->offers[0]);
  g_assert_cmpstr (log->str, ==, expected);
  clipboard_host_copies (self, "nobody");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, data, function)                                                                                      \
  g_test_add ("/agent-clipboard/" path, ClipboardFixture, data, clipboard_set_up, function, clipboard_tear_down)
  ADD ("text", LINUX, test_text);
  ADD ("lazy", LINUX, test_lazy);
  ADD ("primary", LINUX, test_primary);
  ADD ("formats", LINUX, test_formats);
  ADD ("windows", WINDOWS, test_windows);
  ADD ("resume", NULL, test_resume);
  ADD ("requests", LINUX, test_requests);
  ADD ("empty", LINUX, test_empty);
  ADD ("readings", LINUX, test_readings);
  ADD ("silence", LINUX, test_silence);
  ADD ("waiting", LINUX, test_waiting);
  ADD ("stalled", LINUX, test_stalled);
  ADD ("alternations", LINUX, test_alternations);
  ADD ("alternations-release", NO_REGRAB, test_alternations);
  ADD ("bulk", LINUX, test_bulk);
  ADD ("bulk-text", WINDOWS, test_bulk_text);
  ADD ("too-large", LINUX, test_too_large);
  ADD ("restart", LINUX, test_restart);
  ADD ("restart-reading", LINUX, test_restart_reading);
  ADD ("restart-pasting", LINUX, test_restart_pasting);
  ADD ("screens", LINUX, test_screens);
  ADD ("hang-up", LINUX, test_hang_up);
#undef ADD
  return g_test_run ();
}
