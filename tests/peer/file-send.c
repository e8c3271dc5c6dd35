/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Files on their way to a guest's agent. */
#include "clipboard-fixture.h"

#include "clipboard/file-send.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINUX GUINT_TO_POINTER (FAKE_AGENT_LINUX)
#define WINDOWS GUINT_TO_POINTER (FAKE_AGENT_WINDOWS)

typedef struct
{
  ClipboardFixture clipboard;
  char *folder;
  GListStore *files;
  DioFileSend *send;
  guint n_ended;
  guint n_references; /* to the agent, without any of SEND */
} Fixture;

static void
on_ended (DioFileSend *send, Fixture *self)
{
  self->n_ended++;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  clipboard_set_up (&self->clipboard, data);
  self->clipboard.guest->keep_files = TRUE;
  self->folder = g_dir_make_tmp (NULL, NULL);
  self->files = g_list_store_new (G_TYPE_FILE);
  self->n_references = G_OBJECT (self->clipboard.agent)->ref_count;
  self->send = dio_file_send_new (self->clipboard.agent, G_LIST_MODEL (self->files));
  g_signal_connect (self->send, "ended", G_CALLBACK (on_ended), self);
}

static gboolean
is_running (Fixture *self)
{
  gboolean running;

  g_object_get (self->send, "running", &running, NULL);
  return running;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *argv[] = { "rm", "-rf", self->folder, NULL };

  wait_until (!is_running (self));
  g_signal_handlers_disconnect_by_data (self->send, self);
  g_object_unref (self->send);
  /* What is on its way, or being read in a thread, holds it a little longer. */
  fake_agent_hang_up (self->clipboard.guest);
  wait_until (G_OBJECT (self->clipboard.agent)->ref_count == self->n_references);
  g_object_unref (self->files);
  clipboard_tear_down (&self->clipboard, data);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_free (self->folder);
}

/* NAME may have folders in it. */
static char *
make_file (Fixture *self, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL), *folder = g_path_get_dirname (path);
  g_autofree char *content = g_malloc (size + 1);

  for (gsize i = 0; i < size; i++)
    content[i] = (char) (i * 7 + i / 251);
  g_mkdir_with_parents (folder, 0700);
  g_assert_true (g_file_set_contents (path, content, (gssize) size, NULL));
  return g_steal_pointer (&path);
}

static void
add (Fixture *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_list_store_append (self->files, file);
}

static void
add_file (Fixture *self, const char *name, gsize size)
{
  g_autofree char *path = make_file (self, name, size);

  add (self, path);
}

static FakeFile *
find_file (Fixture *self, const char *name)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->clipboard.guest->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (g_str_equal (((FakeFile *) value)->name, name))
      return value;
  return NULL;
}

static void
assert_arrived (Fixture *self, const char *name, gsize size)
{
  FakeFile *file = find_file (self, name);

  g_assert_nonnull (file);
  g_assert_cmpuint (file->received, ==, size);
  g_assert_cmpuint (file->data->len, ==, size);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (file->data->data[i], ==, (guint8) (i * 7 + i / 251));
}

static void
assert_errors (Fixture *self, const char *const *expected)
{
  const char *const *errors = dio_file_send_get_errors (self->send);

  for (guint i = 0; expected[i] || errors[i]; i++)
    {
      g_assert_nonnull (expected[i]);
      g_assert_nonnull (errors[i]);
      g_assert_nonnull (strstr (errors[i], expected[i]));
    }
}

#define assert_errors_are(self, ...) assert_errors (self, (const char *const[]) { __VA_ARGS__ __VA_OPT__ (, ) NULL })

static void
send_all (Fixture *self)
{
  dio_file_send_start (self->send);
  g_assert_true (is_running (self));
  wait_until (self->n_ended == 1);
  g_assert_false (is_running (self));
}

static void
test_files (Fixture *self, gconstpointer data)
{
  static const gsize sizes[] = { 0, 1, 65535, 65536, 65537, 1000 * 1000 };
  guint64 sum = 0;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("ä %u.bin", i);

      add_file (self, name, sizes[i]);
      sum += sizes[i];
    }
  send_all (self);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("ä %u.bin", i);

      assert_arrived (self, name, sizes[i]);
    }
  assert_errors_are (self);
  g_assert_cmpuint (dio_file_send_get_n_files (self->send), ==, G_N_ELEMENTS (sizes));
  g_assert_cmpuint (dio_file_send_get_n_done (self->send), ==, G_N_ELEMENTS (sizes));
  g_assert_cmpuint (dio_file_send_get_size (self->send), ==, sum);
  g_assert_cmpuint (dio_file_send_get_sent (self->send), ==, sum);
  g_assert_null (dio_file_send_get_current (self->send));
}

/* Flat, each name once, links left out; and nothing but a name is ever told. */
static void
test_folders (Fixture *self, gconstpointer data)
{
  g_autofree char *one = make_file (self, "top/one/file.txt", 1), *two = make_file (self, "top/two/FILE.txt", 2);
  g_autofree char *newline = make_file (self, "top/a\nb", 3), *top = g_build_filename (self->folder, "top", NULL);
  g_autofree char *link = g_build_filename (top, "link", NULL), *round = g_build_filename (top, "round", NULL);
  g_autofree char *fifo = g_build_filename (top, "pipe", NULL);
  GHashTableIter iter;
  gpointer value;

  g_assert_no_errno (symlink ("/etc/passwd", link));
  g_assert_no_errno (symlink ("..", round));
  g_assert_no_errno (mkfifo (fifo, 0600));
  add (self, top);
  add_file (self, "file.txt", 4);
  send_all (self);
  assert_errors_are (self, "“pipe” cannot be sent");
  g_assert_cmpuint (g_hash_table_size (self->clipboard.guest->files), ==, 4);
  g_hash_table_iter_init (&iter, self->clipboard.guest->files);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const char *name = ((FakeFile *) value)->name;

      g_assert_null (strpbrk (name, "/\n"));
      g_assert_false (g_str_equal (name, "passwd"));
    }
  assert_arrived (self, "a_b", 3);
  assert_arrived (self, "file (3).txt", 4);
}

static void
test_missing (Fixture *self, gconstpointer data)
{
  g_autofree char *gone = g_build_filename (self->folder, "gone", NULL);

  add (self, gone);
  add_file (self, "here", 5);
  send_all (self);
  assert_errors_are (self, "gone” cannot be read");
  assert_arrived (self, "here", 5);
}

typedef struct
{
  int result;
  gboolean for_all;
  const char *sentence;
} Refusal;

static const Refusal refusals[] = {
  { VD_AGENT_FILE_XFER_STATUS_CANCELLED, FALSE, "cancelled in the machine" },
  { VD_AGENT_FILE_XFER_STATUS_ERROR, FALSE, "could not write it" },
  { VD_AGENT_FILE_XFER_STATUS_SUCCESS, FALSE, "before it was sent" },
  { VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE, FALSE, "not enough space" },
  { VD_AGENT_FILE_XFER_STATUS_SESSION_LOCKED, TRUE, "locked" },
  { VD_AGENT_FILE_XFER_STATUS_VDAGENT_NOT_CONNECTED, TRUE, "logged in" },
  { VD_AGENT_FILE_XFER_STATUS_DISABLED, TRUE, "told not to" },
  { 4711, FALSE, "could not write it" },
};

/* What one file is refused for may not be for the next; but it may. */
static void
test_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  Fixture self = { 0 };

  set_up (&self, LINUX);
  add_file (&self, "one", 5);
  add_file (&self, "two", 5);
  self.clipboard.guest->file_result = refusal->result;
  send_all (&self);
  if (refusal->for_all)
    assert_errors_are (&self, refusal->sentence, "1 more file was not sent");
  else
    assert_errors_are (&self, refusal->sentence, refusal->sentence);
  g_assert_cmpuint (dio_file_send_get_n_done (self.send), ==, refusal->for_all ? 1 : 2);
  tear_down (&self, LINUX);
}

static guint32
find_id (Fixture *self)
{
  GHashTableIter iter;
  gpointer key = NULL;

  g_hash_table_iter_init (&iter, self->clipboard.guest->files);
  g_assert_true (g_hash_table_iter_next (&iter, &key, NULL));
  return GPOINTER_TO_UINT (key);
}

/* It is told how much is free; and why. */
static void
test_details (Fixture *self, gconstpointer data)
{
  guint8 error[13] = { 0 };
  guint32 id;

  /* CANCELLED would be an answer: let it wait. */
  self->clipboard.guest->file_result = VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA;
  add_file (self, "one", 300 * 1000);
  add_file (self, "two", 300 * 1000);
  fake_agent_stall (self->clipboard.guest);
  dio_file_send_start (self->send);
  fake_agent_go_on (self->clipboard.guest);
  wait_until (g_hash_table_size (self->clipboard.guest->files) == 1);
  fake_agent_stall (self->clipboard.guest);
  id = find_id (self);
  fake_agent_send_numbers (self->clipboard.guest, VD_AGENT_FILE_XFER_STATUS, 4, id,
                           VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE, 2000000u, 0u);
  wait_until (dio_file_send_get_n_done (self->send) == 1);
  g_hash_table_remove_all (self->clipboard.guest->files);
  memcpy (error, &(guint32) { GUINT32_TO_LE (id + 1) }, 4);
  error[4] = VD_AGENT_FILE_XFER_STATUS_ERROR;
  error[9] = G_IO_ERROR_INVALID_FILENAME;
  wait_until (g_strcmp0 (dio_file_send_get_current (self->send), "two") == 0);
  /* The agent does not read: it can know the number by guessing only. That is taken once it has been told. */
  test_run_for (100);
  fake_agent_send (self->clipboard.guest, VD_AGENT_FILE_XFER_STATUS, error, sizeof error, 0);
  wait_until (self->n_ended == 1);
  assert_errors_are (self, "2.0", "of that name");
}

/* The agent goes, in the middle. */
static void
test_agent_goes (Fixture *self, gconstpointer data)
{
  add_file (self, "one", 20 * 1000 * 1000);
  add_file (self, "two", 5);
  dio_file_send_start (self->send);
  wait_until (dio_file_send_get_sent (self->send) > 1000 * 1000);
  fake_agent_hang_up (self->clipboard.guest);
  wait_until (self->n_ended == 1);
  assert_errors_are (self, "agent has stopped", "1 more file was not sent");
}

/* No more than a few pieces are in flight to an agent that does not read. */
static void
test_stalled (Fixture *self, gconstpointer data)
{
  guint64 sent;

  add_file (self, "one", 20 * 1000 * 1000);
  dio_file_send_start (self->send);
  wait_until (dio_file_send_get_sent (self->send) > 1000 * 1000);
  fake_agent_stall (self->clipboard.guest);
  do
    {
      sent = dio_file_send_get_sent (self->send);
      test_run_for (100);
    }
  while (dio_file_send_get_sent (self->send) > sent);
  g_assert_cmpuint (sent, <, find_file (self, "one")->received + 2 * 1000 * 1000);
  g_string_set_size (self->clipboard.guest->log, 0);
  dio_file_send_cancel (self->send);
  g_assert_cmpuint (self->n_ended, ==, 1);
  assert_errors_are (self);
  fake_agent_go_on (self->clipboard.guest);
  wait_until (strstr (self->clipboard.guest->log->str, "file-status ") != NULL);
  g_assert_true (g_str_has_suffix (self->clipboard.guest->log->str, " 1\n"));
  g_assert_cmpuint (find_file (self, "one")->received, <, 20 * 1000 * 1000);
}

/* What becomes smaller on the way is not filled up, and what grows is sent as it was told. */
static void
test_shrinks (Fixture *self, gconstpointer data)
{
  g_autofree char *path = make_file (self, "shrinks", 20 * 1000 * 1000);
  g_autofree char *grows = make_file (self, "grows", 2 * 1000 * 1000);

  add (self, path);
  add (self, grows);
  dio_file_send_start (self->send);
  wait_until (dio_file_send_get_sent (self->send) > 1000 * 1000);
  g_assert_no_errno (truncate (path, 1000));
  wait_until (dio_file_send_get_n_done (self->send) == 1);
  wait_until (dio_file_send_get_sent (self->send) > 20 * 1000 * 1000);
  g_assert_no_errno (truncate (grows, 9 * 1000 * 1000));
  wait_until (self->n_ended == 1);
  assert_errors_are (self, "“shrinks”: It became smaller");
  assert_arrived (self, "grows", 2 * 1000 * 1000);
  g_assert_nonnull (strstr (self->clipboard.guest->log->str, "file-status "));
}

static void
test_cancel_early (Fixture *self, gconstpointer data)
{
  add_file (self, "one", 1000);
  dio_file_send_start (self->send);
  dio_file_send_cancel (self->send);
  dio_file_send_cancel (self->send);
  g_assert_cmpuint (self->n_ended, ==, 1);
}

static void
test_nobody (Fixture *self, gconstpointer data)
{
  add_file (self, "one", 1000);
  dio_file_send_start (self->send);
  g_assert_cmpuint (self->n_ended, ==, 1);
  assert_errors_are (self, "no agent");
}

static void
test_disabled (Fixture *self, gconstpointer data)
{
  add_file (self, "one", 1000);
  dio_file_send_start (self->send);
  g_assert_cmpuint (self->n_ended, ==, 1);
  assert_errors_are (self, "told not to");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(path, data, function) g_test_add ("/file-send/" path, Fixture, data, set_up, function, tear_down)
  ADD ("files", LINUX, test_files);
  ADD ("files-windows", WINDOWS, test_files);
  ADD ("folders", LINUX, test_folders);
  ADD ("missing", LINUX, test_missing);
  ADD ("details", LINUX, test_details);
  ADD ("agent-goes", LINUX, test_agent_goes);
  ADD ("stalled", LINUX, test_stalled);
  ADD ("shrinks", LINUX, test_shrinks);
  ADD ("cancel-early", LINUX, test_cancel_early);
  ADD ("nobody", NULL, test_nobody);
  ADD ("disabled", GUINT_TO_POINTER (FAKE_AGENT_LINUX | 1u << VD_AGENT_CAP_FILE_XFER_DISABLED), test_disabled);
#undef ADD
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strdup_printf ("/file-send/refused/%d", refusals[i].result);

      g_test_add_data_func (path, &refusals[i], test_refused);
    }
  return g_test_run ();
}
