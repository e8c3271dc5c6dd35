/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a guest's agent may send, as the input has it: first to the reader, in pieces of two sizes, which must make no
 * difference; then to all that listens to an agent, with a host that copies, reads and answers questions. The
 * connection must end when the agent's does, and nothing may be left. */
#include "clipboard/agent-clipboard.h"
#include "clipboard/file-send.h"
#include "clipboard/share.h"
#include "clipboard/vdagent.h"

#include <glib/gstdio.h>
#include <spice/vd_agent.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* The first byte. */
enum
{
  ANNOUNCED = 1 << 0, /* as spice-vdagent */
  WINDOWS = 1 << 1,
  COPIES = 1 << 2,
  READS = 1 << 3,
  AGREES = 1 << 4,
  FILES = 1 << 5,
  LIMITED = 1 << 6,
};

#define MAX_MESSAGE (1024 * 1024)

/* --- the reader --- */

static void
read_all (const guint8 *data, gsize size, gsize piece, GChecksum *checksum)
{
  g_autoptr (DioVdagentReader) reader = dio_vdagent_reader_new ();

  dio_vdagent_reader_set_limit (reader, 1000);
  for (gsize at = 0; at < size; at += piece)
    {
      const guint8 *next = data + at;
      gsize left = MIN (piece, size - at);
      DioVdagentResult result;
      g_autoptr (GError) error = NULL;

      while ((result = dio_vdagent_reader_push (reader, &next, &left, &error)) != DIO_VDAGENT_MORE)
        {
          guint type = 0;
          g_autoptr (GBytes) body = NULL;

          if (result == DIO_VDAGENT_ERROR)
            {
              g_assert_nonnull (error);
              return;
            }
          g_checksum_update (checksum, (const guchar *) &result, sizeof result);
          if (result == DIO_VDAGENT_LARGE)
            {
              guint32 large = dio_vdagent_reader_get_size (reader);

              g_assert_cmpuint (large, >, 1000);
              dio_vdagent_reader_decide (reader, large < MAX_MESSAGE);
              continue;
            }
          body = dio_vdagent_reader_take (reader, &type);
          g_assert_true (dio_vdagent_check_size (type, (guint32) g_bytes_get_size (body)));
          g_checksum_update (checksum, (const guchar *) &type, sizeof type);
          g_checksum_update (checksum, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
        }
      g_assert_cmpuint (left, ==, 0);
    }
}

static void
try_reader (const guint8 *data, gsize size, gsize piece)
{
  g_autoptr (GChecksum) whole = g_checksum_new (G_CHECKSUM_SHA256), pieces = g_checksum_new (G_CHECKSUM_SHA256);

  read_all (data, size, G_MAXSIZE / 2, whole);
  read_all (data, size, piece, pieces);
  g_assert_cmpstr (g_checksum_get_string (whole), ==, g_checksum_get_string (pieces));
}

/* --- who listens --- */

#define FUZZ_TYPE_OFFER (fuzz_offer_get_type ())
G_DECLARE_FINAL_TYPE (FuzzOffer, fuzz_offer, FUZZ, OFFER, DioOffer)

struct _FuzzOffer
{
  DioOffer parent_instance;
};

G_DEFINE_FINAL_TYPE (FuzzOffer, fuzz_offer, DIO_TYPE_OFFER)

static void
fuzz_offer_read_async (DioOffer *offer, const char *type, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (offer, cancellable, callback, user_data);

  g_task_return_pointer (task, g_bytes_new_static ("one\ntwo", 7), (GDestroyNotify) g_bytes_unref);
}

static GBytes *
fuzz_offer_read_finish (DioOffer *offer, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fuzz_offer_class_init (FuzzOfferClass *klass)
{
  DIO_OFFER_CLASS (klass)->read_async = fuzz_offer_read_async;
  DIO_OFFER_CLASS (klass)->read_finish = fuzz_offer_read_finish;
}

static void
fuzz_offer_init (FuzzOffer *self)
{
}

typedef struct
{
  guint8 flags;
  gboolean failed;
  guint n_reads, n_answers;
  DioClipboardShare *share;
} State;

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  State *state = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  g_assert_true ((bytes != NULL) != (error != NULL));
  state->n_answers++;
}

static void
copy (State *state)
{
  static const char *const types[] = { "text/plain;charset=utf-8", "image/png", NULL };
  g_autoptr (DioOffer) offer = g_object_new (FUZZ_TYPE_OFFER, "types", types, NULL);

  for (guint i = 0; i < DIO_N_SELECTIONS; i++)
    dio_clipboard_share_set_host_offer (state->share, i, offer);
}

static void
on_guest_offer (DioClipboardShare *share, guint selection, DioOffer *offer, State *state)
{
  const char *const *types = offer ? dio_offer_get_types (offer) : NULL;

  if (offer && (state->flags & LIMITED))
    dio_offer_set_limit (offer, 64);
  for (guint i = 0; types && types[i] && (state->flags & READS); i++)
    {
      state->n_reads++;
      dio_offer_read_async (offer, types[i], NULL, on_read, state);
    }
}

static void
on_guest_read (DioClipboardShare *share, guint selection, const char *type, State *state)
{
  if (state->flags & COPIES)
    copy (state);
}

static void
on_question (DioClipboardShare *share, DioClipboardQuestion *question, State *state)
{
  dio_clipboard_question_answer (question,
                                 (state->flags & AGREES) && dio_clipboard_question_get_size (question) < MAX_MESSAGE);
}

static void
on_failed (DioAgent *agent, const char *text, State *state)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  state->failed = TRUE;
}

static void
announce (int fd, gboolean windows)
{
  const guint32 capabilities = windows ? 0x46b7 : 0x38de7;
  const guint32 words[] = { 1, 28, 1, VD_AGENT_ANNOUNCE_CAPABILITIES, 0, 0, 8, 1, capabilities };

  g_assert_cmpint (send (fd, words, sizeof words, MSG_NOSIGNAL), ==, sizeof words);
}

/* Sends all of it, as long as it is read. */
static void
send_all (int fd, const guint8 *data, gsize size, State *state)
{
  while (size > 0 && !state->failed)
    {
      gssize n = send (fd, data, MIN (size, 16 * 1024), MSG_NOSIGNAL | MSG_DONTWAIT);

      while (g_main_context_iteration (NULL, n <= 0 && !state->failed))
        continue;
      if (n <= 0)
        continue;
      data += n;
      size -= (gsize) n;
    }
}

static DioFileSend *
send_files (DioAgent *agent)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);
  g_autoptr (GFile) file = g_file_new_for_path ("/proc/self/cmdline");
  DioFileSend *files_send = dio_file_send_new (agent, G_LIST_MODEL (files));

  g_list_store_append (files, file);
  dio_file_send_start (files_send);
  return files_send;
}

static void
try_all (const guint8 *data, gsize size, guint8 flags)
{
  State state = { .flags = flags };
  DioFileSend *files = NULL;
  DioAgentClipboard *clipboard;
  DioAgent *agent, *left;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return;
  agent = left = dio_agent_new (pair[1]);
  clipboard = dio_agent_clipboard_new (agent);
  state.share = dio_clipboard_share_new ();
  g_object_set (state.share, "primary", TRUE, "to-host", flags & AGREES ? DIO_SHARING_ASK : DIO_SHARING_ON, NULL);
  g_signal_connect (agent, "failed", G_CALLBACK (on_failed), &state);
  g_signal_connect (state.share, "guest-offer", G_CALLBACK (on_guest_offer), &state);
  g_signal_connect (state.share, "guest-read", G_CALLBACK (on_guest_read), &state);
  g_signal_connect (state.share, "question", G_CALLBACK (on_question), &state);
  dio_clipboard_share_set_channel (state.share, DIO_CLIPBOARD_CHANNEL (clipboard));
  if (flags & COPIES)
    copy (&state);
  if (flags & ANNOUNCED)
    {
      announce (pair[0], flags & WINDOWS);
      while (!dio_agent_get_open (agent))
        g_main_context_iteration (NULL, TRUE);
      files = flags & FILES ? send_files (agent) : NULL;
    }
  send_all (pair[0], data, size, &state);
  shutdown (pair[0], SHUT_WR);
  while (!state.failed)
    g_main_context_iteration (NULL, TRUE);

  if (files)
    dio_file_send_cancel (files);
  g_clear_object (&files);
  dio_clipboard_share_set_channel (state.share, NULL);
  dio_agent_close (agent);
  while (state.n_answers < state.n_reads)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_finalize_object (state.share);
  g_assert_finalize_object (clipboard);
  /* A text that is looked through in a thread, or a file that is read, holds it a little longer. */
  g_object_add_weak_pointer (G_OBJECT (agent), (gpointer *) &left);
  g_object_unref (agent);
  while (left)
    g_main_context_iteration (NULL, TRUE);
  g_close (pair[0], NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 2)
    return 0;
  try_reader (data + 2, size - 2, 1 + data[1]);
  try_all (data + 2, size - 2, data[0]);
  return 0;
}
