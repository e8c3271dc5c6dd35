/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Diorama's sessions without its windows, for driver.py: a command a line comes in, a line of JSON goes out for each
 * thing that happens. Words have no spaces in them; the first is the number of the session, from 0, as they were made.
 *
 *   - machine DEFINITION.json        a machine of ours, started; or "- attach ADDRESS"
 *   N offer SELECTION TYPE=PATH…     what the host has copied; without types: nothing
 *   N paste SELECTION TYPE PATH      what the guest has copied goes into PATH
 *   N send PATH…                     files into the guest's Downloads
 *   N relay [M]                      what N's guest copies is copied on the host for M's guest, too; or not any more
 *   N primary | ask | reset | off | start | pause | resume | reconnect | size W H | work */
#include "file-offer.h"

#include "clipboard/file-send.h"
#include "session/session.h"

#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  guint number;
  DioSession *session;
  DioOffer *offers[DIO_N_SELECTIONS]; /* the guest's */
  GPtrArray *relays;
  DioFileSend *send;
  gboolean asks;
} Seat;

static GPtrArray *seats;
static gint64 busy_from, busiest; /* monotonic time; of the main thread, us */

/* KEYS: name, kind (s, i, b), value, …, NULL. */
static void
tell (Seat *seat, const char *what, ...)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;
  va_list keys;
  const char *key;

  json_builder_begin_object (builder);
  json_builder_add_string_value (json_builder_set_member_name (builder, "what"), what);
  json_builder_add_int_value (json_builder_set_member_name (builder, "seat"), seat->number);
  va_start (keys, what);
  while ((key = va_arg (keys, const char *)))
    {
      const char *kind = va_arg (keys, const char *);

      json_builder_set_member_name (builder, key);
      if (*kind == 's')
        json_builder_add_string_value (builder, va_arg (keys, const char *));
      else if (*kind == 'i')
        json_builder_add_int_value (builder, va_arg (keys, gint64));
      else
        json_builder_add_boolean_value (builder, va_arg (keys, gboolean));
    }
  va_end (keys);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  puts (line);
  fflush (stdout);
}

/* --- what the session tells --- */

static void
on_connected (DioSession *session, GParamSpec *pspec, Seat *seat)
{
  tell (seat, "connected", "yes", "b", dio_session_get_connected (session), NULL);
}

static void
on_mode (DioFramebuffer *framebuffer, GParamSpec *pspec, Seat *seat)
{
  tell (seat, "mode", "width", "i", (gint64) dio_framebuffer_get_width (framebuffer), "height", "i",
        (gint64) dio_framebuffer_get_height (framebuffer), NULL);
}

static void
on_error (DioSession *session, GParamSpec *pspec, Seat *seat)
{
  tell (seat, "error", "text", "s", dio_session_get_error (session), NULL);
}

static void
on_state (DioMachine *machine, GParamSpec *pspec, Seat *seat)
{
  const GError *failure = dio_machine_get_failure (machine);

  tell (seat, "state", "state", "i", (gint64) dio_machine_get_state (machine), "failure", "s",
        failure ? failure->message : NULL, NULL);
}

static void
on_open (DioAgent *agent, GParamSpec *pspec, Seat *seat)
{
  guint64 capabilities;

  g_object_get (agent, "capabilities", &capabilities, NULL);
  tell (seat, "agent", "port", "b", TRUE, "open", "b", dio_agent_get_open (agent), "capabilities", "i",
        (gint64) capabilities, NULL);
}

static void
on_agent (DioSession *session, GParamSpec *pspec, Seat *seat)
{
  DioAgent *agent = dio_session_get_agent (session);

  if (!agent)
    {
      tell (seat, "agent", "port", "b", FALSE, "open", "b", FALSE, NULL);
      return;
    }
  g_signal_connect (agent, "notify::open", G_CALLBACK (on_open), seat);
  on_open (agent, NULL, seat);
}

static void
on_clipboard (DioClipboardShare *share, GParamSpec *pspec, Seat *seat)
{
  gboolean connected;

  g_object_get (share, "connected", &connected, NULL);
  tell (seat, "clipboard", "connected", "b", connected, NULL);
}

static void
on_guest_offer (DioClipboardShare *share, guint selection, DioOffer *offer, Seat *seat)
{
  g_autofree char *types = offer ? g_strjoinv (" ", (GStrv) dio_offer_get_types (offer)) : NULL;

  g_set_object (&seat->offers[selection], offer);
  for (guint i = 0; i < seat->relays->len; i++)
    {
      Seat *other = g_ptr_array_index (seat->relays, i);

      dio_clipboard_share_set_host_offer (dio_session_get_clipboard (other->session), selection, offer);
    }
  tell (seat, "guest-offer", "selection", "i", (gint64) selection, "types", "s", types, NULL);
}

static void
on_guest_read (DioClipboardShare *share, guint selection, const char *type, Seat *seat)
{
  tell (seat, "guest-read", "selection", "i", (gint64) selection, "type", "s", type, NULL);
}

static void
on_question (DioClipboardShare *share, DioClipboardQuestion *question, Seat *seat)
{
  tell (seat, "question", "kind", "i", (gint64) dio_clipboard_question_get_kind (question), "size", "i",
        (gint64) dio_clipboard_question_get_size (question), NULL);
  dio_clipboard_question_answer (question, !seat->asks);
}

static void
add_seat (DioSession *session)
{
  Seat *seat = g_new0 (Seat, 1);
  DioClipboardShare *share = dio_session_get_clipboard (session);
  DioMachine *machine = dio_session_get_machine (session);

  seat->number = seats->len;
  seat->session = session;
  seat->relays = g_ptr_array_new ();
  g_ptr_array_add (seats, seat);
  g_signal_connect (session, "notify::connected", G_CALLBACK (on_connected), seat);
  g_signal_connect (session, "notify::error", G_CALLBACK (on_error), seat);
  g_signal_connect (session, "notify::agent", G_CALLBACK (on_agent), seat);
  g_signal_connect (share, "notify::connected", G_CALLBACK (on_clipboard), seat);
  g_signal_connect (share, "guest-offer", G_CALLBACK (on_guest_offer), seat);
  g_signal_connect (share, "guest-read", G_CALLBACK (on_guest_read), seat);
  g_signal_connect (share, "question", G_CALLBACK (on_question), seat);
  if (machine)
    {
      g_signal_connect (machine, "notify::state", G_CALLBACK (on_state), seat);
      dio_machine_start (machine);
    }
  on_connected (session, NULL, seat);
  on_agent (session, NULL, seat);
}

/* --- commands --- */

static void
on_attached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  DioSession *session = dio_session_new_attach_finish (result, &error);

  if (!session)
    g_error ("not attached: %s", error->message);
  add_seat (session);
}

static void
add_machine (const char *path)
{
  g_autoptr (GFile) folder = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (DioMachineConfig) config = dio_machine_config_new ("Guest");
  g_auto (GStrv) extra = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonObject *object;
  JsonArray *words;

  if (!g_file_get_contents (path, &contents, NULL, &error) || !(root = json_from_string (contents, &error)))
    g_error ("%s: %s", path, error->message);
  object = json_node_get_object (root);
  words = json_object_get_array_member (object, "extra");
  for (guint i = 0; i < json_array_get_length (words); i++)
    g_strv_builder_add (builder, json_array_get_string_element (words, i));
  extra = g_strv_builder_end (builder);
  g_object_set (config, "accel", DIO_ACCEL_TCG, "cpus", 1, "memory", 1024, "audio", FALSE, "network", DIO_NETWORK_NONE,
                "usb-tablet", FALSE, "kernel", json_object_get_string_member (object, "kernel"), "initrd",
                json_object_get_string_member (object, "initrd"), "kernel-arguments",
                json_object_get_string_member (object, "arguments"), "extra-arguments", extra, NULL);
  add_seat (dio_session_new_for_machine (dio_machine_new (config)));
}

typedef struct
{
  Seat *seat;
  char *path;
} Paste;

static void
on_pasted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Paste *paste = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = dio_offer_read_finish (DIO_OFFER (source), result, &error);

  if (bytes)
    g_file_set_contents (paste->path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), &error);
  tell (paste->seat, "pasted", "path", "s", paste->path, "size", "i", bytes ? (gint64) g_bytes_get_size (bytes) : -1,
        "error", "s", error ? error->message : NULL, NULL);
  g_free (paste->path);
  g_free (paste);
}

static void
do_paste (Seat *seat, char **words)
{
  DioOffer *offer = seat->offers[atoi (words[0])];
  Paste *paste = g_new0 (Paste, 1);

  paste->seat = seat;
  paste->path = g_strdup (words[2]);
  g_assert_nonnull (offer);
  dio_offer_set_limit (offer, G_MAXUINT64);
  dio_offer_read_async (offer, words[1], NULL, on_pasted, paste);
}

static void
do_offer (Seat *seat, char **words)
{
  g_autoptr (DioOffer) offer = words[1] ? file_offer_new ((const char *const *) words + 1) : NULL;

  dio_clipboard_share_set_host_offer (dio_session_get_clipboard (seat->session), (DioSelection) atoi (words[0]), offer);
}

static void
on_send_ended (DioFileSend *send, Seat *seat)
{
  g_autofree char *errors = g_strjoinv ("\n", (GStrv) dio_file_send_get_errors (send));

  tell (seat, "sent", "files", "i", (gint64) dio_file_send_get_n_done (send), "bytes", "i",
        (gint64) dio_file_send_get_sent (send), "errors", "s", errors, NULL);
}

static void
do_send (Seat *seat, char **words)
{
  g_autoptr (GListStore) files = g_list_store_new (G_TYPE_FILE);

  for (guint i = 0; words[i]; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (words[i]);

      g_list_store_append (files, file);
    }
  g_clear_object (&seat->send);
  seat->send = dio_file_send_new (dio_session_get_agent (seat->session), G_LIST_MODEL (files));
  g_signal_connect (seat->send, "ended", G_CALLBACK (on_send_ended), seat);
  dio_file_send_start (seat->send);
}

static void
do_size (Seat *seat, char **words)
{
  DioConsole *console = dio_head_get_console (dio_session_get_head (seat->session, 0));

  g_signal_connect (dio_console_get_framebuffer (console), "notify::width", G_CALLBACK (on_mode), seat);
  dio_console_set_ui_info (console, atoi (words[0]), atoi (words[1]), 0, 0);
}

static void
do_work (Seat *seat, char **words)
{
  tell (seat, "work", "us", "i", busiest, NULL);
  busiest = 0;
}

static void
do_relay (Seat *seat, char **words)
{
  if (words[0])
    g_ptr_array_add (seat->relays, g_ptr_array_index (seats, (guint) atoi (words[0])));
  else
    g_ptr_array_set_size (seat->relays, 0);
}

static void
do_primary (Seat *seat, char **words)
{
  g_object_set (dio_session_get_clipboard (seat->session), "primary", TRUE, NULL);
}

static void
do_refuse (Seat *seat, char **words)
{
  seat->asks = TRUE;
}

static void
on_commanded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  dio_machine_command_finish (DIO_MACHINE (source), result, &error);
  tell (user_data, "done", "error", "s", error ? error->message : NULL, NULL);
}

static void
do_machine (Seat *seat, const char *command)
{
  DioMachine *machine = dio_session_get_machine (seat->session);

  if (g_str_equal (command, "reset"))
    dio_machine_reset_async (machine, on_commanded, seat);
  else if (g_str_equal (command, "pause"))
    dio_machine_pause_async (machine, on_commanded, seat);
  else if (g_str_equal (command, "resume"))
    dio_machine_resume_async (machine, on_commanded, seat);
  else if (g_str_equal (command, "off"))
    dio_machine_force_off (machine);
  else if (g_str_equal (command, "start"))
    dio_machine_start (machine);
  else if (g_str_equal (command, "reconnect"))
    dio_session_reconnect (seat->session);
  else
    g_error ("what is “%s”?", command);
}

static void
obey (const char *line)
{
  static const struct
  {
    const char *name;
    void (*run) (Seat *seat, char **words);
  } commands[] = { { "offer", do_offer }, { "paste", do_paste }, { "send", do_send },       { "size", do_size },
                   { "work", do_work },   { "relay", do_relay }, { "primary", do_primary }, { "refuse", do_refuse } };
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  Seat *seat;

  if (g_str_equal (words[0], "-"))
    {
      if (g_str_equal (words[1], "machine"))
        add_machine (words[2]);
      else
        dio_session_new_attach_async (words[2], NULL, on_attached, NULL);
      return;
    }
  seat = g_ptr_array_index (seats, (guint) atoi (words[0]));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (words[1], commands[i].name))
      {
        commands[i].run (seat, words + 2);
        return;
      }
  do_machine (seat, words[1]);
}

static gboolean quit;

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDataInputStream *input = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);

  if (line)
    {
      obey (line);
      g_data_input_stream_read_line_async (input, 0, NULL, on_line, NULL);
    }
  else
    quit = TRUE;
}

/* Between two waits the main thread works. */
static int
watch_poll (GPollFD *fds, guint n, int timeout)
{
  gint64 now = g_get_monotonic_time ();
  int ready;

  if (busy_from)
    busiest = MAX (busiest, now - busy_from);
  ready = g_poll (fds, n, timeout);
  busy_from = g_get_monotonic_time ();
  return ready;
}

int
main (void)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);

  seats = g_ptr_array_new ();
  g_main_context_set_poll_func (NULL, watch_poll);
  g_data_input_stream_read_line_async (lines, 0, NULL, on_line, NULL);
  while (!quit)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < seats->len; i++)
    {
      DioMachine *machine = dio_session_get_machine (((Seat *) g_ptr_array_index (seats, i))->session);

      if (machine)
        dio_machine_force_off (machine);
      while (machine && dio_machine_get_state (machine) != DIO_MACHINE_STOPPED &&
             dio_machine_get_state (machine) != DIO_MACHINE_CRASHED &&
             dio_machine_get_state (machine) != DIO_MACHINE_FAILED)
        g_main_context_iteration (NULL, TRUE);
    }
  return 0;
}
