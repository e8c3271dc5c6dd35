/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/qemu-img.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_OUTPUT (1024 * 1024)
#define MAX_MESSAGE 4096
#define MAX_MEMORY ((rlim_t) 4 << 30)       /* of address space; its threads' stacks are most of what it needs */
#define MAX_QUICK_MEMORY ((rlim_t) 1 << 30) /* what OpenStack grants "qemu-img info" for images of strangers */
#define MAX_QUICK_TIME 30                   /* seconds */

/* One run. */
typedef struct
{
  GSubprocess *process;
  int output, messages; /* our ends of its pipes */
  GString *out, *err;
  DioProgressFunc progress;
  gpointer data;
} Run;

static void
run_clear (Run *run)
{
  g_clear_object (&run->process);
  g_clear_fd (&run->output, NULL);
  g_clear_fd (&run->messages, NULL);
  g_string_free (run->out, TRUE);
  g_string_free (run->err, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

char *
dio_qemu_img_find (GError **error)
{
  const char *directory = g_getenv ("DIORAMA_EMBEDDED_QEMU");
  const char *engine = g_getenv ("DIORAMA_QEMU");
  g_autofree char *path = NULL;

  if (directory == NULL)
    directory = DIO_EMBEDDED_QEMU;
  if (*directory != '\0')
    path = g_build_filename (directory, "bin", "qemu-img", NULL);
  if (path != NULL && g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return g_canonicalize_filename (path, NULL);

  if (engine != NULL && *engine != '\0')
    {
      g_autofree char *folder = g_path_get_dirname (engine);
      g_autofree char *beside = g_build_filename (folder, "qemu-img", NULL);

      if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_canonicalize_filename (beside, NULL);
    }

  g_set_str (&path, NULL);
  path = g_find_program_in_path ("qemu-img");
  if (path == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 _ ("The program that makes and converts disks (qemu-img) is missing. Install the package %s."),
                 "qemu-utils");
  return g_steal_pointer (&path);
}

/* Runs in the child between fork and exec: async-signal-safe calls only. */
static void
set_up_child (gpointer quick)
{
  struct rlimit memory = { .rlim_cur = quick ? MAX_QUICK_MEMORY : MAX_MEMORY };
  struct rlimit no_core = { 0 };

  memory.rlim_max = memory.rlim_cur;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  setrlimit (RLIMIT_AS, &memory);
  setrlimit (RLIMIT_CORE, &no_core);
  /* A file that may not grow further is a failed write, not the end of the process. */
  signal (SIGXFSZ, SIG_IGN);
}

static gboolean
spawn (Run *run, const char *const *arguments, gboolean quick, GError **error)
{
  g_autofree char *program = dio_qemu_img_find (error);
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  int out[2], err[2];

  if (program == NULL || !g_unix_open_pipe (out, O_CLOEXEC, error))
    return FALSE;
  run->output = out[0];
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_subprocess_launcher_take_stdout_fd (launcher, out[1]);
  if (!g_unix_open_pipe (err, O_CLOEXEC, error))
    return FALSE;
  run->messages = err[0];
  g_subprocess_launcher_take_stderr_fd (launcher, err[1]);
  g_subprocess_launcher_set_child_setup (launcher, set_up_child, GINT_TO_POINTER (quick), NULL);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C", TRUE);
  /* Meant for us; QEMU uses GLib as well. */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  g_subprocess_launcher_unsetenv (launcher, "G_MESSAGES_DEBUG");

  g_ptr_array_add (argv, program);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  run->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, error);
  return run->process != NULL;
}

/* "    (12.34/100%)\r" is progress; everything else is kept. */
static void
take_output (Run *run, const char *bytes, gsize length)
{
  const char *percent;

  if (run->progress == NULL)
    {
      g_string_append_len (run->out, bytes, MIN (length, MAX_OUTPUT - run->out->len));
      return;
    }
  g_string_append_len (run->out, bytes, length);
  percent = g_strrstr_len (run->out->str, run->out->len, "/100%)");
  if (percent != NULL)
    {
      const char *open = g_strrstr_len (run->out->str, percent - run->out->str, "(");

      if (open != NULL)
        run->progress (CLAMP (g_ascii_strtod (open + 1, NULL) / 100, 0, 1), run->data);
      g_string_erase (run->out, 0, percent - run->out->str + 1);
    }
  if (run->out->len > MAX_MESSAGE)
    g_string_truncate (run->out, 0);
}

/* The end of what it says matters. */
static void
take_message (Run *run, const char *bytes, gsize length)
{
  g_string_append_len (run->err, bytes, length);
  if (run->err->len > MAX_MESSAGE)
    g_string_erase (run->err, 0, run->err->len - MAX_MESSAGE);
}

/* Returns: FALSE at the pipe's end. */
static gboolean
read_some (Run *run, int fd, void (*take) (Run *, const char *, gsize))
{
  char chunk[16 * 1024];
  gssize n = read (fd, chunk, sizeof chunk);

  if (n > 0)
    take (run, chunk, n);
  return n > 0 || (n < 0 && errno == EINTR);
}

/* Until it has closed both of its pipes. Returns: FALSE when it has to be killed. */
static gboolean
follow (Run *run, gboolean quick, GCancellable *cancellable, GError **error)
{
  const gint64 end = g_get_monotonic_time () + MAX_QUICK_TIME * G_USEC_PER_SEC;
  GPollFD cancel = { .fd = -1 };
  gboolean cancels = g_cancellable_make_pollfd (cancellable, &cancel);
  struct pollfd fds[] = { { run->output, POLLIN, 0 }, { run->messages, POLLIN, 0 }, { cancel.fd, POLLIN, 0 } };
  gboolean alive = TRUE;

  while (alive && (fds[0].fd >= 0 || fds[1].fd >= 0))
    {
      gint64 left = quick ? MAX (0, end - g_get_monotonic_time ()) / 1000 : -1;
      int n = poll (fds, G_N_ELEMENTS (fds), (int) left);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        alive = FALSE;
      else if (n == 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                               _ ("The disk image took too long to look at. It may be damaged, or its drive is."));
          alive = FALSE;
        }
      if (n > 0 && fds[0].revents != 0 && !read_some (run, fds[0].fd, take_output))
        fds[0].fd = -1;
      if (n > 0 && fds[1].revents != 0 && !read_some (run, fds[1].fd, take_message))
        fds[1].fd = -1;
    }
  if (cancels)
    g_cancellable_release_fd (cancellable);
  return alive;
}

/* The reason in its last line: what comes behind "qemu-img: Could not open 'json:{…}': ". */
static char *
last_message (Run *run)
{
  g_autofree char *text = g_utf8_make_valid (run->err->str, run->err->len);
  const char *line = strrchr (g_strchomp (text), '\n');
  const char *quoted = g_strrstr (text, "}': ");

  line = line != NULL ? line + 1 : text;
  if (quoted != NULL && quoted >= line)
    line = quoted + strlen ("}': ");
  return g_strdup (g_str_has_prefix (line, "qemu-img: ") ? line + strlen ("qemu-img: ") : line);
}

static void
set_error_from_messages (Run *run, GError **error)
{
  g_autofree char *message = last_message (run);
  const char *all = run->err->str;

  if (strstr (all, "No space left on device") || strstr (all, "File too large") || strstr (all, "quota exceeded"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                         _ ("The disk is full. Make room on it, then try again."));
  else if (strstr (all, "Is another process using the image"))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                         _ ("The disk image is in use by a machine that runs. Shut that machine down first."));
  else if (strstr (all, "Permission denied") || strstr (all, "Read-only file system"))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("A file may not be read or written (%s). Change its permissions, then try again."), message);
  else if (g_subprocess_get_if_signaled (run->process))
    g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_FAILED,
        _ ("The program that works on disks (qemu-img) was ended by signal %d. The disk may be full, the image "
           "damaged, or this computer without memory that is free."),
        g_subprocess_get_term_sig (run->process));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The disk image cannot be worked on: %s. It may be damaged, or its drive is."), message);
}

gboolean
dio_qemu_img_run (const char *const *arguments, gboolean quick, DioProgressFunc progress, gpointer data,
                  GCancellable *cancellable, char **ret_output, int *ret_status, GError **error)
{
  g_auto (Run) run = { .output = -1, .messages = -1, .progress = progress, .data = data };

  run.out = g_string_new (NULL);
  run.err = g_string_new (NULL);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !spawn (&run, arguments, quick, error))
    return FALSE;
  if (!follow (&run, quick, cancellable, error))
    {
      g_subprocess_force_exit (run.process);
      g_subprocess_wait (run.process, NULL, NULL);
      return FALSE;
    }
  g_subprocess_wait (run.process, NULL, NULL);
  if (ret_status != NULL && g_subprocess_get_if_exited (run.process))
    *ret_status = g_subprocess_get_exit_status (run.process);
  else if (!g_subprocess_get_successful (run.process))
    {
      set_error_from_messages (&run, error);
      return FALSE;
    }
  if (ret_output != NULL)
    *ret_output = g_strdup (run.out->str);
  return TRUE;
}
