/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/confine.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program; /* hostile.c */

typedef struct
{
  char *folder, *secret, *given, *writable, *socket;
  int fds[3]; /* that listen: TCP, a socket, an abstract one */
  char *port;
} Fixture;

static int
listen_at (const void *address, socklen_t size)
{
  int fd = socket (((const struct sockaddr *) address)->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, address, size), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  struct sockaddr_in tcp = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct sockaddr_un local = { .sun_family = AF_UNIX };
  socklen_t size = sizeof tcp;

  self->folder = g_dir_make_tmp ("confine-XXXXXX", NULL);
  self->secret = g_build_filename (self->folder, "secret", NULL);
  self->given = g_build_filename (self->folder, "given: a,b=c", NULL);
  self->writable = g_build_filename (self->folder, "writable", NULL);
  self->socket = g_build_filename (self->folder, "socket", NULL);
  g_assert_true (g_file_set_contents (self->secret, "secret", 6, NULL));
  g_assert_true (g_file_set_contents (self->given, "given", 5, NULL));
  g_assert_true (g_file_set_contents (self->writable, "old", 3, NULL));
  self->fds[0] = listen_at (&tcp, sizeof tcp);
  g_assert_cmpint (getsockname (self->fds[0], (struct sockaddr *) &tcp, &size), ==, 0);
  self->port = g_strdup_printf ("%d", ntohs (tcp.sin_port));
  g_assert_cmpuint (strlen (self->socket), <, sizeof local.sun_path - 1);
  strcpy (local.sun_path, self->socket);
  self->fds[1] = listen_at (&local, sizeof local);
  strcpy (local.sun_path + 1, self->socket);
  local.sun_path[0] = '\0';
  self->fds[2] =
      listen_at (&local, (socklen_t) (G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 + strlen (self->socket)));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  char *const paths[] = { self->secret, self->given, self->writable, self->socket };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_unlink (paths[i]);
      g_free (paths[i]);
    }
  for (guint i = 0; i < 3; i++)
    g_clear_fd (&self->fds[i], NULL);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->port);
}

static char *
try_everything (Fixture *self, gboolean confined)
{
  const char *const arguments[] = { "all", self->secret, self->given, self->writable, self->port, self->socket, NULL };
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status = -1;

  if (confined)
    {
      g_autoptr (DioConfine) confine = dio_confine_new (program);

      dio_confine_give (confine, self->given, FALSE, &error);
      g_assert_no_error (error);
      dio_confine_give (confine, self->writable, TRUE, &error);
      g_assert_no_error (error);
      dio_confine_run (confine, arguments, NULL, NULL, NULL, &output, NULL, &status, &error);
    }
  else
    {
      const char *const argv[] = { program,        "all",      self->secret, self->given,
                                   self->writable, self->port, self->socket, NULL };

      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status, &error);
    }
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return output;
}

static gboolean
was_done (const char *line)
{
  return g_str_has_suffix (line, ": done");
}

/* All that the program tries fails when it is locked in; and not because it would fail anyhow. */
static void
test_nothing (Fixture *self, gconstpointer data)
{
  /* What a machine may forbid by itself. */
  static const char *const perhaps[] = {
    "trace its parent", "read its parent's memory", "use io_uring",    "use userfaultfd", "use keyrings",
    "use bpf",          "make a user namespace",    "make a landlock", "have a core",     "leave its group"
  };
  g_autofree char *locked = try_everything (self, TRUE);
  g_autofree char *content = NULL;
  g_autofree char *free = NULL;
  g_auto (GStrv) lines = g_strsplit (g_strchomp (locked), "\n", -1);
  g_auto (GStrv) wanted = NULL;
  GStatBuf status;

  g_assert_true (g_file_get_contents (self->writable, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "written");
  g_assert_cmpint (g_stat (self->secret, &status), ==, 0);
  g_assert_cmpint (status.st_size, ==, 6);
  g_assert_cmpint (g_stat (self->given, &status), ==, 0);
  g_assert_cmpint (status.st_size, ==, 5);
  free = try_everything (self, FALSE);
  wanted = g_strsplit (g_strchomp (free), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, g_strv_length (wanted));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gsize length = strcspn (lines[i], ":");
      gboolean unsure = FALSE;

      g_test_message ("%s (without: %s)", lines[i], strrchr (wanted[i], ':') + 2);
      if (was_done (lines[i]) != g_str_has_suffix (lines[i], "what it was given: done"))
        g_error ("it could: %s", lines[i]);
      for (guint k = 0; k < G_N_ELEMENTS (perhaps); k++)
        unsure |= strlen (perhaps[k]) == length && strncmp (lines[i], perhaps[k], length) == 0;
      if (!was_done (wanted[i]) && !unsure)
        g_error ("it could not do that anyhow: %s", wanted[i]);
    }
}

static void
test_nothing_in_bubblewrap (Fixture *self, gconstpointer data)
{
  g_autofree char *bubblewrap = g_find_program_in_path ("bwrap");

  if (bubblewrap == NULL)
    {
      g_test_skip ("bubblewrap is not installed");
      return;
    }
  g_setenv ("DIORAMA_CONFINE", "bubblewrap", TRUE);
  test_nothing (self, data);
  g_unsetenv ("DIORAMA_CONFINE");
}

/* What is allowed is the file that was there, not its name. */
static void
test_swapped (Fixture *self, gconstpointer data)
{
  g_autoptr (DioConfine) confine = dio_confine_new (program);
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (dio_confine_give (confine, self->given, FALSE, NULL));
  g_assert_true (dio_confine_give (confine, self->writable, TRUE, NULL));
  g_assert_cmpint (g_unlink (self->given), ==, 0);
  g_assert_cmpint (symlink (self->secret, self->given), ==, 0);
  dio_confine_run (
      confine,
      (const char *const[]) { "all", self->secret, self->given, self->writable, self->port, self->socket, NULL }, NULL,
      NULL, NULL, &output, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (output, "read what it was given: "));
  g_assert_false (g_str_has_prefix (output, "read what it was given: done"));
}

static gpointer
cancel_later (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
assert_ends (const char *what, guint cpu, guint seconds, GCancellable *cancellable, int code, int signal_number)
{
  g_autoptr (DioConfine) confine = dio_confine_new (program);
  g_autoptr (GError) error = NULL;
  int status = 0;

  dio_confine_set_limits (confine, 0, cpu, seconds);
  if (dio_confine_run (confine, (const char *const[]) { what, NULL }, NULL, NULL, cancellable, NULL, NULL, &status,
                       &error))
    g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == signal_number);
  else
    g_assert_error (error, G_IO_ERROR, code);
}

static void
test_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GThread *thread;

  assert_ends ("spin", 1, 0, NULL, -1, SIGKILL);
  assert_ends ("spin", 0, 1, NULL, G_IO_ERROR_TIMED_OUT, 0);
  assert_ends ("hang", 0, 1, NULL, G_IO_ERROR_TIMED_OUT, 0);
  thread = g_thread_new ("cancel", cancel_later, cancellable);
  assert_ends ("hang", 0, 0, cancellable, G_IO_ERROR_CANCELLED, 0);
  g_thread_join (thread);
}

static void
count (const char *piece, gsize length, gpointer data)
{
  *(gsize *) data += length;
}

static void
test_output (Fixture *self, gconstpointer data)
{
  g_autofree char *output = NULL;
  gsize all = 0;
  int status = -1;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioConfine) confine = dio_confine_new (program);

      g_assert_true (dio_confine_run (confine, (const char *const[]) { "talk", NULL }, i == 0 ? NULL : count, &all,
                                      NULL, i == 0 ? &output : NULL, NULL, &status, NULL));
    }
  g_assert_cmpuint (strlen (output), ==, 1 << 20);
  g_assert_cmpuint (all, ==, 5 << 20);
}

/* A descriptor comes through; what is no file, or not there, is refused with a sentence. */
static void
test_given (Fixture *self, gconstpointer data)
{
  g_autoptr (DioConfine) confine = dio_confine_new (program);
  g_autofree char *output = NULL;
  g_autofree char *number = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  int fd = memfd_create ("words", MFD_CLOEXEC);

  g_assert_false (dio_confine_give (confine, self->folder, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);
  g_assert_false (dio_confine_give (confine, "/nowhere/at/all", FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (dio_confine_give_new (confine, self->given, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);

  g_assert_cmpint (write (fd, "words", 5), ==, 5);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  g_assert_true (dio_confine_give (confine, self->given, FALSE, NULL));
  number = g_strdup_printf ("%d", dio_confine_give_fd (confine, fd));
  process = dio_confine_spawn (confine, (const char *const[]) { "cat", number, NULL }, G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                               &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_cmpstr (output, ==, "words");
}

static void
test_missing (Fixture *self, gconstpointer data)
{
  g_autoptr (DioConfine) confine = dio_confine_new ("/nowhere/qemu-img");
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_false (
      dio_confine_run (confine, (const char *const[]) { NULL }, NULL, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "qemu-img"));
}

int
main (int argc, char **argv)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self);

  program = g_build_filename (folder, "confine-hostile", NULL);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, function) g_test_add ("/confine/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("nothing", test_nothing);
  ADD ("nothing-in-bubblewrap", test_nothing_in_bubblewrap);
  ADD ("swapped", test_swapped);
  ADD ("ends", test_ends);
  ADD ("output", test_output);
  ADD ("given", test_given);
  ADD ("missing", test_missing);
  return g_test_run ();
}
