/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* An agent that does what none should. The connection ends, or what it said is as if it had not been; memory stays
 * within bounds, and the next honest word is heard. */
#include "clipboard-fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define LINUX GUINT_TO_POINTER (FAKE_AGENT_LINUX)
#define MEGABYTE (1000 * 1000)

/* What memory may grow by; a sanitizer keeps for a while what is freed. */
#define GROWTH ((g_getenv ("DIORAMA_TEST_SANITIZED") ? 400u : 40u) * MEGABYTE)

#define TEXT VD_AGENT_CLIPBOARD_UTF8_TEXT

/* The agent is still heard. */
static void
assert_alive (ClipboardFixture *self)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("alive", 5);
  g_autofree char *text = NULL;

  g_assert_null (self->failed);
  g_clear_object (&self->offers[0]);
  fake_agent_copy (self->guest, 0, TEXT, bytes);
  wait_until (self->offers[0]);
  text = offer_read_text (self->offers[0]);
  g_assert_cmpstr (text, ==, "alive");
}

static void
restart (ClipboardFixture *self)
{
  wait_until (self->guest->out == NULL);
  g_string_set_size (self->guest->log, 0);
  fake_agent_start (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "max -1\n");
}

static void
test_not_the_protocol (gconstpointer data)
{
  static const guint32 streams[][8] = {
    { 0 }, { 3, 20 }, { 0xffffffff, 0xffffffff }, { 1, 20, 2, VD_AGENT_CLIPBOARD_GRAB }, { 1, 0xffffffff, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      ClipboardFixture self = { 0 };

      clipboard_set_up (&self, LINUX);
      fake_agent_send_bytes (self.guest, streams[i], sizeof streams[i]);
      wait_until (self.failed != NULL);
      g_assert_false (dio_agent_get_open (self.agent));
      clipboard_tear_down (&self, LINUX);
    }
}

/* Each type with each small size, and with one that is too large by far for all but the clipboard's; in any chunks. */
static void
test_sizes (ClipboardFixture *self, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc (100 * 1000);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 100 * 1000; i++)
    body[i] = (guint8) g_rand_int (rand);
  for (guint32 type = 0; type < 20; type++)
    for (gsize size = 0; size < 40; size++)
      if (type != VD_AGENT_ANNOUNCE_CAPABILITIES)
        fake_agent_send (self->guest, type, body, size, 1 + size % 7);
  for (guint32 type = 0; type < 20; type++)
    fake_agent_send (self->guest, type, body, 100 * 1000, 5000);
  /* One of those may have been a grab with the right serial. */
  restart (self);
  assert_alive (self);
  g_assert_cmpuint (self->n_guest_reads, ==, 0);
}

/* Announcements of all lengths are taken for what they are worth. */
static void
test_announcements (ClipboardFixture *self, gconstpointer data)
{
  g_autofree guint8 *body = g_malloc0 (5000);

  for (gsize size = 0; size < 5000; size += 1 + size / 8)
    {
      body[0] = size % 2;
      fake_agent_send (self->guest, VD_AGENT_ANNOUNCE_CAPABILITIES, body, size, 0);
    }
  restart (self);
  assert_alive (self);
}

/* Messages begun with 4 GiB to come: of no type does that cost anything, and the clipboard's is asked about. */
static void
test_promises (ClipboardFixture *self, gconstpointer data)
{
  const guint32 header[] = { 1, 0xffffffff, 1, VD_AGENT_CLIPBOARD, 0, 0, 0xffffffff };
  g_autofree guint8 *piece = g_malloc0 (MEGABYTE);
  gsize before;

  fake_agent_send_bytes (self->guest, header, sizeof header);
  fake_agent_send_bytes (self->guest, piece, MEGABYTE);
  wait_until (self->guest->out == NULL);
  before = test_get_rss ();
  for (guint i = 0; i < 100; i++)
    {
      fake_agent_send_bytes (self->guest, piece, MEGABYTE);
      wait_until (self->guest->out == NULL);
    }
  g_assert_cmpuint (test_get_rss (), <, before + GROWTH);
  /* It was asked for by nobody. */
  g_assert_cmpuint (self->questions->len, ==, 0);
  g_assert_null (self->failed);
}

/* What nobody has asked for, over and over. */
static void
test_endless_data (ClipboardFixture *self, gconstpointer data)
{
  const gsize size = 4 * MEGABYTE;
  g_autofree guint8 *body = g_malloc0 (size);
  gsize before = 0;

  body[4] = TEXT;
  for (guint i = 0; i < 40; i++)
    {
      fake_agent_send (self->guest, VD_AGENT_CLIPBOARD, body, size, 0);
      wait_until (self->guest->out == NULL);
      if (i == 9)
        before = test_get_rss ();
    }
  g_assert_cmpuint (test_get_rss (), <, before + GROWTH);
  assert_alive (self);
}

/* The main thread is busy: no more is read than is bounded. */
static void
test_flood (ClipboardFixture *self, gconstpointer data)
{
  static const guint32 message[] = { 1, 28, 1, VD_AGENT_CLIPBOARD_REQUEST, 0, 0, 8, 0, TEXT };
  g_autofree guint8 *many = g_malloc (sizeof message * 1000);
  gsize sent = 0;
  guint n_silent = 0;

  for (guint i = 0; i < 1000; i++)
    memcpy (many + i * sizeof message, message, sizeof message);
  /* Until nothing has been taken for a while, without a turn of the main loop. */
  while (n_silent < 20 && sent < 50 * MEGABYTE)
    {
      gssize n = send (self->guest->fd, many, sizeof message * 1000, MSG_DONTWAIT | MSG_NOSIGNAL);

      n_silent = n > 0 ? 0 : n_silent + 1;
      sent += n > 0 ? (gsize) n : 0;
      if (n < 0)
        g_poll (NULL, 0, 10);
    }
  g_assert_cmpuint (sent, <, 5 * MEGABYTE);
}

/* It asks, and does not read the answers. */
static void
test_unread_answers (ClipboardFixture *self, gconstpointer data)
{
  guint before;

  fake_agent_stall (self->guest);
  for (guint i = 0; i < 20000; i++)
    {
      fake_agent_paste (self->guest, 0, TEXT);
      fake_agent_send_numbers (self->guest, VD_AGENT_ANNOUNCE_CAPABILITIES, 2, 1u, FAKE_AGENT_LINUX);
    }
  wait_until (self->guest->out == NULL);
  clipboard_host_copies (self, "x");
  before = self->guest->n_messages;
  self->guest->clients = 0;
  fake_agent_go_on (self->guest);
  clipboard_wait_for (self, "grab 0: 1\n");
  /* What the sockets hold. */
  g_assert_cmpuint (self->guest->n_messages - before, <, 20000);
}

/* A grab is one with the number that is due, and each number once. */
static void
test_serials (ClipboardFixture *self, gconstpointer data)
{
  static const guint32 serials[] = { 1, 0xffffffff, 0x80000000, 7, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (serials); i++)
    fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_GRAB, 3, 0u, serials[i], TEXT);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_GRAB, 1, 0u);
  /* All have been looked at when what comes after them is answered. */
  g_bytes_unref (clipboard_guest_pastes (self, 1, TEXT));
  clipboard_host_copies (self, "host");
  clipboard_wait_for (self, "grab 0: 1\n");
  /* That number is the host's. */
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_GRAB, 3, 0u, 0u, TEXT);
  g_bytes_unref (clipboard_guest_pastes (self, 0, TEXT));
  g_assert_cmpuint (self->n_offers, ==, 0);
  assert_alive (self);
}

/* In no order, of nothing, for selections that there are not. */
static void
test_order (ClipboardFixture *self, gconstpointer data)
{
  for (guint32 selection = 0; selection < 300; selection += 100)
    {
      fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_RELEASE, 1, selection);
      fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD, 3, selection, TEXT, 0x31323334u);
      fake_agent_send_numbers (self->guest, VD_AGENT_FILE_XFER_STATUS, 2, selection,
                               VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA);
      fake_agent_send_numbers (self->guest, VD_AGENT_REPLY, 2, selection, 5u);
      if (selection > 0)
        {
          fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_REQUEST, 2, selection, TEXT);
          fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_GRAB, 3, selection, 0u, TEXT);
        }
    }
  g_assert_cmpuint (self->n_offers, ==, 0);
  assert_alive (self);
}

/* It says everything before it has announced itself. */
static void
test_early (ClipboardFixture *self, gconstpointer data)
{
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_GRAB, 3, 0u, 0u, TEXT);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD_REQUEST, 2, 0u, TEXT);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD, 3, 0u, TEXT, 0x31323334u);
  wait_until (self->guest->out == NULL);
  fake_agent_resume (self->guest, FAKE_AGENT_LINUX);
  clipboard_wait_for (self, "max -1\n");
  g_assert_cmpuint (self->n_offers, ==, 0);
  assert_alive (self);
}

/* It answers with what was not asked for, and says that something large comes which then is another thing. */
static void
test_other_answers (ClipboardFixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static ("text", 4);
  g_autoptr (GError) error = NULL;

  self->guest->mute = TRUE;
  fake_agent_copy (self->guest, 0, TEXT, bytes);
  wait_until (self->offers[0]);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD, 3, 0u, TEXT, 0x31323334u);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD, 3, 1u, TEXT, 0x31323334u);
  fake_agent_send_numbers (self->guest, VD_AGENT_CLIPBOARD, 3, 0u, VD_AGENT_CLIPBOARD_IMAGE_PNG, 0x31323334u);
  wait_until (self->guest->out == NULL);
  self->guest->mute = FALSE;
  assert_alive (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_data_func ("/hostile-agent/not-the-protocol", NULL, test_not_the_protocol);
#define ADD(path, data, function)                                                                                      \
  g_test_add ("/hostile-agent/" path, ClipboardFixture, data, clipboard_set_up, function, clipboard_tear_down)
  ADD ("sizes", LINUX, test_sizes);
  ADD ("announcements", LINUX, test_announcements);
  ADD ("promises", LINUX, test_promises);
  ADD ("endless-data", LINUX, test_endless_data);
  ADD ("flood", LINUX, test_flood);
  ADD ("unread-answers", LINUX, test_unread_answers);
  ADD ("serials", LINUX, test_serials);
  ADD ("order", LINUX, test_order);
  ADD ("early", NULL, test_early);
  ADD ("other-answers", LINUX, test_other_answers);
#undef ADD
  return g_test_run ();
}
