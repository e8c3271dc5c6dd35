/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include "provision/repair.h"
#include "provision/unpack.h"
#include "ui/passphrase-dialog.h"

#include <glib/gi18n.h>

#define MIN_MEMORY 512 /* MiB: less starts nothing of today */

/* What was entered, or FALSE: nothing, or nobody waits for it any more. The sheet is held by the caller. */
static gboolean
take_passphrase (DioSheetFile *file, GAsyncResult *result)
{
  g_autoptr (GBytes) passphrase = dio_passphrase_dialog_ask_finish (result, &file->remember, NULL);

  if (!passphrase || file->sheet->closed)
    return FALSE;
  g_clear_pointer (&file->passphrase, g_bytes_unref);
  file->passphrase = g_steal_pointer (&passphrase);
  return TRUE;
}

/* --- work --- */

static void
set_job (DioImageSheet *self, DioJob *job)
{
  g_set_object (&self->job, job);
  dio_job_row_set_job (self->work, job);
  gtk_widget_set_visible (self->work_group, job != NULL);
  dio_image_sheet_update (self);
}

/* What came of it is looked at as if it had been opened. */
static void
on_ended (DioImageSheet *self, const GError *error, DioJob *job)
{
  g_autoptr (DioJob) ended = g_object_ref (job);
  DioSheetFile *file = g_steal_pointer (&self->worked_on);

  if (self->closed)
    return;
  set_job (self, NULL);
  if (!error)
    {
      g_set_str (&file->path, dio_job_get_result (ended));
      dio_sheet_file_look (file);
    }
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      /* It is asked for again: it may be what is wrong. */
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) && !file->insides)
        g_clear_pointer (&file->passphrase, g_bytes_unref);
      dio_image_sheet_tell (self, error->message);
    }
}

static void
work (DioSheetFile *file, DioJob *job)
{
  DioImageSheet *self = file->sheet;

  dio_image_sheet_tell (self, NULL);
  self->worked_on = file;
  g_signal_connect_object (job, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  set_job (self, job);
  dio_job_start (job);
}

/* Beside the image, where that can be; else with the machines. */
static const char *
get_folder (const DioSheetFile *file)
{
  const char *place = dio_library_get_places (dio_application_get_library (file->sheet->application))[0];

  if (file->inquiry->folder)
    return file->inquiry->folder;
  g_mkdir_with_parents (place, 0755); /* when that fails, the work says so */
  return place;
}

void
dio_sheet_file_unpack (DioSheetFile *file)
{
  g_autoptr (DioJob) job = dio_unpack_new (file->path, get_folder (file));

  work (file, job);
}

static void
repair (DioSheetFile *file)
{
  g_autoptr (DioJob) job = dio_repair_new (file->inquiry->report, file->passphrase, get_folder (file));

  work (file, job);
}

static void
on_passphrase_for_repair (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSheetFile *file = user_data;

  if (take_passphrase (file, result))
    repair (file);
  g_object_unref (file->sheet);
}

/* What is damaged was not looked into, and nobody has asked for its passphrase. */
void
dio_sheet_file_repair (DioSheetFile *file)
{
  if (!file->inquiry->report->encryption || file->passphrase)
    {
      repair (file);
      return;
    }
  g_object_ref (file->sheet);
  dio_passphrase_dialog_ask_async (GTK_WIDGET (file->sheet), file->path, FALSE, NULL, on_passphrase_for_repair, file);
}

void
dio_sheet_file_start_from (DioSheetFile *file, const char *snapshot)
{
  g_autoptr (DioJob) job =
      dio_unpack_snapshot_new (file->inquiry->report, snapshot, file->passphrase, get_folder (file));

  work (file, job);
}

/* --- parents --- */

static void
grant (DioImageSheet *self, DioSheetFile *file, GFile *place, const GError *error)
{
  char *path = place ? g_file_get_path (place) : NULL;

  if (self->closed || g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) ||
      !g_ptr_array_find (self->files, file, NULL))
    {
      g_free (path);
      return;
    }
  if (!path)
    {
      dio_image_sheet_tell (self, error ? error->message : _ ("That is not on this computer. Copy it here first."));
      return;
    }
  dio_image_sheet_tell (self, NULL);
  g_ptr_array_add (file->granted, path);
  dio_sheet_file_look (file);
}

static void
on_parent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSheetFile *file = user_data;
  g_autoptr (DioImageSheet) self = file->sheet;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) place = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);

  grant (self, file, place, error);
}

static void
on_parent_folder (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSheetFile *file = user_data;
  g_autoptr (DioImageSheet) self = file->sheet;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) place = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (source), result, &error);

  grant (self, file, place, error);
}

static GtkFileDialog *
new_dialog (DioSheetFile *file)
{
  GtkFileDialog *dialog = gtk_file_dialog_new ();
  const char *reference = file->inquiry->report->reference;
  g_autofree char *base = reference ? g_path_get_basename (reference) : NULL;
  g_autofree char *title = base ? g_strdup_printf (_ ("Locate “%s”"), base) : g_strdup (_ ("Locate the Missing Image"));
  g_autofree char *folder = g_path_get_dirname (file->path);
  g_autoptr (GFile) here = g_file_new_for_path (folder);

  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_set_initial_folder (dialog, here);
  return dialog;
}

/* The sheet's files live as long as the sheet, which is held until there is an answer. */
void
dio_sheet_file_locate (DioSheetFile *file)
{
  g_autoptr (GtkFileDialog) dialog = new_dialog (file);

  g_object_ref (file->sheet);
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (file->sheet))), NULL, on_parent, file);
}

void
dio_sheet_file_locate_folder (DioSheetFile *file)
{
  g_autoptr (GtkFileDialog) dialog = new_dialog (file);

  g_object_ref (file->sheet);
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (file->sheet))), NULL,
                                 on_parent_folder, file);
}

/* --- the rest --- */

static void
on_passphrase (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSheetFile *file = user_data;
  g_autoptr (DioImageSheet) self = file->sheet;

  if (!take_passphrase (file, result))
    return;
  file->locked = FALSE;
  dio_sheet_file_look_inside (file);
  dio_image_sheet_update (self);
}

void
dio_sheet_file_unlock (DioSheetFile *file)
{
  g_object_ref (file->sheet);
  dio_passphrase_dialog_ask_async (GTK_WIDGET (file->sheet), file->path, file->locked, NULL, on_passphrase, file);
}

/* Half of what is free, but no less than the system needs. */
void
dio_sheet_file_use_less_memory (DioSheetFile *file)
{
  DioImageSheet *self = file->sheet;
  guint half = (guint) MIN (file->inquiry->memory / 2 / (1024 * 1024), G_MAXINT) / 256 * 256;

  dio_image_options_propose_memory (self->options_page,
                                    MAX (MAX (half, self->guess.recommendation.least_memory), MIN_MEMORY));
}

void
dio_sheet_file_link (DioSheetFile *file)
{
  dio_image_sheet_show_adding (file->sheet);
}
