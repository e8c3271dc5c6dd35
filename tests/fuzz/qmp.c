/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What QEMU may send over QMP, as the input has it, after commands of all kinds were sent. The connection must end or
 * stay, and nothing may be left. */
#include "qmp/qmp.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char greeting[] = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, \"major\": 10}}}}\n"
                               "{\"return\": {}, \"id\": 1}\n";

typedef struct
{
  DioQmp *qmp;
  gboolean connected;
  guint n_answers;
} State;

static void
on_event (DioQmp *qmp, const char *name, JsonObject *event, gpointer user_data)
{
  g_assert_true (g_utf8_validate (name, -1, NULL));
  if (event != NULL)
    g_assert_cmpuint (json_object_get_size (event), <, 1000000);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  State *state = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  g_assert_true ((node != NULL) != (error != NULL));
  if (error != NULL)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  state->n_answers++;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  State *state = user_data;

  state->qmp = dio_qmp_new_finish (result, NULL);
  state->connected = TRUE;
  if (state->qmp == NULL)
    return;
  g_signal_connect (state->qmp, "event", G_CALLBACK (on_event), NULL);
  for (guint i = 0; i < 3; i++)
    dio_qmp_execute_async (state->qmp, "x", NULL, -1, NULL, on_answer, state);
}

static void
drain (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Sends all of it, in pieces as the socket takes them, as long as it is read. */
static void
send_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      gssize n = send (fd, data, MIN (size, 16 * 1024), MSG_NOSIGNAL | MSG_DONTWAIT);

      drain ();
      if (n <= 0)
        break;
      data += n;
      size -= n;
    }
}

/* The first byte tells whether the handshake is the input's as well. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  State state = { 0 };
  int pair[2];

  if (size == 0 || socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return 0;
  dio_qmp_new_async (pair[1], NULL, on_connected, &state);
  if (data[0] & 1)
    {
      send_all (pair[0], (const guint8 *) greeting, strlen (greeting));
      g_assert_true (state.connected && state.qmp != NULL);
    }
  send_all (pair[0], data + 1, size - 1);
  g_close (pair[0], NULL);
  drain ();

  g_assert_true (state.connected);
  if (state.qmp == NULL)
    return 0;
  dio_qmp_close (state.qmp);
  drain ();
  g_assert_cmpuint (state.n_answers, ==, 3);
  g_assert_finalize_object (state.qmp);
  return 0;
}
