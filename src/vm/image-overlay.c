/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/image-overlay.h"

#include "image/qemu-img.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

/* One disk of a machine that needs one. */
typedef struct
{
  guint index;
  char *shown;
  char *path;  /* of the overlay */
  GStrv files; /* the image, and what it is written over */
  guint64 virtual_size;
} Need;

typedef struct
{
  DioMachineConfig *config;
  GPtrArray *needs;
  gboolean discard;
} Use;

/* --- files --- */

static gboolean
is_needed (const DioImageReport *report)
{
  return (report->flags & DIO_IMAGE_READ_ONLY) != 0 && (report->flags & DIO_IMAGE_OPTICAL) == 0;
}

static char *
make_path (const DioImageReport *report)
{
  g_autofree char *checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, report->files[0]->host_path, -1);
  g_autofree char *name = g_strdup_printf ("%.32s.qcow2", checksum);

  return g_build_filename (g_get_user_data_dir (), "diorama", "overlays", name, NULL);
}

static char *
make_note_path (const char *path)
{
  return g_strconcat (path, ".note", NULL);
}

static GStrv
list_files (const DioImageReport *report)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < report->n_files; i++)
    g_strv_builder_add (builder, report->files[i]->path);
  return g_strv_builder_end (builder);
}

/* What the files are like now. A device's number is not part of it: a drive gets another each time. */
static char *
make_note (const char *const *files)
{
  g_autoptr (GString) note = g_string_new ("diorama overlay 1\n");

  for (guint i = 0; files[i] != NULL; i++)
    {
      struct stat status = { 0 };

      if (stat (files[i], &status) < 0)
        g_debug ("%s: %s", files[i], g_strerror (errno));
      g_string_append_printf (note, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n",
                              (guint64) status.st_ino, (gint64) status.st_size, (gint64) status.st_mtim.tv_sec,
                              status.st_mtim.tv_nsec);
    }
  return g_string_free_and_steal (g_steal_pointer (&note));
}

static DioImageOverlay
look (const char *path, const char *const *files)
{
  g_autofree char *note_path = make_note_path (path), *note = make_note (files), *before = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return DIO_IMAGE_OVERLAY_NONE;
  if (!g_file_get_contents (note_path, &before, NULL, NULL) || !g_str_equal (before, note))
    return DIO_IMAGE_OVERLAY_STALE;
  return DIO_IMAGE_OVERLAY_KEPT;
}

DioImageOverlay
dio_image_overlay_look (const DioImageReport *report)
{
  g_autofree char *path = NULL;
  g_auto (GStrv) files = NULL;

  g_return_val_if_fail (report != NULL, DIO_IMAGE_OVERLAY_UNNEEDED);

  if (!is_needed (report))
    return DIO_IMAGE_OVERLAY_UNNEEDED;
  path = make_path (report);
  files = list_files (report);
  return look (path, (const char *const *) files);
}

static char *
make_stale_sentence (const char *shown)
{
  return g_strdup_printf (_ ("“%s” may not be written, so what was changed in it is kept apart. The file itself has "
                             "changed since, and the two do not fit any more. Bring the earlier file back, or discard "
                             "what was changed."),
                          shown);
}

/* --- use --- */

static void
need_free (Need *need)
{
  g_free (need->shown);
  g_free (need->path);
  g_strfreev (need->files);
  g_free (need);
}

static void
use_free (Use *use)
{
  g_object_unref (use->config);
  g_ptr_array_unref (use->needs);
  g_free (use);
}

/* A new file appears at once and whole, and not before its note. */
static gboolean
make (const Need *need, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (need->path), *note_path = make_note_path (need->path);
  g_autofree char *part = g_strconcat (need->path, ".part", NULL);
  g_autofree char *note = make_note ((const char *const *) need->files);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, need->virtual_size);
  const char *const arguments[] = { "create", "-q", "-f", "qcow2", part, size, NULL };
  g_autoptr (DioConfine) tool = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_unlink (need->path);
  g_unlink (part);
  if (!g_file_set_contents_full (note_path, note, -1, G_FILE_SET_CONTENTS_DURABLE, 0600, error))
    return FALSE;
  tool = dio_qemu_img_new (TRUE, error);
  if (tool == NULL || !dio_confine_give_new (tool, part, error) ||
      !dio_qemu_img_run (tool, arguments, NULL, NULL, cancellable, NULL, NULL, error))
    {
      g_unlink (part);
      return FALSE;
    }
  if (g_rename (part, need->path) == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  return FALSE;
}

static gboolean
prepare (const Need *need, gboolean discard, GCancellable *cancellable, GError **error)
{
  DioImageOverlay found = look (need->path, (const char *const *) need->files);
  g_autofree char *stale = make_stale_sentence (need->shown);
  g_autoptr (GError) reason = NULL;

  if (found == DIO_IMAGE_OVERLAY_STALE && !discard)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, stale);
      return FALSE;
    }
  if ((found == DIO_IMAGE_OVERLAY_KEPT && !discard) || make (need, cancellable, &reason))
    return TRUE;
  g_set_error (error, reason->domain, reason->code,
               _ ("“%s” may not be written, and a file for what is changed in it cannot be made (%s). Free some space, "
                  "or start it without saving."),
               need->shown, reason->message);
  return FALSE;
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Use *use = task_data;
  GError *error = NULL;

  for (guint i = 0; i < use->needs->len; i++)
    if (!prepare (g_ptr_array_index (use->needs, i), use->discard, cancellable, &error))
      {
        g_task_return_error (task, error);
        return;
      }
  g_task_return_boolean (task, TRUE);
}

static void
put (DioMachineConfig *config, const Need *need)
{
  GPtrArray *disks = dio_machine_config_get_disks (config);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_autoptr (GStrvBuilder) layers = g_strv_builder_new ();
  g_auto (GStrv) below = NULL;
  DioDisk over;

  for (guint i = 0; i < disks->len; i++)
    g_ptr_array_add (all, disks->pdata[i]);
  over = *(const DioDisk *) g_ptr_array_index (all, need->index);
  g_strv_builder_add_many (layers, over.path, over.format, NULL);
  if (over.layers != NULL)
    g_strv_builder_addv (layers, (const char **) over.layers);
  below = g_strv_builder_end (layers);
  over.path = need->path;
  over.format = (char *) "qcow2";
  over.read_only = FALSE;
  over.layers = below;
  g_ptr_array_index (all, need->index) = &over;
  dio_machine_config_set_disks (config, all);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Use *use = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < use->needs->len; i++)
    put (use->config, g_ptr_array_index (use->needs, i));
  g_task_return_boolean (task, TRUE);
}

static gboolean
add_need (Use *use, const DioImageReport *report, guint index, GError **error)
{
  Need *need;

  if (!is_needed (report))
    return TRUE;
  need = g_new0 (Need, 1);
  need->index = index;
  need->shown = g_filename_display_basename (report->files[0]->host_path);
  need->path = make_path (report);
  need->files = list_files (report);
  need->virtual_size = report->files[0]->virtual_size;
  g_ptr_array_add (use->needs, need);
  if (report->encryption == NULL)
    return TRUE;
  g_set_error (
      error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
      _ ("“%s” is encrypted and may not be written, and what is changed in it would not be encrypted. Start it "
         "without saving, or copy it to a folder of yours and open the copy."),
      need->shown);
  return FALSE;
}

void
dio_image_overlay_use_async (DioMachineConfig *config, DioImageReport *const *reports, guint n, gboolean discard,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (config, cancellable, callback, user_data);
  g_autoptr (GTask) preparing = NULL;
  Use *use = g_new0 (Use, 1);
  GError *error = NULL;

  g_return_if_fail (dio_machine_config_get_n_disks (config) == n);

  g_task_set_source_tag (task, dio_image_overlay_use_async);
  use->config = g_object_ref (config);
  use->needs = g_ptr_array_new_with_free_func ((GDestroyNotify) need_free);
  use->discard = discard;
  preparing = g_task_new (config, cancellable, on_prepared, g_object_ref (task));
  g_task_set_task_data (preparing, use, (GDestroyNotify) use_free);
  for (guint i = 0; i < n && error == NULL; i++)
    add_need (use, reports[i], i, &error);
  if (error != NULL)
    g_task_return_error (preparing, error);
  else
    g_task_run_in_thread (preparing, prepare_in_thread);
}

gboolean
dio_image_overlay_use_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
