/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* It would make open64() of each open(). */
#undef _FILE_OFFSET_BITS

#include "faults.h"

#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The system is called directly: nothing of this may come back to these functions. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static DioFault fault;
static unsigned fault_at, n_calls;

/* What a call needs, so that it can be refused. */
typedef enum
{
  NEEDS_ROOM = 1,
  NEEDS_PERMISSION = 2,
} Needs;

static const char *const names[] = { "none", "kill", "cut", "cut-names", "nospace", "denied", "error" };

const char *
dio_faults_name (DioFault which)
{
  return names[which];
}

unsigned
dio_faults_count (void)
{
  return n_calls;
}

void
dio_faults_arm (const char *folder, DioFault which, unsigned at)
{
  snprintf (root, sizeof root, "%s", folder);
  fault = which;
  fault_at = at;
  n_calls = 0;
  dio_ledger_open (folder);
}

__attribute__ ((constructor)) static void
arm_by_environment (void)
{
  const char *folder = getenv ("DIORAMA_FAULTS_ROOT"), *kind = getenv ("DIORAMA_FAULTS_KIND");
  const char *at = getenv ("DIORAMA_FAULTS_AT");

  for (unsigned i = 0; folder && kind && i < sizeof names / sizeof names[0]; i++)
    if (strcmp (names[i], kind) == 0)
      dio_faults_arm (folder, (DioFault) i, at ? (unsigned) atoi (at) : 0);
}

__attribute__ ((destructor)) static void
leave_count (void)
{
  const char *path = getenv ("DIORAMA_FAULTS_COUNT");
  char text[32];
  int length = snprintf (text, sizeof text, "%u\n", n_calls);
  int fd = path ? (int) syscall (SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

  if (fd < 0)
    return;
  syscall (SYS_write, fd, text, (size_t) length);
  syscall (SYS_close, fd);
}

/* --- which calls count --- */

/* Makes PATH, relative to FD, absolute. Returns 0 when it is not below the root. */
static int
locate (int fd, const char *path, char *absolute)
{
  char base[PATH_MAX] = "", link[64];
  size_t length = strlen (root);
  ssize_t n;

  if (length == 0 || !path)
    return 0;
  if (path[0] != '/')
    {
      if (fd == AT_FDCWD)
        snprintf (link, sizeof link, "/proc/self/cwd");
      else
        snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
      n = syscall (SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
      if (n <= 0)
        return 0;
      base[n] = '\0';
    }
  if (snprintf (absolute, PATH_MAX, "%s%s%s", base, base[0] && path[0] ? "/" : "", path) >= PATH_MAX)
    return 0;
  return strncmp (absolute, root, length) == 0 && (absolute[length] == '/' || absolute[length] == '\0');
}

static int
locate_fd (int fd, char *absolute)
{
  return locate (fd, "", absolute);
}

/* Counts a call. Returns 0 when it is to be done, else its errno; it may not return at all. The mutex is held. */
static int
count (Needs needs)
{
  n_calls++;
  if (fault == DIO_FAULT_NONE || n_calls < fault_at)
    return 0;
  switch (fault)
    {
    case DIO_FAULT_CUT:
      dio_ledger_undo (1);
      syscall (SYS_exit_group, DIO_FAULTS_EXIT);
      return EIO;
    case DIO_FAULT_CUT_NAMES:
      dio_ledger_undo (0);
      syscall (SYS_exit_group, DIO_FAULTS_EXIT);
      return EIO;
    case DIO_FAULT_KILL:
      syscall (SYS_exit_group, DIO_FAULTS_EXIT);
      return EIO;
    case DIO_FAULT_NO_SPACE:
      return needs & NEEDS_ROOM ? ENOSPC : 0;
    case DIO_FAULT_DENIED:
      return needs & NEEDS_PERMISSION ? EACCES : 0;
    default:
      return EIO;
    }
}

static long
finish (int number, long result)
{
  pthread_mutex_unlock (&mutex);
  if (number == 0)
    return result;
  errno = number;
  return -1;
}

/* --- files --- */

static int
open_any (int fd, const char *path, int flags, mode_t mode)
{
  char absolute[PATH_MAX];
  struct stat status;
  int is_new, number, result = -1;

  if ((flags & O_ACCMODE) == O_RDONLY || flags & O_PATH || !locate (fd, path, absolute))
    return (int) syscall (SYS_openat, fd, path, flags, mode);
  pthread_mutex_lock (&mutex);
  is_new = flags & O_CREAT && fstatat (AT_FDCWD, absolute, &status, AT_SYMLINK_NOFOLLOW) < 0;
  number = count (NEEDS_PERMISSION | (is_new ? NEEDS_ROOM : 0));
  if (number == 0)
    {
      result = (int) syscall (SYS_openat, fd, path, flags, mode);
      number = result < 0 ? errno : 0;
    }
  if (result >= 0 && is_new)
    dio_ledger_note (DIO_NAME_MADE, absolute, NULL);
  if (result >= 0 && (is_new || flags & O_TRUNC))
    dio_ledger_dirty (result);
  return (int) finish (number, result);
}

#define OPEN_MODE(flags)                                                                                               \
  mode_t mode = 0;                                                                                                     \
  va_list args;                                                                                                        \
  va_start (args, flags);                                                                                              \
  if ((flags) & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))                                                                \
    mode = va_arg (args, mode_t);                                                                                      \
  va_end (args)

int
open (const char *path, int flags, ...)
{
  OPEN_MODE (flags);
  return open_any (AT_FDCWD, path, flags, mode);
}

int
open64 (const char *path, int flags, ...)
{
  OPEN_MODE (flags);
  return open_any (AT_FDCWD, path, flags, mode);
}

int
openat (int fd, const char *path, int flags, ...)
{
  OPEN_MODE (flags);
  return open_any (fd, path, flags, mode);
}

int
openat64 (int fd, const char *path, int flags, ...)
{
  OPEN_MODE (flags);
  return open_any (fd, path, flags, mode);
}

int
creat (const char *path, mode_t mode)
{
  return open_any (AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int
creat64 (const char *path, mode_t mode)
{
  return open_any (AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

/* Counts a call that changes the data of FD. Returns 0 when it is none of ours; else the mutex is held, and NUMBER is
 * that of count(). */
static int
begin_data (int fd, int *number)
{
  char absolute[PATH_MAX];

  if (!root[0] || !locate_fd (fd, absolute))
    return 0;
  pthread_mutex_lock (&mutex);
  *number = count (NEEDS_ROOM);
  if (*number == 0)
    dio_ledger_dirty (fd);
  return 1;
}

#define CHANGE_DATA(fd, call)                                                                                          \
  long result = -1;                                                                                                    \
  int number = 0;                                                                                                      \
  if (!begin_data ((fd), &number))                                                                                     \
    return call;                                                                                                       \
  if (number == 0)                                                                                                     \
    {                                                                                                                  \
      result = call;                                                                                                   \
      number = result < 0 ? errno : 0;                                                                                 \
    }                                                                                                                  \
  return finish (number, result)

ssize_t
write (int fd, const void *data, size_t size)
{
  CHANGE_DATA (fd, syscall (SYS_write, fd, data, size));
}

ssize_t
writev (int fd, const struct iovec *vectors, int n)
{
  CHANGE_DATA (fd, syscall (SYS_writev, fd, vectors, n));
}

ssize_t
pwrite (int fd, const void *data, size_t size, off_t offset)
{
  CHANGE_DATA (fd, syscall (SYS_pwrite64, fd, data, size, offset));
}

ssize_t
pwrite64 (int fd, const void *data, size_t size, off64_t offset)
{
  CHANGE_DATA (fd, syscall (SYS_pwrite64, fd, data, size, offset));
}

ssize_t
copy_file_range (int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags)
{
  CHANGE_DATA (to, syscall (SYS_copy_file_range, from, from_offset, to, to_offset, size, flags));
}

static int
change_size (int fd, off64_t size)
{
  CHANGE_DATA (fd, syscall (SYS_ftruncate, fd, size));
}

int
ftruncate (int fd, off_t size)
{
  return change_size (fd, size);
}

int
ftruncate64 (int fd, off64_t size)
{
  return change_size (fd, size);
}

static int
synchronise (int fd, long call)
{
  char absolute[PATH_MAX];
  long result = -1;
  int number;

  if (!root[0] || !locate_fd (fd, absolute))
    return (int) syscall (call, fd);
  pthread_mutex_lock (&mutex);
  number = count (0);
  if (number == 0)
    {
      result = 0; /* what is safe is told by the ledger; the tests' disk need not turn for it */
      dio_ledger_sync (fd);
    }
  return (int) finish (number, result);
}

int
fsync (int fd)
{
  return synchronise (fd, SYS_fsync);
}

int
fdatasync (int fd)
{
  return synchronise (fd, SYS_fdatasync);
}

int
syncfs (int fd)
{
  pthread_mutex_lock (&mutex);
  dio_ledger_sync (-1);
  pthread_mutex_unlock (&mutex);
  return 0;
}

/* --- names --- */

static int
rename_any (int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
  char source[PATH_MAX], target[PATH_MAX];
  int is_from = locate (from_fd, from, source), is_to = locate (to_fd, to, target), number;
  long result = -1;

  if (!is_from && !is_to)
    return (int) syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
  pthread_mutex_lock (&mutex);
  number = count (NEEDS_ROOM | NEEDS_PERMISSION);
  if (number == 0)
    {
      DioLedgerStash *stash = flags ? NULL : dio_ledger_stash (target);

      result = syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
      number = result < 0 ? errno : 0;
      if (number == 0)
        dio_ledger_note_moved (source, target, stash);
      else
        dio_ledger_drop (stash);
    }
  return (int) finish (number, result);
}

int
rename (const char *from, const char *to)
{
  return rename_any (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  return rename_any (from_fd, from, to_fd, to, 0);
}

int
renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
  return rename_any (from_fd, from, to_fd, to, flags);
}

static int
unlink_any (int fd, const char *path, int flags)
{
  char absolute[PATH_MAX];
  DioLedgerStash *stash;
  long result = -1;
  int number;

  if (!locate (fd, path, absolute))
    return (int) syscall (SYS_unlinkat, fd, path, flags);
  pthread_mutex_lock (&mutex);
  number = count (NEEDS_PERMISSION);
  if (number == 0)
    {
      stash = flags & AT_REMOVEDIR ? NULL : dio_ledger_stash (absolute);
      result = syscall (SYS_unlinkat, fd, path, flags);
      number = result < 0 ? errno : 0;
      if (number == 0)
        dio_ledger_note (flags & AT_REMOVEDIR ? DIO_NAME_FOLDER_REMOVED : DIO_NAME_REMOVED, absolute, stash);
      else
        dio_ledger_drop (stash);
    }
  return (int) finish (number, result);
}

int
unlink (const char *path)
{
  return unlink_any (AT_FDCWD, path, 0);
}

int
unlinkat (int fd, const char *path, int flags)
{
  return unlink_any (fd, path, flags);
}

int
rmdir (const char *path)
{
  return unlink_any (AT_FDCWD, path, AT_REMOVEDIR);
}

int
remove (const char *path)
{
  int result = unlink_any (AT_FDCWD, path, 0);

  return result < 0 && errno == EISDIR ? unlink_any (AT_FDCWD, path, AT_REMOVEDIR) : result;
}

static int
mkdir_any (int fd, const char *path, mode_t mode)
{
  char absolute[PATH_MAX];
  long result = -1;
  int number;

  if (!locate (fd, path, absolute))
    return (int) syscall (SYS_mkdirat, fd, path, mode);
  pthread_mutex_lock (&mutex);
  number = count (NEEDS_ROOM | NEEDS_PERMISSION);
  if (number == 0)
    {
      result = syscall (SYS_mkdirat, fd, path, mode);
      number = result < 0 ? errno : 0;
      if (number == 0)
        dio_ledger_note (DIO_NAME_FOLDER_MADE, absolute, NULL);
    }
  return (int) finish (number, result);
}

int
mkdir (const char *path, mode_t mode)
{
  return mkdir_any (AT_FDCWD, path, mode);
}

int
mkdirat (int fd, const char *path, mode_t mode)
{
  return mkdir_any (fd, path, mode);
}

static int
link_any (int from_fd, const char *from, int to_fd, const char *to, int flags)
{
  char absolute[PATH_MAX];
  long result = -1;
  int number;

  if (!locate (to_fd, to, absolute))
    return (int) syscall (SYS_linkat, from_fd, from, to_fd, to, flags);
  pthread_mutex_lock (&mutex);
  number = count (NEEDS_ROOM | NEEDS_PERMISSION);
  if (number == 0)
    {
      result = syscall (SYS_linkat, from_fd, from, to_fd, to, flags);
      number = result < 0 ? errno : 0;
      if (number == 0)
        dio_ledger_note (DIO_NAME_MADE, absolute, NULL);
    }
  return (int) finish (number, result);
}

int
link (const char *from, const char *to)
{
  return link_any (AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
linkat (int from_fd, const char *from, int to_fd, const char *to, int flags)
{
  return link_any (from_fd, from, to_fd, to, flags);
}
