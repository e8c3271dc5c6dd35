/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/folder-look.h"

#include "library/durable-file.h"
#include "library/folder-lock.h"
#include "library/new-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static gint64
to_ns (const struct timespec *time)
{
  return (gint64) time->tv_sec * 1000000000 + time->tv_nsec;
}

void
dio_stamp_set (DioStamp *stamp, const struct stat *status)
{
  *stamp = (DioStamp) { status->st_dev, status->st_ino, (guint64) status->st_size, to_ns (&status->st_mtim),
                        to_ns (&status->st_ctim) };
}

gboolean
dio_stamp_equal (const DioStamp *a, const DioStamp *b)
{
  return a->device == b->device && a->inode == b->inode && a->size == b->size && a->modified == b->modified &&
         a->changed == b->changed;
}

DioFolderLook *
dio_folder_look_new (void)
{
  return g_atomic_rc_box_new0 (DioFolderLook);
}

DioFolderLook *
dio_folder_look_ref (DioFolderLook *look)
{
  return g_atomic_rc_box_acquire (look);
}

static void
clear_look (gpointer data)
{
  DioFolderLook *look = data;

  g_free (look->folder);
  g_free (look->message);
  g_free (look->name);
  g_free (look->uuid);
  g_free (look->os);
  g_free (look->os_name);
  g_free (look->icon);
  g_free (look->group);
}

void
dio_folder_look_unref (DioFolderLook *look)
{
  g_atomic_rc_box_release_full (look, clear_look);
}

DioDefinition *
dio_folder_read_definition (const char *folder, DioStamp *stamp, GError **error)
{
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  struct stat status = { 0 };
  g_autoptr (GBytes) text =
      dio_durable_read (path, DIO_DEFINITION_MAX, &status, _ ("The machine's definition cannot be read"), error);
  g_autoptr (GError) reason = NULL;
  DioDefinition *definition = text ? dio_definition_parse (text, folder, &reason) : NULL;

  if (reason && g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The machine's definition is damaged. %s"),
                 reason->message);
  else if (reason)
    g_propagate_error (error, g_steal_pointer (&reason));
  if (stamp)
    dio_stamp_set (stamp, &status);
  return definition;
}

/* The folder's name without its suffix, for a machine that does not tell its own. */
static char *
make_name (const char *folder)
{
  g_autofree char *base = g_path_get_basename (folder);

  if (g_str_has_suffix (base, DIO_FOLDER_SUFFIX))
    base[strlen (base) - strlen (DIO_FOLDER_SUFFIX)] = '\0';
  return g_filename_display_name (base);
}

static void
take_definition (DioFolderLook *look, DioDefinition *definition)
{
  DioMachineConfig *config = dio_definition_get_config (definition);

  look->name = g_strdup (dio_machine_config_get_name (config));
  look->uuid = g_strdup (dio_machine_config_get_uuid (config));
  look->os = g_strdup (dio_definition_get_os (definition));
  look->os_name = g_strdup (dio_definition_get_os_name (definition));
  look->icon = g_strdup (dio_definition_get_icon (definition));
  look->group = g_strdup (dio_definition_get_group (definition));
  look->autostart = dio_definition_get_autostart (definition);
  look->newer = !dio_definition_get_writable (definition);
}

static void
take_known (DioFolderLook *look, const DioFolderLook *known)
{
  look->name = g_strdup (known->name);
  look->uuid = g_strdup (known->uuid);
  look->os = g_strdup (known->os);
  look->os_name = g_strdup (known->os_name);
  look->icon = g_strdup (known->icon);
  look->group = g_strdup (known->group);
  look->autostart = known->autostart;
  look->newer = known->newer;
}

/* What a write that was cut short may have left goes, unless somebody is writing. */
static void
sweep (const char *folder)
{
  static const char *const names[] = { DIO_DEFINITION_FILE, DIO_DEFINITION_LAST_GOOD, DIO_DEFINITION_DAMAGED };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autoptr (DioFolderLock) lock = NULL;

      if (!dio_durable_has_remains (path))
        continue;
      lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL);
      if (lock)
        dio_durable_sweep (path);
    }
}

static void
look_at_definition (DioFolderLook *look)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = NULL;

  definition = dio_folder_read_definition (look->folder, &look->stamp, &error);
  if (definition)
    {
      take_definition (look, definition);
      return;
    }
  look->state = DIO_LIBRARY_MACHINE_DAMAGED;
  look->message = g_strdup (error->message);
  look->name = make_name (look->folder);
}

static void
look_at_lock (DioFolderLook *look, int fd)
{
  struct stat status;
  g_autofree char *owner = NULL;

  if (fstatat (fd, DIO_LOCK_FILE, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return;
  look->last_used = MAX (status.st_mtim.tv_sec, 0);
  /* It is empty unless somebody uses the machine, or died. */
  if (status.st_size == 0)
    return;
  owner = dio_folder_lock_look (look->folder);
  if (!owner)
    return;
  look->state = DIO_LIBRARY_MACHINE_IN_USE;
  g_set_str (&look->message, owner);
}

/* It is there, but that is all that can be told. */
static DioFolderLook *
make_unreachable (const char *folder, const DioFolderLook *known, int number)
{
  DioFolderLook *look = dio_folder_look_new ();
  g_autoptr (GError) error = NULL;

  dio_set_file_error (&error, number, _ ("The machine's folder cannot be opened"));
  look->folder = g_strdup (folder);
  if (known)
    take_known (look, known);
  else
    look->name = make_name (folder);
  look->state = DIO_LIBRARY_MACHINE_DAMAGED;
  look->message = g_strdup (error->message);
  return look;
}

/* A folder without a definition is a machine only if there is something in it. */
static gboolean
is_empty (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  return dir && !g_dir_read_name (dir);
}

DioFolderLook *
dio_folder_look (const char *folder, const DioFolderLook *known)
{
  g_autofd int fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (DioFolderLook) look = NULL;
  struct stat status;

  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
    return NULL;
  if (fd < 0 || fstat (fd, &status) < 0)
    return make_unreachable (folder, known, errno);
  look = dio_folder_look_new ();
  look->folder = g_strdup (folder);
  look->device = status.st_dev;
  look->inode = status.st_ino;
  look->modified = to_ns (&status.st_mtim);
  if (fstatat (fd, DIO_DEFINITION_FILE, &status, 0) == 0)
    dio_stamp_set (&look->stamp, &status);
  else if (is_empty (folder))
    return NULL;
  if (!known || known->modified != look->modified)
    sweep (folder);
  if (known && known->uuid && dio_stamp_equal (&known->stamp, &look->stamp))
    take_known (look, known);
  else
    look_at_definition (look);
  if (look->newer && look->state == DIO_LIBRARY_MACHINE_READY)
    {
      look->state = DIO_LIBRARY_MACHINE_NEWER;
      look->message = g_strdup (_ ("A newer Diorama wrote its definition. It can be started, but not changed. Update "
                                   "Diorama to change it."));
    }
  look_at_lock (look, fd);
  return g_steal_pointer (&look);
}
