/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/folder-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Stands before the C library's: a file system may have no locks, as that of Flatpak's document portal. */
static gboolean no_flock;
/* What somebody does to the folder before we have the lock of it. */
static void (*meanwhile) (void);

int flock (int fd, int operation);

int
flock (int fd, int operation)
{
  if (meanwhile)
    g_steal_pointer (&meanwhile) ();
  if (!no_flock)
    return (int) syscall (SYS_flock, fd, operation);
  errno = ENOSYS;
  return -1;
}

static char *
make_folder (void)
{
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "x.diorama", NULL);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  return g_steal_pointer (&folder);
}

static char *
read_text (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static void
write_text (const char *folder, const char *text)
{
  g_autofree char *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
test_own (void)
{
  g_autofree char *folder = make_folder (), *text = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_autoptr (DioFolderLock) second = NULL;

  g_assert_no_error (error);
  text = read_text (folder);
  g_assert_nonnull (strstr (text, "\"pid\""));
  g_assert_null (dio_folder_lock_look (folder));
  second = dio_folder_lock_take (folder, DIO_LOCK_QUIET, &error);
  g_assert_null (second);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  g_clear_pointer (&lock, dio_folder_lock_free);
  after = read_text (folder);
  g_assert_cmpstr (after, ==, "");
  second = dio_folder_lock_take (folder, DIO_LOCK_QUIET, &error);
  g_assert_no_error (error);
}

/* Runs a process that takes the lock, writes a byte, waits for one, and ends, with the lock if KEEPS. */
static pid_t
start_other (const char *folder, DioLockKind kind, gboolean keeps, int *to, int *from)
{
  int in[2], out[2];
  char byte = 0;
  pid_t pid;

  g_assert_cmpint (pipe2 (in, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (out, O_CLOEXEC), ==, 0);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      DioFolderLock *lock = dio_folder_lock_take (folder, kind, NULL);

      close (in[1]);
      if (!lock || write (out[1], &byte, 1) != 1 || read (in[0], &byte, 1) < 0)
        _exit (1);
      if (!keeps)
        dio_folder_lock_free (lock);
      _exit (0);
    }
  close (in[0]);
  close (out[1]);
  g_assert_cmpint (read (out[0], &byte, 1), ==, 1);
  *to = in[1];
  *from = out[0];
  return pid;
}

static void
end_other (pid_t pid, int to, int from)
{
  int status;

  close (to);
  close (from);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

/* Work of this Diorama that has the folder is not another's. */
static void
test_own_work (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;
  DioFolderLock *lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL);
  int to, from;
  pid_t pid;

  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_USE_NOW, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_true (g_str_has_prefix (error->message, "Diorama is busy"));
  g_clear_error (&error);
  dio_folder_lock_free (lock);

  pid = start_other (folder, DIO_LOCK_QUIET, FALSE, &to, &from);
  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_USE_NOW, &error));
  g_assert_true (g_str_has_prefix (error->message, "Another Diorama"));
  end_other (pid, to, from);
}

static void
test_other_process (void)
{
  g_autofree char *folder = make_folder (), *owner = NULL, *pid_text = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFolderLock) lock = NULL;
  int to, from;
  pid_t pid = start_other (folder, DIO_LOCK_USE, TRUE, &to, &from);

  owner = dio_folder_lock_look (folder);
  pid_text = g_strdup_printf ("%d", pid);
  g_assert_nonnull (strstr (owner, pid_text));
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_null (lock);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, owner);
  /* Nor is it broken while it lives. */
  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_BREAK, NULL));
  end_other (pid, to, from);

  /* It died with the lock: its text stays, and means nothing. */
  text = read_text (folder);
  g_assert_nonnull (strstr (text, pid_text));
  g_assert_null (dio_folder_lock_look (folder));
  lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL);
  g_assert_nonnull (lock);
}

/* Without locks the text tells, and whether its process lives. */
static void
test_no_flock (void)
{
  g_autofree char *folder = make_folder (), *owner = NULL;
  g_autoptr (DioFolderLock) lock = NULL;
  int to, from;
  pid_t pid;

  no_flock = TRUE;
  pid = start_other (folder, DIO_LOCK_USE, TRUE, &to, &from);
  owner = dio_folder_lock_look (folder);
  g_assert_nonnull (owner);
  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_USE, NULL));
  end_other (pid, to, from);
  g_assert_null (dio_folder_lock_look (folder));
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, NULL);
  g_assert_nonnull (lock);
  no_flock = FALSE;
}

static gpointer
end_in_thread (gpointer to)
{
  g_close (GPOINTER_TO_INT (to), NULL);
  return NULL;
}

/* A lock that is held for a moment is waited for. */
static void
test_quiet (void)
{
  g_autofree char *folder = make_folder (), *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFolderLock) lock = NULL;
  GThread *thread;
  int to, from, status;
  pid_t pid = start_other (folder, DIO_LOCK_QUIET, FALSE, &to, &from);

  text = read_text (folder);
  g_assert_cmpstr (text, ==, "");
  g_assert_null (dio_folder_lock_look (folder));
  thread = g_thread_new ("end", end_in_thread, GINT_TO_POINTER (to));
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_no_error (error);
  g_thread_join (thread);
  g_close (from, NULL);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
}

static void
test_other_host (void)
{
  g_autofree char *folder = make_folder (), *owner = NULL, *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioFolderLock) lock = NULL;

  write_text (folder, "{\"host\": \"elsewhere\", \"name\": \"desk\", \"user\": \"anna\", \"since\": 1795285200}");
  owner = dio_folder_lock_look (folder);
  g_assert_nonnull (strstr (owner, "anna is using this machine on “desk” since"));
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_null (lock);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (error->message, ==, owner);
  text = read_text (folder);
  g_assert_nonnull (strstr (text, "elsewhere"));
  lock = dio_folder_lock_take (folder, DIO_LOCK_BREAK, NULL);
  g_assert_nonnull (lock);
  g_clear_pointer (&lock, dio_folder_lock_free);
  g_assert_null (dio_folder_lock_look (folder));
}

/* What makes no sense is believed to be somebody. */
static void
test_hostile (void)
{
  static const char *const texts[] = { "x",
                                       "{",
                                       "[]",
                                       "{}",
                                       "{\"host\": 5, \"pid\": \"x\", \"since\": {}}",
                                       "{\"host\": \"a\", \"name\": \"\\u001b[2J\\n\", \"since\": 9223372036854775807}",
                                       "\xff\xfe" };
  g_autofree char *folder = make_folder (), *path = NULL, *deep = g_strnfill (4000, '[');

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (DioFolderLock) lock = NULL;
      g_autofree char *owner = NULL;

      write_text (folder, i < G_N_ELEMENTS (texts) ? texts[i] : deep);
      owner = dio_folder_lock_look (folder);
      g_assert_nonnull (owner);
      for (const char *c = owner; *c; c++)
        g_assert_false (g_ascii_iscntrl (*c));
      g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_USE, NULL));
      lock = dio_folder_lock_take (folder, DIO_LOCK_BREAK, NULL);
      g_assert_nonnull (lock);
    }

  /* Neither a link nor a folder is a lock. */
  path = g_build_filename (folder, DIO_LOCK_FILE, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (symlink ("/dev/null", path), ==, 0);
  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_BREAK, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_null (dio_folder_lock_take (folder, DIO_LOCK_BREAK, NULL));
}

/* What a power cut may leave is nobody's. */
static void
test_power_cut (void)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);
  g_autofree char *zeroes = g_malloc0 (200);
  g_autoptr (DioFolderLock) lock = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, zeroes, 200, NULL));
  g_assert_null (dio_folder_lock_look (folder));
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_no_error (error);
}

/* The time of the file is when the machine was used: not when something was written, nor when it was made. */
static void
test_time (void)
{
  g_autofree char *folder = make_folder (), *path = g_build_filename (folder, DIO_LOCK_FILE, NULL);
  DioFolderLock *lock = dio_folder_lock_take (folder, DIO_LOCK_USE, NULL);
  GStatBuf status;

  dio_folder_lock_set_unused (lock);
  dio_folder_lock_free (lock);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mtime, ==, 0);
  dio_folder_lock_free (dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mtime, ==, 0);
  dio_folder_lock_free (dio_folder_lock_take (folder, DIO_LOCK_USE, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mtime, >, 1000000);

  /* One that was brought in without its lock was not used here. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  dio_folder_lock_free (dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL));
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mtime, ==, 0);
}

/* A process that we start has no part in it. */
static void
test_inherited (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_USE, NULL);
  const char *argv[] = { "cat", NULL };
  int to;
  GPid pid;

  g_assert_true (g_spawn_async_with_pipes (
      NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
      NULL, NULL, &pid, &to, NULL, NULL, NULL));
  g_clear_pointer (&lock, dio_folder_lock_free);
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, NULL);
  g_assert_nonnull (lock);
  g_close (to, NULL);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
}

static void
move_away (void)
{
  g_autofree char *folder = make_folder (), *moved = g_strconcat (folder, ".moved", NULL);

  g_assert_cmpint (g_rename (folder, moved), ==, 0);
}

static void
replace (void)
{
  g_autofree char *folder = NULL;

  move_away ();
  folder = make_folder ();
  write_text (folder, "");
}

/* A lock that was waited for is none when the folder is another's by then. */
static void
test_moved (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (DioFolderLock) lock = NULL;
  g_autoptr (GError) error = NULL;

  meanwhile = move_away;
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_null (lock);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_replaced (void)
{
  g_autofree char *folder = make_folder (), *text = NULL;
  g_autoptr (DioFolderLock) lock = NULL;
  g_autoptr (GError) error = NULL;

  meanwhile = replace;
  lock = dio_folder_lock_take (folder, DIO_LOCK_USE, &error);
  g_assert_null (lock);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  text = read_text (folder);
  g_assert_cmpstr (text, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/folder-lock/own", test_own);
  g_test_add_func ("/folder-lock/own-work", test_own_work);
  g_test_add_func ("/folder-lock/other-process", test_other_process);
  g_test_add_func ("/folder-lock/no-flock", test_no_flock);
  g_test_add_func ("/folder-lock/quiet", test_quiet);
  g_test_add_func ("/folder-lock/other-host", test_other_host);
  g_test_add_func ("/folder-lock/hostile", test_hostile);
  g_test_add_func ("/folder-lock/power-cut", test_power_cut);
  g_test_add_func ("/folder-lock/time", test_time);
  g_test_add_func ("/folder-lock/inherited", test_inherited);
  g_test_add_func ("/folder-lock/moved", test_moved);
  g_test_add_func ("/folder-lock/replaced", test_replaced);
  return g_test_run ();
}
