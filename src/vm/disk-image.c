/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/disk-image.h"

#include "image/header.h"
#include "image/sentence.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, message);
  return FALSE;
}

static gboolean
refuse_parent (GError **error, const char *name)
{
  g_autofree char *shown = dio_header_clean (name);

  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      _ ("It only holds the changes to another file, “%s”, which it would make this computer open. Convert it to "
         "an image that stands alone first (qemu-img convert)."),
      shown);
  return FALSE;
}

gboolean
dio_disk_image_probe (const char *path, DioDiskImage *image, GError **error)
{
  g_autoptr (DioImageReport) report = NULL;

  g_return_val_if_fail (path != NULL && image != NULL, FALSE);

  report = dio_image_report_new (path, NULL);
  if (report->problem == DIO_IMAGE_ENCRYPTED)
    return refuse (error,
                   _ ("It is encrypted, and cannot be used here. Convert it to an image without encryption first "
                      "(qemu-img convert)."));
  if (!dio_image_report_require_good (report, error))
    return FALSE;
  if (report->n_files > 1)
    return refuse_parent (error, report->files[1]->host_path);
  *image = (DioDiskImage) {
    .format = report->files[0]->format,
    .optical = (report->flags & DIO_IMAGE_OPTICAL) != 0,
    .read_only = (report->flags & DIO_IMAGE_READ_ONLY) != 0,
  };
  return TRUE;
}

/* What stands in the way of using an image that somebody has used before: what is missing of it, or damaged in it, is
 * not among that. */
static gboolean
is_refused (DioImageProblem problem)
{
  return problem == DIO_IMAGE_OTHER_FORMAT || problem == DIO_IMAGE_NEWER || problem == DIO_IMAGE_BROKEN ||
         problem == DIO_IMAGE_REFERS;
}

gboolean
dio_disk_image_check (const char *path, const char *format, gboolean layered, GError **error)
{
  g_autoptr (DioReader) reader = NULL;
  g_auto (DioHeader) header = { 0 };
  g_autofree char *sentence = NULL;
  int error_number = 0;

  g_return_val_if_fail (path != NULL && format != NULL, FALSE);

  reader = dio_reader_new (path, &error_number);
  if (reader == NULL)
    {
      header.problem = DIO_IMAGE_UNREADABLE;
      sentence = dio_sentence_of_header (&header, error_number);
      g_set_error_literal (error, G_IO_ERROR,
                           error_number == EISDIR ? G_IO_ERROR_NOT_SUPPORTED : g_io_error_from_errno (error_number),
                           sentence);
      return FALSE;
    }
  if (g_str_equal (format, "raw"))
    return TRUE;
  if (!dio_header_parse_as (reader, format, &header))
    {
      g_set_error (
          error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
          _ ("It is not the disk image (%s) that it should be. It is damaged, or another file took its place."),
          format);
      return FALSE;
    }
  if (header.parent != NULL && !layered)
    return refuse_parent (error, header.parent);
  /* One with a reference may have something else that comes before. */
  if (header.reference_kind == DIO_IMAGE_REFERENCE_NONE && !is_refused (header.problem))
    return TRUE;
  sentence = dio_sentence_of_header (&header, 0);
  return refuse (error, sentence);
}

gboolean
dio_disk_image_check_all (const char *path, const char *format, const char *const *layers, GError **error)
{
  guint n = layers != NULL ? g_strv_length ((GStrv) layers) / 2 : 0;
  gboolean good = TRUE;

  g_return_val_if_fail (path != NULL && format != NULL, FALSE);

  for (guint i = 0; i <= n && good; i++)
    {
      const char *file = i == 0 ? path : layers[2 * i - 2], *kind = i == 0 ? format : layers[2 * i - 1];
      g_autofree char *shown = g_filename_display_basename (file);

      good = dio_disk_image_check (file, kind, i < n, error);
      if (good && !g_utf8_validate (file, -1, NULL))
        good = refuse (error, _ ("Its name has characters that QEMU cannot take (it is not UTF-8). Rename it."));
      if (!good)
        g_prefix_error (error, _ ("The disk image “%s” cannot be used. "), shown);
    }
  return good;
}
