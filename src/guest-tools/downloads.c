/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "guest-tools/downloads.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spice/vd_agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define N_MAX 16           /* files at a time */
#define NUMBER_MAX 9999    /* of files that would have one name */
#define NAME_MAX_BYTES 200 /* a number and what a file system adds fit behind */

typedef struct
{
  bool used;
  uint32_t id;
  int fd;
  uint64_t size, received;
  char name[256]; /* in the folder */
} Download;

struct _DioDownloads
{
  char *folder;
  int folder_fd; /* -1 until the first file */
  Download downloads[N_MAX];
  DioDownloadsAnswer answer;
  void *data;
};

/* --- the folder --- */

/* PREFIX and REST joined. */
static char *
join (const char *prefix, const char *rest, size_t n_rest)
{
  size_t n = strlen (prefix);
  char *path = malloc (n + n_rest + 1);

  if (path != NULL)
    {
      memcpy (path, prefix, n);
      memcpy (path + n, rest, n_rest);
      path[n + n_rest] = '\0';
    }
  return path;
}

/* What a line of user-dirs.dirs (xdg-user-dirs) says: XDG_DOWNLOAD_DIR="$HOME/…" or an absolute path. NULL: it is about
 * another folder, or makes no sense. */
static char *
read_line (const char *line, const char *home)
{
  static const char key[] = "XDG_DOWNLOAD_DIR=\"", at_home[] = "$HOME/";
  const char *value, *end;

  line += strspn (line, " \t");
  if (strncmp (line, key, sizeof key - 1) != 0)
    return NULL;
  value = line + sizeof key - 1;
  end = strchr (value, '"');
  if (end == NULL)
    return NULL;
  if (strncmp (value, at_home, sizeof at_home - 1) == 0)
    return join (home, value + 5, end - value - 5);
  return *value == '/' ? join ("", value, end - value) : NULL;
}

static char *
read_user_dirs (const char *home)
{
  const char *config = getenv ("XDG_CONFIG_HOME");
  bool set = config != NULL && *config == '/';
  char *path = set ? join (config, "/user-dirs.dirs", 15) : join (home, "/.config/user-dirs.dirs", 23), *folder = NULL;
  FILE *file = path != NULL ? fopen (path, "re") : NULL;
  char line[PATH_MAX + 64];

  while (file != NULL && folder == NULL && fgets (line, sizeof line, file) != NULL)
    folder = read_line (line, home);
  if (file != NULL)
    fclose (file);
  free (path);
  return folder;
}

static char *
find_folder (void)
{
  const char *set = getenv ("XDG_DOWNLOAD_DIR"), *home = getenv ("HOME");
  char *folder = NULL;

  if (set != NULL && *set == '/')
    return join ("", set, strlen (set));
  if (home == NULL || *home != '/')
    return NULL;
  folder = read_user_dirs (home);
  return folder != NULL ? folder : join (home, "/Downloads", 10);
}

static bool
open_folder (DioDownloads *self)
{
  if (self->folder == NULL)
    self->folder = find_folder ();
  if (self->folder == NULL)
    return false;
  if (self->folder_fd < 0)
    {
      mkdir (self->folder, 0755);
      self->folder_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
  if (self->folder_fd < 0)
    fprintf (stderr, "diorama-guest-agent: %s cannot be opened: %s\n", self->folder, strerror (errno));
  return self->folder_fd >= 0;
}

/* --- what the host says of a file --- */

/* A value of GLib's key files, which has \s, \n, \t, \r and \\ for what cannot stand in one. */
static size_t
unescape (const char *value, size_t n, char *text, size_t size)
{
  size_t out = 0;

  for (size_t i = 0; i < n && out < size; i++)
    {
      char c = value[i];

      if (c == '\\' && i + 1 < n)
        {
          c = value[++i];
          c = c == 's' ? ' ' : c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
      text[out++] = c;
    }
  return out;
}

/* Room is kept for a number, and not in the middle of a character. */
static size_t
shorten (const char *name, size_t n)
{
  if (n <= NAME_MAX_BYTES)
    return n;
  for (n = NAME_MAX_BYTES; n > 0 && ((unsigned char) name[n] & 0xc0) == 0x80; n--)
    ;
  return n;
}

/* The last part of a path only, and nothing in it that could lead elsewhere or confuse a terminal. */
static bool
tame_name (const char *value, size_t n_value, char *name, size_t size)
{
  char text[4096];
  size_t n = unescape (value, n_value, text, sizeof text), begin = 0;

  for (size_t i = 0; i < n; i++)
    if (text[i] == '/')
      begin = i + 1;
  n = shorten (text + begin, n - begin);
  if (n == 0 || n >= size)
    return false;
  for (size_t i = 0; i < n; i++)
    name[i] = (unsigned char) text[begin + i] < 0x20 || text[begin + i] == 0x7f ? '_' : text[begin + i];
  name[n] = '\0';
  return strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

static bool
parse_size (const char *value, size_t n, uint64_t *size)
{
  *size = 0;
  for (size_t i = 0; i < n; i++)
    {
      unsigned digit = (unsigned char) value[i] - '0';

      if (digit > 9 || *size > ((uint64_t) INT64_MAX - digit) / 10)
        return false;
      *size = *size * 10 + digit;
    }
  return n > 0;
}

bool
dio_downloads_parse (const char *text, size_t n, char *name, size_t size_name, uint64_t *size)
{
  bool has_name = false, has_size = false;
  const char *end = memchr (text, '\0', n) != NULL ? memchr (text, '\0', n) : text + n;

  while (text < end)
    {
      const char *newline = memchr (text, '\n', end - text);
      size_t length = (newline != NULL ? newline : end) - text;

      if (length >= 5 && memcmp (text, "name=", 5) == 0)
        has_name = tame_name (text + 5, length - 5, name, size_name);
      else if (length >= 5 && memcmp (text, "size=", 5) == 0)
        has_size = parse_size (text + 5, length - 5, size);
      text += length + 1;
    }
  return has_name && has_size;
}

/* --- files --- */

static Download *
find (DioDownloads *self, uint32_t id)
{
  for (unsigned i = 0; i < N_MAX; i++)
    if (self->downloads[i].used && self->downloads[i].id == id)
      return &self->downloads[i];
  return NULL;
}

static Download *
find_free (DioDownloads *self)
{
  for (unsigned i = 0; i < N_MAX; i++)
    if (!self->downloads[i].used)
      return &self->downloads[i];
  return NULL;
}

static void
drop (DioDownloads *self, Download *download, bool whole)
{
  if (download->fd >= 0)
    close (download->fd);
  if (!whole)
    unlinkat (self->folder_fd, download->name, 0);
  *download = (Download) { .fd = -1 };
}

static uint64_t
get_free_space (DioDownloads *self)
{
  struct statvfs stat;

  return fstatvfs (self->folder_fd, &stat) == 0 ? (uint64_t) stat.f_bavail * stat.f_frsize : UINT64_MAX;
}

static void
fail (DioDownloads *self, Download *download, int error)
{
  uint32_t id = download->id;

  fprintf (stderr, "diorama-guest-agent: %s was not received: %s\n", download->name, strerror (error));
  drop (self, download, false);
  if (error == ENOSPC || error == EDQUOT)
    self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE, get_free_space (self));
  else
    self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_ERROR, 0);
}

/* “name.tar” or, where there is such a file, “name (2).tar”. Returns: its descriptor, or -1 with errno. */
static int
create (DioDownloads *self, const char *wanted, char *name, size_t size)
{
  const char *dot = strrchr (wanted, '.');
  int stem = dot != NULL && dot != wanted ? (int) (dot - wanted) : (int) strlen (wanted);

  for (int i = 1; i <= NUMBER_MAX; i++)
    {
      int fd;

      if (i == 1)
        snprintf (name, size, "%s", wanted);
      else
        snprintf (name, size, "%.*s (%d)%s", stem, wanted, i, wanted + stem);
      fd = openat (self->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
      if (fd >= 0 || errno != EEXIST)
        return fd;
    }
  errno = EEXIST;
  return -1;
}

void
dio_downloads_start (DioDownloads *self, uint32_t id, const char *text, size_t n)
{
  Download *download = find_free (self);
  char name[256];
  uint64_t size, space;

  if (download == NULL || find (self, id) != NULL || !dio_downloads_parse (text, n, name, sizeof name, &size) ||
      !open_folder (self))
    {
      self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_ERROR, 0);
      return;
    }
  space = get_free_space (self);
  if (size > space)
    {
      self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE, space);
      return;
    }
  download->fd = create (self, name, download->name, sizeof download->name);
  if (download->fd < 0)
    {
      fprintf (stderr, "diorama-guest-agent: %s/%s cannot be written: %s\n", self->folder, name, strerror (errno));
      self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_ERROR, 0);
      return;
    }
  download->used = true;
  download->id = id;
  download->size = size;
  download->received = 0;
  self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA, 0);
}

static int
write_all (int fd, const uint8_t *bytes, size_t n)
{
  while (n > 0)
    {
      ssize_t written = write (fd, bytes, n);

      if (written < 0 && errno != EINTR)
        return errno;
      if (written > 0)
        {
          bytes += written;
          n -= written;
        }
    }
  return 0;
}

void
dio_downloads_add (DioDownloads *self, uint32_t id, const uint8_t *bytes, size_t n, bool last)
{
  Download *download = find (self, id);
  int error;

  /* What was on its way when it failed, or was cancelled. */
  if (download == NULL)
    return;
  if (n > download->size - download->received)
    {
      fail (self, download, EFBIG);
      return;
    }
  error = write_all (download->fd, bytes, n);
  download->received += n;
  if (error == 0 && last && download->received == download->size)
    {
      /* A file system that is far away tells here that it is full. */
      error = close (download->fd) < 0 ? errno : 0;
      download->fd = -1;
      if (error == 0)
        {
          drop (self, download, true);
          self->answer (self->data, id, VD_AGENT_FILE_XFER_STATUS_SUCCESS, 0);
        }
    }
  if (error != 0)
    fail (self, download, error);
}

void
dio_downloads_cancel (DioDownloads *self, uint32_t id)
{
  Download *download = find (self, id);

  if (download != NULL)
    drop (self, download, false);
}

void
dio_downloads_cancel_all (DioDownloads *self)
{
  for (unsigned i = 0; i < N_MAX; i++)
    if (self->downloads[i].used)
      drop (self, &self->downloads[i], false);
}

DioDownloads *
dio_downloads_new (const char *folder, DioDownloadsAnswer answer, void *data)
{
  DioDownloads *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->folder = folder != NULL ? strdup (folder) : NULL;
  self->folder_fd = -1;
  self->answer = answer;
  self->data = data;
  return self;
}

void
dio_downloads_free (DioDownloads *self)
{
  if (self == NULL)
    return;
  dio_downloads_cancel_all (self);
  if (self->folder_fd >= 0)
    close (self->folder_fd);
  free (self->folder);
  free (self);
}
