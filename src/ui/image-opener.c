/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-opener.h"

#include "provision/import.h"
#include "ui/archive-opener.h"
#include "ui/image-sheet.h"
#include "ui/library-window.h"
#include "ui/machine-opener.h"

#include <glib/gi18n.h>
#include <string.h>

/* A sheet that knows what to say is better than one that fills itself; but nobody waits without seeing anything. */
#define PRESENT_MS 250

/* All that was asked for together. */
typedef struct
{
  GtkWindow *parent; /* (weak) (nullable) */
  DioOpenHow how;
  DioGraphics graphics;
  guint pending;
  GString *problems; /* NULL until there is one */
} Opening;

static void
opening_free (Opening *opening)
{
  g_clear_weak_pointer (&opening->parent);
  if (opening->problems)
    g_string_free (opening->problems, TRUE);
  g_free (opening);
}

/* One part of TASK, which has a reference for each, is over. ERROR: (nullable). */
static void
finish_part (GTask *task, const GError *error)
{
  Opening *opening = g_task_get_task_data (task);

  if (error && opening->problems)
    g_string_append_printf (opening->problems, "\n%s", error->message);
  else if (error)
    opening->problems = g_string_new (error->message);
  if (--opening->pending == 0 && opening->problems)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", opening->problems->str);
  else if (opening->pending == 0)
    g_task_return_boolean (task, TRUE);
  if (opening->pending == 0)
    g_application_release (g_task_get_source_object (task));
  g_object_unref (task);
}

static GTask *
add_part (GTask *task)
{
  ((Opening *) g_task_get_task_data (task))->pending++;
  return g_object_ref (task);
}

/* --- machines, archives, appliances --- */

static void
on_machine_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  dio_machine_opener_open_file_finish (result, &error);
  finish_part (user_data, error);
}

static void
on_archive_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  dio_archive_opener_open_finish (result, &error);
  finish_part (user_data, error);
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  dio_job_wait_finish (DIO_JOB (source), result, &error);
  finish_part (user_data, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? NULL : error);
}

static gboolean
is_appliance (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  const char *dot = name ? strrchr (name, '.') : NULL;

  return dot && (g_ascii_strcasecmp (dot, ".ova") == 0 || g_ascii_strcasecmp (dot, ".ovf") == 0);
}

static void
import_appliance (GTask *task, const char *path)
{
  DioApplication *application = g_task_get_source_object (task);
  DioLibrary *library = dio_application_get_library (application);
  g_autoptr (DioJob) job = dio_import_appliance (path, NULL, dio_library_get_places (library)[0]);

  dio_library_add_job (library, job);
  dio_application_show_library (application);
  dio_job_start (job);
  dio_job_wait_async (job, on_imported, task);
}

/* --- sheets that are open --- */

#define SHEETS "dio-image-sheets"

/* Those of APPLICATION, also before they are on the screen; not those that were closed. (transfer none) */
static GPtrArray *
get_sheets (DioApplication *application)
{
  GPtrArray *sheets = g_object_get_data (G_OBJECT (application), SHEETS);

  if (!sheets)
    {
      sheets = g_ptr_array_new ();
      g_object_set_data_full (G_OBJECT (application), SHEETS, sheets, (GDestroyNotify) g_ptr_array_unref);
    }
  return sheets;
}

static void
on_sheet_gone (DioImageSheet *sheet, DioApplication *application)
{
  g_ptr_array_remove (get_sheets (application), sheet);
}

/* Until it is closed, or goes without having been shown. */
static void
track_sheet (DioApplication *application, DioImageSheet *sheet)
{
  g_ptr_array_add (get_sheets (application), sheet);
  g_signal_connect_object (sheet, "closed", G_CALLBACK (on_sheet_gone), application, 0);
  g_signal_connect_object (sheet, "destroy", G_CALLBACK (on_sheet_gone), application, 0);
}

/* In whatever order they are now. */
static gboolean
is_for (DioImageSheet *sheet, const char *const *paths)
{
  g_auto (GStrv) theirs = dio_image_sheet_dup_paths (sheet);

  for (guint i = 0; theirs[i]; i++)
    if (!g_strv_contains (paths, theirs[i]))
      return FALSE;
  return g_strv_length (theirs) == g_strv_length ((char **) paths);
}

/* Who is impatient opens an image twice. Returns: FALSE when no sheet is open for PATHS. */
static gboolean
show_sheet_again (DioApplication *application, const char *const *paths)
{
  GPtrArray *sheets = get_sheets (application);

  for (guint i = 0; i < sheets->len; i++)
    if (is_for (sheets->pdata[i], paths))
      {
        GtkRoot *root = gtk_widget_get_root (sheets->pdata[i]);

        if (DIO_IS_LIBRARY_WINDOW (root))
          adw_dialog_present (sheets->pdata[i], GTK_WIDGET (root)); /* before the other dialogs */
        if (root)
          gtk_window_present (GTK_WINDOW (root));
        return TRUE;
      }
  return FALSE;
}

/* --- images --- */

/* A sheet until it is on the screen, or has started its machine. */
typedef struct
{
  GTask *task;
  DioImageSheet *sheet;
  gulong settled_id, known_id;
  guint timeout_id;
} Pending;

static void
on_opened_apart (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioApplication *application = DIO_APPLICATION (source);
  g_autoptr (GError) error = NULL;

  if (!dio_image_opener_open_finish (application, result, &error))
    dio_application_report (application, NULL, _ ("Could Not Open the Disk Image"), error->message);
}

static void
on_apart (DioImageSheet *sheet, DioApplication *application)
{
  g_auto (GStrv) paths = dio_image_sheet_dup_paths (sheet);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (sheet));
  GtkWindow *parent = DIO_IS_LIBRARY_WINDOW (root) ? GTK_WINDOW (root) : NULL;

  for (guint i = 0; paths[i]; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_path (paths[i]);

      dio_image_opener_open_async (application, parent, &file, 1, DIO_OPEN_ASK, DIO_GRAPHICS_2D, on_opened_apart, NULL);
    }
  adw_dialog_force_close (ADW_DIALOG (sheet));
}

/* Known only after it was shown: a place on a network took its time. */
static void
on_known_late (DioImageSheet *sheet, DioLibraryMachine *machine, DioApplication *application)
{
  adw_dialog_force_close (ADW_DIALOG (sheet));
  dio_machine_opener_open (application, NULL, machine, FALSE);
}

static GtkWindow *
find_library_window (DioApplication *application)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    if (DIO_IS_LIBRARY_WINDOW (l->data))
      return l->data;
  return NULL;
}

/* Who double-clicks an image asked for that image: without the library on the screen, the sheet is a window of its own,
 * and closing it leaves nothing. */
static void
present (DioApplication *application, DioImageSheet *sheet, GtkWindow *parent)
{
  if (!parent)
    parent = find_library_window (application);
  g_signal_connect_object (sheet, "apart", G_CALLBACK (on_apart), application, 0);
  g_signal_connect_object (sheet, "known", G_CALLBACK (on_known_late), application, 0);
  adw_dialog_present (ADW_DIALOG (sheet), GTK_WIDGET (parent));
  if (!parent)
    {
      parent = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (sheet)));
      gtk_window_set_application (parent, GTK_APPLICATION (application));
      gtk_widget_add_css_class (GTK_WIDGET (parent), "dio");
    }
  gtk_window_present (parent);
}

static void
pending_end (Pending *pending, const GError *error)
{
  g_clear_signal_handler (&pending->settled_id, pending->sheet);
  g_clear_signal_handler (&pending->known_id, pending->sheet);
  g_clear_handle_id (&pending->timeout_id, g_source_remove);
  finish_part (pending->task, error);
  g_object_unref (pending->sheet);
  g_free (pending);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  dio_image_sheet_start_finish (DIO_IMAGE_SHEET (source), result, &error);
  pending_end (user_data, error);
}

static void
show_sheet (Pending *pending)
{
  Opening *opening = g_task_get_task_data (pending->task);

  present (g_task_get_source_object (pending->task), pending->sheet, opening->parent);
  pending_end (pending, NULL);
}

static void
on_settled (Pending *pending)
{
  DioApplication *application = g_task_get_source_object (pending->task);
  Opening *opening = g_task_get_task_data (pending->task);
  g_auto (GStrv) paths = dio_image_sheet_dup_paths (pending->sheet);

  g_clear_signal_handler (&pending->settled_id, pending->sheet);
  g_clear_signal_handler (&pending->known_id, pending->sheet);
  g_clear_handle_id (&pending->timeout_id, g_source_remove);
  if (!paths[1] && dio_application_show_image (application, paths[0]))
    pending_end (pending, NULL);
  else if (opening->how == DIO_OPEN_START)
    dio_image_sheet_start_async (pending->sheet, on_started, pending);
  else
    show_sheet (pending);
}

static void
on_known (Pending *pending, DioLibraryMachine *machine)
{
  Opening *opening = g_task_get_task_data (pending->task);

  dio_machine_opener_open (g_task_get_source_object (pending->task), opening->parent, machine, FALSE);
  pending_end (pending, NULL);
}

static void
on_timeout (gpointer user_data)
{
  Pending *pending = user_data;

  pending->timeout_id = 0;
  show_sheet (pending);
}

/* Takes over TASK. */
static void
open_images (GTask *task, const char *const *paths)
{
  DioApplication *application = g_task_get_source_object (task);
  Opening *opening = g_task_get_task_data (task);
  Pending *pending;

  if (opening->how == DIO_OPEN_ASK && show_sheet_again (application, paths))
    {
      finish_part (task, NULL);
      return;
    }
  pending = g_new0 (Pending, 1);
  pending->task = task;
  pending->sheet = g_object_ref_sink (dio_image_sheet_new (application, paths, opening->graphics));
  if (opening->how == DIO_OPEN_ASK)
    track_sheet (application, pending->sheet);
  pending->settled_id = g_signal_connect_swapped (pending->sheet, "notify::settled", G_CALLBACK (on_settled), pending);
  pending->known_id = g_signal_connect_swapped (pending->sheet, "known", G_CALLBACK (on_known), pending);
  if (opening->how == DIO_OPEN_ASK)
    pending->timeout_id = g_timeout_add_once (PRESENT_MS, on_timeout, pending);
}

static void
open_all_images (GTask *task, GPtrArray *images)
{
  Opening *opening = g_task_get_task_data (task);

  if (images->len > 0 && opening->how == DIO_OPEN_ASK)
    open_images (add_part (task), (const char *const *) images->pdata);
  else
    for (guint i = 0; i < images->len; i++)
      open_images (add_part (task), (const char *const[]) { images->pdata[i], NULL });
}

/* --- all of it --- */

static void
open_file (GTask *task, GFile *file, GPtrArray *images)
{
  DioApplication *application = g_task_get_source_object (task);
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *shown = g_file_get_parse_name (file);
  g_autoptr (GError) error = NULL;

  if (!path)
    {
      g_set_error (&error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   _ ("“%s” is not on this computer. Copy it here first, then open the copy."), shown);
      finish_part (add_part (task), error);
    }
  else if (dio_machine_opener_is_machine (file))
    dio_machine_opener_open_file_async (application, file, on_machine_opened, add_part (task));
  else if (dio_archive_opener_is_archive (file))
    dio_archive_opener_open_async (application, file, on_archive_opened, add_part (task));
  else if (is_appliance (file))
    import_appliance (add_part (task), path);
  else
    g_ptr_array_add (images, g_steal_pointer (&path));
}

void
dio_image_opener_open_async (DioApplication *application, GtkWindow *parent, GFile **files, guint n_files,
                             DioOpenHow how, DioGraphics graphics, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (application, NULL, callback, user_data);
  g_autoptr (GPtrArray) images = g_ptr_array_new_null_terminated (n_files, g_free, TRUE);
  Opening *opening = g_new0 (Opening, 1);
  GTask *whole;

  g_task_set_source_tag (task, dio_image_opener_open_async);
  g_set_weak_pointer (&opening->parent, parent);
  opening->how = how;
  opening->graphics = graphics;
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  g_application_hold (G_APPLICATION (application));
  whole = add_part (task); /* until all parts are there */
  for (guint i = 0; i < n_files; i++)
    open_file (task, files[i], images);
  open_all_images (task, images);
  finish_part (whole, NULL);
}

gboolean
dio_image_opener_open_finish (DioApplication *application, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, application), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
