/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/archive-file.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"

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
/* How often it is looked whether there still is room: what is compressed does not tell how large it becomes. */
#define CHECK_EVERY (64 * 1024 * 1024)
#define KEEP_FREE (256 * 1024 * 1024)
#define MAX_FILE_SIZE ((gint64) 1 << 46)

struct _DioArchiveReader
{
  struct archive *archive;
  int fd;
  guint64 size; /* of the archive */
  guint n_members;
  gint64 member_size;
};

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, message);
  return FALSE;
}

/* What libarchive says is for those who know tar. */
static gboolean
refuse_damaged (DioArchiveReader *self, GError **error)
{
  g_debug ("libarchive: %s", archive_error_string (self->archive));
  return refuse (error, _ ("The archive is damaged, or was cut short. Get it again."));
}

DioArchiveReader *
dio_archive_reader_new (const char *path, GError **error)
{
  g_autoptr (DioArchiveReader) self = g_new0 (DioArchiveReader, 1);
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be read"), shown);
  struct stat status;

  self->fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &status) < 0 || !S_ISREG (status.st_mode))
    {
      dio_set_file_error (error, self->fd < 0 ? errno : EINVAL, what);
      return NULL;
    }
  self->size = (guint64) status.st_size;
  self->archive = archive_read_new ();
  archive_read_support_format_tar (self->archive);
  archive_read_support_filter_zstd (self->archive);
  archive_read_support_filter_gzip (self->archive);
  if (archive_read_open_fd (self->archive, self->fd, BLOCK) == ARCHIVE_OK)
    return g_steal_pointer (&self);
  refuse_damaged (self, error);
  return NULL;
}

void
dio_archive_reader_free (DioArchiveReader *self)
{
  g_clear_pointer (&self->archive, archive_read_free);
  g_clear_fd (&self->fd, NULL);
  g_free (self);
}

/* Without what leads elsewhere. "./disk.vmdk" is "disk.vmdk". */
static const char *
clean_name (const char *name)
{
  g_auto (GStrv) parts = NULL;

  while (name != NULL && g_str_has_prefix (name, "./"))
    name += 2;
  if (name == NULL || *name == '\0' || *name == '/' || strlen (name) > 1024 || !g_utf8_validate (name, -1, NULL))
    return NULL;
  parts = g_strsplit (name, "/", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (g_str_equal (parts[i], "..") || g_str_equal (parts[i], ".") || (*parts[i] == '\0' && parts[i + 1] != NULL))
      return NULL;
  return name;
}

gboolean
dio_archive_reader_next (DioArchiveReader *self, DioArchiveMember *member, GError **error)
{
  struct archive_entry *entry;
  int result = archive_read_next_header (self->archive, &entry);
  const char *raw;

  *member = (DioArchiveMember) { 0 };
  if (result == ARCHIVE_EOF)
    return self->n_members > 0 || refuse_damaged (self, error);
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
    return refuse_damaged (self, error);
  if (++self->n_members > DIO_ARCHIVE_MAX_MEMBERS)
    return refuse (error, _ ("The archive has more files than Diorama takes from one."));

  raw = archive_entry_pathname_utf8 (entry);
  if (raw == NULL) /* the locale has other characters; the name may be UTF-8 nevertheless */
    raw = archive_entry_pathname (entry);
  member->folder = archive_entry_filetype (entry) == AE_IFDIR;
  if (member->folder && g_strcmp0 (raw, "./") == 0)
    return dio_archive_reader_next (self, member, error);
  member->name = clean_name (raw);
  self->member_size = archive_entry_size (entry);
  member->size = (guint64) MAX (0, self->member_size);
  if (member->name == NULL || archive_entry_hardlink (entry) != NULL || archive_entry_symlink (entry) != NULL ||
      (!member->folder && archive_entry_filetype (entry) != AE_IFREG) || self->member_size < 0 ||
      self->member_size > MAX_FILE_SIZE)
    return refuse (error, _ ("The archive wants to write where it must not. Diorama does not unpack it."));
  return TRUE;
}

GBytes *
dio_archive_reader_read (DioArchiveReader *self, gsize max, GError **error)
{
  g_autofree guint8 *buffer = NULL;
  gssize n, length = 0;

  if (self->member_size > (gint64) max)
    {
      refuse (error, _ ("A description in the archive is larger than one ever is. Diorama does not unpack it."));
      return NULL;
    }
  buffer = g_malloc0 ((gsize) self->member_size + 1);
  while (length < self->member_size &&
         (n = archive_read_data (self->archive, buffer + length, (gsize) (self->member_size - length))) > 0)
    length += n;
  if (length < self->member_size)
    {
      refuse_damaged (self, error);
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&buffer), (gsize) length);
}

static gboolean
write_at (int fd, const guint8 *bytes, gsize length, gint64 offset)
{
  while (length > 0)
    {
      gssize n = pwrite (fd, bytes, length, offset);

      if (n < 0 && errno != EINTR)
        return FALSE;
      n = MAX (n, 0);
      bytes += n;
      offset += n;
      length -= (gsize) n;
    }
  return TRUE;
}

typedef struct
{
  int fd;
  const char *folder;
  GChecksum *checksum;
  gint64 end;       /* of what was written */
  gint64 unchecked; /* bytes since it was looked whether there is room */
} Target;

static gboolean
write_block (DioArchiveReader *self, Target *target, const guint8 *bytes, gsize length, gint64 offset, GError **error)
{
  /* What has checksums is not of the kind that leaves out what is empty. */
  if ((target->checksum != NULL && offset != target->end) || offset < target->end || offset > self->member_size ||
      (gint64) length > self->member_size - offset)
    return refuse_damaged (self, error);
  if (target->checksum != NULL)
    g_checksum_update (target->checksum, bytes, (gssize) length);
  if (!write_at (target->fd, bytes, length, offset))
    {
      dio_set_file_error (error, errno, _ ("The archive cannot be unpacked"));
      return FALSE;
    }
  target->end = offset + (gint64) length;
  target->unchecked += (gint64) length;
  if (target->unchecked < CHECK_EVERY)
    return TRUE;
  target->unchecked = 0;
  return dio_disk_require_space (target->folder, KEEP_FREE, error);
}

static gboolean
extract (DioArchiveReader *self, Target *target, DioProgressFunc progress, gpointer data, GCancellable *cancellable,
         GError **error)
{
  const void *bytes;
  gsize length;
  la_int64_t offset;
  int result;

  while ((result = archive_read_data_block (self->archive, &bytes, &length, &offset)) == ARCHIVE_OK)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error) ||
          (length > 0 && !write_block (self, target, bytes, length, offset, error)))
        return FALSE;
      if (progress != NULL && self->size > 0)
        progress (MIN (1, (double) archive_filter_bytes (self->archive, -1) / (double) self->size), data);
    }
  if (result != ARCHIVE_EOF || (target->checksum != NULL && target->end != self->member_size))
    return refuse_damaged (self, error);
  if (ftruncate (target->fd, self->member_size) == 0)
    return TRUE;
  dio_set_file_error (error, errno, _ ("The archive cannot be unpacked"));
  return FALSE;
}

gboolean
dio_archive_reader_extract (DioArchiveReader *self, const char *to, GChecksum *checksum, DioProgressFunc progress,
                            gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (to);
  Target target = { .folder = folder, .checksum = checksum, .unchecked = CHECK_EVERY };
  gboolean done;

  target.fd = open (to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (target.fd < 0 && errno == EEXIST)
    return refuse (error, _ ("The archive has a file twice. It is damaged: get it again."));
  if (target.fd < 0)
    {
      dio_set_file_error (error, errno, _ ("The archive cannot be unpacked"));
      return FALSE;
    }
  done = extract (self, &target, progress, data, cancellable, error);
  if (close (target.fd) < 0 && done)
    {
      dio_set_file_error (error, errno, _ ("The archive cannot be unpacked"));
      done = FALSE;
    }
  if (!done)
    g_unlink (to);
  return done;
}
