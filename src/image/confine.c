/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/confine.h"

#include "base/own-files.h"

#include "image/confine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_OUTPUT (1024 * 1024)
#define MAX_GIVEN 300
#define FIRST_FD 3 /* of those that it inherits: the status pipe's; then what it is given, in that order */
#define DEFAULT_MEMORY (G_GUINT64_CONSTANT (1) << 30)

typedef struct
{
  int fd;
  char *path; /* NULL: it inherits the descriptor itself */
  gboolean writable;
  gboolean bytes; /* of ours */
} Given;

struct _DioConfine
{
  char *program;
  GArray *given; /* of Given */
  guint64 memory;
  guint cpu_seconds, seconds;
};

static void
given_clear (gpointer data)
{
  Given *given = data;

  g_clear_fd (&given->fd, NULL);
  g_free (given->path);
}

DioConfine *
dio_confine_new (const char *program)
{
  DioConfine *self = g_new0 (DioConfine, 1);

  g_return_val_if_fail (g_path_is_absolute (program), NULL);
  self->program = g_strdup (program);
  self->given = g_array_new (FALSE, FALSE, sizeof (Given));
  g_array_set_clear_func (self->given, given_clear);
  dio_confine_set_limits (self, DEFAULT_MEMORY, 10, 30);
  return self;
}

void
dio_confine_free (DioConfine *self)
{
  g_array_unref (self->given);
  g_free (self->program);
  g_free (self);
}

/* --- what it is given --- */

static gboolean
take (DioConfine *self, int fd, const char *path, gboolean writable, GError **error)
{
  Given given = { fd, g_strdup (path), writable, FALSE };

  if (self->given->len < MAX_GIVEN)
    {
      g_array_append_val (self->given, given);
      return TRUE;
    }
  given_clear (&given);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                       _ ("The disk is written over too many others. Make a copy of it, which is one file."));
  return FALSE;
}

static void
set_error_for_path (const char *path, int number, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
               _ ("The file “%s” cannot be opened (%s). See to it that it is there and may be read and written, then "
                  "try again."),
               shown, g_strerror (number));
}

gboolean
dio_confine_give (DioConfine *self, const char *path, gboolean writable, GError **error)
{
  /* Not blocked by a pipe that somebody has put there. */
  g_autofd int fd = open (path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  g_autofree char *shown = g_filename_display_name (path);
  struct stat status;

  g_return_val_if_fail (g_path_is_absolute (path), FALSE);
  if (fd < 0 || fstat (fd, &status) < 0)
    {
      set_error_for_path (path, errno, error);
      return FALSE;
    }
  if (S_ISREG (status.st_mode))
    return take (self, g_steal_fd (&fd), path, writable, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
               _ ("“%s” is not an ordinary file. Choose the file of a disk."), shown);
  return FALSE;
}

gboolean
dio_confine_give_new (DioConfine *self, const char *path, GError **error)
{
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

  g_return_val_if_fail (g_path_is_absolute (path), FALSE);
  if (fd >= 0)
    return take (self, g_steal_fd (&fd), path, TRUE, error);
  else
    {
      int saved_errno = errno;
      g_autofree char *shown = g_filename_display_name (path);

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved_errno),
                   saved_errno == ENOSPC || saved_errno == EDQUOT
                       ? _ ("The file “%s” cannot be made (%s). Make room on the disk, then try again.")
                       : _ ("The file “%s” cannot be made (%s). Choose another place or name."),
                   shown, g_strerror (saved_errno));
      return FALSE;
    }
}

int
dio_confine_give_fd (DioConfine *self, int fd)
{
  int number = FIRST_FD + 1 + (int) self->given->len;

  g_return_val_if_fail (fd >= 0, -1);
  return take (self, fd, NULL, FALSE, NULL) ? number : -1;
}

char *
dio_confine_give_bytes (DioConfine *self, GBytes *bytes, GError **error)
{
  g_autofd int fd = memfd_create ("bytes", MFD_CLOEXEC);
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);

  if (fd < 0 || write (fd, data, length) != (gssize) length || lseek (fd, 0, SEEK_SET) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("There is not enough memory (%s). Close some windows, then try again."), g_strerror (errno));
      return NULL;
    }
  if (!take (self, g_steal_fd (&fd), NULL, FALSE, error))
    return NULL;
  g_array_index (self->given, Given, self->given->len - 1).bytes = TRUE;
  return g_strdup_printf ("/proc/self/fd/%u", FIRST_FD + self->given->len);
}

void
dio_confine_set_limits (DioConfine *self, guint64 memory, guint cpu_seconds, guint seconds)
{
  self->memory = memory;
  self->cpu_seconds = cpu_seconds;
  self->seconds = seconds;
}

/* --- running --- */

G_GNUC_PRINTF (2, 3)
static void
add (GPtrArray *argv, const char *format, ...)
{
  va_list values;

  va_start (values, format);
  g_ptr_array_add (argv, g_strdup_vprintf (format, values));
  va_end (values);
}

static GStrv
make_argv (DioConfine *self, const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *lock = g_getenv ("DIORAMA_CONFINE");

  g_ptr_array_add (argv, dio_own_helper ("image", "diorama-confine"));
  add (argv, "--status=%d", FIRST_FD);
  add (argv, "--parent=%d", (int) getpid ());
  add (argv, "--first-free=%u", FIRST_FD + 1 + self->given->len);
  add (argv, "--memory=%" G_GUINT64_FORMAT, self->memory);
  add (argv, "--cpu=%u", self->cpu_seconds);
  if (g_strcmp0 (lock, "bubblewrap") == 0)
    add (argv, "--bubblewrap");
  for (guint i = 0; i < self->given->len; i++)
    {
      const Given *given = &g_array_index (self->given, Given, i);

      if (given->path != NULL)
        add (argv, "--%s=%u:%s", given->writable ? "write" : "read", FIRST_FD + 1 + i, given->path);
      else if (given->bytes)
        add (argv, "--bytes=%u", FIRST_FD + 1 + i);
    }
  add (argv, "--");
  add (argv, "%s", self->program);
  for (; *arguments != NULL; arguments++)
    add (argv, "%s", *arguments);
  g_ptr_array_add (argv, NULL);
  return (GStrv) g_ptr_array_steal (argv, NULL);
}

/* What is in the environment is for us, or could tell it something of the user. */
static const char *const environment[] = { "LC_ALL=C", "PATH=/usr/bin:/bin", NULL };

/* Waits until the program runs, or did not come to it. */
static gboolean
check_status (DioConfine *self, int status, GError **error)
{
  DioConfineFailure failure;
  g_autofree char *name = g_path_get_basename (self->program);
  gssize n;

  do
    n = read (status, &failure, sizeof failure);
  while (n < 0 && errno == EINTR);
  if (n == 0)
    return TRUE;
  if (n == sizeof failure && failure.step == DIO_CONFINE_STEP_NO_LOCK)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         _ ("Disk images are only looked at by programs that are locked in, which this computer's "
                            "kernel cannot do (Landlock). Install the package bubblewrap, or a newer kernel."));
  else if (n == sizeof failure && failure.step == DIO_CONFINE_STEP_EXECUTE)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure.error_number),
                 _ ("The program “%s” cannot be run (%s). Install Diorama again."), name,
                 g_strerror (failure.error_number));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The program “%s” could not be locked in (%s, step %d), and was not run. Report this."), name,
                 g_strerror (n == sizeof failure ? failure.error_number : errno),
                 n == sizeof failure ? failure.step : -1);
  return FALSE;
}

static gboolean
explain_spawn (GError *reason, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("The program that locks others in (diorama-confine) cannot be run (%s). Install Diorama again."),
               reason->message);
  g_error_free (reason);
  return FALSE;
}

GSubprocess *
dio_confine_spawn (DioConfine *self, const char *const *arguments, GSubprocessFlags flags, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_auto (GStrv) argv = make_argv (self, arguments);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofd int status = -1;
  int pair[2];

  if (!g_unix_open_pipe (pair, O_CLOEXEC, error))
    return NULL;
  status = pair[0];
  g_subprocess_launcher_set_environ (launcher, (char **) environment);
  g_subprocess_launcher_take_fd (launcher, pair[1], FIRST_FD);
  for (guint i = 0; i < self->given->len; i++)
    g_subprocess_launcher_take_fd (launcher, g_steal_fd (&g_array_index (self->given, Given, i).fd),
                                   FIRST_FD + 1 + (int) i);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &reason);
  g_subprocess_launcher_close (launcher);
  if (process == NULL && !explain_spawn (g_steal_pointer (&reason), error))
    return NULL;
  if (check_status (self, status, error))
    return g_steal_pointer (&process);
  g_subprocess_force_exit (process);
  return NULL;
}

/* --- one run to its end --- */

typedef struct
{
  GPid pid;
  int output, messages, end; /* our ends of its pipes; its process */
  GString *out, *err;
  DioConfineLineFunc line_func;
  gpointer data;
} Run;

static void
run_clear (Run *run)
{
  g_clear_fd (&run->output, NULL);
  g_clear_fd (&run->messages, NULL);
  g_clear_fd (&run->end, NULL);
  if (run->out != NULL)
    g_string_free (run->out, TRUE);
  if (run->err != NULL)
    g_string_free (run->err, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static gboolean
start (DioConfine *self, Run *run, const char *const *arguments, GError **error)
{
  g_auto (GStrv) argv = make_argv (self, arguments);
  g_autofree int *sources = g_new (int, self->given->len + 1);
  g_autofree int *targets = g_new (int, self->given->len + 1);
  g_autoptr (GError) reason = NULL;
  g_autofd int status = -1, theirs = -1;
  int pair[2];

  if (!g_unix_open_pipe (pair, O_CLOEXEC, error))
    return FALSE;
  status = pair[0];
  theirs = sources[0] = pair[1];
  targets[0] = FIRST_FD;
  for (guint i = 0; i < self->given->len; i++)
    {
      sources[i + 1] = g_array_index (self->given, Given, i).fd;
      targets[i + 1] = FIRST_FD + 1 + (int) i;
    }
  if (!g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                         NULL, -1, -1, -1, sources, targets, self->given->len + 1, &run->pid, NULL,
                                         &run->output, &run->messages, &reason))
    return explain_spawn (g_steal_pointer (&reason), error);
  g_array_set_size (self->given, 0);
  g_clear_fd (&theirs, NULL);
  run->end = (int) syscall (SYS_pidfd_open, run->pid, 0);
  return check_status (self, status, error);
}

/* Returns: FALSE at the pipe's end. */
static gboolean
read_some (Run *run, int fd)
{
  char chunk[16 * 1024];
  gssize n = read (fd, chunk, sizeof chunk);
  GString *kept = fd == run->output ? run->out : run->err;

  if (n > 0 && fd == run->output && run->line_func != NULL)
    run->line_func (chunk, (gsize) n, run->data);
  else if (n > 0)
    g_string_append_len (kept, chunk, MIN (n, MAX_OUTPUT - (gssize) kept->len));
  return n > 0 || (n < 0 && errno == EINTR);
}

/* Until it has closed its pipes, and ended. Returns: FALSE when it has to be killed. */
static gboolean
follow (DioConfine *self, Run *run, GCancellable *cancellable, GError **error)
{
  const gint64 deadline = g_get_monotonic_time () + self->seconds * G_USEC_PER_SEC;
  GPollFD cancel = { .fd = -1 };
  gboolean cancels = g_cancellable_make_pollfd (cancellable, &cancel);
  struct pollfd fds[] = {
    { run->output, POLLIN, 0 }, { run->messages, POLLIN, 0 }, { run->end, POLLIN, 0 }, { cancel.fd, POLLIN, 0 }
  };
  gboolean alive = TRUE;

  while (alive && (fds[0].fd >= 0 || fds[1].fd >= 0 || fds[2].fd >= 0))
    {
      gint64 left = self->seconds > 0 ? MAX (0, deadline - g_get_monotonic_time ()) / 1000 : -1;
      int n = poll (fds, G_N_ELEMENTS (fds), (int) left);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        alive = FALSE;
      else if (n == 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                               _ ("The disk image took too long to look at. It may be damaged, or its drive is."));
          alive = FALSE;
        }
      for (guint i = 0; n > 0 && i < 3; i++)
        if (fds[i].revents != 0 && (i == 2 || !read_some (run, fds[i].fd)))
          fds[i].fd = -1;
    }
  if (cancels)
    g_cancellable_release_fd (cancellable);
  return alive;
}

/* Its group first: nobody else has that number before it is waited for. */
static int
end_run (Run *run, gboolean done)
{
  int status = 0;

  if (!done)
    {
      kill (-run->pid, SIGKILL);
      kill (run->pid, SIGKILL);
    }
  while (waitpid (run->pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

gboolean
dio_confine_run (DioConfine *self, const char *const *arguments, DioConfineLineFunc line_func, gpointer data,
                 GCancellable *cancellable, char **ret_output, char **ret_errors, int *ret_status, GError **error)
{
  g_auto (Run) run = { .pid = -1, .output = -1, .messages = -1, .end = -1, .line_func = line_func, .data = data };
  gboolean done;
  int status = 0;

  run.out = g_string_new (NULL);
  run.err = g_string_new (NULL);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  done = start (self, &run, arguments, error) && follow (self, &run, cancellable, error);
  if (run.pid > 0)
    status = end_run (&run, done);
  if (!done)
    return FALSE;
  *ret_status = status;
  if (ret_output != NULL)
    *ret_output = g_string_free (g_steal_pointer (&run.out), FALSE);
  if (ret_errors != NULL)
    *ret_errors = g_string_free (g_steal_pointer (&run.err), FALSE);
  return TRUE;
}
