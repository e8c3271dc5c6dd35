/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/machine-opener.h"

#include "provision/tame.h"
#include "service/machine-service.h"
#include "ui/usb-service.h"
#include "ui/console-window-library.h"
#include "ui/console-window-private.h"

#include <glib/gi18n.h>

/* A window takes as long to make as a QEMU to come up. It is made while that does; but the user waits no longer than
 * this for it. */
#define WINDOW_MS 100
/* Of a library machine: its Opening, while it starts without a window. */
#define OPENING "dio-opening"

typedef struct
{
  DioApplication *application;
  GtkWindow *parent; /* (weak) (nullable) */
  gboolean disposable;
  DioLibrary *outside;          /* (nullable): that the machine is of, if that is not the user's */
  DioLibraryMachine *asked_for; /* (nullable): whether it may be opened is asked */

  gboolean given_up; /* it ends, and there will be no window */

  /* while the machine starts and the window is yet to come */
  DioLibraryMachine *machine;
  DioSession *session;
  gulong spawned_id, state_id;
  guint window_id;
} Opening;

/* All of them. */
static GQueue openings = G_QUEUE_INIT;

static Opening *
opening_new (DioApplication *application, GtkWindow *parent, gboolean disposable)
{
  Opening *opening = g_new0 (Opening, 1);

  opening->application = application;
  g_set_weak_pointer (&opening->parent, parent);
  opening->disposable = disposable;
  g_application_hold (G_APPLICATION (application));
  g_queue_push_tail (&openings, opening);
  return opening;
}

static void
opening_free (Opening *opening)
{
  g_queue_remove (&openings, opening);
  if (opening->session)
    {
      DioMachine *machine = dio_session_get_machine (opening->session);

      g_clear_signal_handler (&opening->spawned_id, machine);
      g_clear_signal_handler (&opening->state_id, machine);
      g_object_set_data (G_OBJECT (opening->machine), OPENING, NULL);
    }
  g_clear_handle_id (&opening->window_id, g_source_remove);
  g_clear_object (&opening->machine);
  g_clear_object (&opening->session);
  g_application_release (G_APPLICATION (opening->application));
  g_clear_weak_pointer (&opening->parent);
  g_clear_object (&opening->outside);
  g_clear_object (&opening->asked_for);
  g_free (opening);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Opening, opening_free)

static void
report (Opening *opening, DioLibraryMachine *machine, const GError *error)
{
  g_autofree char *heading = g_strdup_printf (_ ("Could Not Open %s"), dio_library_machine_get_name (machine));

  dio_application_report (opening->application, opening->parent, heading, error->message);
}

/* --- machines of the library --- */

static gboolean
show_again (DioApplication *application, DioLibraryMachine *machine)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    {
      DioConsoleWindow *window = DIO_IS_CONSOLE_WINDOW (l->data) ? l->data : NULL;

      /* One that is hidden only waits for the end of its machine. */
      if (!window || window->number > 0 || window->library_machine != machine || !gtk_widget_get_visible (l->data))
        continue;
      dio_machine_start (window->machine);
      gtk_window_present (GTK_WINDOW (window));
      return TRUE;
    }
  return FALSE;
}

/* Asked for over the bus. */
static void
on_shown (DioMachine *machine, gpointer application)
{
  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && DIO_CONSOLE_WINDOW (l->data)->machine == machine &&
        DIO_CONSOLE_WINDOW (l->data)->number == 0)
      gtk_window_present (l->data);
}

/* Whether a window is to come is decided here alone. What has failed by now, the window tells as it would later. */
static void
end_opening (Opening *own)
{
  g_autoptr (Opening) opening = own;
  DioConsoleWindow *window;

  if (opening->given_up)
    return;
  window = dio_console_window_new (opening->application, opening->session, opening->disposable);
  dio_console_window_set_library_machine (window, opening->machine);
  if (opening->outside)
    dio_console_window_set_outside (window, opening->outside);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_window_due (gpointer user_data)
{
  Opening *opening = user_data;
  DioMachineState state = dio_machine_get_state (dio_session_get_machine (opening->session));

  opening->window_id = 0;
  /* The application waits for the end of its QEMU. */
  if (!opening->given_up || state == DIO_MACHINE_STOPPED || state == DIO_MACHINE_FAILED || state == DIO_MACHINE_CRASHED)
    end_opening (opening);
}

static void
on_spawned (Opening *opening)
{
  if (!opening->given_up)
    end_opening (opening);
}

/* Not at once: who tells of its state is not done yet. */
static void
on_start_ended (Opening *opening)
{
  g_clear_handle_id (&opening->window_id, g_source_remove);
  opening->window_id = g_idle_add_once (on_window_due, opening);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  DioLibraryMachine *library_machine = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) machine = dio_library_machine_prepare_finish (library_machine, result, &error);

  if (opening->given_up)
    return;
  if (!machine)
    {
      report (opening, library_machine, error);
      return;
    }
  dio_machine_service_export (machine, on_shown, dio_usb_serve, opening->application);
  opening->machine = g_object_ref (library_machine);
  opening->session = dio_session_new_for_machine (machine);
  g_object_set_data (source, OPENING, opening);
  dio_machine_start (machine);
  opening->window_id = g_timeout_add_once (WINDOW_MS, on_window_due, opening);
  opening->spawned_id = g_signal_connect_swapped (machine, "spawned", G_CALLBACK (on_spawned), opening);
  opening->state_id = g_signal_connect_swapped (machine, "notify::state", G_CALLBACK (on_start_ended), opening);
  if (dio_machine_get_state (machine) != DIO_MACHINE_STARTING)
    on_start_ended (opening);
  g_steal_pointer (&opening);
}

static void
prepare (Opening *opening, DioLibraryMachine *machine)
{
  dio_library_machine_prepare_async (machine, opening->disposable, NULL, on_prepared, opening);
}

/* --- machines that somebody else may have made --- */

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  g_autoptr (DioLibraryMachine) machine = g_steal_pointer (&opening->asked_for);

  if (g_str_equal (adw_alert_dialog_choose_finish (ADW_ALERT_DIALOG (source), result), "open"))
    prepare (g_steal_pointer (&opening), machine);
}

static void
ask (Opening *opening, DioLibraryMachine *machine)
{
  g_autofree char *heading = g_strdup_printf (_ ("Open %s?"), dio_library_machine_get_name (machine));
  AdwDialog *dialog = adw_alert_dialog_new (
      heading, _ ("It is not in one of your folders for machines, and wants more than its own files: other files or "
                  "folders of this computer, ports that others can reach, or options of its own for QEMU. Open it only "
                  "if you trust who made it."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "open", _ ("_Open"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "open", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  if (!opening->parent)
    {
      dio_application_show_library (opening->application);
      g_set_weak_pointer (&opening->parent, gtk_application_get_active_window (GTK_APPLICATION (opening->application)));
    }
  opening->asked_for = g_object_ref (machine);
  adw_alert_dialog_choose (ADW_ALERT_DIALOG (dialog), GTK_WIDGET (opening->parent), NULL, on_answered, opening);
}

static void
on_loaded_outside (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  DioLibraryMachine *machine = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (machine, result, &error);

  if (!definition)
    report (opening, machine, error);
  else if (dio_definition_reaches_out (definition))
    ask (g_steal_pointer (&opening), machine);
  else
    prepare (g_steal_pointer (&opening), machine);
}

static void
open_machine (Opening *opening, DioLibraryMachine *machine)
{
  /* Who is in a hurry clicks twice. */
  if (g_object_get_data (G_OBJECT (machine), OPENING) || show_again (opening->application, machine))
    opening_free (opening);
  else if (opening->outside)
    dio_library_machine_load_async (machine, NULL, on_loaded_outside, opening);
  else
    prepare (opening, machine);
}

void
dio_machine_opener_open (DioApplication *application, GtkWindow *parent, DioLibraryMachine *machine,
                         gboolean disposable)
{
  g_return_if_fail (DIO_IS_APPLICATION (application) && DIO_IS_LIBRARY_MACHINE (machine));

  open_machine (opening_new (application, parent, disposable), machine);
}

static void
on_lock_broken (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Opening) opening = user_data;
  DioLibraryMachine *machine = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GError) error = NULL;

  if (dio_library_machine_break_lock_finish (machine, result, &error))
    dio_machine_opener_open (opening->application, opening->parent, machine, FALSE);
  else
    report (opening, machine, error);
}

void
dio_machine_opener_take (DioApplication *application, GtkWindow *parent, DioLibraryMachine *machine)
{
  dio_library_machine_break_lock_async (machine, on_lock_broken, opening_new (application, parent, FALSE));
}

void
dio_machine_opener_give_up (void)
{
  for (GList *l = openings.head; l; l = l->next)
    {
      Opening *opening = l->data;

      opening->given_up = TRUE;
      if (!opening->session)
        continue;
      dio_machine_force_off (dio_session_get_machine (opening->session));
      /* It may have ended already, or at once. */
      on_start_ended (opening);
    }
}

/* --- files --- */

#define SUFFIX ".diorama"

gboolean
dio_machine_opener_is_machine (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);

  if (!name)
    return FALSE;
  if (g_str_equal (name, DIO_DEFINITION_FILE))
    return TRUE;
  /* A file of that name is an archive. */
  return g_str_has_suffix (name, SUFFIX) &&
         g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY;
}

typedef struct
{
  GFile *file;
  /* Of the folder that the machine's is in, if that is no place. */
  DioLibrary *outside;
  gulong loading_id;
  DioLibrary *waiting; /* that is being looked through */
} FileOpening;

static void
file_opening_free (FileOpening *opening)
{
  if (opening->waiting)
    g_clear_signal_handler (&opening->loading_id, opening->waiting);
  g_clear_object (&opening->waiting);
  g_clear_object (&opening->outside);
  g_object_unref (opening->file);
  g_free (opening);
}

static void look_for_file (GTask *task);

static void
on_loading_changed (GObject *library, GParamSpec *pspec, gpointer user_data)
{
  FileOpening *opening = g_task_get_task_data (user_data);
  g_autoptr (GTask) task = user_data;

  g_clear_signal_handler (&opening->loading_id, library);
  g_clear_object (&opening->waiting);
  look_for_file (task);
}

static void
wait_for (GTask *task, DioLibrary *library)
{
  FileOpening *opening = g_task_get_task_data (task);

  opening->waiting = g_object_ref (library);
  opening->loading_id =
      g_signal_connect (library, "notify::loading", G_CALLBACK (on_loading_changed), g_object_ref (task));
}

/* (transfer full) (nullable) */
static char *
dup_place (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GFile) folder = g_str_equal (name, DIO_DEFINITION_FILE) ? g_file_get_parent (file) : g_object_ref (file);
  g_autoptr (GFile) place = folder ? g_file_get_parent (folder) : NULL;

  return place ? g_file_get_path (place) : NULL;
}

static gboolean
look_outside (GTask *task)
{
  FileOpening *opening = g_task_get_task_data (task);
  g_autofree char *place = dup_place (opening->file);

  if (opening->outside || !place)
    return FALSE;
  opening->outside = dio_library_new ((const char *const[]) { place, NULL });
  look_for_file (task);
  return TRUE;
}

static void
open_found (GTask *task, DioLibraryMachine *machine)
{
  FileOpening *opening = g_task_get_task_data (task);
  DioApplication *application = g_task_get_source_object (task);
  Opening *open = opening_new (application, gtk_application_get_active_window (GTK_APPLICATION (application)), FALSE);

  g_set_object (&open->outside, opening->outside);
  open_machine (open, machine);
  g_task_return_boolean (task, TRUE);
}

static void
look_for_file (GTask *task)
{
  FileOpening *opening = g_task_get_task_data (task);
  DioApplication *application = g_task_get_source_object (task);
  DioLibrary *library = opening->outside ? opening->outside : dio_application_get_library (application);
  g_autofree char *shown = NULL;
  DioLibraryMachine *machine;

  if (dio_library_get_loading (library))
    {
      wait_for (task, library);
      return;
    }
  machine = dio_library_find_file (library, opening->file);
  if (machine)
    open_found (task, machine);
  else if (!look_outside (task))
    {
      shown = g_file_get_parse_name (opening->file);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                               _ ("“%s” is no machine of Diorama. Its folder has to end with “.diorama”, and to have a "
                                  "file “%s”."),
                               shown, DIO_DEFINITION_FILE);
    }
}

static void
on_task_completed (GTask *task)
{
  g_application_release (G_APPLICATION (g_task_get_source_object (task)));
}

void
dio_machine_opener_open_file_async (DioApplication *application, GFile *file, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (application, NULL, callback, user_data);
  FileOpening *opening = g_new0 (FileOpening, 1);

  g_task_set_source_tag (task, dio_machine_opener_open_file_async);
  opening->file = g_object_ref (file);
  g_task_set_task_data (task, opening, (GDestroyNotify) file_opening_free);
  g_application_hold (G_APPLICATION (application));
  g_signal_connect (task, "notify::completed", G_CALLBACK (on_task_completed), NULL);
  look_for_file (task);
}

gboolean
dio_machine_opener_open_file_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
