/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/new-file.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX ".diorama-"
#define NAME_FORMAT PREFIX "%x-%d-" /* realm, process; then a random word */
#define FORGOTTEN_S (24 * 60 * 60)

struct _DioNewFile
{
  char *path, *folder;
  char *part; /* NULL: it has its name */
};

/* Where process numbers are each one process': this run of this computer, and in it this sandbox. */
static guint
hash_realm (void)
{
  g_autofree char *boot = NULL;
  struct stat status = { 0 };

  g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL);
  if (stat ("/proc/self/ns/pid", &status) < 0)
    g_debug ("The processes' namespace: %s", g_strerror (errno));
  return g_str_hash (boot ? boot : "") ^ (guint) status.st_ino;
}

/* Whether nobody writes the file STATUS of NAME any more: its process has died, or is another realm's and has written
 * nothing for a day. No lock tells that: what writes is often qemu-img, and where a network has no others its own locks
 * would be in the way of ours. */
static gboolean
is_remains (const char *name, const struct stat *status)
{
  guint realm;
  int pid, end = -1;

  if (sscanf (name, NAME_FORMAT "%*8[0-9a-f].part%n", &realm, &pid, &end) != 2 || end != (int) strlen (name) ||
      pid <= 0)
    return FALSE;
  if (realm == hash_realm ())
    return kill (pid, 0) < 0 && errno == ESRCH;
  return status->st_mtim.tv_sec < g_get_real_time () / G_USEC_PER_SEC - FORGOTTEN_S;
}

void
dio_new_file_sweep (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = NULL;
      struct stat status;

      if (!g_str_has_prefix (name, PREFIX))
        continue;
      path = g_build_filename (folder, name, NULL);
      if (lstat (path, &status) == 0 && S_ISREG (status.st_mode) && is_remains (name, &status))
        g_unlink (path);
    }
}

DioNewFile *
dio_new_file_new (const char *path)
{
  DioNewFile *self = g_new0 (DioNewFile, 1);
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (NAME_FORMAT "%.8s.part", hash_realm (), (int) getpid (), random);

  self->path = g_canonicalize_filename (path, NULL);
  self->folder = g_path_get_dirname (self->path);
  self->part = g_build_filename (self->folder, name, NULL);
  return self;
}

const char *
dio_new_file_get_path (DioNewFile *self)
{
  return self->part;
}

const char *
dio_new_file_get_folder (DioNewFile *self)
{
  return self->folder;
}

/* --- its name --- */

/* Returns: (transfer full): PATH, or PATH with " (2)", " (3)", … before its ending. */
static char *
number_path (const char *path, guint number)
{
  const char *dot = strrchr (path, '.');

  if (number == 1)
    return g_strdup (path);
  if (!dot || strchr (dot, '/'))
    dot = path + strlen (path);
  return g_strdup_printf ("%.*s (%u)%s", (int) (dot - path), path, number, dot);
}

/* Not every file system can rename without replacing (FAT, some networks'). */
static gboolean
rename_new (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL)
    return FALSE;
  if (!g_file_test (to, G_FILE_TEST_EXISTS))
    return g_rename (from, to) == 0;
  errno = EEXIST;
  return FALSE;
}

char *
dio_rename_to_free_name (const char *from, const char *path)
{
  for (guint number = 1;; number++)
    {
      g_autofree char *free_path = number_path (path, number);

      if (rename_new (from, free_path))
        return g_steal_pointer (&free_path);
      if (errno != EEXIST)
        return NULL;
    }
}

gboolean
dio_new_file_commit (DioNewFile *self, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (self->path);
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be saved"), shown);

  g_return_val_if_fail (self->part != NULL, FALSE);

  if (!dio_disk_sync (self->part, error))
    return FALSE;
  if (g_rename (self->part, self->path) < 0)
    {
      dio_set_file_error (error, errno, what);
      return FALSE;
    }
  g_clear_pointer (&self->part, g_free);
  dio_durable_sync_folder (self->folder);
  return TRUE;
}

char *
dio_new_file_commit_beside (DioNewFile *self, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (self->path);
  g_autofree char *what = g_strdup_printf (_ ("“%s” cannot be saved"), shown);
  char *path;

  g_return_val_if_fail (self->part != NULL, NULL);

  if (!dio_disk_sync (self->part, error))
    return NULL;
  path = dio_rename_to_free_name (self->part, self->path);
  if (path == NULL)
    {
      dio_set_file_error (error, errno, what);
      return NULL;
    }
  g_clear_pointer (&self->part, g_free);
  dio_durable_sync_folder (self->folder);
  return path;
}

void
dio_new_file_free (DioNewFile *self)
{
  if (self->part != NULL)
    g_unlink (self->part);
  g_free (self->part);
  g_free (self->path);
  g_free (self->folder);
  g_free (self);
}
