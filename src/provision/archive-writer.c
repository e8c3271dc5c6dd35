/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/archive-file.h"

#include "library/durable-file.h"
#include "provision/new-file.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (1024 * 1024)

struct _DioArchiveWriter
{
  struct archive *archive;
  DioNewFile *file;
  gboolean sparse;
};

static gboolean
fail (DioArchiveWriter *self, GError **error)
{
  int number = archive_errno (self->archive);

  g_debug ("libarchive: %s", archive_error_string (self->archive));
  dio_set_file_error (error, number > 0 ? number : EIO, _ ("The archive cannot be written"));
  return FALSE;
}

DioArchiveWriter *
dio_archive_writer_new (const char *path, gboolean compress, GError **error)
{
  g_autoptr (DioArchiveWriter) self = g_new0 (DioArchiveWriter, 1);

  self->file = dio_new_file_new (path);
  self->archive = archive_write_new ();
  /* "Restricted": as ustar, which appliances are, where no member needs more (it has at most 8 GiB). */
  archive_write_set_format_pax_restricted (self->archive);
  if (compress)
    archive_write_add_filter_zstd (self->archive);
  self->sparse = compress;
  if (archive_write_open_filename (self->archive, dio_new_file_get_path (self->file)) == ARCHIVE_OK)
    return g_steal_pointer (&self);
  fail (self, error);
  return NULL;
}

void
dio_archive_writer_free (DioArchiveWriter *self)
{
  g_clear_pointer (&self->archive, archive_write_free);
  g_clear_pointer (&self->file, dio_new_file_free);
  g_free (self);
}

static struct archive_entry *
make_entry (const char *name, guint type, guint mode)
{
  struct archive_entry *entry = archive_entry_new ();

  /* As bytes: libarchive 3.7 fails with UTF-8 when the locale has other characters. */
  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, type);
  archive_entry_set_perm (entry, mode);
  archive_entry_set_mtime (entry, g_get_real_time () / G_USEC_PER_SEC, 0);
  return entry;
}

/* With a warning a name was written as the bytes that it is, which is what is wanted. */
static gboolean
write_header (DioArchiveWriter *self, struct archive_entry *entry)
{
  return archive_write_header (self->archive, entry) >= ARCHIVE_WARN;
}

gboolean
dio_archive_writer_add_bytes (DioArchiveWriter *self, const char *name, GBytes *content, GError **error)
{
  struct archive_entry *entry = make_entry (name, AE_IFREG, 0644);
  gsize size;
  const void *data = g_bytes_get_data (content, &size);
  gboolean done;

  archive_entry_set_size (entry, (gint64) size);
  done = write_header (self, entry) && archive_write_data (self->archive, data, size) == (gssize) size &&
         archive_write_finish_entry (self->archive) == ARCHIVE_OK;
  archive_entry_free (entry);
  return done || fail (self, error);
}

gboolean
dio_archive_writer_add_folder (DioArchiveWriter *self, const char *name, GError **error)
{
  struct archive_entry *entry = make_entry (name, AE_IFDIR, 0755);
  gboolean done = write_header (self, entry);

  archive_entry_free (entry);
  return done || fail (self, error);
}

/* Where the data of a file is: an archive of the larger kind leaves out what is between. */
static void
add_data_map (struct archive_entry *entry, int fd, off_t size)
{
  off_t at = 0;

  while (at < size)
    {
      off_t start = lseek (fd, at, SEEK_DATA);
      off_t end = start >= 0 ? lseek (fd, start, SEEK_HOLE) : -1;

      if (start < 0 && errno == ENXIO)
        break;
      if (start < 0 || end <= start)
        {
          archive_entry_sparse_clear (entry);
          return;
        }
      archive_entry_sparse_add_entry (entry, start, MIN (end, size) - start);
      at = end;
    }
  if (archive_entry_sparse_count (entry) == 0 && size > 0)
    archive_entry_sparse_add_entry (entry, 0, MIN (size, 4096));
}

/* The next bytes of the file at AT, at most BLOCK: what is empty is not read. Returns: how many, -1 with errno. */
static gssize
read_block (int fd, guint8 *buffer, off_t at, off_t size)
{
  off_t data = lseek (fd, at, SEEK_DATA);
  gsize length = (gsize) MIN (BLOCK, size - at);
  gssize n;

  if (data < 0)
    data = errno == ENXIO ? size : at;
  if (data > at)
    {
      length = MIN (length, (gsize) (data - at));
      memset (buffer, 0, length);
      return (gssize) length;
    }
  do
    n = pread (fd, buffer, length, at);
  while (n < 0 && errno == EINTR);
  if (n == 0) /* it became shorter */
    errno = EIO;
  return n > 0 ? n : -1;
}

/* All of it, holes too: libarchive passes over them. */
static gboolean
write_content (DioArchiveWriter *self, int fd, off_t size, DioProgressFunc progress, gpointer data,
               GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (BLOCK);

  for (off_t at = 0; at < size;)
    {
      gssize n = read_block (fd, buffer, at, size);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (n < 0)
        {
          dio_set_file_error (error, errno, _ ("A disk cannot be read"));
          return FALSE;
        }
      if (archive_write_data (self->archive, buffer, (gsize) n) < 0)
        return fail (self, error);
      at += n;
      if (progress != NULL)
        progress ((double) at / (double) size, data);
    }
  return archive_write_finish_entry (self->archive) == ARCHIVE_OK || fail (self, error);
}

gboolean
dio_archive_writer_add_file (DioArchiveWriter *self, const char *name, const char *path, DioProgressFunc progress,
                             gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct archive_entry *entry;
  struct stat status;
  gboolean done;

  if (fd < 0 || fstat (fd, &status) < 0 || !S_ISREG (status.st_mode))
    {
      g_autofree char *shown = g_filename_display_basename (path);
      g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be read"), shown);

      dio_set_file_error (error, fd < 0 ? errno : EINVAL, what);
      return FALSE;
    }
  entry = make_entry (name, AE_IFREG, 0644);
  archive_entry_set_size (entry, status.st_size);
  if (self->sparse && (guint64) status.st_blocks * 512 < (guint64) status.st_size)
    add_data_map (entry, fd, status.st_size);
  done = write_header (self, entry) || fail (self, error);
  archive_entry_free (entry);
  return done && write_content (self, fd, status.st_size, progress, data, cancellable, error);
}

gboolean
dio_archive_writer_close (DioArchiveWriter *self, GError **error)
{
  return (archive_write_close (self->archive) == ARCHIVE_OK || fail (self, error)) &&
         dio_new_file_commit (self->file, error);
}
