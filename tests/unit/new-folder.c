/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/new-folder.h"

#include "library/library.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PENGUIN "\xf0\x9f\x90\xa7"
#define SHALOM "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"

/* Stands before the C library's: a file system may not know how to replace nothing. */
static gboolean no_noreplace;

int
renameat2 (int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
  if (!no_noreplace || flags == 0)
    return (int) syscall (SYS_renameat2, from_fd, from, to_fd, to, flags);
  errno = EINVAL;
  return -1;
}

static void
test_names (void)
{
  static const struct
  {
    const char *name, *folder, *strict;
  } cases[] = {
    { "Debian", "Debian.diorama", NULL },
    { " Debian ", "Debian.diorama", NULL },
    { "", "_.diorama", NULL },
    { " ", "_.diorama", NULL },
    { "a/b", "a_b.diorama", NULL },
    { "..", "_..diorama", NULL },
    { ".hidden", "_hidden.diorama", NULL },
    { "a\nb\x7f", "a_b_.diorama", NULL },
    { "a: b?", "a: b?.diorama", "a_ b_.diorama" },
    { PENGUIN, PENGUIN ".diorama", NULL },
    { "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb.diorama", NULL },
    { SHALOM, SHALOM ".diorama", NULL },
    { "x\xe2\x80\xae"
      "fdp",
      "x_fdp.diorama", NULL },
    { "a\xff", "a\xef\xbf\xbd.diorama", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = dio_make_folder_name (cases[i].name, 1, 255, FALSE);
      g_autofree char *strict = dio_make_folder_name (cases[i].name, 1, 255, TRUE);

      g_assert_cmpstr (folder, ==, cases[i].folder);
      g_assert_cmpstr (strict, ==, cases[i].strict ? cases[i].strict : cases[i].folder);
      g_assert_true (dio_is_named_for (folder, cases[i].name));
      g_assert_true (dio_is_named_for (strict, cases[i].name));
    }
}

/* 255 bytes with the suffix and the number, and no half characters. */
static void
test_long_names (void)
{
  for (guint length = 200; length < 300; length++)
    for (guint number = 1; number < 200; number += 99)
      {
        g_autoptr (GString) name = g_string_new (NULL);
        g_autofree char *folder = NULL;

        while (name->len < length)
          g_string_append (name, length % 2 ? PENGUIN : SHALOM);
        folder = dio_make_folder_name (name->str, number, 255, FALSE);
        g_assert_cmpuint (strlen (folder), <=, 255);
        g_assert_cmpuint (strlen (folder), >, MIN (length, 240));
        g_assert_true (g_utf8_validate (folder, -1, NULL));
        g_assert_true (g_str_has_suffix (folder, DIO_FOLDER_SUFFIX));
        g_assert_true (dio_is_named_for (folder, name->str));
      }
}

static void
test_named_for (void)
{
  g_assert_true (dio_is_named_for ("Debian.diorama", "Debian"));
  g_assert_true (dio_is_named_for ("Debian 2.diorama", "Debian"));
  g_assert_true (dio_is_named_for ("Debian 17.diorama", "Debian"));
  g_assert_false (dio_is_named_for ("Debian 2", "Debian"));
  g_assert_false (dio_is_named_for ("Debian x.diorama", "Debian"));
  g_assert_false (dio_is_named_for ("Debian 2.diorama.old", "Debian"));
  g_assert_false (dio_is_named_for ("Debian2.diorama", "Debian"));
  g_assert_false (dio_is_named_for ("debian.diorama", "Debian"));
  g_assert_false (dio_is_named_for ("Debian 13.diorama", "Deb"));
}

static char *
make_place (void)
{
  g_autofree char *place = g_build_filename (g_get_home_dir (), "place", NULL);

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  return g_steal_pointer (&place);
}

static guint
count_entries (const char *place)
{
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static char *
commit (const char *place, const char *name, GError **error)
{
  g_autoptr (DioNewFolder) folder = dio_new_folder_new (place, error);
  g_autoptr (DioDefinition) definition = NULL;

  if (!folder)
    return NULL;
  definition = dio_definition_new (name, dio_new_folder_get_path (folder));
  return dio_new_folder_commit (folder, definition, error);
}

static void
test_commit (void)
{
  static const char *const names[] = { "a", "a", "a", PENGUIN, SHALOM, "..", "/" };
  g_autofree char *place = make_place (), *long_name = g_strnfill (255, 'x');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (names) + 1; i++)
    {
      g_autofree char *path = commit (place, i < G_N_ELEMENTS (names) ? names[i] : long_name, &error);
      g_autofree char *parent = NULL, *file = NULL;

      g_assert_no_error (error);
      parent = g_path_get_dirname (path);
      g_assert_cmpstr (parent, ==, place);
      file = g_build_filename (path, DIO_DEFINITION_FILE, NULL);
      g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
      g_assert_cmpuint (count_entries (place), ==, i + 1);
    }
}

/* Nothing is replaced: an archive of the name, a folder that is being made by hand. */
static void
test_taken (void)
{
  g_autofree char *place = make_place (), *archive = g_build_filename (place, "x.diorama", NULL);
  g_autofree char *empty = g_build_filename (place, "x 2.diorama", NULL), *path = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (archive, "tar", -1, NULL));
  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  path = commit (place, "x", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (path, "/x 3.diorama"));
  g_assert_true (g_file_test (archive, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (count_entries (empty), ==, 0);
}

static void
test_taken_elsewhere (void)
{
  no_noreplace = TRUE;
  test_taken ();
  no_noreplace = FALSE;
}

static void
test_forgotten (void)
{
  g_autofree char *place = make_place (), *disk = NULL;
  g_autoptr (GError) error = NULL;
  DioNewFolder *folder = dio_new_folder_new (place, &error);
  g_autoptr (DioDefinition) definition = dio_definition_new ("x\n", place);

  g_assert_no_error (error);
  g_assert_cmpuint (count_entries (place), ==, 1);
  disk = g_build_filename (dio_new_folder_get_path (folder), "tpm", "state", NULL);
  g_assert_cmpint (g_mkdir_with_parents (disk, 0700), ==, 0);
  /* What could not be read is not written. */
  g_assert_null (dio_new_folder_commit (folder, definition, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  dio_new_folder_free (folder);
  g_assert_cmpuint (count_entries (place), ==, 0);
}

/* Links in what is removed are removed; what they lead to is not. */
static void
test_links (void)
{
  g_autofree char *place = make_place (), *other = g_build_filename (place, "keep", NULL), *link = NULL;
  DioNewFolder *folder = dio_new_folder_new (place, NULL);

  g_assert_true (g_file_set_contents (other, "x", 1, NULL));
  link = g_build_filename (dio_new_folder_get_path (folder), "link", NULL);
  g_assert_cmpint (symlink (place, link), ==, 0);
  dio_new_folder_free (folder);
  g_assert_true (g_file_test (other, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (count_entries (place), ==, 1);
}

/* Another Diorama's folder that is being made is left alone; a dead one's goes. */
static void
test_remains (void)
{
  g_autofree char *place = make_place (), *dead = g_build_filename (place, ".new.diorama.part-abc123", NULL);
  g_autofree char *name = NULL, *path = NULL;
  DioNewFolder *folder = dio_new_folder_new (place, NULL);

  name = g_path_get_basename (dio_new_folder_get_path (folder));
  path = g_strdup (dio_new_folder_get_path (folder));
  g_assert_true (dio_is_part_name (name));
  dio_remove_remains (path);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
  dio_new_folder_free (folder);

  g_assert_cmpint (g_mkdir (dead, 0700), ==, 0);
  dio_remove_remains (dead);
  g_assert_false (g_file_test (dead, G_FILE_TEST_EXISTS));
}

static void
test_no_place (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  g_assert_null (commit ("/nowhere/at/all", "x", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (g_file_test (dio_library_get_default_place (), G_FILE_TEST_EXISTS));
  path = commit (dio_library_get_default_place (), "x", &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/new-folder/names", test_names);
  g_test_add_func ("/new-folder/long-names", test_long_names);
  g_test_add_func ("/new-folder/named-for", test_named_for);
  g_test_add_func ("/new-folder/commit", test_commit);
  g_test_add_func ("/new-folder/taken", test_taken);
  g_test_add_func ("/new-folder/taken-elsewhere", test_taken_elsewhere);
  g_test_add_func ("/new-folder/forgotten", test_forgotten);
  g_test_add_func ("/new-folder/links", test_links);
  g_test_add_func ("/new-folder/remains", test_remains);
  g_test_add_func ("/new-folder/no-place", test_no_place);
  return g_test_run ();
}
