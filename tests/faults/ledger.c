/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_CHANGES 65536
#define MAX_DIRTY 1024

struct DioLedgerStash
{
  char path[PATH_MAX];
};

typedef struct
{
  DioNameChange change;
  char *path, *to;
  dev_t device; /* of the folder that has the name, or had it at last */
  ino_t inode;
  DioLedgerStash *stash;
  int safe;
} Change;

typedef struct
{
  int fd; /* our own; -1: the data are safe */
  dev_t device;
  ino_t inode;
} Dirty;

static Change changes[MAX_CHANGES];
static unsigned n_changes;
static Dirty dirty[MAX_DIRTY];
static unsigned n_dirty;
static char stash_folder[PATH_MAX];

_Noreturn static void
die (const char *what)
{
  fprintf (stderr, "faults: %s: %s\n", what, strerror (errno));
  abort ();
}

void
dio_ledger_open (const char *root)
{
  n_changes = n_dirty = 0;
  snprintf (stash_folder, sizeof stash_folder, "%s.stash", root);
  if (syscall (SYS_mkdirat, AT_FDCWD, stash_folder, 0700) < 0 && errno != EEXIST)
    die (stash_folder);
}

/* --- names --- */

DioLedgerStash *
dio_ledger_stash (const char *path)
{
  static unsigned number;
  struct stat status;
  DioLedgerStash *stash;

  if (fstatat (AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR (status.st_mode))
    return NULL;
  stash = malloc (sizeof *stash);
  if (!stash || snprintf (stash->path, sizeof stash->path, "%s/%d-%u", stash_folder, (int) getpid (), number++) >=
                    (int) sizeof stash->path)
    die ("stash");
  if (syscall (SYS_linkat, AT_FDCWD, path, AT_FDCWD, stash->path, 0) < 0)
    die (stash->path);
  return stash;
}

void
dio_ledger_drop (DioLedgerStash *stash)
{
  if (stash)
    syscall (SYS_unlinkat, AT_FDCWD, stash->path, 0);
  free (stash);
}

static void
add_change (DioNameChange change, const char *path, const char *to, DioLedgerStash *stash)
{
  const char *last = to ? to : path;
  char folder[PATH_MAX];
  struct stat status;
  Change *new = &changes[n_changes++];

  if (n_changes == MAX_CHANGES)
    die ("too many changes");
  snprintf (folder, sizeof folder, "%.*s", (int) (strrchr (last, '/') - last), last);
  if (stat (folder, &status) < 0)
    die (folder);
  *new = (Change) { change, strdup (path), to ? strdup (to) : NULL, status.st_dev, status.st_ino, stash, 0 };
}

void
dio_ledger_note (DioNameChange change, const char *path, DioLedgerStash *stash)
{
  add_change (change, path, NULL, stash);
}

void
dio_ledger_note_moved (const char *from, const char *to, DioLedgerStash *stash)
{
  add_change (DIO_NAME_MOVED, from, to, stash);
}

/* PATH as it was before change I, by its name of now: what has been moved since, safely, is elsewhere. */
static void
find_now (const char *path, unsigned i, char *now)
{
  char before[PATH_MAX];

  snprintf (now, PATH_MAX, "%s", path);
  for (unsigned j = i + 1; j < n_changes; j++)
    {
      size_t length = strlen (changes[j].path);

      if (changes[j].change != DIO_NAME_MOVED || !changes[j].safe || strncmp (now, changes[j].path, length) != 0 ||
          (now[length] != '/' && now[length] != '\0'))
        continue;
      snprintf (before, sizeof before, "%s", now);
      snprintf (now, PATH_MAX, "%s%s", changes[j].to, before + length);
    }
}

static void
undo_change (unsigned i)
{
  const Change *change = &changes[i];
  char path[PATH_MAX], to[PATH_MAX];

  find_now (change->path, i, path);
  switch (change->change)
    {
    case DIO_NAME_MADE:
      syscall (SYS_unlinkat, AT_FDCWD, path, 0);
      break;
    case DIO_NAME_FOLDER_MADE:
      syscall (SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
      break;
    case DIO_NAME_FOLDER_REMOVED:
      syscall (SYS_mkdirat, AT_FDCWD, path, 0755);
      break;
    case DIO_NAME_REMOVED:
      break;
    case DIO_NAME_MOVED:
      find_now (change->to, i, to);
      syscall (SYS_renameat2, AT_FDCWD, to, AT_FDCWD, path, 0);
      break;
    }
  if (change->stash)
    syscall (SYS_linkat, AT_FDCWD, change->stash->path, AT_FDCWD, change->change == DIO_NAME_MOVED ? to : path, 0);
}

/* --- data --- */

static Dirty *
find_dirty (const struct stat *status)
{
  for (unsigned i = 0; i < n_dirty; i++)
    if (dirty[i].fd >= 0 && dirty[i].device == status->st_dev && dirty[i].inode == status->st_ino)
      return &dirty[i];
  return NULL;
}

void
dio_ledger_dirty (int fd)
{
  struct stat status;
  char link[64];
  int own;

  if (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode) || find_dirty (&status))
    return;
  snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  own = (int) syscall (SYS_openat, AT_FDCWD, link, O_RDWR | O_CLOEXEC, 0);
  if (own < 0)
    die (link);
  if (n_dirty == MAX_DIRTY)
    die ("too many files");
  dirty[n_dirty++] = (Dirty) { own, status.st_dev, status.st_ino };
}

void
dio_ledger_sync (int fd)
{
  struct stat status = { 0 };

  if (fd >= 0 && fstat (fd, &status) < 0)
    return;
  for (unsigned i = 0; i < n_changes; i++)
    if (fd < 0 || (changes[i].device == status.st_dev && changes[i].inode == status.st_ino))
      changes[i].safe = 1;
  for (unsigned i = 0; i < n_dirty; i++)
    if (dirty[i].fd >= 0 && (fd < 0 || (dirty[i].device == status.st_dev && dirty[i].inode == status.st_ino)))
      {
        syscall (SYS_close, dirty[i].fd);
        dirty[i].fd = -1;
      }
}

void
dio_ledger_undo (int names)
{
  for (unsigned i = 0; i < n_dirty; i++)
    if (dirty[i].fd >= 0)
      syscall (SYS_ftruncate, dirty[i].fd, 0);
  for (unsigned i = n_changes; names && i-- > 0;)
    if (!changes[i].safe)
      undo_change (i);
}
