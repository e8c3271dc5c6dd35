/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "provision/duplicate.h"

#include "library/durable-file.h"
#include "provision/disk-tool.h"
#include "provision/file-copy.h"
#include "provision/new-machine.h"
#include "provision/stored-machine.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Of the whole work; the rest is to make it durable. */
#define COPYING 0.9
#define FROZEN 0444 /* the mode of what nobody may write any more */

typedef struct
{
  char *folder;
  char *name; /* nullable */
  DioDuplicateKind kind;
  char *place;
} Duplicate;

/* The work while it runs. */
typedef struct
{
  DioDuplicateKind kind;
  DioStoredMachine *original;
  DioNewMachine *copy;
  guint64 total;      /* bytes of all disks */
  GPtrArray *rewired; /* DioDisk: the original's disks as they will be; linked only */
  GPtrArray *made;    /* paths of what was made in the original's folder */
  GPtrArray *frozen;  /* paths that may not be written any more */
  gboolean is_rewired;
} Work;

static void
duplicate_free (Duplicate *self)
{
  g_free (self->folder);
  g_free (self->name);
  g_free (self->place);
  g_free (self);
}

static void
work_clear (Work *self)
{
  g_clear_pointer (&self->copy, dio_new_machine_free);
  g_clear_pointer (&self->original, dio_stored_machine_free);
  g_clear_pointer (&self->rewired, g_ptr_array_unref);
  g_clear_pointer (&self->made, g_ptr_array_unref);
  g_clear_pointer (&self->frozen, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

/* Where in the copy PATH's file goes: by the same name, if that is free. */
static char *
make_target (Work *self, const char *path, const char *format)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *target = dio_new_machine_build_path (self->copy, name);

  return dio_stored_machine_has (self->original, path) && !g_file_test (target, G_FILE_TEST_EXISTS)
             ? g_steal_pointer (&target)
             : dio_new_machine_make_disk_path (self->copy, format);
}

static gboolean
copy_file (Work *self, const char *from, const char *to, GError **error)
{
  return dio_file_copy (from, to, dio_new_machine_progress, self->copy, self->copy->cancellable, error);
}

/* A file that is only read, under a name in the copy too. FROM may be a symbolic link, which means something only where
 * it is: what it leads to is meant. */
static gboolean
link_file (const char *from, const char *to, GError **error)
{
  if (linkat (AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0)
    return TRUE;
  if (errno == EXDEV || errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         errno == EXDEV
                             ? _ ("A linked clone has to be on the same drive as the original. Make a full duplicate.")
                             : _ ("The drive that the machine is on cannot hold linked clones. Make a full "
                                  "duplicate."));
  else
    dio_set_file_error (error, errno, _ ("A linked clone cannot be made"));
  return FALSE;
}

/* The layers of the original's DISK, where they are inside, in the copy: shared, as nobody writes them. */
static gboolean
take_layers (Work *self, DioDisk *disk, GError **error)
{
  for (guint i = 0; disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    {
      g_autofree char *target = NULL;

      if (!dio_stored_machine_has (self->original, disk->layers[i]))
        continue;
      target = make_target (self, disk->layers[i], disk->layers[i + 1]);
      if (!link_file (disk->layers[i], target, NULL))
        {
          if (!copy_file (self, disk->layers[i], target, error))
            return FALSE;
          g_chmod (target, FROZEN);
        }
      g_set_str (&disk->layers[i], target);
    }
  return TRUE;
}

static gboolean
take_whole_disk (Work *self, DioDisk *disk, GError **error)
{
  g_autofree char *target = make_target (self, disk->path, disk->format);

  if (!copy_file (self, disk->path, target, error) || !take_layers (self, disk, error))
    return FALSE;
  g_set_str (&disk->path, target);
  return TRUE;
}

/* DISK over what it is now: its file becomes the nearest layer. */
static DioDisk *
make_over (const DioDisk *disk, const char *path, const char *base)
{
  DioDisk *over = dio_disk_copy (disk);
  GStrvBuilder *layers = g_strv_builder_new ();

  g_strv_builder_add_many (layers, base, disk->format, NULL);
  g_strv_builder_addv (layers, (const char **) (disk->layers != NULL ? disk->layers : (char *[]) { NULL }));
  g_clear_pointer (&over->layers, g_strfreev);
  over->layers = g_strv_builder_unref_to_strv (layers);
  g_set_str (&over->path, path);
  g_set_str (&over->format, "qcow2");
  return over;
}

static gboolean
make_overlay (Work *self, const DioDisk *over, GError **error)
{
  return dio_disk_create (over->path, "qcow2", 0, (const char *const *) over->layers, self->copy->cancellable, error);
}

/* DISK becomes a layer of both machines. */
static gboolean
link_disk (Work *self, DioDisk *disk, GError **error)
{
  g_autofree char *here = dio_stored_machine_make_path (self->original, "disk", "qcow2");
  DioDisk *over = make_over (disk, here, disk->path);
  g_autofree char *base = make_target (self, disk->path, disk->format);
  g_autofree char *there = NULL;
  g_autoptr (DioDisk) clone = NULL;

  g_ptr_array_add (self->rewired, over);
  if (!link_file (disk->path, base, error) || !take_layers (self, disk, error))
    return FALSE;
  there = dio_new_machine_make_disk_path (self->copy, "qcow2");
  clone = make_over (disk, there, base);
  if (!make_overlay (self, clone, error))
    return FALSE;
  g_ptr_array_add (self->made, g_strdup (here));
  if (!make_overlay (self, over, error))
    return FALSE;
  g_ptr_array_add (self->frozen, g_strdup (disk->path));
  dio_new_machine_add_disk (self->copy, clone);
  return TRUE;
}

/* The original has written nothing since it was cloned last: its layers are all that there is, and it stays as it is.
 */
static gboolean
share_layers (Work *self, DioDisk *disk, GError **error)
{
  g_autofree char *there = NULL;

  g_ptr_array_add (self->rewired, dio_disk_copy (disk));
  if (!take_layers (self, disk, error))
    return FALSE;
  there = dio_new_machine_make_disk_path (self->copy, "qcow2");
  g_set_str (&disk->path, there);
  if (!make_overlay (self, disk, error))
    return FALSE;
  dio_new_machine_add_disk (self->copy, disk);
  return TRUE;
}

static gboolean
take_disk (Work *self, guint i, GError **error)
{
  const DioDisk *source = dio_machine_config_get_disk (dio_definition_get_config (self->original->definition), i);
  g_autoptr (DioDisk) disk = dio_disk_copy (source);
  gboolean inside = dio_stored_machine_has (self->original, disk->path);
  g_autofree char *name = disk->path != NULL ? g_filename_display_basename (disk->path) : NULL;

  dio_new_machine_step (
      self->copy, self->total > 0 ? COPYING * (double) dio_disk_files_use (disk) / (double) self->total : 0, name);
  if (self->kind == DIO_DUPLICATE_LINKED && inside && !disk->cdrom && !disk->read_only)
    return disk->layers != NULL && g_str_equal (disk->format, "qcow2") &&
                   dio_disk_is_untouched (disk, self->copy->cancellable)
               ? share_layers (self, disk, error)
               : link_disk (self, disk, error);
  g_ptr_array_add (self->rewired, dio_disk_copy (disk));
  if (disk->path != NULL && (inside || (!disk->cdrom && !disk->read_only)) && !take_whole_disk (self, disk, error))
    return FALSE;
  dio_new_machine_add_disk (self->copy, disk);
  return TRUE;
}

/* What a full duplicate takes, unless the file system shares it. */
static gboolean
require_space (Work *self, GError **error)
{
  DioMachineConfig *config = dio_definition_get_config (self->original->definition);
  const char *folder = dio_new_folder_get_path (self->copy->folder);
  guint64 needed = 0;

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (config, i);
      gboolean linked = self->kind == DIO_DUPLICATE_LINKED && dio_stored_machine_has (self->original, disk->path);

      self->total += dio_disk_files_use (disk);
      if (!linked && !disk->cdrom && disk->path != NULL && !dio_file_can_share (disk->path, folder))
        needed += dio_disk_files_use (disk);
    }
  return dio_disk_require_space (folder, needed, error);
}

/* Of UEFI, and of UEFI with Secure Boot, whichever were made yet. NEW: the copy's "uefi-vars". */
static gboolean
take_vars (Work *self, const char *new, GError **error)
{
  g_autoptr (DioMachineConfig) from = dio_machine_config_copy (dio_new_machine_get_config (self->copy));
  g_autoptr (DioMachineConfig) to = dio_machine_config_copy (from);

  g_object_set (to, "uefi-vars", new, NULL);
  for (DioFirmware firmware = DIO_FIRMWARE_UEFI; firmware <= DIO_FIRMWARE_UEFI_SECURE; firmware++)
    {
      g_autofree char *source = NULL;
      g_autofree char *target = NULL;

      g_object_set (from, "firmware", firmware, NULL);
      g_object_set (to, "firmware", firmware, NULL);
      source = dio_machine_config_dup_uefi_vars_path (from);
      target = dio_machine_config_dup_uefi_vars_path (to);
      if (g_file_test (source, G_FILE_TEST_EXISTS) &&
          !dio_file_copy (source, target, NULL, NULL, self->copy->cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* Beside the disks. A file that is not there yet is made with the first start. */
static gboolean
take_state (Work *self, GError **error)
{
  DioMachineConfig *config = dio_new_machine_get_config (self->copy);
  const char *vars = dio_machine_config_get_uefi_vars (config), *tpm = dio_machine_config_get_tpm_state (config);
  const char *icon = dio_definition_get_icon (self->original->definition);
  g_autofree char *new_vars = dio_new_machine_build_path (self->copy, "uefi-vars.qcow2");
  g_autofree char *new_tpm = dio_new_machine_build_path (self->copy, "tpm");
  const char *const pictures[] = { "picture.png", icon };

  if (vars != NULL && !take_vars (self, new_vars, error))
    return FALSE;
  if (tpm != NULL && g_file_test (tpm, G_FILE_TEST_IS_DIR) &&
      !dio_folder_copy (tpm, new_tpm, self->copy->cancellable, error))
    return FALSE;
  g_object_set (config, "uefi-vars", vars != NULL ? new_vars : NULL, "tpm-state", tpm != NULL ? new_tpm : NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *from = pictures[i] != NULL ? g_build_filename (self->original->folder, pictures[i], NULL) : NULL;
      g_autofree char *to = pictures[i] != NULL ? dio_new_machine_build_path (self->copy, pictures[i]) : NULL;

      /* They are no loss. */
      if (from != NULL && strchr (pictures[i], '/') == NULL && g_file_test (from, G_FILE_TEST_IS_REGULAR))
        dio_file_copy (from, to, NULL, NULL, self->copy->cancellable, NULL);
    }
  return TRUE;
}

static void
set_identity (Work *self, const char *name)
{
  DioMachineConfig *config = dio_new_machine_get_config (self->copy);
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *made = g_strdup_printf (self->kind == DIO_DUPLICATE_LINKED ? _ ("%s (Clone)") : _ ("%s (Copy)"),
                                           dio_machine_config_get_name (config));

  g_object_set (config, "name", name != NULL ? name : made, "uuid", uuid, NULL);
  g_object_set (self->copy->definition, "autostart", FALSE, NULL);
  dio_machine_config_set_disks (config, NULL);
}

/* --- the original of a linked clone --- */

/* From here on the original writes over its layers: the first point at which anything of it is different. */
static gboolean
rewire_original (Work *self, GError **error)
{
  g_autoptr (GBytes) text = NULL;

  if (self->made->len == 0)
    return TRUE;
  for (guint i = 0; i < self->made->len; i++)
    if (!dio_disk_sync (self->made->pdata[i], error))
      return FALSE;
  if (!dio_disk_sync (self->original->folder, error))
    return FALSE;
  dio_machine_config_set_disks (dio_definition_get_config (self->original->definition), self->rewired);
  text = dio_definition_to_bytes (self->original->definition);
  self->is_rewired = TRUE;
  return dio_stored_machine_write (self->original, text, error);
}

/* Nobody writes the layers by mistake, not even through a definition from a backup. */
static void
freeze_layers (Work *self)
{
  for (guint i = 0; i < self->frozen->len; i++)
    g_chmod (self->frozen->pdata[i], FROZEN);
}

/* It is as it was before. Nothing has been written over the layers: the lock was ours all the time. If even that fails
 * it stays rewired, which is as good. */
static void
restore_original (Work *self)
{
  if (self->is_rewired && !dio_stored_machine_write (self->original, self->original->text, NULL))
    return;
  for (guint i = 0; i < self->made->len; i++)
    g_unlink (self->made->pdata[i]);
}

static gboolean
work (Work *self, const char *name, GError **error)
{
  guint n = dio_machine_config_get_n_disks (dio_definition_get_config (self->original->definition));

  if (!require_space (self, error))
    return FALSE;
  set_identity (self, name);
  for (guint i = 0; i < n; i++)
    if (!take_disk (self, i, error))
      return FALSE;
  if (!take_state (self, error) || !rewire_original (self, error) || !dio_new_machine_commit (self->copy, error))
    return FALSE;
  freeze_layers (self);
  return TRUE;
}

static gboolean
duplicate (DioJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
  Duplicate *self = data;
  g_auto (Work) state = { .kind = self->kind };

  state.rewired = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);
  state.made = g_ptr_array_new_with_free_func (g_free);
  state.frozen = g_ptr_array_new_with_free_func (g_free);
  state.original = dio_stored_machine_open (self->folder, error);
  if (state.original == NULL)
    return FALSE;
  if (self->kind == DIO_DUPLICATE_LINKED && !dio_definition_get_writable (state.original->definition))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                           _ ("The machine was saved by a newer Diorama, so that it cannot be changed, which a linked "
                              "clone needs. Make a full duplicate."));
      return FALSE;
    }
  state.copy = dio_new_machine_new (state.original->definition, self->place, job, cancellable, error);
  if (state.copy != NULL && work (&state, self->name, error))
    return TRUE;
  restore_original (&state);
  return FALSE;
}

DioJob *
dio_duplicate_machine (const char *folder, const char *name, DioDuplicateKind kind, const char *place)
{
  Duplicate *self = g_new0 (Duplicate, 1);
  g_autofree char *base = g_filename_display_basename (folder);
  g_autofree char *shown =
      g_str_has_suffix (base, ".diorama") ? g_strndup (base, strlen (base) - strlen (".diorama")) : g_strdup (base);
  g_autofree char *title = g_strdup_printf (
      kind == DIO_DUPLICATE_LINKED ? _ ("Making a Linked Clone of “%s”") : _ ("Duplicating “%s”"), shown);

  self->folder = g_strdup (folder);
  self->name = g_strdup (name);
  self->kind = kind;
  self->place = g_strdup (place);
  return dio_job_new (title, duplicate, self, (GDestroyNotify) duplicate_free);
}
