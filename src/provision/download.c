/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/download.h"

#include "provision/checksum-list.h"
#include "provision/disk-tool.h"
#include "provision/http.h"
#include "provision/new-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATIENCE 30
#define DEFAULT_RETRY 1000
#define RETRIES 5
#define BLOCK (256 * 1024)
#define TELL_INTERVAL (G_USEC_PER_SEC / 4)
#define MAX_LIST (1024 * 1024)
#define MAX_NAME 200 /* bytes: what a name may have, with room for what is put behind it */
#define NOTE "download"
#define MAX_TRIES 10 /* to open what others rename */

typedef struct
{
  DioJob *job;
  char *uri, *path, *part, *note;
  char *checksum; /* (nullable) */
  char *result;   /* what came of it */
  guint patience, retry;

  DioHttp *http;
  int fd;
  guint64 done, size; /* bytes; SIZE 0: not known */
  char *validator;    /* of what is in the part; (nullable) */
  gint64 told;        /* when */
  guint64 furthest;   /* as far as an attempt ever came */
} Work;

static void
work_free (gpointer data)
{
  Work *self = data;

  g_free (self->uri);
  g_free (self->path);
  g_free (self->part);
  g_free (self->note);
  g_free (self->checksum);
  g_free (self->result);
  g_free (self->validator);
  g_free (self);
}

/* --- what is on the disk --- */

static gboolean
fail_errno (const Work *self, int code, GError **error)
{
  g_autofree char *shown = g_filename_display_name (self->path);

  if (code == ENOSPC || code == EDQUOT || code == EFBIG)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 _ ("There is no room left for “%s”. Make room on its drive, then try again: what has come is kept."),
                 shown);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 _ ("“%s” could not be written (%s). Look after its folder, then try again."), shown,
                 g_strerror (code));
  return FALSE;
}

/* What is noted of a part that was not finished belongs to it only if it is from the same place. */
static void
read_note (Work *self)
{
  g_autoptr (GKeyFile) note = g_key_file_new ();
  g_autofree char *uri = NULL;

  if (!g_key_file_load_from_file (note, self->note, G_KEY_FILE_NONE, NULL))
    return;
  uri = g_key_file_get_string (note, NOTE, "uri", NULL);
  if (g_strcmp0 (uri, self->uri) != 0)
    return;
  self->validator = g_key_file_get_string (note, NOTE, "validator", NULL);
  self->size = g_key_file_get_uint64 (note, NOTE, "size", NULL);
}

static gboolean
write_note (Work *self, GError **error)
{
  g_autoptr (GKeyFile) note = g_key_file_new ();

  g_key_file_set_string (note, NOTE, "uri", self->uri);
  g_key_file_set_string (note, NOTE, "validator", self->validator ? self->validator : "");
  g_key_file_set_uint64 (note, NOTE, "size", self->size);
  return g_key_file_save_to_file (note, self->note, error);
}

/* Whether what was opened is the part still: another download may have finished, and renamed it, before it was locked.
 */
static gboolean
is_part (Work *self)
{
  struct stat opened, there;

  return fstat (self->fd, &opened) == 0 && lstat (self->part, &there) == 0 && opened.st_dev == there.st_dev &&
         opened.st_ino == there.st_ino;
}

static gboolean
open_part (Work *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  struct stat info;

  if (g_mkdir_with_parents (folder, 0755) != 0)
    return fail_errno (self, errno, error);
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      g_clear_fd (&self->fd, NULL);
      self->fd = open (self->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
      if (self->fd < 0)
        return fail_errno (self, errno, error);
      if (flock (self->fd, LOCK_EX | LOCK_NB) != 0)
        break;
      if (!is_part (self))
        continue;
      if (fstat (self->fd, &info) != 0)
        return fail_errno (self, errno, error);
      read_note (self);
      self->done = info.st_size;
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, _ ("“%s” is being downloaded already. Wait until that is done."),
               self->path);
  return FALSE;
}

static gboolean
begin_anew (Work *self, GError **error)
{
  self->done = 0;
  self->size = 0;
  g_clear_pointer (&self->validator, g_free);
  return ftruncate (self->fd, 0) == 0 ? TRUE : fail_errno (self, errno, error);
}

static gboolean
write_all (Work *self, const guint8 *bytes, gsize n, GError **error)
{
  while (n > 0)
    {
      gssize written = pwrite (self->fd, bytes, n, self->done);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return fail_errno (self, written < 0 ? errno : EIO, error);
      bytes += written;
      n -= written;
      self->done += written;
    }
  return TRUE;
}

/* --- what comes --- */

static void
tell (Work *self)
{
  gint64 now = g_get_monotonic_time ();
  g_autofree char *done = NULL, *all = NULL, *detail = NULL;

  if (self->told != 0 && now - self->told < TELL_INTERVAL)
    return;
  self->told = now;
  done = g_format_size (self->done);
  if (self->size == 0)
    {
      dio_job_tell (self->job, -1, done);
      return;
    }
  all = g_format_size (self->size);
  /* Translators: "1.2 GB of 4 GB" */
  detail = g_strdup_printf (_ ("%s of %s"), done, all);
  dio_job_tell (self->job, (double) self->done / self->size, detail);
}

/* Whether the part that is there goes on with ANSWER; else it is begun anew. */
static gboolean
take_answer (Work *self, DioHttpAnswer *answer, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  gboolean same = answer->status == 206 && answer->first == self->done &&
                  (self->size == 0 || answer->size == self->size) &&
                  g_strcmp0 (answer->validator, self->validator) == 0;

  if (answer->status == 206 && !same)
    {
      /* It ignores what was asked for, and so this is not the beginning of its file. */
      if (!begin_anew (self, error))
        return FALSE;
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   _ ("The file on the server has changed. Try again to download all of it."));
      return FALSE;
    }
  if (!same && !begin_anew (self, error))
    return FALSE;
  self->size = answer->size;
  g_set_str (&self->validator, answer->validator);
  if (self->size > 0 && !dio_disk_require_space (folder, self->size - self->done, error))
    return FALSE;
  return write_note (self, error);
}

static gboolean
read_body (Work *self, DioHttpAnswer *answer, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK);
  gssize n;

  while ((n = dio_http_read (self->http, answer, block, BLOCK, cancellable, error)) > 0)
    {
      if (self->size > 0 && (guint64) n > self->size - self->done)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       _ ("The server sends more than it said. Try again later."));
          return FALSE;
        }
      if (!write_all (self, block, n, error))
        return FALSE;
      tell (self);
    }
  if (n == 0 && self->size > 0 && self->done < self->size)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                   _ ("The connection was lost before all of the file had come. What has come is kept: try again to go "
                      "on from there."));
      return FALSE;
    }
  return n == 0;
}

static gboolean
fetch (Work *self, GCancellable *cancellable, GError **error)
{
  g_auto (DioHttpAnswer) answer = { 0 };

  /* Nobody could tell whether the rest belongs to what is there. */
  if ((!self->validator || !*self->validator) && self->done > 0 && !begin_anew (self, error))
    return FALSE;
  if (self->size > 0 && self->done == self->size)
    return TRUE;
  if (!dio_http_ask (self->http, "GET", self->uri, self->done, self->validator, &answer, cancellable, error))
    return FALSE;
  if (answer.status == 416)
    {
      if (begin_anew (self, error))
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                     _ ("The file on the server has changed. Try again to download all of it."));
      return FALSE;
    }
  return take_answer (self, &answer, error) && read_body (self, &answer, cancellable, error);
}

/* Returns FALSE if it was cancelled meanwhile. */
static gboolean
wait_for (guint milliseconds, GCancellable *cancellable)
{
  GPollFD poll;

  if (!g_cancellable_make_pollfd (cancellable, &poll))
    return TRUE;
  g_poll (&poll, 1, milliseconds);
  g_cancellable_release_fd (cancellable);
  return !g_cancellable_is_cancelled (cancellable);
}

static gboolean
fetch_patiently (Work *self, GCancellable *cancellable, GError **error)
{
  guint attempt = 0;

  for (;;)
    {
      g_autoptr (GError) problem = NULL;

      if (fetch (self, cancellable, &problem))
        return TRUE;
      if (self->done > self->furthest)
        {
          self->furthest = self->done;
          attempt = 0; /* it goes on, if slowly */
        }
      if (!dio_http_is_passing (problem) || attempt == RETRIES)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      dio_job_tell (self->job, self->size > 0 ? (double) self->done / self->size : -1, _ ("Waiting for the network…"));
      if (!wait_for (self->retry << attempt++, cancellable))
        return !g_cancellable_set_error_if_cancelled (cancellable, error);
    }
}

/* --- whether it is right --- */

/* A list of checksums that is fetched the way the file was is as good as the file, but tells a broken one. */
static char *
read_list (Work *self, const char *uri, GCancellable *cancellable)
{
  g_auto (DioHttpAnswer) answer = { 0 };
  g_autofree char *text = g_malloc (MAX_LIST + 1);
  gsize n_read = 0;
  gssize n = -1;

  if (!dio_http_ask (self->http, "GET", uri, 0, NULL, &answer, cancellable, NULL) || answer.status != 200)
    return NULL;
  while (n_read < MAX_LIST &&
         (n = dio_http_read (self->http, &answer, text + n_read, MAX_LIST - n_read, cancellable, NULL)) > 0)
    n_read += n;
  text[n_read] = '\0';
  return n == 0 ? g_steal_pointer (&text) : NULL;
}

static void
find_checksum (Work *self, GCancellable *cancellable)
{
  static const char *const lists[] = { "SHA256SUMS", "SHA512SUMS" };
  g_autofree char *path = g_path_get_basename (self->uri);
  g_autofree char *file = g_uri_unescape_string (path, "/");

  for (guint i = 0; i < G_N_ELEMENTS (lists) && file && !self->checksum; i++)
    {
      g_autofree char *uri = g_uri_resolve_relative (self->uri, lists[i], G_URI_FLAGS_NONE, NULL);
      g_autofree char *text = uri ? read_list (self, uri, cancellable) : NULL;

      self->checksum = text ? dio_checksum_list_find (text, file) : NULL;
    }
}

/* Whether the file FD has the checksum; TRUE where none is known. */
static gboolean
has_checksum (Work *self, int fd, GCancellable *cancellable, gboolean *ret_right, GError **error)
{
  g_autofree guint8 *block = g_malloc (BLOCK);
  g_autoptr (GChecksum) sum = NULL;
  GChecksumType type;
  goffset at = 0;
  gssize n;

  *ret_right = TRUE;
  if (!self->checksum)
    return TRUE;
  g_return_val_if_fail (dio_checksum_parse (self->checksum, &type), FALSE);
  sum = g_checksum_new (type);
  dio_job_tell (self->job, -1, _ ("Checking…"));
  while ((n = pread (fd, block, BLOCK, at)) > 0)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      g_checksum_update (sum, block, n);
      at += n;
    }
  if (n < 0)
    return fail_errno (self, errno, error);
  *ret_right = g_ascii_strcasecmp (g_checksum_get_string (sum), self->checksum) == 0;
  return TRUE;
}

static gboolean
check (Work *self, GCancellable *cancellable, GError **error)
{
  gboolean right;

  if (!self->checksum)
    find_checksum (self, cancellable);
  if (!has_checksum (self, self->fd, cancellable, &right, error))
    return FALSE;
  if (right)
    return TRUE;
  dio_download_discard (self->path);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               _ ("What came from the server is not what its makers published (the checksum is another), so it was "
                  "thrown away. Try again; if it happens again, download the file with a web browser."));
  return FALSE;
}

/* --- giving it its name --- */

/* One that was downloaded before is as good: if it is as big as the server's and has the checksum. */
static gboolean
is_there (Work *self, GCancellable *cancellable)
{
  g_autofd int fd = open (self->path, O_RDONLY | O_CLOEXEC);
  g_auto (DioHttpAnswer) answer = { 0 };
  struct stat info;
  gboolean right = FALSE;

  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) ||
      !dio_http_ask (self->http, "HEAD", self->uri, 0, NULL, &answer, cancellable, NULL) || answer.size == 0 ||
      answer.size != (guint64) info.st_size)
    return FALSE;
  if (!self->checksum)
    find_checksum (self, cancellable);
  return has_checksum (self, fd, cancellable, &right, NULL) && right;
}

static gboolean
finish (Work *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  if (fsync (self->fd) != 0)
    return fail_errno (self, errno, error);
  self->result = dio_rename_to_free_name (self->part, self->path);
  if (self->result == NULL)
    return fail_errno (self, errno, error);
  g_unlink (self->note);
  return dio_disk_sync (folder, error);
}

/* --- the job --- */

/* The part is open, and ours. When nothing has come there is nothing to go on from. */
static gboolean
fill_part (Work *self, GCancellable *cancellable, GError **error)
{
  struct stat info;

  if (fetch_patiently (self, cancellable, error) && check (self, cancellable, error) && finish (self, error))
    return TRUE;
  if (is_part (self) && fstat (self->fd, &info) == 0 && info.st_size == 0)
    dio_download_discard (self->path);
  return FALSE;
}

static gboolean
run (Work *self, DioJob *job, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioHttp) http = dio_http_new (self->patience);
  gboolean done;

  self->job = job;
  self->http = http;
  self->fd = -1;
  if (is_there (self, cancellable))
    {
      self->result = g_strdup (self->path);
      return TRUE;
    }
  done = open_part (self, error) && fill_part (self, cancellable, error);
  g_clear_fd (&self->fd, NULL);
  return done;
}

static char *
name_note (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *file = g_path_get_basename (path);
  g_autofree char *note = g_strdup_printf (".%s.part-from", file);

  return g_build_filename (folder, note, NULL);
}

static Work *
work_new (const DioDownload *download)
{
  Work *self = g_new0 (Work, 1);

  self->uri = g_strdup (download->uri);
  self->path = g_strdup (download->path);
  self->part = g_strconcat (download->path, ".part", NULL);
  self->note = name_note (download->path);
  self->checksum = g_strdup (download->checksum);
  self->patience = download->patience ? download->patience : DEFAULT_PATIENCE;
  self->retry = download->retry ? download->retry : DEFAULT_RETRY;
  return self;
}

gboolean
dio_download_run (const DioDownload *download, DioJob *job, char **ret_path, GCancellable *cancellable, GError **error)
{
  GChecksumType type;
  Work *self;
  gboolean done;

  g_return_val_if_fail (g_path_is_absolute (download->path), FALSE);
  g_return_val_if_fail (!download->checksum || dio_checksum_parse (download->checksum, &type), FALSE);

  self = work_new (download);
  done = run (self, job, cancellable, error);
  if (done)
    *ret_path = g_strdup (self->result);
  work_free (self);
  return done;
}

void
dio_download_discard (const char *path)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *note = name_note (path);

  g_unlink (part);
  g_unlink (note);
}

char *
dio_download_dup_path (const char *uri)
{
  const char *folder = g_get_user_special_dir (G_USER_DIRECTORY_DOWNLOAD);
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, NULL);
  g_autofree char *own = folder ? g_strdup (folder) : g_build_filename (g_get_home_dir (), "Downloads", NULL);
  g_autofree char *name = parsed ? g_path_get_basename (g_uri_get_path (parsed)) : NULL;

  /* Neither hidden, nor out of the folder, nor longer than a name may be. */
  if (!name || !*name || strchr (name, '/') || *name == '.' || strlen (name) > MAX_NAME ||
      !g_utf8_validate (name, -1, NULL))
    g_set_str (&name, "download.iso");
  return g_build_filename (own, name, NULL);
}

/* --- how big it is --- */

static void
measure (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (DioHttp) http = dio_http_new (DEFAULT_PATIENCE);
  g_auto (DioHttpAnswer) answer = { 0 };
  GError *error = NULL;

  if (dio_http_ask (http, "HEAD", task_data, 0, NULL, &answer, cancellable, &error))
    g_task_return_pointer (task, g_memdup2 (&answer.size, sizeof answer.size), g_free);
  else
    g_task_return_error (task, error);
}

void
dio_download_measure_async (const char *uri, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_download_measure_async);
  g_task_set_task_data (task, g_strdup (uri), g_free);
  g_task_run_in_thread (task, measure);
}

guint64
dio_download_measure_finish (GAsyncResult *result, GError **error)
{
  g_autofree guint64 *size = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), 0);

  size = g_task_propagate_pointer (G_TASK (result), error);
  return size ? *size : 0;
}
