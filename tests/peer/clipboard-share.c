/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Who may see what: policies, questions, and that nothing goes round in circles. */
#include "clipboard-fixture.h"

#include <string.h>

#define LINUX GUINT_TO_POINTER (FAKE_AGENT_LINUX)
#define TEXT VD_AGENT_CLIPBOARD_UTF8_TEXT
#define PNG VD_AGENT_CLIPBOARD_IMAGE_PNG

static void
guest_copies (ClipboardFixture *self, guint32 type, const char *content)
{
  g_autoptr (GBytes) bytes = g_bytes_new (content, strlen (content));

  fake_agent_copy (self->guest, 0, type, bytes);
}

/* All that the guest has said has been looked at when what comes after it is answered. */
static void
settle (ClipboardFixture *self)
{
  g_bytes_unref (clipboard_guest_pastes (self, 1, TEXT));
}

static DioClipboardQuestion *
take_question (ClipboardFixture *self, DioQuestionKind kind)
{
  DioClipboardQuestion *question;

  wait_until (self->questions->len > 0);
  question = g_ptr_array_steal_index (self->questions, 0);
  g_assert_cmpint (dio_clipboard_question_get_kind (question), ==, kind);
  return question;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);
  GString *log = user_data;

  if (bytes)
    g_string_append_len (log, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
  else
    g_string_append_printf (log, "%d", error->code);
}

static void
test_off (ClipboardFixture *self, gconstpointer data)
{
  g_object_set (self->share, "to-guest", DIO_SHARING_OFF, "to-host", DIO_SHARING_OFF, NULL);
  clipboard_host_copies (self, "host");
  settle (self);
  g_assert_null (strstr (self->guest->log->str, "grab"));
  g_object_set (self->share, "to-guest", DIO_SHARING_ON, NULL);
  clipboard_wait_for (self, "grab 0: 1\n");
  g_object_set (self->share, "to-guest", DIO_SHARING_OFF, NULL);
  clipboard_wait_for (self, "release 0\n");

  guest_copies (self, TEXT, "guest");
  settle (self);
  g_assert_cmpuint (self->n_offers, ==, 0);
  g_object_set (self->share, "to-host", DIO_SHARING_ON, NULL);
  g_assert_nonnull (self->offers[0]);
  g_object_set (self->share, "to-host", DIO_SHARING_OFF, NULL);
  g_assert_null (self->offers[0]);
}

/* What the host got to know of before it was switched off cannot be read afterwards. */
static void
test_off_later (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (DioOffer) offer = NULL;
  g_autoptr (GError) error = NULL;

  guest_copies (self, TEXT, "guest");
  wait_until (self->offers[0]);
  offer = g_object_ref (self->offers[0]);
  g_object_set (self->share, "to-host", DIO_SHARING_OFF, NULL);
  g_assert_null (offer_read (offer, DIO_TEXT_TYPE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_ask_to_guest (ClipboardFixture *self, gconstpointer data)
{
  static const char *const expected[] = { "data 0: 1 0\n", "data 0: 1 4\n", "data 0: 1 0\n" };
  g_autoptr (MemoryOffer) offer = memory_offer_new_text ("host");

  g_object_set (self->share, "to-guest", DIO_SHARING_ASK, NULL);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 1\n");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (DioClipboardQuestion) question = NULL;

      fake_agent_paste (self->guest, 0, TEXT);
      question = take_question (self, DIO_QUESTION_GUEST_READS);
      g_assert_cmpstr (dio_clipboard_question_get_mime_type (question), ==, DIO_TEXT_TYPE);
      g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, i > 1);
      /* The first counts. */
      if (i < 2)
        dio_clipboard_question_answer (question, i == 1);
      if (i < 2)
        dio_clipboard_question_answer (question, i == 0);
      g_clear_pointer (&question, dio_clipboard_question_unref);
      clipboard_wait_for (self, expected[i]);
    }
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 1);
}

static void
test_ask_to_host (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *denied = g_strdup_printf ("%d", G_IO_ERROR_PERMISSION_DENIED);
  DioClipboardQuestion *question;

  g_object_set (self->share, "to-host", DIO_SHARING_ASK, NULL);
  guest_copies (self, TEXT, "guest");
  wait_until (self->offers[0]);
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  question = take_question (self, DIO_QUESTION_HOST_READS);
  g_assert_null (strstr (self->guest->log->str, "request"));
  dio_clipboard_question_answer (question, TRUE);
  dio_clipboard_question_unref (question);
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, "guest");
  g_string_set_size (log, 0);
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  dio_clipboard_question_unref (take_question (self, DIO_QUESTION_HOST_READS));
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, denied);
}

/* Questions may outlive what they are about. */
static void
test_late_answers (ClipboardFixture *self, gconstpointer data)
{
  DioClipboardQuestion *to_guest, *to_host;
  g_autoptr (GString) log = g_string_new (NULL);
  g_autofree char *gone = g_strdup_printf ("%d", G_IO_ERROR_NOT_FOUND);

  g_object_set (self->share, "to-guest", DIO_SHARING_ASK, "to-host", DIO_SHARING_ASK, NULL);
  guest_copies (self, TEXT, "guest");
  wait_until (self->offers[0]);
  dio_offer_read_async (self->offers[0], DIO_TEXT_TYPE, NULL, on_read, log);
  to_host = take_question (self, DIO_QUESTION_HOST_READS);
  clipboard_host_copies (self, "host");
  clipboard_wait_for (self, "grab 0: 1\n");
  fake_agent_paste (self->guest, 0, TEXT);
  to_guest = take_question (self, DIO_QUESTION_GUEST_READS);
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "grab 0: 1\n");
  dio_clipboard_question_answer (to_host, TRUE);
  dio_clipboard_question_answer (to_guest, TRUE);
  dio_clipboard_question_unref (to_host);
  dio_clipboard_question_unref (to_guest);
  wait_until (log->len > 0);
  g_assert_cmpstr (log->str, ==, gone);
  settle (self);
  /* The answer was for the agent that is gone. */
  g_assert_null (strstr (self->guest->log->str, "data 0"));
}

/* What comes back to a guest that it is from is not offered to it. */
static void
test_own (ClipboardFixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;

  guest_copies (self, TEXT, "guest");
  wait_until (self->offers[0]);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, self->offers[0]);
  settle (self);
  g_assert_null (strstr (self->guest->log->str, "grab"));
  text = offer_read_text (self->offers[0]);
  g_assert_cmpstr (text, ==, "guest");
}

/* What is remembered for a second is remembered for a minute: a computer may be busy. */
guint
g_timeout_add_seconds_once (guint interval, GSourceOnceFunc function, gpointer user_data)
{
  return g_timeout_add_once (interval * 60000, function, user_data);
}

/* The header is all that is looked at. */
static GBytes *
make_png (guint8 width, guint8 height)
{
  const guint8 header[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',  0, 0, 0, 13,
                            'I',  'H', 'D', 'R', 0,    0,    0,    width, 0, 0, 0, height };

  return g_bytes_new (header, sizeof header);
}

static GBytes *
make_bmp (guint8 width, gint8 height)
{
  guint8 sign = height < 0 ? 0xff : 0;
  const guint8 header[] = {
    'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, width, 0, 0, 0, (guint8) height, sign, sign, sign
  };

  return g_bytes_new (header, sizeof header);
}

/* A clipboard manager copies what it has read. */
static void
test_echo (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) image = make_png (4, 3), same = make_bmp (4, -3), other = make_bmp (3, 4), png = make_png (4, 4);
  g_autoptr (MemoryOffer) picture = memory_offer_new ("image/png", image);

  clipboard_host_copies (self, "the same");
  clipboard_wait_for (self, "grab 0: 1\n");
  g_bytes_unref (clipboard_guest_pastes (self, 0, TEXT));
  guest_copies (self, TEXT, "the same");
  clipboard_wait_for (self, "request 0: 1\n");
  settle (self);
  settle (self);
  g_assert_cmpuint (self->n_offers, ==, 0);
  /* Other than that. */
  guest_copies (self, TEXT, "another");
  wait_until (self->n_offers == 1);

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (picture));
  clipboard_wait_for (self, "grab 0: 2\n");
  g_bytes_unref (clipboard_guest_pastes (self, 0, PNG));
  fake_agent_copy (self->guest, 0, VD_AGENT_CLIPBOARD_IMAGE_TIFF, same);
  settle (self);
  settle (self);
  g_assert_cmpuint (self->n_offers, ==, 1);
  /* The same in other words; then others. */
  fake_agent_copy (self->guest, 0, VD_AGENT_CLIPBOARD_IMAGE_BMP, same);
  clipboard_wait_for (self, "request 0: 3\n");
  settle (self);
  settle (self);
  g_assert_cmpuint (self->n_offers, ==, 1);
  fake_agent_copy (self->guest, 0, VD_AGENT_CLIPBOARD_IMAGE_BMP, other);
  wait_until (self->n_offers == 2);
  fake_agent_copy (self->guest, 0, PNG, png);
  wait_until (self->n_offers == 3);
}

/* Two guests with such managers, and the host between them. */
static void
on_first_offer (DioClipboardShare *share, guint selection, DioOffer *offer, ClipboardFixture *other)
{
  if (offer)
    dio_clipboard_share_set_host_offer (other->share, selection, offer);
}

static void
manage (ClipboardFixture *self, guint *n_copies)
{
  FakeSelection *selection = &self->guest->selections[0];

  if (selection->owner == FAKE_OWNER_HOST && selection->n_pasted == 0)
    {
      selection->n_pasted = 1;
      fake_agent_paste (self->guest, 0, TEXT);
    }
  else if (selection->owner == FAKE_OWNER_HOST && selection->n_pasted == 2)
    {
      selection->n_pasted = 0;
      fake_agent_copy (self->guest, 0, TEXT, selection->pasted);
      (*n_copies)++;
    }
}

static void
test_circle (ClipboardFixture *self, gconstpointer data)
{
  ClipboardFixture other = { 0 };
  guint n_copies = 0;
  gint64 end = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 2;

  clipboard_set_up (&other, data);
  g_signal_connect (self->share, "guest-offer", G_CALLBACK (on_first_offer), &other);
  g_signal_connect (other.share, "guest-offer", G_CALLBACK (on_first_offer), self);
  guest_copies (self, TEXT, "round and round");
  wait_until ((manage (self, &n_copies), manage (&other, &n_copies), n_copies > 0));
  while (test_iterate (end))
    {
      manage (self, &n_copies);
      manage (&other, &n_copies);
    }
  g_assert_cmpuint (n_copies, ==, 1);
  g_signal_handlers_disconnect_by_func (self->share, on_first_offer, &other);
  dio_clipboard_share_set_host_offer (other.share, DIO_SELECTION_CLIPBOARD, NULL);
  clipboard_tear_down (&other, data);
}

/* Host, then a machine, then another: what is large is asked about once at each gate that it goes through. */
static void
test_two_machines (ClipboardFixture *self, gconstpointer data)
{
  ClipboardFixture other = { 0 };
  g_autoptr (GBytes) pasted = NULL;

  clipboard_set_up (&other, data);
  guest_copies (self, TEXT, "from one to another");
  wait_until (self->offers[0]);
  dio_clipboard_share_set_host_offer (other.share, DIO_SELECTION_CLIPBOARD, self->offers[0]);
  clipboard_wait_for (&other, "grab 0: 1\n");
  pasted = clipboard_guest_pastes (&other, 0, TEXT);
  g_assert_cmpmem (g_bytes_get_data (pasted, NULL), g_bytes_get_size (pasted), "from one to another", 19);
  dio_clipboard_share_set_host_offer (other.share, DIO_SELECTION_CLIPBOARD, NULL);
  clipboard_tear_down (&other, data);
}

static void
on_connected (DioClipboardShare *share, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_channel (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (DioClipboardChannel) channel = NULL;
  guint n = 0;

  g_object_get (self->share, "channel", &channel, NULL);
  g_signal_connect (self->share, "notify::connected", G_CALLBACK (on_connected), &n);
  guest_copies (self, TEXT, "guest");
  wait_until (self->offers[0]);
  dio_clipboard_share_set_channel (self->share, NULL);
  g_assert_null (self->offers[0]);
  g_assert_cmpuint (n, ==, 1);
  clipboard_host_copies (self, "host");
  dio_clipboard_share_set_channel (self->share, channel);
  g_assert_cmpuint (n, ==, 2);
  clipboard_wait_for (self, "grab 0: 1\n");
  dio_agent_close (self->agent);
  g_assert_cmpuint (n, ==, 3);
  g_signal_handlers_disconnect_by_func (self->share, on_connected, &n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, function)                                                                                            \
  g_test_add ("/clipboard-share/" path, ClipboardFixture, LINUX, clipboard_set_up, function, clipboard_tear_down)
  ADD ("off", test_off);
  ADD ("off-later", test_off_later);
  ADD ("ask-to-guest", test_ask_to_guest);
  ADD ("ask-to-host", test_ask_to_host);
  ADD ("late-answers", test_late_answers);
  ADD ("own", test_own);
  ADD ("echo", test_echo);
  ADD ("circle", test_circle);
  ADD ("two-machines", test_two_machines);
  ADD ("channel", test_channel);
#undef ADD
  return g_test_run ();
}
