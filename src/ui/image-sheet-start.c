/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/image-sheet-private.h"

#include "provision/import-machine.h"
#include "provision/new-machine.h"
#include "session/firmware-choice.h"
#include "vm/image-overlay.h"
#include "vm/image.h"

#include <glib/gi18n.h>

/* --- the machine --- */

static DioImageReport **
list_reports (DioImageSheet *self)
{
  DioImageReport **reports = g_new0 (DioImageReport *, self->files->len);

  for (guint i = 0; i < self->files->len; i++)
    reports[i] = ((DioSheetFile *) self->files->pdata[i])->inquiry->report;
  return reports;
}

static void
set_bus (DioMachineConfig *config, DioDiskBus bus)
{
  GPtrArray *disks = dio_machine_config_get_disks (config);
  g_autoptr (GPtrArray) changed = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_disk_free);

  for (guint i = 0; i < disks->len; i++)
    {
      DioDisk *disk = dio_disk_copy (disks->pdata[i]);

      if (!disk->cdrom)
        disk->bus = bus;
      g_ptr_array_add (changed, disk);
    }
  dio_machine_config_set_disks (config, changed);
}

/* A chip for secrets is for machines that are kept. */
static DioMachineConfig *
make_config (DioImageSheet *self, GError **error)
{
  g_autofree DioImageReport **reports = list_reports (self);
  const DioSheetFile *first = self->files->pdata[0];
  g_autoptr (DioMachineConfig) config = dio_image_config_new (reports, self->files->len, first->insides, error);

  if (!config)
    return NULL;
  dio_recommendation_apply (&self->guess.recommendation, config);
  dio_image_options_apply (self->options_page, config);
  g_object_set (config, "graphics", self->graphics, "tpm", FALSE, NULL);
  set_bus (config, dio_image_options_get_bus (self->options_page));
  /* What started it before goes before a guess, not before what was just chosen. */
  if (dio_machine_config_get_firmware (config) == self->guess.recommendation.firmware)
    dio_firmware_choice_recall (config);
  return g_steal_pointer (&config);
}

/* --- starting --- */

static void
end (DioImageSheet *self, GError *error)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->starting);
  g_autoptr (GError) problem = error;

  if (!task)
    return; /* the sheet was closed */
  if (problem && !self->closed)
    {
      if (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        dio_image_sheet_tell (self, problem->message);
      dio_image_sheet_update (self);
    }
  if (problem)
    g_task_return_error (task, g_steal_pointer (&problem));
  else
    g_task_return_boolean (task, TRUE);
}

static void
start (DioImageSheet *self, DioMachineConfig *config)
{
  g_autoptr (DioImageSheet) keep = g_object_ref (self);
  g_autoptr (DioMachine) machine = NULL;

  if (self->way == DIO_SHEET_TRY)
    g_object_set (config, "disposable", TRUE, NULL);
  machine = dio_machine_new (config);
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioSheetFile *file = self->files->pdata[i];

      if (file->passphrase)
        dio_machine_set_passphrase (machine, file->path, file->passphrase);
    }
  dio_application_start_machine (self->application, machine, self->way == DIO_SHEET_TRY);
  end (self, NULL);
  if (gtk_widget_get_root (GTK_WIDGET (self)))
    adw_dialog_force_close (ADW_DIALOG (self));
}

typedef struct
{
  DioImageSheet *sheet;
  DioMachineConfig *config;
} Start;

static void
start_free (Start *start)
{
  g_object_unref (start->sheet);
  g_object_unref (start->config);
  g_free (start);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Start, start_free)

static void use_overlay (Start *next, gboolean discard);

static void
on_stale (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Start) next = user_data;

  if (g_str_equal (adw_alert_dialog_choose_finish (ADW_ALERT_DIALOG (source), result), "discard"))
    use_overlay (g_steal_pointer (&next), TRUE);
  else
    dio_image_sheet_give_up (next->sheet);
}

static void
ask_about_overlay (Start *next, const char *sentence)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Discard the Earlier Changes?"), sentence);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "discard", _ ("_Discard"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "discard", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_choose (ADW_ALERT_DIALOG (dialog), GTK_WIDGET (next->sheet), NULL, on_stale, next);
}

static void
on_overlay (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Start) next = user_data;
  g_autoptr (GError) error = NULL;

  if (next->sheet->closed)
    return;
  if (dio_image_overlay_use_finish (result, &error))
    start (next->sheet, next->config);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG) && gtk_widget_get_root (GTK_WIDGET (next->sheet)))
    ask_about_overlay (g_steal_pointer (&next), error->message);
  else
    end (next->sheet, g_steal_pointer (&error));
}

/* Takes over NEXT. */
static void
use_overlay (Start *next, gboolean discard)
{
  g_autofree DioImageReport **reports = list_reports (next->sheet);

  dio_image_overlay_use_async (next->config, reports, next->sheet->files->len, discard, NULL, on_overlay, next);
}

void
dio_image_sheet_go_on (DioImageSheet *self)
{
  g_autofree char *hindrance = NULL;
  GError *error = NULL;
  DioMachineConfig *config;
  Start *next;

  if (!self->starting || self->closed)
    return;
  /* What was free when it was asked for may be somebody's by now. */
  hindrance = self->way == DIO_SHEET_START ? dio_image_sheet_dup_hindrance (self) : NULL;
  if (hindrance)
    {
      end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BUSY, hindrance));
      return;
    }
  config = make_config (self, &error);
  if (!config)
    {
      end (self, error);
      return;
    }
  next = g_new (Start, 1);
  *next = (Start) { g_object_ref (self), config };
  if (self->way == DIO_SHEET_START)
    {
      use_overlay (next, FALSE);
      return;
    }
  start (self, config);
  start_free (next);
}

void
dio_image_sheet_give_up (DioImageSheet *self)
{
  if (self->starting)
    end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The machine was not started.")));
}

/* What is inside says how it starts: wrong guesses cost more than a moment. */
static void
begin (DioImageSheet *self, DioSheetWay way, GTask *task)
{
  self->way = way;
  g_set_object (&self->starting, task);
  dio_image_sheet_tell (self, NULL);
  dio_image_sheet_update (self);
  if (!dio_image_sheet_is_looking (self))
    dio_image_sheet_go_on (self);
}

void
dio_image_sheet_run (DioImageSheet *self, DioSheetWay way)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, NULL, NULL);

  g_task_set_source_tag (task, dio_image_sheet_run);
  begin (self, way, task);
}

/* --- without being asked --- */

/* What an image cannot be started for, or NULL. (transfer full) */
static char *
dup_refusal (DioImageSheet *self)
{
  for (guint i = 0; i < self->files->len; i++)
    {
      const DioImageReport *report = dio_sheet_file_get_report (self->files->pdata[i]);

      if (report->problem != DIO_IMAGE_GOOD && report->problem != DIO_IMAGE_ENCRYPTED)
        return g_strdup (report->sentence);
    }
  return dio_image_sheet_dup_hindrance (self);
}

void
dio_image_sheet_start_async (DioImageSheet *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *refusal = dup_refusal (self);
  const DioSheetFile *first = self->files->pdata[0];
  g_autofree char *shown = g_filename_display_basename (first->path);

  g_return_if_fail (self->settled);

  g_task_set_source_tag (task, dio_image_sheet_start_async);
  if (refusal)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("“%s” cannot be opened. %s"), shown,
                             refusal);
  else
    begin (self, DIO_SHEET_START, task);
}

gboolean
dio_image_sheet_start_finish (DioImageSheet *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- adding --- */

void
dio_image_sheet_show_adding (DioImageSheet *self)
{
  g_autofree char *hindrance = dio_image_sheet_dup_hindrance (self);
  guint ways = 1u << DIO_IMPORT_IN_PLACE | 1u << DIO_IMPORT_COPY | 1u << DIO_IMPORT_LINKED;
  DioImportMode preferred = DIO_IMPORT_IN_PLACE;

  for (guint i = 0; i < self->files->len; i++)
    {
      const DioImageReport *report = dio_sheet_file_get_report (self->files->pdata[i]);

      /* It is written to for as long as it is open, or never; the grant for a file that is somebody else's may end. */
      if (report->flags & DIO_IMAGE_READ_ONLY || hindrance)
        ways &= ~(1u << DIO_IMPORT_IN_PLACE);
      if (report->flags & DIO_IMAGE_PORTAL)
        preferred = DIO_IMPORT_COPY;
      if (report->encryption)
        ways &= report->n_files > 1 ? ~(1u << DIO_IMPORT_LINKED | 1u << DIO_IMPORT_COPY) : ~(1u << DIO_IMPORT_LINKED);
    }
  if (hindrance)
    ways = 1u << DIO_IMPORT_LINKED;
  dio_image_options_set_ways (self->options_page, ways, preferred);
  dio_image_options_set_adding (self->options_page, TRUE);
  adw_navigation_view_push (self->navigation, ADW_NAVIGATION_PAGE (self->options_page));
}

/* The sheet is closed by then. */
static void
on_added (DioJob *job, const GError *error, DioApplication *application)
{
  if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    dio_application_report (application, gtk_application_get_active_window (GTK_APPLICATION (application)),
                            dio_job_get_title (job), error->message);
  g_application_release (G_APPLICATION (application));
}

/* As it would be started, but with an identity of its own: the image may be started by itself, too. */
static DioDefinition *
define (DioImageSheet *self, GError **error)
{
  g_autoptr (DioMachineConfig) config = make_config (self, error);
  g_autofree char *uuid = g_uuid_string_random ();
  DioDefinition *definition;

  if (!config)
    return NULL;
  g_object_set (config, "uuid", uuid, "tpm", self->guess.recommendation.tpm, NULL);
  definition = dio_definition_new_loose (config);
  if (self->guess.os)
    g_object_set (definition, "os", dio_os_get_id (self->guess.os), NULL);
  g_object_set (definition, "os-name", self->guess.os_name, NULL);
  return definition;
}

void
dio_image_sheet_add (DioImageSheet *self)
{
  g_autoptr (DioImageSheet) keep = g_object_ref (self);
  DioLibrary *library = dio_application_get_library (self->application);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = define (self, &error);
  g_autoptr (DioJob) job = NULL;

  if (!definition)
    {
      dio_image_options_tell (self->options_page, error->message);
      return;
    }
  job = dio_import_machine (definition, dio_image_options_get_mode (self->options_page),
                            dio_image_options_get_place (self->options_page));
  g_application_hold (G_APPLICATION (self->application));
  g_signal_connect_object (job, "ended", G_CALLBACK (on_added), self->application, 0);
  dio_library_add_job (library, job);
  dio_job_start (job);
  adw_dialog_force_close (ADW_DIALOG (self));
  dio_application_show_library (self->application);
}
