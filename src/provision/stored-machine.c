/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/stored-machine.h"

#include "library/durable-file.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

DioStoredMachine *
dio_stored_machine_open (const char *folder, GError **error)
{
  g_autoptr (DioStoredMachine) self = g_new0 (DioStoredMachine, 1);
  g_autofree char *path = NULL;

  self->folder = g_canonicalize_filename (folder, NULL);
  path = g_build_filename (self->folder, DIO_DEFINITION_FILE, NULL);
  self->lock = dio_folder_lock_take (self->folder, DIO_LOCK_QUIET, error);
  if (self->lock == NULL)
    return NULL;
  self->text = dio_durable_read (path, DIO_DEFINITION_MAX, NULL, _ ("The machine cannot be read"), error);
  if (self->text == NULL)
    return NULL;
  self->definition = dio_definition_parse (self->text, self->folder, error);
  if (self->definition == NULL)
    {
      g_prefix_error (error, "%s ", _ ("The machine's definition is damaged."));
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
dio_stored_machine_free (DioStoredMachine *self)
{
  g_clear_object (&self->definition);
  g_clear_pointer (&self->lock, dio_folder_lock_free);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_free (self->folder);
  g_free (self);
}

gboolean
dio_stored_machine_has (DioStoredMachine *self, const char *path)
{
  return path != NULL && g_str_has_prefix (path, self->folder) && path[strlen (self->folder)] == '/';
}

gboolean
dio_stored_machine_holds (DioStoredMachine *self, const char *path)
{
  g_autofree char *folder = realpath (self->folder, NULL), *file = NULL;

  if (!dio_stored_machine_has (self, path))
    return FALSE;
  file = realpath (path, NULL);
  /* Of what is not there whoever wants it tells more. */
  return !file || !folder ||
         (g_str_has_prefix (file, folder) && g_str_equal (file + strlen (folder), path + strlen (self->folder)));
}

char *
dio_stored_machine_make_path (DioStoredMachine *self, const char *stem, const char *suffix)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u.%s", stem, i, suffix);
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
}

static guint64
file_use (const char *path)
{
  struct stat status;

  return path != NULL && stat (path, &status) == 0 ? (guint64) status.st_blocks * 512 : 0;
}

guint64
dio_disk_files_use (const DioDisk *disk)
{
  guint64 sum = file_use (disk->path);

  for (guint i = 0; disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    sum += file_use (disk->layers[i]);
  return sum;
}

gboolean
dio_stored_machine_write (DioStoredMachine *self, GBytes *text, GError **error)
{
  static const char *const names[] = { DIO_DEFINITION_FILE, DIO_DEFINITION_LAST_GOOD };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      if (!dio_durable_write (path, text, NULL, _ ("The machine cannot be saved"), error))
        return FALSE;
    }
  return TRUE;
}
