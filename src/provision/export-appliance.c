/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "library/durable-file.h"
#include "provision/archive-file.h"
#include "provision/disk-tool.h"
#include "provision/export-private.h"
#include "provision/new-file.h"
#include "provision/ovf.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* A disk while the appliance is written: a file of its own, beside it. */
typedef struct
{
  char *name;
  DioNewFile *file; /* never committed */
  guint64 capacity, size;
  char *digest;
} Piece;

static void
piece_free (Piece *piece)
{
  g_clear_pointer (&piece->file, dio_new_file_free);
  g_free (piece->name);
  g_free (piece->digest);
  g_free (piece);
}

static char *
hash_file (DioExport *self, const char *path, guint64 *ret_size, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) input = g_file_read (file, self->cancellable, error);
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);
  gssize n = -1;

  *ret_size = 0;
  while (input != NULL &&
         (n = g_input_stream_read (G_INPUT_STREAM (input), buffer, 1024 * 1024, self->cancellable, error)) > 0)
    {
      g_checksum_update (checksum, buffer, n);
      *ret_size += (guint64) n;
    }
  return n == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* A disk that is read from its beginning to its end has an empty sector behind its last block (VMware, Virtual Disk
 * Format 5.0: the marker of the stream's end). qemu-img leaves it out; VirtualBox takes no empty disk without it. */
static gboolean
end_stream (const char *path, GError **error)
{
  static const guint8 marker[512];
  g_autofd int fd = g_open (path, O_WRONLY | O_APPEND | O_CLOEXEC);

  if (fd >= 0 && write (fd, marker, sizeof marker) == (gssize) sizeof marker)
    return TRUE;
  dio_set_file_error (error, errno, _ ("The appliance cannot be written"));
  return FALSE;
}

static Piece *
make_piece (DioExport *self, const DioDisk *disk, const char *stem, guint number, GError **error)
{
  Piece *piece = g_new0 (Piece, 1);
  DioDiskInfo info;

  piece->name = g_strdup_printf ("%s-disk%u.vmdk", stem, number);
  piece->file = dio_new_file_new (self->path);
  if (dio_disk_info (disk, &info, self->cancellable, error) &&
      dio_disk_convert (disk, dio_new_file_get_path (piece->file), "vmdk", DIO_DISK_CONVERT_COMPRESSED,
                        dio_export_progress, self, self->cancellable, error) &&
      end_stream (dio_new_file_get_path (piece->file), error))
    piece->digest = hash_file (self, dio_new_file_get_path (piece->file), &piece->size, error);
  piece->capacity = piece->digest != NULL ? info.size : 0;
  if (piece->digest == NULL)
    g_clear_pointer (&piece, piece_free);
  return piece;
}

/* The name that the files inside have: ASCII without spaces, as an URI and every reader takes it. */
static char *
make_stem (DioMachineConfig *config)
{
  g_autofree char *ascii = g_str_to_ascii (dio_machine_config_get_name (config), "C");
  char *stem =
      g_strcanon (g_strndup (ascii, 64), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", '_');

  if (*stem == '\0' || *stem == '.' || *stem == '-')
    g_set_str (&stem, "machine");
  return stem;
}

static GPtrArray *
make_pieces (DioExport *self, const char *stem, GError **error)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) piece_free);
  double total = (double) dio_export_get_total (self);

  for (guint i = 0; i < dio_machine_config_get_n_disks (self->config); i++)
    {
      const DioDisk *disk = dio_export_get_disk (self, i);
      g_autofree char *shown = disk->path != NULL ? g_filename_display_basename (disk->path) : NULL;
      Piece *piece;

      if (disk->cdrom || disk->path == NULL)
        continue;
      dio_export_step (self, 0.8 * (double) dio_disk_files_use (disk) / total, shown);
      piece = make_piece (self, disk, stem, pieces->len + 1, error);
      if (piece == NULL)
        return NULL;
      g_ptr_array_add (pieces, piece);
    }
  return g_steal_pointer (&pieces);
}

static GBytes *
describe (DioExport *self, GPtrArray *pieces)
{
  g_autofree DioOvfNewDisk *disks = g_new0 (DioOvfNewDisk, pieces->len + 1);
  DioDefinition *definition = self->machine->definition;

  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = pieces->pdata[i];

      disks[i] = (DioOvfNewDisk) { .file = piece->name, .file_size = piece->size, .capacity = piece->capacity };
    }
  return dio_ovf_write (self->config, dio_definition_get_os (definition), dio_definition_get_os_name (definition),
                        dio_definition_get_notes (definition), disks, pieces->len);
}

static GBytes *
make_manifest (const char *ovf_name, GBytes *ovf, GPtrArray *pieces)
{
  GString *text = g_string_new (NULL);
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, ovf);

  g_string_append_printf (text, "SHA256(%s)= %s\n", ovf_name, digest);
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = pieces->pdata[i];

      g_string_append_printf (text, "SHA256(%s)= %s\n", piece->name, piece->digest);
    }
  return g_string_free_to_bytes (text);
}

/* The description is first, its checksums second, then the disks as it lists them: that order is in the standard. */
gboolean
dio_export_write_appliance (DioExport *self, GError **error)
{
  g_autofree char *stem = make_stem (self->config);
  g_autofree char *ovf_name = g_strconcat (stem, ".ovf", NULL);
  g_autofree char *manifest_name = g_strconcat (stem, ".mf", NULL);
  g_autoptr (GPtrArray) pieces = make_pieces (self, stem, error);
  g_autoptr (GBytes) ovf = pieces != NULL ? describe (self, pieces) : NULL;
  g_autoptr (GBytes) manifest = pieces != NULL ? make_manifest (ovf_name, ovf, pieces) : NULL;
  g_autoptr (DioArchiveWriter) writer = NULL;

  if (pieces == NULL)
    return FALSE;
  writer = dio_archive_writer_new (self->path, FALSE, error);
  if (writer == NULL || !dio_archive_writer_add_bytes (writer, ovf_name, ovf, error) ||
      !dio_archive_writer_add_bytes (writer, manifest_name, manifest, error))
    return FALSE;
  for (guint i = 0; i < pieces->len; i++)
    {
      Piece *piece = pieces->pdata[i];

      dio_export_step (self, 0.2 / pieces->len, piece->name);
      if (!dio_archive_writer_add_file (writer, piece->name, dio_new_file_get_path (piece->file), dio_export_progress,
                                        self, self->cancellable, error))
        return FALSE;
      g_clear_pointer (&piece->file, dio_new_file_free);
    }
  return dio_archive_writer_close (writer, error);
}
