/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/run-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTROL "control.sock"
#define LOCK "lock"
#define LOG "machine"
#define MAX_LOG_NAME 60 /* bytes of the machine's name in that of its log */

struct _DioRunDir
{
  char *path;
  char *log_folder; /* (nullable): where logs of former runs are kept */
  char *log_path;
  char *control_socket;
  int lock_fd;
};

/* A name that is one file's, whatever the user calls the machine. */
static char *
make_file_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autoptr (GString) safe = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (safe->len > MAX_LOG_NAME)
        break;
      if (character == '/' || !g_unichar_isprint (character) || (character == '.' && safe->len == 0))
        g_string_append_c (safe, '_');
      else
        g_string_append_unichar (safe, character);
    }
  return g_string_free_and_steal (g_steal_pointer (&safe));
}

/* Returns: the descriptor of the lock on PATH, or -1 when another machine holds it. */
static int
take_lock (const char *path)
{
  g_autofree char *file = g_build_filename (path, LOCK, NULL);
  g_autofd int fd = open (file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 || flock (fd, LOCK_EX | LOCK_NB) < 0)
    return -1;
  return g_steal_fd (&fd);
}

static gboolean
fits_socket (const char *path)
{
  return strlen (path) + strlen ("/" CONTROL) < sizeof ((struct sockaddr_un *) NULL)->sun_path;
}

/* Returns: a directory of UUID's own, below the user's runtime directory. A second run of the same definition gets one
 * with another name. NULL when there is no good runtime directory. */
static char *
make_in_runtime_dir (const char *uuid, int *lock_fd)
{
  const char *runtime = g_get_user_runtime_dir ();
  g_autofree char *path = NULL, *unique = NULL;

  if (g_getenv ("XDG_RUNTIME_DIR") == NULL || !g_path_is_absolute (runtime) ||
      !g_file_test (runtime, G_FILE_TEST_IS_DIR))
    return NULL;
  path = g_build_filename (runtime, "diorama", uuid, NULL);
  unique = g_strconcat (path, "-XXXXXX", NULL);
  if (!fits_socket (unique) || g_mkdir_with_parents (path, 0700) < 0 || g_chmod (path, 0700) < 0)
    return NULL;
  if ((*lock_fd = take_lock (path)) >= 0)
    return g_steal_pointer (&path);
  if (g_mkdtemp (unique) != NULL && (*lock_fd = take_lock (unique)) >= 0)
    return g_steal_pointer (&unique);
  return NULL;
}

static char *
make_temporary (int *lock_fd, GError **error)
{
  g_autofree char *path = g_dir_make_tmp ("diorama-XXXXXX", error);

  if (path != NULL && !fits_socket (path))
    {
      g_rmdir (path);
      g_clear_pointer (&path, g_free);
      path = g_mkdtemp (g_strdup ("/tmp/diorama-XXXXXX"));
    }
  if (path != NULL)
    *lock_fd = take_lock (path);
  else if (error != NULL && *error == NULL)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
  return g_steal_pointer (&path);
}

/* --- the log --- */

static gboolean
make_log_folder (const char *path)
{
  struct stat status;

  return (mkdir (path, 0777) == 0 || errno == EEXIST) && lstat (path, &status) == 0 && S_ISDIR (status.st_mode) &&
         access (path, W_OK | X_OK) == 0;
}

/* Returns: (transfer full): in LOG_FOLDER, the log of the run before the last, or before that, …; 0: of the last. */
static char *
make_log_path (const char *log_folder, guint age)
{
  g_autofree char *name = age == 0 ? g_strdup (LOG ".log") : g_strdup_printf (LOG "-%u.log", age);

  return g_build_filename (log_folder, name, NULL);
}

/* The oldest goes. */
static void
keep_former_logs (const char *log_folder)
{
  for (guint age = DIO_RUN_DIR_LOGS - 1; age > 0; age--)
    {
      g_autofree char *from = make_log_path (log_folder, age - 1), *to = make_log_path (log_folder, age);

      if (g_rename (from, to) < 0 && errno != ENOENT)
        g_debug ("%s: %s", from, g_strerror (errno));
    }
}

DioRunDir *
dio_run_dir_new (const char *name, const char *uuid, const char *log_folder, GError **error)
{
  g_autoptr (DioRunDir) self = g_new0 (DioRunDir, 1);
  g_autofree char *file_name = make_file_name (name);
  g_autofree char *log_dir = g_build_filename (g_get_user_state_dir (), "diorama", NULL);
  g_autofree char *base = NULL, *log_name = NULL;
  g_autoptr (GError) reason = NULL;

  self->lock_fd = -1;
  self->path = make_in_runtime_dir (uuid, &self->lock_fd);
  if (self->path == NULL)
    self->path = make_temporary (&self->lock_fd, &reason);
  if (self->path == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   _ ("The machine's run-time files cannot be made (%s). Free some space in %s."), reason->message,
                   g_get_tmp_dir ());
      return NULL;
    }
  self->control_socket = g_build_filename (self->path, CONTROL, NULL);

  if (log_folder != NULL && make_log_folder (log_folder))
    {
      self->log_folder = g_strdup (log_folder);
      self->log_path = make_log_path (log_folder, 0);
      return g_steal_pointer (&self);
    }
  base = g_path_get_basename (self->path);
  log_name = g_strdup_printf ("%s-%s.log", file_name, g_str_has_prefix (base, uuid) ? base : uuid);
  self->log_path = g_build_filename (log_dir, log_name, NULL);
  g_mkdir_with_parents (log_dir, 0700);
  return g_steal_pointer (&self);
}

/* What is in PATH, which is ours: files, sockets, and folders of such. */
static void
empty (const char *path, guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (unlink (file) == 0 || depth == 0)
        continue;
      empty (file, depth - 1);
      g_rmdir (file);
    }
}

void
dio_run_dir_free (DioRunDir *self)
{
  if (self == NULL)
    return;
  if (self->path != NULL)
    {
      empty (self->path, 1);
      g_rmdir (self->path);
    }
  g_clear_fd (&self->lock_fd, NULL);
  g_free (self->path);
  g_free (self->log_folder);
  g_free (self->log_path);
  g_free (self->control_socket);
  g_free (self);
}

const char *
dio_run_dir_get_path (DioRunDir *self)
{
  return self->path;
}

const char *
dio_run_dir_get_log_path (DioRunDir *self)
{
  return self->log_path;
}

const char *
dio_run_dir_get_control_socket (DioRunDir *self)
{
  return self->control_socket;
}

int
dio_run_dir_open_log (DioRunDir *self, gboolean append)
{
  if (self->log_folder != NULL && !append)
    keep_former_logs (self->log_folder);
  /* Nobody is waited for who would read it: what is there may be a pipe. */
  return open (self->log_path,
               O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_APPEND | (append ? 0 : O_TRUNC), 0600);
}
