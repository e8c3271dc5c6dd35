/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/image-lock.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *folder, *image;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("image-lock-XXXXXX", NULL);
  self->image = g_build_filename (self->folder, "a disk.qcow2", NULL);
  g_assert_true (g_file_set_contents (self->image, "x", 1, NULL));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_build_filename (self->folder, "other", NULL);

  g_unlink (other);
  g_unlink (self->image);
  g_rmdir (self->folder);
  g_free (self->image);
  g_free (self->folder);
}

static void
assert_busy (const char *path, gboolean writes, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageLock) lock = dio_image_lock_take (path, writes, "Somebody Else", &error);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  if (!strstr (error->message, word))
    g_error ("“%s” is not in: %s", word, error->message);
}

static void
assert_free (const char *path, gboolean writes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageLock) lock = dio_image_lock_take (path, writes, "Free", &error);

  g_assert_no_error (error);
  g_assert_nonnull (lock);
}

static void
test_one_writes (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageLock) lock = dio_image_lock_take (self->image, TRUE, "Debian\nof mine", &error);
  g_autofree char *holder = NULL, *nobody = NULL;

  g_assert_no_error (error);
  assert_busy (self->image, TRUE, "“a disk.qcow2” is in use by the machine “Debian of mine”");
  assert_busy (self->image, FALSE, "“Debian of mine”");
  holder = dio_image_lock_dup_holder (self->image);
  g_assert_nonnull (strstr (holder, "“Debian of mine”"));
  g_clear_pointer (&lock, dio_image_lock_release);
  nobody = dio_image_lock_dup_holder (self->image);
  g_assert_null (nobody);
  assert_free (self->image, TRUE);
}

static gpointer
take_in_thread (gpointer path)
{
  GError *error = NULL;
  DioImageLock *lock = dio_image_lock_take (path, TRUE, "The Other", &error);

  if (lock)
    return lock;
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  if (!strstr (error->message, "“Debian”"))
    g_error ("“Debian” is not in: %s", error->message);
  g_error_free (error);
  return NULL;
}

/* Who loses is told who has won, who may not have said so yet. */
static void
test_at_once (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 300; i++)
    {
      GThread *thread = g_thread_new ("taker", take_in_thread, self->image);
      g_autoptr (GError) error = NULL;
      g_autoptr (DioImageLock) lock = dio_image_lock_take (self->image, TRUE, "Debian", &error);
      g_autoptr (DioImageLock) other = g_thread_join (thread);

      g_assert_true (!lock != !other);
      if (!lock && !strstr (error->message, "“The Other”"))
        g_error ("“The Other” is not in: %s", error->message);
    }
}

static void
test_many_read (Fixture *self, gconstpointer data)
{
  g_autoptr (DioImageLock) one = dio_image_lock_take (self->image, FALSE, "One", NULL);
  g_autoptr (DioImageLock) two = dio_image_lock_take (self->image, FALSE, "Two", NULL);

  g_assert_nonnull (one);
  g_assert_nonnull (two);
  assert_busy (self->image, TRUE, "“One”");
  g_clear_pointer (&one, dio_image_lock_release);
  assert_busy (self->image, TRUE, "“Two”");
  g_clear_pointer (&two, dio_image_lock_release);
  assert_free (self->image, TRUE);
}

/* The same file by another name is the same image, and so is another file of the same name. */
static void
test_names (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_build_filename (self->folder, "other", NULL);
  g_autoptr (DioImageLock) lock = dio_image_lock_take (self->image, TRUE, "Debian", NULL);

  g_assert_no_errno (link (self->image, other));
  assert_busy (other, TRUE, "“Debian”");
  g_assert_no_errno (g_unlink (other));
  g_assert_no_errno (symlink (self->image, other));
  assert_busy (other, FALSE, "“Debian”");
  g_assert_no_errno (g_unlink (self->image));
  g_assert_true (g_file_set_contents (self->image, "y", 1, NULL));
  assert_busy (self->image, TRUE, "“Debian”");
}

/* A child that has what FDS are lives on: the image is its own until it has ended. */
static void
test_inherited (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  DioImageLock *lock = dio_image_lock_take (self->image, TRUE, "Debian", NULL);
  int pipe_fds[2];
  pid_t child;

  dio_image_lock_add_fds (lock, fds);
  g_assert_cmpuint (fds->len, >, 0);
  g_assert_no_errno (pipe (pipe_fds));
  child = fork ();
  if (child == 0)
    {
      char byte;

      close (pipe_fds[1]);
      _exit (read (pipe_fds[0], &byte, 1) == 0 ? 0 : 1);
    }
  g_assert_cmpint (child, >, 0);
  close (pipe_fds[0]);
  for (guint i = 0; i < fds->len; i++)
    close (g_array_index (fds, int, i));
  dio_image_lock_release (lock);
  assert_busy (self->image, TRUE, "another machine");
  close (pipe_fds[1]);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  assert_free (self->image, TRUE);
}

static void
set_lock (int fd, off_t byte)
{
  struct flock range = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };

  if (fcntl (fd, F_OFD_SETLK, &range) < 0)
    _exit (2);
}

/* In a child: what a QEMU that writes (or only reads) the image has locked. Returns when it has, and the child ends
 * with RET_PIPE. */
static pid_t
start_foreign (const char *image, gboolean writes, int *ret_pipe)
{
  int down[2], up[2];
  char byte;
  pid_t child;

  g_assert_no_errno (pipe (down));
  g_assert_no_errno (pipe (up));
  child = fork ();
  if (child == 0)
    {
      int fd = open (image, O_RDWR);

      close (down[1]);
      set_lock (fd, 100);
      set_lock (fd, 201);
      set_lock (fd, 203);
      if (writes)
        set_lock (fd, 101);
      if (write (up[1], "x", 1) != 1)
        _exit (3);
      _exit (read (down[0], &byte, 1) == 0 ? 0 : 1);
    }
  g_assert_cmpint (child, >, 0);
  g_assert_cmpint (read (up[0], &byte, 1), ==, 1);
  close (up[0]);
  close (up[1]);
  close (down[0]);
  *ret_pipe = down[1];
  return child;
}

static void
test_foreign (Fixture *self, gconstpointer data)
{
  gboolean writes = GPOINTER_TO_INT (data);
  int end, status;
  pid_t child = start_foreign (self->image, writes, &end);
  g_autofree char *process = g_strdup_printf ("“unit-image-lock” (process %d)", (int) child);
  g_autofree char *holder = dio_image_lock_dup_holder (self->image);

  assert_busy (self->image, TRUE, process);
  g_assert_nonnull (strstr (holder, process));
  if (writes)
    assert_busy (self->image, FALSE, process);
  else
    assert_free (self->image, FALSE);
  close (end);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  assert_free (self->image, TRUE);
}

int
main (int argc, char **argv)
{
  g_autofree char *runtime = g_dir_make_tmp ("image-lock-run-XXXXXX", NULL);

  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, test) g_test_add ("/image-lock/" name, Fixture, data, set_up, test, tear_down)
  ADD ("at-once", NULL, test_at_once);
  ADD ("one-writes", NULL, test_one_writes);
  ADD ("many-read", NULL, test_many_read);
  ADD ("names", NULL, test_names);
  ADD ("inherited", NULL, test_inherited);
  ADD ("foreign-writer", GINT_TO_POINTER (TRUE), test_foreign);
  ADD ("foreign-reader", GINT_TO_POINTER (FALSE), test_foreign);
  return g_test_run ();
}
