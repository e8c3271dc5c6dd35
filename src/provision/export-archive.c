/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/durable-file.h"
#include "provision/archive-file.h"
#include "provision/disk-tool.h"
#include "provision/export-private.h"
#include "provision/new-file.h"
#include "provision/tame.h"
#include "provision/unattended.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#define MAX_DEPTH 5
/* Of the whole work; the rest is the archive itself. */
#define FLATTENING 0.5

/* The work. */
typedef struct
{
  DioExport *export;
  char *root;          /* the name of the folder in the archive */
  GHashTable *instead; /* path → DioNewFile: what is packed in a file's place, or as a file that is not there */
  DioArchiveWriter *writer;
  guint64 total;
} Pack;

static void
pack_clear (Pack *self)
{
  g_clear_pointer (&self->writer, dio_archive_writer_free);
  g_clear_pointer (&self->instead, g_hash_table_unref);
  g_free (self->root);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pack, pack_clear)

static gboolean
is_whole_inside (Pack *self, const DioDisk *disk)
{
  gboolean inside = dio_stored_machine_holds (self->export->machine, disk->path);

  for (guint i = 0; inside && disk->layers != NULL && disk->layers[i] != NULL; i += 2)
    inside = dio_stored_machine_holds (self->export->machine, disk->layers[i]);
  return inside;
}

/* DISK as a file that stands alone. */
static gboolean
flatten (Pack *self, DioDisk *disk, GError **error)
{
  DioExport *export = self->export;
  g_autoptr (DioNewFile) file = dio_new_file_new (export->path);
  g_autofree char *name = g_filename_display_basename (disk->path);
  g_autofree char *path = dio_stored_machine_has (export->machine, disk->path)
                              ? g_strdup (disk->path)
                              : dio_stored_machine_make_path (export->machine, "disk", "qcow2");
  guint64 bytes;

  for (guint i = 1; g_hash_table_contains (self->instead, path); i++)
    {
      g_autofree char *stem = g_strdup_printf ("disk-outside-%u", i);

      g_free (path);
      path = dio_stored_machine_make_path (export->machine, stem, "qcow2");
    }
  dio_export_step (export, FLATTENING * (double) dio_disk_files_use (disk) / (double) dio_export_get_total (export),
                   name);
  if (!dio_disk_measure (disk, "qcow2", &bytes, export->cancellable, error) ||
      !dio_disk_require_space (dio_new_file_get_folder (file), bytes, error) ||
      !dio_disk_convert (disk, dio_new_file_get_path (file), "qcow2", DIO_DISK_CONVERT_PLAIN, dio_export_progress,
                         export, export->cancellable, error))
    return FALSE;
  g_set_str (&disk->path, path);
  g_set_str (&disk->format, "qcow2");
  g_clear_pointer (&disk->layers, g_strfreev);
  g_hash_table_insert (self->instead, g_steal_pointer (&path), g_steal_pointer (&file));
  return TRUE;
}

/* The definition as it is in the archive. */
static gboolean
gather_disks (Pack *self, GError **error)
{
  DioMachineConfig *config = self->export->config;
  g_autoptr (GPtrArray) disks = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);

  for (guint i = 0; i < dio_machine_config_get_n_disks (config); i++)
    {
      DioDisk *disk = dio_disk_copy (dio_machine_config_get_disk (config, i));

      g_ptr_array_add (disks, disk);
      if (disk->path != NULL && !disk->cdrom && !is_whole_inside (self, disk) && !flatten (self, disk, error))
        return FALSE;
    }
  dio_machine_config_set_disks (config, disks);
  return dio_definition_tame (self->export->machine->definition, error);
}

/* --- writing --- */

static gboolean
is_left_out (const char *name, guint depth)
{
  return depth == 0 && (*name == '.' || g_str_equal (name, "log") || g_str_equal (name, DIO_UNATTENDED_FOLDER) ||
                        g_str_has_prefix (name, DIO_DEFINITION_FILE));
}

static gboolean
add_file (Pack *self, const char *name, const char *path, guint64 size, GError **error)
{
  g_autofree char *shown = g_filename_display_basename (name);

  dio_export_step (self->export, (1 - FLATTENING) * MIN (1, (double) size / (double) self->total), shown);
  return dio_archive_writer_add_file (self->writer, name, path, dio_export_progress, self->export,
                                      self->export->cancellable, error);
}

static gboolean add_folder (Pack *self, const char *folder, const char *name, guint depth, GError **error);

static gboolean
add_one (Pack *self, const char *path, const char *name, guint depth, GError **error)
{
  struct stat status;

  if (g_hash_table_contains (self->instead, path))
    return TRUE;
  if (lstat (path, &status) < 0)
    {
      dio_set_file_error (error, errno, _ ("The machine cannot be read"));
      return FALSE;
    }
  if (S_ISDIR (status.st_mode) && depth < MAX_DEPTH)
    return dio_archive_writer_add_folder (self->writer, name, error) && add_folder (self, path, name, depth + 1, error);
  return !S_ISREG (status.st_mode) || add_file (self, name, path, (guint64) status.st_blocks * 512, error);
}

/* What is neither a file nor a folder stays behind. */
static gboolean
add_folder (Pack *self, const char *folder, const char *name, guint depth, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;
  gboolean done = dir != NULL;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (!is_left_out (entry, depth) && g_utf8_validate (entry, -1, NULL))
      g_ptr_array_add (names, g_strdup (entry));
  g_ptr_array_sort_values (names, (GCompareFunc) g_strcmp0);
  for (guint i = 0; done && i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autofree char *inner = g_strconcat (name, "/", names->pdata[i], NULL);

      done = add_one (self, path, inner, depth, error);
    }
  return done;
}

static gboolean
add_instead (Pack *self, GError **error)
{
  GHashTableIter iter;
  gpointer path, file;

  g_hash_table_iter_init (&iter, self->instead);
  while (g_hash_table_iter_next (&iter, &path, &file))
    {
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *name = g_strconcat (self->root, "/", base, NULL);

      if (!add_file (self, name, dio_new_file_get_path (file), 0, error))
        return FALSE;
    }
  return TRUE;
}

/* The definition comes first: who reads the archive then knows early what it is. */
gboolean
dio_export_write_archive (DioExport *self, GError **error)
{
  g_auto (Pack) pack = { .export = self };
  g_autoptr (GBytes) text = NULL;
  g_autofree char *name = NULL;

  pack.root = g_filename_display_basename (self->machine->folder);
  pack.instead = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) dio_new_file_free);
  pack.total = dio_export_get_total (self);
  if (!gather_disks (&pack, error))
    return FALSE;
  text = dio_definition_to_bytes (self->machine->definition);
  name = g_strconcat (pack.root, "/" DIO_DEFINITION_FILE, NULL);
  pack.writer = dio_archive_writer_new (self->path, TRUE, error);
  return pack.writer != NULL && dio_archive_writer_add_folder (pack.writer, pack.root, error) &&
         dio_archive_writer_add_bytes (pack.writer, name, text, error) &&
         add_folder (&pack, self->machine->folder, pack.root, 0, error) && add_instead (&pack, error) &&
         dio_archive_writer_close (pack.writer, error);
}
