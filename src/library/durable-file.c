/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/durable-file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_DEPTH 64 /* of folders in a machine's */

void
dio_set_file_error (GError **error, int number, const char *what)
{
  const char *reason = NULL;

  switch (number)
    {
    case ENOSPC:
      reason = _ ("The disk is full. Free some space, then try again.");
      break;
    case EDQUOT:
      reason = _ ("Your quota is used up. Free some space, then try again.");
      break;
    case EROFS:
      reason = _ ("It is on a disk that can only be read. Move it to another one, or make that one writable.");
      break;
    case EACCES:
    case EPERM:
      reason = _ ("You have no permission. Change the permissions of its folder, then try again.");
      break;
    case ENOENT:
    case ENOTDIR:
      reason = _ ("It is not there any more. Look whether it was moved or deleted, or its drive removed.");
      break;
    case EIO:
    case ENXIO:
    case ENODEV:
      reason = _ ("The drive reports an error. Save what is on it, and have the drive checked.");
      break;
    case ENAMETOOLONG:
      reason = _ ("Its name is too long. Choose a shorter one.");
      break;
    case EMFILE:
    case ENFILE:
      reason = _ ("Too many files are open. Close other applications, then try again.");
      break;
    case EFBIG:
      reason = _ ("It is too big for this drive. Choose another place.");
      break;
    default:
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), _ ("%s: %s. Try again."), what,
                   g_strerror (number));
      return;
    }
  g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), "%s. %s", what, reason);
}

/* --- reading --- */

GBytes *
dio_durable_read (const char *path, gsize max, struct stat *status, const char *what, GError **error)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autoptr (GByteArray) content = g_byte_array_new ();
  struct stat found;

  if (fd < 0 || fstat (fd, &found) < 0)
    {
      dio_set_file_error (error, errno, what);
      return NULL;
    }
  if (!S_ISREG (found.st_mode) || found.st_size < 0 || (guint64) found.st_size > max)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   _ ("%s. It is not a file, or too big to be what it should be."), what);
      return NULL;
    }
  for (;;)
    {
      guint8 chunk[16 * 1024];
      gssize n = read (fd, chunk, sizeof chunk);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          dio_set_file_error (error, errno, what);
          return NULL;
        }
      if (n == 0)
        break;
      /* It may have grown since. */
      if (content->len + (gsize) n > max)
        {
          dio_set_file_error (error, EFBIG, what);
          return NULL;
        }
      g_byte_array_append (content, chunk, (guint) n);
    }
  if (status)
    *status = found;
  return g_byte_array_free_to_bytes (g_steal_pointer (&content));
}

/* --- writing --- */

/* Returns: (transfer full): where PATH is written before it gets its name. */
static char *
make_part_path (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *part = g_strdup_printf (".%s.part", name);

  return g_build_filename (folder, part, NULL);
}

static gboolean
write_all (int fd, GBytes *content)
{
  gsize length;
  const char *data = g_bytes_get_data (content, &length);

  while (length > 0)
    {
      gssize n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (gsize) n;
    }
  return TRUE;
}

void
dio_durable_sync_folder (const char *folder)
{
  g_autofd int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || fsync (fd) < 0)
    g_debug ("%s: %s", folder, g_strerror (errno));
}

/* MODE: the permissions of the file that is to be replaced; 0: there is none. */
static gboolean
write_part (const char *part, GBytes *content, mode_t mode, struct stat *status)
{
  g_autofd int fd = -1;

  /* What somebody left there, a link perhaps, is not written through. */
  if (unlink (part) < 0 && errno != ENOENT)
    return FALSE;
  fd = open (part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  /* Whoever might not read the old one may not read the new one. */
  if (fd >= 0 && mode != 0 && fchmod (fd, mode) < 0)
    g_debug ("%s: %s", part, g_strerror (errno));
  if (fd < 0 || !write_all (fd, content) || fsync (fd) < 0)
    return FALSE;
  if (status && fstat (fd, status) < 0)
    return FALSE;
  return close (g_steal_fd (&fd)) == 0;
}

gboolean
dio_durable_write (const char *path, GBytes *content, struct stat *status, const char *what, GError **error)
{
  g_autofree char *part = make_part_path (path);
  g_autofree char *folder = g_path_get_dirname (path);
  struct stat old;
  mode_t mode = lstat (path, &old) == 0 && S_ISREG (old.st_mode) ? old.st_mode & 0777 : 0;
  int number;

  if (write_part (part, content, mode, status) && rename (part, path) == 0)
    {
      dio_durable_sync_folder (folder);
      return TRUE;
    }
  number = errno;
  unlink (part);
  dio_set_file_error (error, number, what);
  return FALSE;
}

gboolean
dio_durable_has_remains (const char *path)
{
  g_autofree char *part = make_part_path (path);
  struct stat status;

  return lstat (part, &status) == 0;
}

void
dio_durable_sweep (const char *path)
{
  g_autofree char *part = make_part_path (path);

  unlink (part);
}

/* --- folders --- */

/* Does ACT with each entry below the folder FD, those of a folder before itself. FALSE with errno. */
typedef gboolean (*EntryFunc) (int folder_fd, const char *name, gboolean is_folder);

static gboolean
walk (int fd, guint depth, GCancellable *cancellable, EntryFunc act)
{
  g_autofd int own = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  DIR *stream = own >= 0 ? fdopendir (own) : NULL;
  gboolean whole = TRUE;
  struct dirent *entry;
  int number = 0;

  if (!stream)
    return FALSE;
  g_steal_fd (&own);
  while ((entry = readdir (stream)) != NULL)
    {
      struct stat status;
      gboolean is_folder;

      if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
        continue;
      if (g_cancellable_is_cancelled (cancellable))
        {
          number = ECANCELED;
          whole = FALSE;
          break;
        }
      if (fstatat (fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      is_folder = S_ISDIR (status.st_mode);
      if (is_folder && depth < MAX_DEPTH)
        {
          g_autofd int below = openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

          if (below < 0 || !walk (below, depth + 1, cancellable, act))
            {
              number = errno;
              whole = FALSE;
            }
        }
      if (!act (fd, entry->d_name, is_folder))
        {
          number = errno;
          whole = FALSE;
        }
    }
  closedir (stream);
  errno = number;
  return whole;
}

static gboolean
sync_entry (int folder_fd, const char *name, gboolean is_folder)
{
  g_autofd int fd = openat (folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

  /* A link has no content of its own; it is synchronised with the folder. */
  if (fd < 0)
    return errno == ELOOP || errno == ENXIO;
  return fsync (fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS;
}

gboolean
dio_durable_sync_tree (const char *folder, GCancellable *cancellable, const char *what, GError **error)
{
  g_autofd int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && walk (fd, 0, cancellable, sync_entry) && fsync (fd) == 0)
    return TRUE;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  dio_set_file_error (error, errno, what);
  return FALSE;
}

static gboolean
remove_entry (int folder_fd, const char *name, gboolean is_folder)
{
  return unlinkat (folder_fd, name, is_folder ? AT_REMOVEDIR : 0) == 0;
}

gboolean
dio_durable_remove_tree (const char *folder)
{
  g_autofd int fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  return fd >= 0 && walk (fd, 0, NULL, remove_entry) && rmdir (folder) == 0;
}
