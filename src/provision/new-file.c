/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/new-file.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

struct _DioNewFile
{
  char *path, *folder;
  char *part; /* NULL: it has its name */
};

DioNewFile *
dio_new_file_new (const char *path)
{
  DioNewFile *self = g_new0 (DioNewFile, 1);
  g_autofree char *random = g_uuid_string_random ();
  g_autofree char *name = g_strdup_printf (".diorama-%.8s.part", random);

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
