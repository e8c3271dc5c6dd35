/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The clipboard of a guest whose agent behaves: spice-vdagent's, and Windows'. */
#include "clipboard-fixture.h"

#include <string.h>

#define LINUX GUINT_TO_POINTER (FAKE_AGENT_LINUX)
#define WINDOWS GUINT_TO_POINTER (FAKE_AGENT_WINDOWS)

static void
guest_copies (ClipboardFixture *self, guint selection, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  guint before = self->n_offers;

  fake_agent_copy (self->guest, selection, VD_AGENT_CLIPBOARD_UTF8_TEXT, bytes);
  wait_until (self->n_offers > before);
}

#define assert_guest_gets(self, type, expected)                                                                        \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    g_autoptr (GBytes) got_ = clipboard_guest_pastes (self, 0, type);                                                  \
    g_assert_cmpmem (g_bytes_get_data (got_, NULL), g_bytes_get_size (got_), expected, strlen (expected));             \
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

  guest_copies (self, 0, "from the guest\nß");
  g_assert_null (strstr (self->guest->log->str, "request"));
  assert_host_gets (self, 0, "from the guest\nß");
  assert_host_gets (self, 0, "from the guest\nß");
  fake_agent_clear (self->guest, 0);
  wait_until (self->offers[0] == NULL);
  g_string_set_size (self->guest->log, 0);

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
  clipboard_wait_for (self, "grab 0: 1\n");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 0);
  assert_guest_gets (self, VD_AGENT_CLIPBOARD_UTF8_TEXT, "from the host\nä");
  g_assert_cmpuint (memory_offer_get_n_reads (offer), ==, 1);
  g_assert_cmpuint (self->n_guest_reads, ==, 1);
  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, NULL);
  clipboard_wait_for (self, "release 0\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, data, function)                                                                                      \
  g_test_add ("/agent-clipboard/" path, ClipboardFixture, data, clipboard_set_up, function, clipboard_tear_down)
  ADD ("text", LINUX, test_text);
#undef ADD
  return g_test_run ();
}
