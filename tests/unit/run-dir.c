/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Where the logs of a machine's runs go. */
#include "vm/run-dir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UUID "0c1d6f6e-53a5-4b1c-9b1a-000000000001"

/* Returns: a folder that is not there, in one that is. (transfer full) */
static char *
make_path (const char *name)
{
  g_assert_cmpint (g_mkdir_with_parents (g_get_home_dir (), 0700), ==, 0);
  return g_build_filename (g_get_home_dir (), name, NULL);
}

static void
write_log (const char *log_folder, const char *text, gboolean append)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioRunDir) dir = dio_run_dir_new ("Debian", UUID, log_folder, &error);
  g_autofd int fd = -1;

  g_assert_no_error (error);
  fd = dio_run_dir_open_log (dir, append);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, strlen (text));
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
assert_log (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *found = NULL;

  g_assert_true (g_file_get_contents (path, &found, NULL, NULL));
  g_assert_cmpstr (found, ==, text);
}

/* The last runs' are kept, and no more. */
static void
test_logs (void)
{
  g_autofree char *folder = make_path ("log");

  for (guint i = 0; i < 8; i++)
    {
      char text[] = { (char) ('a' + i), '\0' };

      write_log (folder, text, FALSE);
    }
  write_log (folder, "+", TRUE);
  g_assert_cmpuint (count_files (folder), ==, DIO_RUN_DIR_LOGS);
  assert_log (folder, "machine.log", "h+");
  assert_log (folder, "machine-1.log", "g");
  assert_log (folder, "machine-4.log", "d");
}

/* Nothing is written to where a stranger's folder points, and the machine has its log all the same. */
static void
test_hostile (void)
{
  g_autofree char *folder = make_path ("log");
  g_autofree char *other = make_path ("other");
  g_autofree char *file = g_build_filename (other, "x", NULL), *log = g_build_filename (folder, "machine.log", NULL);

  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  g_assert_cmpint (symlink (other, folder), ==, 0);
  write_log (folder, "x", FALSE);
  g_assert_cmpuint (count_files (other), ==, 0);
  g_assert_cmpint (g_unlink (folder), ==, 0);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "mine", -1, NULL));
  g_assert_cmpint (symlink (file, log), ==, 0);
  write_log (folder, "x", FALSE);
  assert_log (other, "x", "mine");
  assert_log (folder, "machine.log", "x");

  g_assert_cmpint (g_unlink (log), ==, 0);
  g_assert_cmpint (mkfifo (log, 0600), ==, 0);
  write_log (folder, "y", FALSE);
  assert_log (folder, "machine.log", "y");
}

/* On a drive that can only be read, say. */
static void
test_nowhere (void)
{
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "not", "there", NULL);
  g_autoptr (DioRunDir) dir = dio_run_dir_new ("Debian", UUID, folder, NULL);

  g_assert_true (g_str_has_prefix (dio_run_dir_get_log_path (dir), g_get_user_state_dir ()));
  write_log (NULL, "x", FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/run-dir/logs", test_logs);
  g_test_add_func ("/run-dir/hostile", test_hostile);
  g_test_add_func ("/run-dir/nowhere", test_nowhere);
  return g_test_run ();
}
