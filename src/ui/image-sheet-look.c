/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include "image/passphrase.h"
#include "vm/image-lock.h"

#include <glib/gi18n.h>

/* A file, for as long as an answer is under way that may come too late for it: files are known by their sheet. */
typedef struct
{
  DioImageSheet *sheet;
  DioSheetFile *file;
  GCancellable *cancellable;
} Question;

static Question *
ask (DioSheetFile *file)
{
  Question *question = g_new (Question, 1);

  *question = (Question) { g_object_ref (file->sheet), file, g_object_ref (file->cancellable) };
  return question;
}

/* The file of QUESTION, which is forgotten; NULL when nobody waits for the answer any more. */
static DioSheetFile *
take_file (Question *question, DioImageSheet **ret_sheet)
{
  DioSheetFile *file = g_cancellable_is_cancelled (question->cancellable) ? NULL : question->file;

  *ret_sheet = question->sheet;
  g_object_unref (question->cancellable);
  g_free (question);
  return file;
}

static void start_check (DioSheetFile *file);

/* --- what is inside --- */

static void
found_out (DioSheetFile *file)
{
  file->looking--;
  dio_image_sheet_update (file->sheet);
  if (!dio_image_sheet_is_looking (file->sheet))
    dio_image_sheet_go_on (file->sheet);
}

static void
on_stored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_passphrase_store_finish (result, &error))
    dio_image_sheet_tell (sheet, error->message);
}

static void
on_inside (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageInsides) insides = dio_image_look_inside_finish (result, &error);

  if (!file)
    return;
  g_clear_pointer (&file->insides, dio_image_insides_free);
  g_clear_pointer (&file->insides_problem, g_free);
  file->insides = g_steal_pointer (&insides);
  file->locked = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  if (error)
    file->insides_problem = g_strdup (error->message);
  else if (file->remember)
    dio_passphrase_store_async (file->path, file->passphrase, NULL, on_stored, g_object_ref (sheet));
  file->remember = FALSE;
  /* What could not be checked without its passphrase. */
  if (dio_sheet_file_get_report (file)->encryption && !file->locked && !file->check)
    start_check (file);
  found_out (file);
}

void
dio_sheet_file_look_inside (DioSheetFile *file)
{
  const DioImageReport *report = dio_sheet_file_get_report (file);

  if (report->problem == DIO_IMAGE_ENCRYPTED && !file->passphrase)
    return;
  file->looking++;
  dio_image_look_inside_async (report, file->passphrase, file->cancellable, on_inside, ask (file));
}

static void
on_passphrase (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (GBytes) passphrase = dio_passphrase_lookup_finish (result, NULL);

  if (!file)
    return;
  if (passphrase && !file->passphrase)
    {
      file->passphrase = g_steal_pointer (&passphrase);
      dio_sheet_file_look_inside (file);
    }
  found_out (file);
}

/* --- its tables --- */

typedef struct
{
  GStrv words; /* the file, and where its parents may be */
  GBytes *passphrase;
} Check;

static void
check_free (Check *check)
{
  g_strfreev (check->words);
  g_clear_pointer (&check->passphrase, g_bytes_unref);
  g_free (check);
}

static void
check_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Check *check = task_data;
  g_autoptr (DioImageReport) report = dio_image_report_new (check->words[0], (const char *const *) check->words + 1);
  guint64 leaks, errors;
  GError *error = NULL;

  if (!dio_image_check (report, check->passphrase, &leaks, &errors, cancellable, &error))
    g_task_return_error (task, error);
  else
    g_task_return_int (task, errors > 0 ? 2 : leaks > 0 ? 1 : 0);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (GError) error = NULL;
  gssize outcome = g_task_propagate_int (G_TASK (result), &error);

  if (!file)
    return;
  file->damaged = outcome == 2;
  if (error)
    file->check = g_strdup (error->message);
  else if (outcome == 2)
    file->check = g_strdup (_ ("It was not closed properly, and is damaged. Whoever goes on writing to it makes that "
                               "worse. A copy of it can be repaired."));
  else if (outcome == 1)
    file->check = g_strdup (_ ("It was not closed properly. Nothing is lost but some space in it."));
  found_out (file);
}

/* Of what was not closed properly. */
static void
start_check (DioSheetFile *file)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  Check *check;
  GTask *task;

  if (!(dio_sheet_file_get_report (file)->flags & DIO_IMAGE_DIRTY))
    return;

  g_strv_builder_add (words, file->path);
  g_strv_builder_addv (words, (const char **) file->granted->pdata);
  check = g_new (Check, 1);
  *check = (Check) { g_strv_builder_end (words), file->passphrase ? g_bytes_ref (file->passphrase) : NULL };
  file->looking++;
  task = g_task_new (NULL, file->cancellable, on_checked, ask (file));
  g_task_set_source_tag (task, start_check);
  g_task_set_task_data (task, check, (GDestroyNotify) check_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, check_in_thread);
  g_object_unref (task);
}

/* --- discs --- */

static void
on_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (DioOsMedia) media = dio_os_database_identify_finish (DIO_OS_DATABASE (source), result, NULL);

  if (!file)
    return;
  g_set_object (&file->media, media);
  found_out (file);
}

static void
on_database (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (DioOsDatabase) database = dio_os_database_load_finish (result, NULL);

  if (!file)
    return;
  g_set_object (&sheet->database, database);
  if (database && dio_sheet_file_get_report (file)->flags & DIO_IMAGE_OPTICAL)
    {
      file->looking++;
      dio_os_database_identify_async (database, file->path, file->cancellable, on_identified, ask (file));
    }
  found_out (file);
}

/* --- at once --- */

static void
settle (DioSheetFile *file)
{
  const DioImageReport *report = dio_sheet_file_get_report (file);

  file->use_known = TRUE;
  if (report->problem == DIO_IMAGE_GOOD || report->problem == DIO_IMAGE_ENCRYPTED)
    {
      file->looking++;
      dio_os_database_load_async (file->cancellable, on_database, ask (file));
      if (report->problem == DIO_IMAGE_GOOD || file->passphrase)
        dio_sheet_file_look_inside (file);
      else
        {
          file->looking++;
          dio_passphrase_lookup_async (file->path, file->cancellable, on_passphrase, ask (file));
        }
      if (!report->encryption)
        start_check (file);
    }
  dio_image_sheet_update (file->sheet);
}

static void
on_use (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (DioLibraryMachine) machine = NULL;
  DioImageUse use = dio_library_find_image_finish (DIO_LIBRARY (source), result, &machine, NULL);

  if (!file)
    return;
  file->use = use;
  g_set_object (&file->user, machine);
  settle (file);
}

static void
on_use_again (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (DioLibraryMachine) machine = NULL;
  DioImageUse use = dio_library_find_image_finish (DIO_LIBRARY (source), result, &machine, NULL);

  if (!file || sheet->closed || use == file->use)
    return;
  file->use = use;
  g_set_object (&file->user, machine);
  dio_image_sheet_update (sheet);
}

static void
find_use (DioSheetFile *file, GAsyncReadyCallback callback)
{
  const DioImageFile *image = file->inquiry->report->files[0];

  dio_library_find_image_async (dio_application_get_library (file->sheet->application), image->host_path, image->device,
                                image->inode, file->cancellable, callback, ask (file));
}

void
dio_sheet_file_look_for_use (DioSheetFile *file)
{
  if (file->use_known && file->inquiry->report->problem != DIO_IMAGE_UNREADABLE)
    find_use (file, on_use_again);
}

/* --- held by somebody --- */

static void
find_holder (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, dio_image_lock_dup_holder (task_data), g_free);
}

static void watch_holder (DioSheetFile *file);

static void
on_holder (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autofree char *holder = g_task_propagate_pointer (G_TASK (result), NULL);

  if (!file || sheet->closed)
    return;
  if (holder)
    watch_holder (file);
  else
    dio_sheet_file_look (file);
}

static void
ask_for_holder (gpointer user_data)
{
  DioSheetFile *file = user_data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_holder, ask (file));

  file->holder_id = 0;
  g_task_set_source_tag (task, ask_for_holder);
  g_task_set_task_data (task, g_strdup (file->path), g_free);
  g_task_run_in_thread (task, find_holder);
}

/* A machine that was told to end has its disks a moment longer. Nobody is told when a lock is free. */
static void
watch_holder (DioSheetFile *file)
{
  file->holder_id = g_timeout_add_seconds_once (1, ask_for_holder, file);
}

static void
on_inquired (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioImageSheet) sheet = NULL;
  DioSheetFile *file = take_file (user_data, &sheet);
  g_autoptr (DioImageInquiry) inquiry = dio_image_inquire_finish (result, NULL);

  if (!file || !inquiry)
    return;
  file->inquiry = g_steal_pointer (&inquiry);
  if (file->inquiry->holder)
    watch_holder (file);
  if (file->inquiry->report->problem == DIO_IMAGE_UNREADABLE)
    settle (file);
  else
    find_use (file, on_use);
}

static void
forget (DioSheetFile *file)
{
  g_cancellable_cancel (file->cancellable);
  g_clear_object (&file->cancellable);
  g_clear_handle_id (&file->holder_id, g_source_remove);
  g_clear_pointer (&file->inquiry, dio_image_inquiry_free);
  g_clear_object (&file->user);
  g_clear_pointer (&file->insides, dio_image_insides_free);
  g_clear_pointer (&file->insides_problem, g_free);
  g_clear_object (&file->media);
  g_clear_pointer (&file->check, g_free);
  file->use_known = file->damaged = file->locked = FALSE;
  file->use = DIO_IMAGE_USE_NONE;
  file->looking = 0;
}

void
dio_sheet_file_look (DioSheetFile *file)
{
  forget (file);
  file->cancellable = g_cancellable_new ();
  dio_image_inquire_async (file->path, (const char *const *) file->granted->pdata, file->cancellable, on_inquired,
                           ask (file));
  dio_image_sheet_update (file->sheet);
}

DioSheetFile *
dio_sheet_file_new (DioImageSheet *sheet, const char *path)
{
  DioSheetFile *file = g_new0 (DioSheetFile, 1);

  file->sheet = sheet;
  file->path = g_strdup (path);
  file->granted = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  return file;
}

void
dio_sheet_file_free (DioSheetFile *file)
{
  if (file->cancellable)
    forget (file);
  g_clear_pointer (&file->passphrase, g_bytes_unref);
  g_ptr_array_unref (file->granted);
  g_free (file->path);
  g_free (file);
}
