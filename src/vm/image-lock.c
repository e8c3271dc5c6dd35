/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/image-lock.h"

#include "image/host-path.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_KEYS 3
#define MAX_TEXT 4096 /* bytes */
#define MAX_NAME 64   /* characters shown of what another process wrote */
#define NAME_TRIES 100 /* at the name of who has just taken the lock, and writes it next */
#define NAME_STEP_MS 10

/* Where QEMU puts its locks in the file, one byte for each permission, and which permissions there are: its
 * block/file-posix.c and include/block/block-common.h. A lock at the first is held by who has the permission, at the
 * second by who lets nobody else have it. */
#define QEMU_HELD 100
#define QEMU_UNSHARED 200
#define QEMU_CONSISTENT_READ 0
#define QEMU_WRITE 1
#define QEMU_RESIZE 3

struct _DioImageLock
{
  int fds[MAX_KEYS];
  guint n_fds;
  char *line; /* what stands in each file for it */
};

/* --- the files --- */

/* The names of the files for the image at PATH. Whoever has the same image meets us at one of them at least, and, when
 * the names are the same, at the first. (transfer full) */
static GStrv
make_keys (const char *path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *host = dio_path_dup_host (path);
  g_autofree char *real = realpath (host, NULL); /* from malloc(), which is g_malloc()'s */
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, real != NULL ? real : host, -1);
  struct stat here = { 0 }, there;

  g_strv_builder_take (builder, g_strconcat ("path-", checksum, NULL));
  if (stat (path, &here) == 0)
    g_strv_builder_take (builder, g_strdup_printf ("file-%jx-%jx", (uintmax_t) here.st_dev, (uintmax_t) here.st_ino));
  if (!g_str_equal (host, path) && stat (host, &there) == 0 &&
      (there.st_dev != here.st_dev || there.st_ino != here.st_ino))
    g_strv_builder_take (builder, g_strdup_printf ("file-%jx-%jx", (uintmax_t) there.st_dev, (uintmax_t) there.st_ino));
  return g_strv_builder_end (builder);
}

/* A sandbox has a run-time directory of its own; all runs of one application share one folder there. */
static char *
make_folder (void)
{
  const char *sandbox = g_getenv ("FLATPAK_ID");

  if (sandbox != NULL && *sandbox != '\0' && strchr (sandbox, '/') == NULL)
    return g_build_filename (g_get_user_runtime_dir (), "app", sandbox, "diorama", "images", NULL);
  return g_build_filename (g_get_user_runtime_dir (), "diorama", "images", NULL);
}

static int
open_key (const char *key, int flags)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, key, NULL);

  if (flags & O_CREAT)
    g_mkdir_with_parents (folder, 0700);
  return open (path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
}

static struct flock
make_range (short type, off_t start, off_t length)
{
  return (struct flock) { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
}

static gboolean
lock (int fd, short type)
{
  struct flock range = make_range (type, 0, 0);

  return fcntl (fd, F_OFD_SETLK, &range) == 0;
}

/* Whether somebody else's lock keeps us from one of TYPE. */
static gboolean
is_locked (int fd, short type, off_t start, off_t length)
{
  struct flock range = make_range (type, start, length);

  return fcntl (fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

/* --- what stands in them: a line for each that has the image, "PID NAME" --- */

static char *
read_text (int fd)
{
  char text[MAX_TEXT];
  gssize length = pread (fd, text, sizeof text, 0);

  return length > 0 ? g_utf8_make_valid (text, length) : g_strdup ("");
}

static char *
make_line (const char *owner)
{
  g_autofree char *name = g_utf8_make_valid (owner, -1);

  for (char *c = name; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return g_strdup_printf ("%d %s\n", (int) getpid (), name);
}

static void
write_text (int fd, const char *text)
{
  gssize length = (gssize) strlen (text);

  if (ftruncate (fd, 0) < 0 || pwrite (fd, text, (gsize) length, 0) != length)
    g_debug ("A lock does not tell whose it is: %s", g_strerror (errno));
}

/* Only what is told of a holder rests on this text: two that write it at once may lose a name, no lock. */
static void
add_line (int fd, const char *line, gboolean alone)
{
  g_autofree char *before = alone ? g_strdup ("") : read_text (fd);
  g_autofree char *text = g_strconcat (before, line, NULL);

  write_text (fd, text);
}

static void
remove_line (int fd, const char *line)
{
  g_autofree char *text = read_text (fd);
  char *found = strstr (text, line);

  if (found == NULL || (found != text && found[-1] != '\n'))
    return;
  memmove (found, found + strlen (line), strlen (found + strlen (line)) + 1);
  write_text (fd, text);
}

/* Returns: the name of one that has it, of a process that lives as far as can be told. (transfer full) (nullable) */
static char *
find_name (int fd)
{
  g_autofree char *text = read_text (fd);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *name = NULL;
      gint64 pid = g_ascii_strtoll (lines[i], &name, 10);

      if (pid <= 0 || pid > G_MAXINT || *name != ' ' || name[1] == '\0')
        continue;
      if (kill ((pid_t) pid, 0) < 0 && errno == ESRCH)
        continue;
      return g_utf8_substring (name, 1, MIN (g_utf8_strlen (name, -1), MAX_NAME));
    }
  return NULL;
}

/* The same, for who may be about to write it. */
static char *
wait_for_name (int fd)
{
  char *name = find_name (fd);

  for (guint i = 1; name == NULL && i < NAME_TRIES; i++)
    {
      g_usleep (NAME_STEP_MS * 1000);
      name = find_name (fd);
    }
  return name;
}

/* --- who has it: sentences --- */

static char *
tell (const char *path, const char *machine)
{
  g_autofree char *host = dio_path_dup_host (path);
  g_autofree char *shown = g_filename_display_basename (host);

  return machine != NULL ? g_strdup_printf (_ ("“%s” is in use by the machine “%s”. Shut that down, then try again."),
                                            shown, machine)
                         : g_strdup_printf (_ ("“%s” is in use by another machine of Diorama's. Shut that down, then "
                                               "try again."),
                                            shown);
}

static gboolean
is_lock_holder (int proc, const char *pid, const char *fd_name, const struct stat *image)
{
  g_autofree char *link = g_strdup_printf ("%s/fd/%s", pid, fd_name);
  g_autofree char *path = g_strdup_printf ("/proc/%s/fdinfo/%s", pid, fd_name);
  g_autofree char *info = NULL;
  struct stat status;

  return fstatat (proc, link, &status, 0) == 0 && status.st_dev == image->st_dev && status.st_ino == image->st_ino &&
         g_file_get_contents (path, &info, NULL, NULL) && strstr (info, "lock:") != NULL;
}

static gboolean
is_process_holder (int proc, const char *pid, const struct stat *image)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd", pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (is_lock_holder (proc, pid, name, image))
      return TRUE;
  return FALSE;
}

/* Returns: the process that has a lock on IMAGE, of those that we may look at. (transfer full) (nullable) */
static char *
find_process (const struct stat *image)
{
  g_autofd int proc = open ("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GDir) folder = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (proc >= 0 && folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    if (g_ascii_isdigit (*name) && is_process_holder (proc, name, image))
      return g_strdup (name);
  return NULL;
}

static char *
tell_foreign (const char *path, const struct stat *image)
{
  g_autofree char *host = dio_path_dup_host (path);
  g_autofree char *shown = g_filename_display_basename (host);
  g_autofree char *pid = find_process (image);
  g_autofree char *comm_path = pid != NULL ? g_strdup_printf ("/proc/%s/comm", pid) : NULL;
  g_autofree char *comm = NULL, *program = NULL;

  if (comm_path == NULL || !g_file_get_contents (comm_path, &comm, NULL, NULL))
    return g_strdup_printf (_ ("“%s” is in use by another program, perhaps of another user. End that, then try "
                               "again."),
                            shown);
  program = g_utf8_make_valid (g_strstrip (comm), -1);
  return g_strdup_printf (_ ("“%s” is in use by another program, “%s” (process %s). End that, then try again."), shown,
                          program, pid);
}

/* Whether QEMU's locks, of a process that is none of our machines, forbid what we want. */
static gboolean
is_locked_by_qemu (int fd, gboolean writes)
{
  if (is_locked (fd, F_WRLCK, QEMU_UNSHARED + QEMU_CONSISTENT_READ, 1) ||
      is_locked (fd, F_WRLCK, QEMU_HELD + QEMU_WRITE, 1))
    return TRUE;
  return writes && (is_locked (fd, F_WRLCK, QEMU_UNSHARED + QEMU_WRITE, 1) ||
                    is_locked (fd, F_WRLCK, QEMU_HELD + QEMU_RESIZE, 1));
}

/* Returns: a sentence, or NULL. The portal's files have no locks; the host's may be seen beside them. */
static char *
find_foreign (const char *path, gboolean writes)
{
  g_autofree char *host = dio_path_dup_host (path);
  g_autofd int fd = open (host, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat image;

  if (fd < 0 || fstat (fd, &image) < 0 || !S_ISREG (image.st_mode) || !is_locked_by_qemu (fd, writes))
    return NULL;
  return tell_foreign (path, &image);
}

/* --- taking it --- */

static gboolean
take_key (DioImageLock *self, const char *key, const char *path, gboolean writes, GError **error)
{
  g_autofd int fd = open_key (key, O_RDWR | O_CREAT);
  g_autofree char *name = NULL, *sentence = NULL;

  if (fd >= 0 && lock (fd, writes ? F_WRLCK : F_RDLCK))
    {
      add_line (fd, self->line, writes);
      self->fds[self->n_fds++] = g_steal_fd (&fd);
      return TRUE;
    }
  if (fd < 0 || (errno != EAGAIN && errno != EACCES))
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("“%s” cannot be kept for the machine (%s). Free some space, or check the permissions of your "
                      "run-time directory."),
                   path, g_strerror (errno));
      return FALSE;
    }
  name = wait_for_name (fd);
  sentence = tell (path, name);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, sentence);
  return FALSE;
}

DioImageLock *
dio_image_lock_take (const char *path, gboolean writes, const char *owner, GError **error)
{
  g_autoptr (DioImageLock) self = g_new0 (DioImageLock, 1);
  g_auto (GStrv) keys = NULL;
  g_autofree char *foreign = NULL;

  g_return_val_if_fail (path != NULL && owner != NULL, NULL);

  self->line = make_line (owner);
  keys = make_keys (path);
  for (guint i = 0; keys[i] != NULL && i < MAX_KEYS; i++)
    if (!take_key (self, keys[i], path, writes, error))
      return NULL;
  foreign = find_foreign (path, writes);
  if (foreign == NULL)
    return g_steal_pointer (&self);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY, foreign);
  return NULL;
}

void
dio_image_lock_add_fds (DioImageLock *self, GArray *fds)
{
  for (guint i = 0; i < self->n_fds; i++)
    {
      int fd = fcntl (self->fds[i], F_DUPFD_CLOEXEC, 3);

      if (fd >= 0)
        g_array_append_val (fds, fd);
    }
}

/* The lock itself goes with the last descriptor: a process that was given one may still be using the image. */
void
dio_image_lock_release (DioImageLock *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_fds; i++)
    {
      remove_line (self->fds[i], self->line);
      g_clear_fd (&self->fds[i], NULL);
    }
  g_free (self->line);
  g_free (self);
}

char *
dio_image_lock_dup_holder (const char *path)
{
  g_auto (GStrv) keys = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  keys = make_keys (path);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofd int fd = open_key (keys[i], O_RDONLY);
      g_autofree char *name = NULL;

      if (fd < 0 || !is_locked (fd, F_WRLCK, 0, 0))
        continue;
      name = find_name (fd);
      return tell (path, name);
    }
  return find_foreign (path, TRUE);
}
