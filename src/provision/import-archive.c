/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/import.h"

#include "library/durable-file.h"
#include "library/folder-lock.h"
#include "provision/archive-file.h"
#include "provision/new-machine.h"
#include "provision/tame.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_DEPTH 5
/* Of the whole work; the rest is to make it durable. */
#define UNPACKING 0.9

typedef struct
{
  char *path;
  char *name; /* nullable */
  GStrv taken;
  char *place;
} Import;

static void
import_free (Import *self)
{
  g_free (self->path);
  g_free (self->name);
  g_strfreev (self->taken);
  g_free (self->place);
  g_free (self);
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, message);
  return FALSE;
}

/* What a member is in the machine's folder: without the folder that all of them are in. NULL: nothing. */
static const char *
get_inner_name (const char *name)
{
  const char *slash = strchr (name, '/');

  return slash != NULL && slash[1] != '\0' ? slash + 1 : NULL;
}

static gboolean
is_left_out (const char *inner)
{
  return g_str_equal (inner, DIO_LOCK_FILE) || g_str_equal (inner, DIO_DEFINITION_LAST_GOOD) ||
         g_str_has_prefix (inner, "log/") || g_str_equal (inner, "log");
}

/* What is in one, the TPM's secrets say, is nobody else's. */
static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  dio_set_file_error (error, errno, _ ("The archive cannot be unpacked"));
  return FALSE;
}

/* Never through a link: there are none, for all below the folder was made here, of files and folders. */
static gboolean
take_member (DioNewMachine *machine, DioArchiveReader *reader, const DioArchiveMember *member, GBytes **definition,
             GError **error)
{
  const char *inner = get_inner_name (member->name);
  g_autofree char *path = NULL;
  g_autofree char *folder = NULL;
  guint depth = 0;

  if (inner == NULL || is_left_out (inner))
    return TRUE;
  for (const char *at = inner; *at != '\0'; at++)
    depth += *at == '/';
  if (depth > MAX_DEPTH)
    return refuse (error, _ ("The archive has more folders than a machine has. Diorama does not unpack it."));
  if (g_str_equal (inner, DIO_DEFINITION_FILE))
    {
      if (*definition != NULL)
        return refuse (error, _ ("The archive has a file twice. It is damaged: get it again."));
      *definition = dio_archive_reader_read (reader, DIO_DEFINITION_MAX, error);
      return *definition != NULL;
    }
  path = dio_new_machine_build_path (machine, inner);
  if (member->folder)
    return make_folder (path, error);
  folder = g_path_get_dirname (path);
  return make_folder (folder, error) && dio_archive_reader_extract (reader, path, NULL, dio_new_machine_progress,
                                                                    machine, machine->cancellable, error);
}

static GBytes *
unpack (Import *self, DioNewMachine *machine, GError **error)
{
  g_autoptr (DioArchiveReader) reader = dio_archive_reader_new (self->path, error);
  g_autoptr (GBytes) definition = NULL;
  DioArchiveMember member;

  if (reader == NULL)
    return NULL;
  do
    if (!dio_archive_reader_next (reader, &member, error) ||
        (member.name != NULL && !take_member (machine, reader, &member, &definition, error)))
      return NULL;
  while (member.name != NULL);
  if (definition == NULL)
    refuse (error, _ ("There is no machine in the archive. It is damaged, or of another kind."));
  return g_steal_pointer (&definition);
}

static gboolean
define (Import *self, DioNewMachine *machine, GBytes *text, GError **error)
{
  const char *folder = dio_new_folder_get_path (machine->folder);
  g_autoptr (DioDefinition) definition = dio_definition_parse (text, folder, error);
  DioMachineConfig *config;
  g_autofree char *uuid = g_uuid_string_random ();

  if (definition == NULL)
    {
      g_prefix_error (error, "%s ", _ ("The machine in the archive cannot be understood."));
      return FALSE;
    }
  if (!dio_definition_get_writable (definition))
    return refuse (error, _ ("The machine in the archive was saved by a newer Diorama. Update Diorama first."));
  config = dio_definition_get_config (definition);
  if (self->taken != NULL && g_strv_contains ((const char *const *) self->taken, dio_machine_config_get_uuid (config)))
    g_object_set (config, "uuid", uuid, NULL);
  if (self->name != NULL)
    g_object_set (config, "name", self->name, NULL);
  if (!dio_definition_tame (definition, error))
    return FALSE;
  g_set_object (&machine->definition, definition);
  return TRUE;
}

static gboolean
import (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Import *self = data;
  g_autoptr (DioMachineConfig) nothing = dio_machine_config_new ("");
  g_autoptr (DioDefinition) template = dio_definition_new_loose (nothing);
  g_autoptr (DioNewMachine) machine = dio_new_machine_new (template, self->place, job, cancellable, error);
  g_autofree char *shown = g_filename_display_basename (self->path);
  g_autoptr (GBytes) text = NULL;

  if (machine == NULL)
    return FALSE;
  dio_new_machine_step (machine, UNPACKING, shown);
  text = unpack (self, machine, error);
  return text != NULL && define (self, machine, text, error) && dio_new_machine_commit (machine, error);
}

DioJob *
dio_import_archive (const char *path, const char *name, const char *const *taken, const char *place)
{
  Import *self = g_new0 (Import, 1);
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *title = g_strdup_printf (_ ("Importing “%s”"), name != NULL ? name : shown);

  self->path = g_canonicalize_filename (path, NULL);
  self->name = g_strdup (name);
  self->taken = g_strdupv ((GStrv) taken);
  self->place = g_strdup (place);
  return dio_job_new (title, import, self, (GDestroyNotify) import_free);
}
