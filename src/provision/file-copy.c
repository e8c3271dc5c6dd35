/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/file-copy.h"

#include "library/durable-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two looks at whether it is cancelled. */
#define CHUNK (4 * 1024 * 1024)
#define MAX_DEPTH 4
#define MAX_FILES 256

typedef struct
{
  int from, to;
  off_t size;
  guint8 *buffer; /* NULL until it is needed */
  DioProgressFunc progress;
  gpointer data;
  GCancellable *cancellable;
} Copy;

/* Reads and writes; for where the kernel cannot copy. Returns: bytes, 0 at the end, -1 with errno. */
static gssize
copy_by_hand (Copy *self, off_t at, gsize length)
{
  gssize n, written = 0;

  if (self->buffer == NULL)
    self->buffer = g_malloc (CHUNK);
  n = pread (self->from, self->buffer, MIN (length, CHUNK), at);
  while (n > 0 && written < n)
    {
      gssize w = pwrite (self->to, self->buffer + written, (gsize) (n - written), at + written);

      if (w < 0 && errno != EINTR)
        return -1;
      written += MAX (w, 0);
    }
  return n;
}

static gboolean
copy_range (Copy *self, off_t start, off_t end)
{
  while (start < end)
    {
      off_t in = start, out = start;
      gsize length = (gsize) MIN (CHUNK, end - start);
      gssize n = self->buffer == NULL ? copy_file_range (self->from, &in, self->to, &out, length, 0) : -1;

      if (g_cancellable_is_cancelled (self->cancellable))
        {
          errno = ECANCELED;
          return FALSE;
        }
      /* Between some file systems it is not possible, and says so in many ways; what is really wrong shows again. */
      if (n <= 0)
        n = copy_by_hand (self, start, length);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          errno = n == 0 ? EIO : errno; /* it became shorter */
          return FALSE;
        }
      start += n;
      if (self->progress != NULL)
        self->progress ((double) start / (double) self->size, self->data);
    }
  return TRUE;
}

static gboolean
copy_data (Copy *self)
{
  off_t at = 0;

  if (ftruncate (self->to, self->size) < 0)
    return FALSE;
  if (self->size > 0 && ioctl (self->to, FICLONE, self->from) == 0)
    return TRUE;
  while (at < self->size)
    {
      off_t start = lseek (self->from, at, SEEK_DATA);
      off_t end;

      if (start < 0 && errno == ENXIO)
        return TRUE; /* only a hole is left */
      start = start < 0 ? at : start;
      end = lseek (self->from, start, SEEK_HOLE);
      end = end <= start ? self->size : MIN (end, self->size);
      if (!copy_range (self, start, end))
        return FALSE;
      at = end;
    }
  return TRUE;
}

gboolean
dio_file_copy (const char *from, const char *to, DioProgressFunc progress, gpointer data, GCancellable *cancellable,
               GError **error)
{
  Copy self = { .from = -1, .to = -1, .progress = progress, .data = data, .cancellable = cancellable };
  g_autofree char *shown = g_filename_display_basename (from);
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be copied"), shown);
  struct stat status;
  gboolean done = FALSE;
  int number;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  self.from = open (from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self.from >= 0 && fstat (self.from, &status) == 0)
    {
      self.size = status.st_size;
      if (S_ISREG (status.st_mode))
        self.to = open (to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      else
        errno = EINVAL;
    }
  if (self.to >= 0)
    done = copy_data (&self);
  number = errno;
  g_free (self.buffer);
  if (self.to >= 0 && close (self.to) < 0 && done)
    {
      done = FALSE;
      number = errno;
    }
  if (!done && self.to >= 0)
    g_unlink (to);
  g_clear_fd (&self.from, NULL);
  if (!done && !g_cancellable_set_error_if_cancelled (cancellable, error))
    dio_set_file_error (error, number, what);
  return done;
}

gboolean
dio_file_can_share (const char *from, const char *folder)
{
  g_autofd int source = open (from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autofd int target = source >= 0 ? open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

  return target >= 0 && ioctl (target, FICLONE, source) == 0;
}

static gboolean
copy_folder (const char *from, const char *to, guint depth, guint *n_files, GCancellable *cancellable, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, error);
  gboolean done = dir != NULL;
  const char *name;

  if (done && g_mkdir (to, 0700) < 0)
    {
      dio_set_file_error (error, errno, _ ("A new folder cannot be made"));
      done = FALSE;
    }
  while (done && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);
      struct stat status;

      if (lstat (source, &status) < 0 || ++*n_files > MAX_FILES)
        {
          dio_set_file_error (error, *n_files > MAX_FILES ? EFBIG : errno, _ ("A folder cannot be copied"));
          done = FALSE;
        }
      else if (S_ISREG (status.st_mode))
        done = dio_file_copy (source, target, NULL, NULL, cancellable, error);
      else if (S_ISDIR (status.st_mode) && depth < MAX_DEPTH)
        done = copy_folder (source, target, depth + 1, n_files, cancellable, error);
    }
  return done;
}

gboolean
dio_folder_copy (const char *from, const char *to, GCancellable *cancellable, GError **error)
{
  guint n_files = 0;

  if (copy_folder (from, to, 1, &n_files, cancellable, error))
    return TRUE;
  dio_durable_remove_tree (to);
  return FALSE;
}
