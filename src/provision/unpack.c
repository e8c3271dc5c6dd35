/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/unpack.h"

#include "image/report.h"
#include "library/durable-file.h"
#include "provision/disk-tool.h"
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

#define READ_SIZE (1024 * 1024)
/* What is empty in pieces of this size is not written. */
#define PIECE (64 * 1024)
/* How often it is looked whether there still is room. */
#define CHECK_EVERY (64 * 1024 * 1024)
#define KEEP_FREE (G_GUINT64_CONSTANT (256) * 1024 * 1024)
/* What becomes this many times larger is hardly an image: all of it has to have room, also what is empty, and more is
 * kept free. */
#define BOMB_RATIO 100
#define BOMB_KEEP_FREE G_GUINT64_CONSTANT (1000000000)
#define MAX_SIZE ((guint64) 1 << 46)

typedef struct
{
  char *path, *folder;
} Request;

typedef struct
{
  DioJob *job;
  GCancellable *cancellable;
  struct archive *archive;
  const char *folder; /* where it is written */
  int from, to;
  guint64 packed, total, stored; /* bytes: of the file, of the image so far, of that written */
  guint64 checked;               /* TOTAL when it was looked whether there is room */
} Work;

static gboolean
refuse (GError **error, GIOErrorEnum code, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, code, message);
  return FALSE;
}

/* What libarchive says is for those who know it. */
static gboolean
refuse_damaged (Work *self, GError **error)
{
  g_debug ("libarchive: %s", archive_error_string (self->archive));
  return refuse (error, G_IO_ERROR_INVALID_DATA,
                 _ ("The file is damaged, or a part of it is missing. Download or copy it again."));
}

/* --- room --- */

static gboolean
require_claimed_room (const Request *request, GError **error)
{
  g_autoptr (DioImageReport) report = dio_image_report_new (request->path, NULL);

  return dio_disk_require_space (request->folder, MIN (report->unpacked_size, MAX_SIZE) + KEEP_FREE, error);
}

static gboolean
require_room (Work *self, GError **error)
{
  if (self->total > MAX_SIZE)
    return refuse (error, G_IO_ERROR_INVALID_DATA,
                   _ ("It would become larger than any disk is. It is not what it seems to be: do not use it."));
  if (self->total - self->checked < CHECK_EVERY)
    return TRUE;
  self->checked = self->total;
  if (self->total / BOMB_RATIO < self->packed)
    return dio_disk_require_space (self->folder, KEEP_FREE, error);
  return dio_disk_require_space (self->folder, self->total - self->stored + BOMB_KEEP_FREE, error);
}

/* --- reading and writing --- */

static gboolean
open_packed (Work *self, const char *path, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be read"), shown);
  struct archive_entry *entry;
  struct stat status;

  self->from = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (self->from < 0 || fstat (self->from, &status) < 0 || !S_ISREG (status.st_mode))
    {
      dio_set_file_error (error, self->from < 0 ? errno : EINVAL, what);
      return FALSE;
    }
  self->packed = (guint64) status.st_size;
  self->archive = archive_read_new ();
  archive_read_support_filter_xz (self->archive);
  archive_read_support_filter_gzip (self->archive);
  archive_read_support_filter_zstd (self->archive);
  archive_read_support_filter_bzip2 (self->archive);
  archive_read_support_filter_lz4 (self->archive);
  archive_read_support_format_raw (self->archive);
  if (archive_read_open_fd (self->archive, self->from, READ_SIZE) != ARCHIVE_OK ||
      archive_read_next_header (self->archive, &entry) != ARCHIVE_OK)
    return refuse_damaged (self, error);
  if (archive_filter_code (self->archive, 0) == ARCHIVE_FILTER_NONE)
    return refuse (error, G_IO_ERROR_INVALID_DATA, _ ("It is not compressed in a way that Diorama knows."));
  return TRUE;
}

static gboolean
is_empty (const guint8 *bytes, gsize length)
{
  return *bytes == 0 && memcmp (bytes, bytes + 1, length - 1) == 0;
}

static gboolean
write_piece (Work *self, const guint8 *bytes, gsize length, GError **error)
{
  guint64 at = self->total;

  self->total += length;
  if (is_empty (bytes, length))
    return TRUE;
  self->stored += length;
  while (length > 0)
    {
      gssize n = pwrite (self->to, bytes, length, (off_t) at);

      if (n < 0 && errno != EINTR)
        {
          dio_set_file_error (error, errno, _ ("It cannot be unpacked"));
          return FALSE;
        }
      n = MAX (n, 0);
      bytes += n;
      at += (guint64) n;
      length -= (gsize) n;
    }
  return TRUE;
}

static void
tell (Work *self)
{
  gint64 done = archive_filter_bytes (self->archive, -1);
  g_autofree char *now = g_format_size ((guint64) MAX (0, done));
  g_autofree char *all = g_format_size (self->packed);
  /* Translators: "1.2 GB of 4 GB" */
  g_autofree char *detail = g_strdup_printf (_ ("%s of %s"), now, all);

  dio_job_tell (self->job, self->packed > 0 ? (double) done / (double) self->packed : -1, detail);
}

/* Blocks come one after the other: this format knows no holes. */
static gboolean
write_blocks (Work *self, GError **error)
{
  const void *bytes;
  gsize length;
  la_int64_t offset;
  int result;

  while ((result = archive_read_data_block (self->archive, &bytes, &length, &offset)) == ARCHIVE_OK)
    {
      if (offset < 0 || (guint64) offset != self->total)
        return refuse_damaged (self, error);
      for (gsize done = 0; done < length; done += PIECE)
        if (g_cancellable_set_error_if_cancelled (self->cancellable, error) ||
            !write_piece (self, (const guint8 *) bytes + done, MIN (PIECE, length - done), error) ||
            !require_room (self, error))
          return FALSE;
      tell (self);
    }
  if (result != ARCHIVE_EOF)
    return refuse_damaged (self, error);
  if (self->total == 0)
    return refuse (error, G_IO_ERROR_INVALID_DATA, _ ("There is nothing in it. Download or copy it again."));
  if (ftruncate (self->to, (off_t) self->total) == 0)
    return TRUE;
  dio_set_file_error (error, errno, _ ("It cannot be unpacked"));
  return FALSE;
}

static gboolean
write_file (Work *self, const char *path, GError **error)
{
  gboolean done;

  self->to = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (self->to < 0)
    {
      dio_set_file_error (error, errno, _ ("It cannot be unpacked"));
      return FALSE;
    }
  done = write_blocks (self, error);
  if (close (self->to) < 0 && done)
    {
      dio_set_file_error (error, errno, _ ("It cannot be unpacked"));
      done = FALSE;
    }
  return done;
}

/* --- the job --- */

/* Its name without what says how it is compressed. */
static char *
dup_unpacked_name (const char *path)
{
  static const char *const endings[] = { ".xz", ".gz", ".zst", ".zstd", ".bz2", ".lz4" };
  char *name = g_path_get_basename (path);
  gsize length = strlen (name);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      gsize ending = strlen (endings[i]);

      if (length > ending && g_ascii_strcasecmp (name + length - ending, endings[i]) == 0)
        {
          name[length - ending] = '\0';
          break;
        }
    }
  return name;
}

static gboolean
unpack (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autofree char *name = dup_unpacked_name (request->path);
  g_autofree char *path = g_build_filename (request->folder, name, NULL);
  g_autofree char *result = NULL;
  g_autoptr (DioNewFile) file = dio_new_file_new (path);
  Work work = { .job = job, .cancellable = cancellable, .folder = request->folder, .from = -1 };
  gboolean done;

  done = require_claimed_room (request, error) && open_packed (&work, request->path, error) &&
         write_file (&work, dio_new_file_get_path (file), error);
  g_clear_pointer (&work.archive, archive_read_free);
  g_clear_fd (&work.from, NULL);
  if (!done)
    return FALSE;
  result = dio_new_file_commit_beside (file, error);
  if (result == NULL)
    return FALSE;
  dio_job_set_result (job, result);
  return TRUE;
}

static void
request_free (gpointer data)
{
  Request *self = data;

  g_free (self->path);
  g_free (self->folder);
  g_free (self);
}

DioJob *
dio_unpack_new (const char *path, const char *folder)
{
  g_autofree char *shown = NULL, *title = NULL;
  Request *request;

  g_return_val_if_fail (path != NULL && folder != NULL, NULL);

  shown = g_filename_display_basename (path);
  /* Translators: the name of a compressed file */
  title = g_strdup_printf (_ ("Unpacking “%s”"), shown);
  request = g_new0 (Request, 1);
  request->path = g_canonicalize_filename (path, NULL);
  request->folder = g_canonicalize_filename (folder, NULL);
  return dio_job_new (title, unpack, request, request_free);
}
