/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard-fixture.h"

#include <string.h>

static void
on_guest_offer (DioClipboardShare *share, guint selection, DioOffer *offer, ClipboardFixture *self)
{
  g_set_object (&self->offers[selection], offer);
  self->n_offers++;
}

static void
on_guest_read (DioClipboardShare *share, guint selection, const char *type, ClipboardFixture *self)
{
  self->n_guest_reads++;
}

static void
on_question (DioClipboardShare *share, DioClipboardQuestion *question, ClipboardFixture *self)
{
  g_ptr_array_add (self->questions, dio_clipboard_question_ref (question));
}

static void
on_failed (DioAgent *agent, const char *text, ClipboardFixture *self)
{
  g_assert_null (self->failed);
  self->failed = g_strdup (text);
}

void
clipboard_set_up (ClipboardFixture *self, gconstpointer capabilities)
{
  int fd;

  self->guest = fake_agent_new (&fd);
  self->agent = dio_agent_new (fd);
  self->clipboard = dio_agent_clipboard_new (self->agent);
  self->share = dio_clipboard_share_new ();
  self->questions = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_clipboard_question_unref);
  g_signal_connect (self->agent, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->share, "guest-offer", G_CALLBACK (on_guest_offer), self);
  g_signal_connect (self->share, "guest-read", G_CALLBACK (on_guest_read), self);
  g_signal_connect (self->share, "question", G_CALLBACK (on_question), self);
  dio_clipboard_share_set_channel (self->share, DIO_CLIPBOARD_CHANNEL (self->clipboard));
  if (!capabilities)
    return;
  fake_agent_start (self->guest, GPOINTER_TO_UINT (capabilities));
  clipboard_wait_for (self, "max -1\n");
  g_assert_true (dio_clipboard_channel_get_connected (DIO_CLIPBOARD_CHANNEL (self->clipboard)));
}

void
clipboard_tear_down (ClipboardFixture *self, gconstpointer capabilities)
{
  g_clear_pointer (&self->questions, g_ptr_array_unref);
  g_signal_handlers_disconnect_by_data (self->share, self);
  dio_clipboard_share_set_channel (self->share, NULL);
  g_assert_finalize_object (self->share);
  for (guint i = 0; i < G_N_ELEMENTS (self->offers); i++)
    g_clear_object (&self->offers[i]);
  dio_agent_close (self->agent);
  /* Tasks that are on their way back hold what they are of. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_finalize_object (self->clipboard);
  g_assert_finalize_object (self->agent);
  fake_agent_free (self->guest);
  g_free (self->failed);
}

void
clipboard_wait_for (ClipboardFixture *self, const char *needle)
{
  wait_until (strstr (self->guest->log->str, needle) != NULL);
  g_string_set_size (self->guest->log, 0);
}

void
clipboard_host_copies (ClipboardFixture *self, const char *text)
{
  g_autoptr (MemoryOffer) offer = memory_offer_new_text (text);

  dio_clipboard_share_set_host_offer (self->share, DIO_SELECTION_CLIPBOARD, DIO_OFFER (offer));
}

GBytes *
clipboard_guest_pastes (ClipboardFixture *self, guint selection, guint32 type)
{
  FakeSelection *pasting = &self->guest->selections[selection];
  guint before = pasting->n_pasted;

  fake_agent_paste (self->guest, selection, type);
  wait_until (pasting->n_pasted > before);
  return g_bytes_ref (pasting->pasted);
}
