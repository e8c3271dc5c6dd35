/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/new-folder.h"

#include "library/durable-file.h"
#include "library/folder-lock.h"
#include "library/library.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PART_NAME ".new.diorama.part-"
#define MAX_NUMBER 10000
#define MAX_TRIES 100

struct _DioNewFolder
{
  char *place;
  char *path; /* NULL: it has its name */
  DioFolderLock *lock;
};

/* --- names --- */

/* What would turn the direction of the text around it. */
static gboolean
turns_text (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* NAME, for one folder. */
static GString *
make_plain_name (const char *name, gboolean strict)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  GString *plain = g_string_new (NULL);

  for (const char *c = g_strstrip (valid); *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (character == '/' || g_unichar_iscntrl (character) || turns_text (character) ||
          (plain->len == 0 && character == '.') ||
          (strict && character < 128 && strchr ("\\:*?\"<>|", (int) character)))
        g_string_append_c (plain, '_');
      else
        g_string_append_unichar (plain, character);
    }
  if (plain->len == 0)
    g_string_append_c (plain, '_');
  return plain;
}

char *
dio_make_folder_name (const char *name, guint number, gsize max, gboolean strict)
{
  g_autoptr (GString) plain = make_plain_name (name, strict);
  g_autofree char *behind =
      number > 1 ? g_strdup_printf (" %u" DIO_FOLDER_SUFFIX, number) : g_strdup (DIO_FOLDER_SUFFIX);
  gsize room = max > strlen (behind) ? max - strlen (behind) : 1;

  if (plain->len > room)
    {
      const char *cut = g_utf8_find_prev_char (plain->str, plain->str + room + 1);

      g_string_truncate (plain, cut ? (gsize) (cut - plain->str) : 0);
    }
  return g_strconcat (plain->str, behind, NULL);
}

gboolean
dio_is_part_name (const char *name)
{
  return g_str_has_prefix (name, PART_NAME) && strlen (name) == strlen (PART_NAME) + 6;
}

/* The number at the end of a folder's NAME, 1 if there is none. */
static guint
get_number (const char *name)
{
  gsize end = strlen (name) - (g_str_has_suffix (name, DIO_FOLDER_SUFFIX) ? strlen (DIO_FOLDER_SUFFIX) : 0);
  gsize start = end;
  guint64 number;

  while (start > 0 && g_ascii_isdigit (name[start - 1]))
    start--;
  if (start == 0 || name[start - 1] != ' ')
    return 1;
  number = g_ascii_strtoull (name + start, NULL, 10);
  return number > 1 && number < MAX_NUMBER ? (guint) number : 1;
}

gboolean
dio_is_named_for (const char *name, const char *machine_name)
{
  const guint numbers[] = { 1, get_number (name) };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (numbers); i++)
    {
      g_autofree char *wanted = dio_make_folder_name (machine_name, numbers[i / 2], NAME_MAX, i % 2 == 1);

      if (g_str_equal (name, wanted))
        return TRUE;
    }
  return FALSE;
}

/* --- giving one --- */

static gboolean
is_same (const char *a, const char *b)
{
  struct stat first, second;

  return lstat (a, &first) == 0 && lstat (b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/* Renames without replacing anything: FALSE with EEXIST if TO is there. */
static gboolean
rename_to_free (const char *from, const char *to)
{
  int number;

  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  /* A change of case only, where that makes no other name. */
  if (errno == EEXIST && is_same (from, to))
    return rename (from, to) == 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
    return FALSE;
  /* The file system does not know that flag. An empty folder can be made by one only, and then be replaced. */
  if (mkdir (to, 0777) < 0)
    return FALSE;
  if (rename (from, to) == 0)
    return TRUE;
  number = errno;
  rmdir (to);
  errno = number;
  return FALSE;
}

static gsize
get_name_max (const char *place)
{
  long max = pathconf (place, _PC_NAME_MAX);

  return max < 32 || max > NAME_MAX ? NAME_MAX : (gsize) max;
}

char *
dio_rename_folder (const char *folder, const char *place, const char *name, GError **error)
{
  g_autofree char *what = g_strdup_printf (_ ("The folder of “%s” cannot be given its name"), name);
  gsize max = get_name_max (place);
  gboolean strict = FALSE;

  for (guint number = 1; number < MAX_NUMBER; number++)
    {
      g_autofree char *base = dio_make_folder_name (name, number, max, strict);
      g_autofree char *path = g_build_filename (place, base, NULL);

      if (rename_to_free (folder, path))
        {
          /* It has its name, whatever comes. */
          dio_durable_sync_folder (place);
          return g_steal_pointer (&path);
        }
      if (errno == EEXIST || errno == ENOTEMPTY)
        continue;
      if ((errno == EINVAL || errno == EILSEQ) && !strict)
        {
          strict = TRUE;
          number = 0;
          continue;
        }
      dio_set_file_error (error, errno, what);
      return NULL;
    }
  dio_set_file_error (error, EEXIST, what);
  return NULL;
}

/* --- a new one --- */

void
dio_remove_remains (const char *folder)
{
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL);

  if (lock && !dio_durable_remove_tree (folder))
    g_debug ("%s could not be removed", folder);
}

static gboolean
make_place (const char *place, GError **error)
{
  g_autofree char *shown = g_filename_display_name (place);

  if (g_file_test (place, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!g_str_equal (place, dio_library_get_default_place ()))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The folder “%s” is not there. Connect its drive, or choose another place."), shown);
      return FALSE;
    }
  if (g_mkdir_with_parents (place, 0755) < 0)
    {
      g_autofree char *what = g_strdup_printf (_ ("The folder “%s” cannot be made"), shown);

      dio_set_file_error (error, errno, what);
      return FALSE;
    }
  return TRUE;
}

DioNewFolder *
dio_new_folder_new (const char *place, GError **error)
{
  g_autoptr (DioNewFolder) self = NULL;

  g_return_val_if_fail (place != NULL && g_path_is_absolute (place), NULL);

  if (!make_place (place, error))
    return NULL;
  self = g_new0 (DioNewFolder, 1);
  self->place = g_strdup (place);
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      g_autofree char *path = g_build_filename (place, PART_NAME "XXXXXX", NULL);
      g_autoptr (GError) reason = NULL;

      if (!g_mkdtemp_full (path, 0755))
        {
          dio_set_file_error (error, errno, _ ("A new machine's folder cannot be made"));
          return NULL;
        }
      self->lock = dio_folder_lock_take (path, DIO_LOCK_USE, &reason);
      if (self->lock)
        {
          self->path = g_steal_pointer (&path);
          return g_steal_pointer (&self);
        }
      /* Another Diorama may have taken it for remains, before we had its lock. */
      if (g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_BUSY) ||
          g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        {
          rmdir (path);
          continue;
        }
      /* There was no room for the lock's text, say: the lock's file is there. */
      if (!dio_durable_remove_tree (path))
        g_debug ("%s could not be removed", path);
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  dio_set_file_error (error, EBUSY, _ ("A new machine's folder cannot be made"));
  return NULL;
}

const char *
dio_new_folder_get_path (DioNewFolder *self)
{
  return self->path;
}

char *
dio_new_folder_commit (DioNewFolder *self, DioDefinition *definition, GError **error)
{
  const char *name = dio_machine_config_get_name (dio_definition_get_config (definition));
  g_autofree char *what = g_strdup_printf (_ ("The new machine “%s” cannot be saved"), name);
  g_autofree char *file = NULL, *copy = NULL, *path = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (DioDefinition) check = NULL;

  g_return_val_if_fail (self->path != NULL, NULL);
  g_return_val_if_fail (DIO_IS_DEFINITION (definition), NULL);

  text = dio_definition_to_bytes (definition);
  check = dio_definition_parse (text, self->path, error);
  if (!check)
    return NULL;
  file = g_build_filename (self->path, DIO_DEFINITION_FILE, NULL);
  copy = g_build_filename (self->path, DIO_DEFINITION_LAST_GOOD, NULL);
  if (!dio_durable_write (file, text, NULL, what, error) || !dio_durable_write (copy, text, NULL, what, error))
    return NULL;
  dio_folder_lock_set_unused (self->lock);
  if (!dio_durable_sync_tree (self->path, NULL, what, error))
    return NULL;
  path = dio_rename_folder (self->path, self->place, name, error);
  if (!path)
    return NULL;
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->lock, dio_folder_lock_free);
  dio_definition_set_folder (definition, path);
  return g_steal_pointer (&path);
}

void
dio_new_folder_free (DioNewFolder *self)
{
  if (self->path && !dio_durable_remove_tree (self->path))
    g_debug ("%s could not be removed", self->path);
  g_clear_pointer (&self->lock, dio_folder_lock_free);
  g_free (self->path);
  g_free (self->place);
  g_free (self);
}
