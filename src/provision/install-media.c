/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/install-media.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (64 * 1024)
#define MAX_EXTRACT ((guint64) 1 << 30)

typedef struct archive Reader;
typedef struct archive Writer;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reader, archive_read_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Writer, archive_write_free)

static gboolean
fail_write (const char *path, int code, const char *why, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (code == ENOSPC || code == EDQUOT)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 _ ("There is no room left for “%s”. Make room on its drive, then try again."), shown);
  else
    g_set_error (error, G_IO_ERROR, code ? (int) g_io_error_from_errno (code) : G_IO_ERROR_FAILED,
                 _ ("“%s” could not be written (%s). Look after its folder, then try again."), shown, why);
  return FALSE;
}

static gboolean
fail_read (const char *path, const char *why, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (path);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("The disc “%s” could not be read (%s). Download or copy it again, or install without “Install by "
                  "Itself”."),
               shown, why);
  return FALSE;
}

/* --- reading discs --- */

/* Steps to INNER. */
static gboolean
find_entry (Reader *reader, const char *iso, const char *inner, struct archive_entry **entry, GCancellable *cancellable,
            GError **error)
{
  g_autofree char *why = NULL;
  int status;

  while ((status = archive_read_next_header (reader, entry)) == ARCHIVE_OK || status == ARCHIVE_WARN)
    {
      const char *name = archive_entry_pathname (*entry);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (name && g_ascii_strcasecmp (name, inner) == 0 && archive_entry_filetype (*entry) == AE_IFREG)
        return TRUE;
    }
  if (status != ARCHIVE_EOF)
    return fail_read (iso, archive_error_string (reader), error);
  /* Translators: %s is a file's name */
  why = g_strdup_printf (_ ("there is no “%s”"), inner);
  return fail_read (iso, why, error);
}

static gboolean
copy_out (Reader *reader, const char *iso, int fd, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK);
  guint64 done = 0;
  la_ssize_t n;

  while ((n = archive_read_data (reader, block, BLOCK)) > 0)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      done += n;
      if (done > MAX_EXTRACT)
        return fail_read (iso, g_strerror (EFBIG), error);
      if (write (fd, block, n) != n)
        return fail_write (path, errno ? errno : EIO, g_strerror (errno), error);
    }
  return n == 0 ? TRUE : fail_read (iso, archive_error_string (reader), error);
}

gboolean
dio_iso_extract (const char *iso, const char *inner, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (Reader) reader = archive_read_new ();
  g_autofd int fd = -1;
  struct archive_entry *entry;

  archive_read_support_format_iso9660 (reader);
  if (archive_read_open_filename (reader, iso, BLOCK) != ARCHIVE_OK)
    return fail_read (iso, archive_error_string (reader), error);
  if (!find_entry (reader, iso, inner, &entry, cancellable, error))
    return FALSE;
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_write (path, errno, g_strerror (errno), error);
  if (copy_out (reader, iso, fd, path, cancellable, error))
    return TRUE;
  g_unlink (path);
  return FALSE;
}

/* --- writing --- */

static gboolean
add_file (Writer *writer, const char *name, GBytes *content)
{
  struct archive_entry *entry = archive_entry_new ();
  gsize size;
  const void *bytes = g_bytes_get_data (content, &size);
  gboolean added;

  archive_entry_set_pathname (entry, name);
  archive_entry_set_size (entry, size);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0600);
  archive_entry_set_mtime (entry, g_get_real_time () / G_USEC_PER_SEC, 0);
  added = archive_write_header (writer, entry) == ARCHIVE_OK &&
          archive_write_data (writer, bytes, size) == (la_ssize_t) size;
  archive_entry_free (entry);
  return added;
}

gboolean
dio_initrd_append (const char *path, const char *name, GBytes *content, GError **error)
{
  g_autoptr (Writer) writer = archive_write_new ();
  g_autofd int fd = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);
  static const char padding[4];
  struct stat info;
  gsize rest;

  if (fd < 0 || fstat (fd, &info) != 0)
    return fail_write (path, errno, g_strerror (errno), error);
  /* An archive that is not compressed begins at a multiple of four. */
  rest = (4 - info.st_size % 4) % 4;
  if (write (fd, padding, rest) != (gssize) rest)
    return fail_write (path, errno, g_strerror (errno), error);
  archive_write_set_format_cpio_newc (writer);
  archive_write_add_filter_none (writer);
  if (archive_write_open_fd (writer, fd) == ARCHIVE_OK && add_file (writer, name, content) &&
      archive_write_close (writer) == ARCHIVE_OK)
    return TRUE;
  return fail_write (path, archive_errno (writer), archive_error_string (writer), error);
}

static gboolean
write_disc (Writer *writer, int fd, const char *label, const char *const *names, GPtrArray *contents)
{
  if (archive_write_set_format_iso9660 (writer) != ARCHIVE_OK ||
      archive_write_set_format_option (writer, "iso9660", "volume-id", label) != ARCHIVE_OK ||
      archive_write_open_fd (writer, fd) != ARCHIVE_OK)
    return FALSE;
  for (guint i = 0; names[i]; i++)
    if (!add_file (writer, names[i], contents->pdata[i]))
      return FALSE;
  return archive_write_close (writer) == ARCHIVE_OK;
}

gboolean
dio_iso_write (const char *path, const char *label, const char *const *names, GPtrArray *contents, GError **error)
{
  g_autoptr (Writer) writer = archive_write_new ();
  g_autofd int fd = -1;

  g_return_val_if_fail (g_strv_length ((char **) names) == contents->len, FALSE);

  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_write (path, errno, g_strerror (errno), error);
  if (write_disc (writer, fd, label, names, contents))
    return TRUE;
  fail_write (path, archive_errno (writer), archive_error_string (writer), error);
  g_unlink (path);
  return FALSE;
}
