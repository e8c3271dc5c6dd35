/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-restart.h"

#include <glib/gi18n.h>

/* (transfer full) */
static char *
list_changes (const char *const *pending)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; pending && pending[i]; i++)
    g_string_append_printf (list, "%s• %s", i ? "\n" : "", pending[i]);
  return g_string_free_and_steal (g_steal_pointer (&list));
}

/* --- the restart --- */

/* After all that follows the end of a run has followed it: the folder's lock is free again. */
static void
start_again (gpointer user_data)
{
  g_autoptr (DioMachine) machine = user_data;

  dio_machine_start (machine);
}

static void
on_state (DioMachine *machine, GParamSpec *pspec, gpointer user_data)
{
  if (dio_machine_get_state (machine) != DIO_MACHINE_STOPPED)
    return;
  g_signal_handlers_disconnect_by_func (machine, on_state, user_data);
  g_idle_add_once (start_again, g_object_ref (machine));
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachineSettings) settings = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    return;
  g_signal_handlers_disconnect_by_func (source, on_state, settings);
  dio_machine_settings_tell_error (settings, error);
}

static void
on_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  DioMachineSettings *settings = user_data;
  DioMachine *machine = dio_machine_settings_get_running (settings);

  if (!g_str_equal (response, "restart") || !machine)
    return;
  dio_machine_settings_save (settings);
  g_signal_handlers_disconnect_by_func (machine, on_state, settings);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_state), settings, 0);
  dio_machine_power_down_async (machine, on_asked, g_object_ref (settings));
}

void
dio_settings_restart_ask (GtkWidget *parent, DioMachineSettings *settings)
{
  const char *name = dio_library_machine_get_name (dio_machine_settings_get_machine (settings));
  g_autofree char *heading = g_strdup_printf (_ ("Restart %s?"), name);
  g_autofree char *changes = list_changes (dio_machine_settings_get_pending (settings));
  AdwDialog *dialog = adw_alert_dialog_new (heading, NULL);

  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (dialog),
                                _ ("It is asked to shut down, and starts anew when it has. These changes hold "
                                   "then:\n\n%s"),
                                changes);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "later", _ ("_Later"), "restart", _ ("_Restart"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "restart", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "later");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "later");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), settings, 0);
  adw_dialog_present (dialog, parent);
}
