/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/report.h"

#include "image/chain.h"
#include "image/host-path.h"
#include "image/sentence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* What an ending says. NULL: any disk that is one byte by byte. */
static const struct
{
  const char *ending, *format, *other;
  gboolean optical;
} endings[] = {
  { ".qcow2", "qcow2", "qcow2", FALSE }, { ".qcow", "qcow", "qcow2", FALSE }, { ".qed", "qed", "qed", FALSE },
  { ".vmdk", "vmdk", "vmdk", FALSE },    { ".vdi", "vdi", "vdi", FALSE },     { ".vhd", "vpc", "vpc", FALSE },
  { ".vpc", "vpc", "vpc", FALSE },       { ".vhdx", "vhdx", "vhdx", FALSE },  { ".raw", "raw", "raw", FALSE },
  { ".img", "raw", "luks", FALSE },      { ".luks", "luks", "luks", FALSE },  { ".iso", "raw", "raw", TRUE },
  { ".udf", "raw", "raw", TRUE },
};

static gboolean
is_misnamed (const char *path, const DioHeader *header)
{
  g_autofree char *small = g_ascii_strdown (path, -1);

  for (guint i = 0; header->format != NULL && i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (small, endings[i].ending))
      return (!g_str_equal (header->format, endings[i].format) && !g_str_equal (header->format, endings[i].other)) ||
             (endings[i].optical && !(header->flags & DIO_IMAGE_OPTICAL));
  return FALSE;
}

/* The kernel's word on the drive that DEVICE, perhaps a partition, is on. */
static gboolean
is_removable_device (dev_t device)
{
  g_autofree char *link = g_strdup_printf ("/sys/dev/block/%u:%u", major (device), minor (device));
  char *real = realpath (link, NULL);
  g_autofree char *own = g_build_filename (real != NULL ? real : "/nowhere", "removable", NULL);
  g_autofree char *disk = g_build_filename (real != NULL ? real : "/nowhere", "..", "removable", NULL);
  g_autofree char *word = NULL;

  free (real);
  return (g_file_get_contents (own, &word, NULL, NULL) || g_file_get_contents (disk, &word, NULL, NULL)) &&
         *word == '1';
}

static gboolean
is_removable (const DioImageFile *file)
{
  return g_str_has_prefix (file->host_path, "/media/") || g_str_has_prefix (file->host_path, "/run/media/") ||
         (g_str_equal (file->host_path, file->path) && is_removable_device (file->device));
}

static DioImageFlags
get_place_flags (const DioImageFile *file, DioReader *reader)
{
  gboolean writable = access (file->path, W_OK) == 0 && (dio_reader_get_status (reader)->st_mode & 0222) != 0;

  return (writable ? 0 : DIO_IMAGE_READ_ONLY) | (is_removable (file) ? DIO_IMAGE_REMOVABLE : 0) |
         (dio_path_is_portal (file->path) ? DIO_IMAGE_PORTAL : 0);
}

/* Whether it is worth to look at what it is written over: what is wrong with the image itself comes first. */
static gboolean
has_chain (const DioHeader *header)
{
  return header->parent != NULL && (header->problem == DIO_IMAGE_GOOD || header->problem > DIO_IMAGE_REFERS);
}

static DioImageReport *
make_report (DioHeader *header, GPtrArray *files, int error_number)
{
  DioImageReport *self = g_new0 (DioImageReport, 1);
  gsize n_files = 0, n_snapshots = 0;

  self->problem = header->problem;
  self->flags = header->flags;
  self->error_number = header->problem == DIO_IMAGE_UNREADABLE ? error_number : 0;
  self->sentence = dio_sentence_of_header (header, error_number);
  self->detail = g_steal_pointer (&header->detail);
  self->reference = g_steal_pointer (&header->reference);
  self->reference_kind = header->problem == DIO_IMAGE_REFERS ? header->reference_kind : DIO_IMAGE_REFERENCE_NONE;
  self->encryption = header->encryption;
  self->compression = header->compression;
  self->unpacked_size = header->unpacked_size;
  self->files = (DioImageFile **) g_ptr_array_steal (files, &n_files);
  self->n_files = (guint) n_files;
  if (header->snapshots != NULL)
    self->snapshots = g_array_steal (header->snapshots, &n_snapshots);
  self->n_snapshots = (guint) n_snapshots;
  return self;
}

DioImageReport *
dio_image_report_new (const char *path, const char *const *granted)
{
  g_autofree char *absolute = NULL;
  g_autoptr (DioReader) reader = NULL;
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_image_file_free);
  g_auto (DioHeader) header = { 0 };
  int error_number = 0;

  g_return_val_if_fail (path != NULL, NULL);

  absolute = g_canonicalize_filename (path, NULL);
  reader = dio_reader_new (absolute, &error_number);
  if (reader != NULL)
    {
      dio_header_parse (reader, &header);
      error_number = dio_reader_get_error_number (reader);
    }
  if (error_number == 0 && !g_utf8_validate (absolute, -1, NULL))
    error_number = EILSEQ; /* QEMU is told of it in JSON */
  if (error_number != 0)
    {
      dio_header_clear (&header);
      dio_header_set_problem (&header, DIO_IMAGE_UNREADABLE, NULL);
    }
  g_ptr_array_add (files, dio_image_file_new (absolute, reader, &header));
  if (reader != NULL)
    header.flags |= get_place_flags (files->pdata[0], reader);
  if (is_misnamed (absolute, &header))
    header.flags |= DIO_IMAGE_MISNAMED;
  if (has_chain (&header))
    dio_chain_follow (&header, granted, files);
  return make_report (&header, files, error_number);
}

void
dio_image_report_free (DioImageReport *self)
{
  for (guint i = 0; i < self->n_files; i++)
    dio_image_file_free (self->files[i]);
  for (guint i = 0; i < self->n_snapshots; i++)
    {
      g_free (self->snapshots[i].id);
      g_free (self->snapshots[i].name);
    }
  g_free (self->files);
  g_free (self->snapshots);
  g_free (self->sentence);
  g_free (self->detail);
  g_free (self->reference);
  g_free (self);
}

/* --- what others make of it --- */

GStrv
dio_image_report_dup_layers (const DioImageReport *self)
{
  g_autoptr (GStrvBuilder) layers = NULL;

  if (self->n_files < 2)
    return NULL;
  layers = g_strv_builder_new ();
  for (guint i = 1; i < self->n_files; i++)
    g_strv_builder_add_many (layers, self->files[i]->path, self->files[i]->format, NULL);
  return g_strv_builder_end (layers);
}

gboolean
dio_image_report_require_good (const DioImageReport *self, GError **error)
{
  if (self->problem == DIO_IMAGE_GOOD)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR,
                       self->problem == DIO_IMAGE_UNREADABLE ? g_io_error_from_errno (self->error_number)
                                                             : G_IO_ERROR_NOT_SUPPORTED,
                       self->sentence);
  return FALSE;
}
