/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-window-private.h"

#include "provision/duplicate.h"
#include "provision/export.h"

#include <glib/gi18n.h>

/* --- jobs --- */

/* It may take longer than the window is there. */
static void
on_ended (DioJob *job, const GError *error, gpointer user_data)
{
  DioApplication *application = DIO_APPLICATION (g_application_get_default ());
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  g_autofree char *done = user_data;

  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    dio_application_report (application, window, dio_job_get_title (job), error->message);
  else if (!error && done && DIO_IS_LIBRARY_WINDOW (window))
    dio_library_window_tell (DIO_LIBRARY_WINDOW (window), done);
  g_application_release (G_APPLICATION (application));
}

/* DONE: (transfer full) (nullable): what to tell when it was done. */
static void
start_job (DioLibraryWindow *self, DioJob *job, char *done)
{
  g_application_hold (g_application_get_default ());
  g_signal_connect (job, "ended", G_CALLBACK (on_ended), done);
  dio_library_add_job (self->library, job);
  dio_job_start (job);
}

/* --- duplicates --- */

static void
duplicate (DioLibraryWindow *self, DioLibraryItem *item, DioDuplicateKind kind)
{
  const char *folder = dio_library_machine_get_folder (dio_library_item_get_machine (item));
  g_autofree char *place = g_path_get_dirname (folder);
  g_autoptr (DioJob) job = dio_duplicate_machine (folder, NULL, kind, place);

  start_job (self, job, NULL);
}

void
dio_library_window_duplicate (DioLibraryWindow *self, DioLibraryItem *item)
{
  duplicate (self, item, DIO_DUPLICATE_FULL);
}

void
dio_library_window_clone (DioLibraryWindow *self, DioLibraryItem *item)
{
  duplicate (self, item, DIO_DUPLICATE_LINKED);
}

/* --- exports --- */

typedef enum
{
  EXPORT_ARCHIVE,
  EXPORT_APPLIANCE,
  EXPORT_DISK,
} Export;

typedef struct
{
  DioLibraryWindow *window;
  DioLibraryMachine *machine;
  Export export;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->window);
  g_object_unref (question->machine);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

/* NULL: it says nothing. */
static const char *
disk_format (const char *path)
{
  static const char *const formats[][2] = { { ".qcow2", "qcow2" }, { ".img", "raw" }, { ".raw", "raw" },
                                            { ".vmdk", "vmdk" },   { ".vdi", "vdi" }, { ".vhdx", "vhdx" },
                                            { ".vhd", "vpc" } };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (path, formats[i][0]))
      return formats[i][1];
  return NULL;
}

/* (transfer full) (nullable) */
static DioJob *
new_export (const Question *question, const char *path)
{
  const char *folder = dio_library_machine_get_folder (question->machine);
  const char *format = disk_format (path);

  switch (question->export)
    {
    case EXPORT_ARCHIVE:
      return dio_export_archive (folder, path);
    case EXPORT_APPLIANCE:
      return dio_export_appliance (folder, path);
    case EXPORT_DISK:
    default:
      return format ? dio_export_disk (folder, 0, format, path) : NULL;
    }
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  g_autofree char *name = file ? g_file_get_basename (file) : NULL;
  g_autoptr (DioJob) job = path ? new_export (question, path) : NULL;
  g_autofree char *shown = name ? g_filename_display_name (name) : NULL;

  if (job)
    start_job (question->window, job, g_strdup_printf (_ ("Exported to “%s”"), shown));
  else if (path)
    dio_library_window_tell (question->window,
                             _ ("A disk’s file name ends with .qcow2, .img, .vmdk, .vdi, .vhdx or .vhd"));
  else if (file)
    dio_library_window_tell (question->window, _ ("That folder is not on this computer. Choose another one."));
}

static void
ask_for_file (DioLibraryWindow *self, DioLibraryItem *item, Export export, const char *title, const char *suffix)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autofree char *base = g_strdelimit (g_strdup (dio_library_item_get_name (item)), "/", '-');
  g_autofree char *name = g_strconcat (base, suffix, NULL);
  Question *question = g_new (Question, 1);

  question->window = g_object_ref (self);
  question->machine = g_object_ref (dio_library_item_get_machine (item));
  question->export = export;
  gtk_file_dialog_set_title (dialog, title);
  gtk_file_dialog_set_initial_name (dialog, name);
  gtk_file_dialog_save (dialog, GTK_WINDOW (self), NULL, on_file_chosen, question);
}

void
dio_library_window_export_archive (DioLibraryWindow *self, DioLibraryItem *item)
{
  ask_for_file (self, item, EXPORT_ARCHIVE, _ ("Export as an Archive"), ".diorama");
}

void
dio_library_window_export_appliance (DioLibraryWindow *self, DioLibraryItem *item)
{
  ask_for_file (self, item, EXPORT_APPLIANCE, _ ("Export as an Appliance"), ".ova");
}

void
dio_library_window_export_disk (DioLibraryWindow *self, DioLibraryItem *item)
{
  ask_for_file (self, item, EXPORT_DISK, _ ("Export the Disk"), ".qcow2");
}
