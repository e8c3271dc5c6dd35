/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (16 * 1024)
#define MAX_DRAIN (1024 * 1024) /* of what is left in the pipe at the end; a grandchild may hold it open for ever */
#define OUTPUT_PRIORITY (G_PRIORITY_HIGH_IDLE + 60)

struct _DioProcess
{
  GObject parent_instance;

  GSubprocess *subprocess;
  GCancellable *waiting;
  int output; /* our end of the pipe */
  guint output_id;
  guint kill_id;
  gboolean exited;

  int log_fd;
  gsize n_logged;
  GString *tail;
};

G_DEFINE_FINAL_TYPE (DioProcess, dio_process, G_TYPE_OBJECT)

enum
{
  SIGNAL_EXITED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
write_all (int fd, const char *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return; /* a full disk must not stop the machine */
      bytes += n;
      length -= n;
    }
}

static void
keep (DioProcess *self, const char *bytes, gsize length)
{
  g_string_append_len (self->tail, bytes, length);
  if (self->tail->len > DIO_PROCESS_MAX_TAIL)
    g_string_erase (self->tail, 0, self->tail->len - DIO_PROCESS_MAX_TAIL);

  if (self->log_fd < 0)
    return;
  if (self->n_logged + length > DIO_PROCESS_MAX_LOG)
    {
      static const char cut[] = "\n[The log was cut here: it has more than 4 MiB.]\n";

      write_all (self->log_fd, cut, strlen (cut));
      g_clear_fd (&self->log_fd, NULL);
      return;
    }
  write_all (self->log_fd, bytes, length);
  self->n_logged += length;
}

/* Returns: how many bytes came, 0 when there is nothing now, -1 at the end. */
static gssize
read_some (DioProcess *self)
{
  char chunk[CHUNK];
  gssize n;

  do
    n = read (self->output, chunk, sizeof chunk);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    keep (self, chunk, n);
  else if (n == 0 || errno != EAGAIN)
    return -1;
  return MAX (n, 0);
}

static gboolean
on_output (int fd, GIOCondition condition, gpointer user_data)
{
  DioProcess *self = DIO_PROCESS (user_data);

  if (read_some (self) >= 0)
    return G_SOURCE_CONTINUE;
  self->output_id = 0;
  return G_SOURCE_REMOVE;
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  DioProcess *self;
  gsize n_drained = 0;
  gssize n;

  if (!g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error))
    return; /* cancelled: SELF is gone */

  self = g_object_ref (DIO_PROCESS (user_data));
  while (n_drained < MAX_DRAIN && (n = read_some (self)) > 0)
    n_drained += n;
  g_clear_handle_id (&self->output_id, g_source_remove);
  g_clear_handle_id (&self->kill_id, g_source_remove);
  g_clear_fd (&self->output, NULL);
  g_clear_fd (&self->log_fd, NULL);
  self->exited = TRUE;
  g_signal_emit (self, signals[SIGNAL_EXITED], 0);
  g_object_unref (self);
}

/* Runs in the child between fork and exec: async-signal-safe calls only. */
static void
set_up_child (gpointer user_data)
{
  pid_t parent = GPOINTER_TO_INT (user_data);

  setpgid (0, 0);
  /* SIGTERM, not SIGKILL: QEMU then still writes back what it holds of its disks. */
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    _exit (127);
}

static GSubprocessLauncher *
make_launcher (int output)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);

  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (output, F_DUPFD_CLOEXEC, 3));
  g_subprocess_launcher_take_stderr_fd (launcher, output);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, GINT_TO_POINTER (getpid ()), NULL);
  /* Meant for us; QEMU uses GLib as well. */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  g_subprocess_launcher_unsetenv (launcher, "G_MESSAGES_DEBUG");
  return launcher;
}

DioProcess *
dio_process_new (const char *const *argv, int *fds, guint n_fds, int log_fd, GError **error)
{
  g_autoptr (DioProcess) self = g_object_new (DIO_TYPE_PROCESS, NULL);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  int pipe_fds[2];

  self->log_fd = log_fd;
  if (!g_unix_open_pipe (pipe_fds, O_CLOEXEC, error))
    {
      for (guint i = 0; i < n_fds; i++)
        g_clear_fd (&fds[i], NULL);
      return NULL;
    }
  self->output = pipe_fds[0];
  g_unix_set_fd_nonblocking (self->output, TRUE, NULL);

  launcher = make_launcher (pipe_fds[1]);
  for (guint i = 0; i < n_fds; i++)
    g_subprocess_launcher_take_fd (launcher, g_steal_fd (&fds[i]), DIO_PROCESS_FIRST_FD + i);
  self->subprocess = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (self->subprocess == NULL)
    return NULL;

  self->output_id = g_unix_fd_add_full (OUTPUT_PRIORITY, self->output, G_IO_IN, on_output, self, NULL);
  g_subprocess_wait_async (self->subprocess, self->waiting, on_waited, self);
  return g_steal_pointer (&self);
}

GPid
dio_process_get_pid (DioProcess *self)
{
  const char *identifier = self->exited ? NULL : g_subprocess_get_identifier (self->subprocess);

  return identifier != NULL ? (GPid) g_ascii_strtoll (identifier, NULL, 10) : 0;
}

gboolean
dio_process_is_running (DioProcess *self)
{
  return !self->exited;
}

static gboolean
on_grace_over (gpointer user_data)
{
  DioProcess *self = DIO_PROCESS (user_data);

  self->kill_id = 0;
  g_subprocess_force_exit (self->subprocess);
  return G_SOURCE_REMOVE;
}

void
dio_process_end (DioProcess *self, guint grace)
{
  g_return_if_fail (DIO_IS_PROCESS (self));

  if (self->exited)
    return;
  if (grace == 0)
    {
      g_subprocess_force_exit (self->subprocess);
      return;
    }
  g_subprocess_send_signal (self->subprocess, SIGTERM);
  if (self->kill_id == 0)
    self->kill_id = g_timeout_add (grace, on_grace_over, self);
}

gboolean
dio_process_succeeded (DioProcess *self)
{
  return self->exited && g_subprocess_get_if_exited (self->subprocess) &&
         g_subprocess_get_exit_status (self->subprocess) == 0;
}

int
dio_process_get_signal (DioProcess *self)
{
  return self->exited && g_subprocess_get_if_signaled (self->subprocess) ? g_subprocess_get_term_sig (self->subprocess)
                                                                         : 0;
}

char *
dio_process_dup_exit_text (DioProcess *self)
{
  int number = dio_process_get_signal (self);

  g_return_val_if_fail (self->exited, NULL);

  if (number != 0)
    return g_strdup_printf (_ ("QEMU was ended by signal %d (%s)."), number, g_strsignal (number));
  return g_strdup_printf (_ ("QEMU ended with status %d."), g_subprocess_get_exit_status (self->subprocess));
}

char *
dio_process_dup_tail (DioProcess *self)
{
  /* What it wrote just now counts as well. */
  for (gsize n_read = 0; self->output >= 0 && n_read < DIO_PROCESS_MAX_TAIL;)
    {
      gssize n = read_some (self);

      if (n <= 0)
        break;
      n_read += n;
    }
  return g_utf8_make_valid (self->tail->str, self->tail->len);
}

static gboolean
on_orphan_grace_over (gpointer user_data)
{
  g_subprocess_force_exit (G_SUBPROCESS (user_data)); /* does nothing when it has ended */
  return G_SOURCE_REMOVE;
}

static void
dio_process_dispose (GObject *object)
{
  DioProcess *self = DIO_PROCESS (object);

  g_cancellable_cancel (self->waiting);
  g_clear_handle_id (&self->output_id, g_source_remove);
  g_clear_handle_id (&self->kill_id, g_source_remove);
  if (self->subprocess != NULL && !self->exited)
    {
      g_subprocess_send_signal (self->subprocess, SIGTERM);
      g_timeout_add_full (G_PRIORITY_DEFAULT, 2000, on_orphan_grace_over, g_object_ref (self->subprocess),
                          g_object_unref);
    }
  g_clear_object (&self->subprocess);
  g_clear_object (&self->waiting);
  g_clear_fd (&self->output, NULL);
  g_clear_fd (&self->log_fd, NULL);
  G_OBJECT_CLASS (dio_process_parent_class)->dispose (object);
}

static void
dio_process_finalize (GObject *object)
{
  DioProcess *self = DIO_PROCESS (object);

  g_string_free (self->tail, TRUE);
  G_OBJECT_CLASS (dio_process_parent_class)->finalize (object);
}

static void
dio_process_class_init (DioProcessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_process_dispose;
  object_class->finalize = dio_process_finalize;

  signals[SIGNAL_EXITED] =
      g_signal_new ("exited", DIO_TYPE_PROCESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_process_init (DioProcess *self)
{
  self->waiting = g_cancellable_new ();
  self->output = -1;
  self->log_fd = -1;
  self->tail = g_string_new (NULL);
}
