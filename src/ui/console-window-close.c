/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include <glib/gi18n.h>

static void
force_off_and_close (DioConsoleWindow *self)
{
  self->closing = TRUE;
  /* The application must live until QEMU is gone, and it lives as long as it has windows: this one only hides. */
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  dio_machine_force_off (self->machine);
  dio_console_window_finish_closing (self);
}

void
dio_console_window_finish_closing (DioConsoleWindow *self)
{
  if (!self->closing || self->number > 0 || dio_console_window_is_alive (self))
    return;
  /* Not again from what ending the session notifies. */
  self->closing = FALSE;
  dio_session_close (self->session);
  gtk_window_destroy (GTK_WINDOW (self));
}

gboolean
dio_console_window_asks_to_close (DioConsoleWindow *self)
{
  return self->machine && self->number == 0 && dio_console_window_is_alive (self) && !self->disposable &&
         !self->closing && dio_console_window_get_state (self) != DIO_MACHINE_STARTING;
}

void
dio_console_window_end (DioConsoleWindow *self, gboolean at_once)
{
  if (!dio_console_window_is_alive (self))
    gtk_window_close (GTK_WINDOW (self));
  else if (at_once)
    force_off_and_close (self);
  else
    {
      self->closing = TRUE;
      dio_console_window_shut_down (self);
    }
}

static void
on_close_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  if (!g_str_equal (response, "cancel"))
    dio_console_window_end (user_data, g_str_equal (response, "force"));
}

AdwDialog *
dio_console_window_new_close_dialog (const char *heading, const char *body)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "force", _ ("_Force Off"),
                                  "shut-down", _ ("_Shut Down"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "force", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "shut-down", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "shut-down");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  return dialog;
}

static void
ask_close (DioConsoleWindow *self)
{
  g_autofree char *heading = g_strdup_printf (_ ("%s Is Running"), dio_console_window_get_name (self));
  AdwDialog *dialog = dio_console_window_new_close_dialog (
      heading,
      _ ("Its window cannot close while it runs. “Shut Down” asks its system to end all programs and turn off. "
         "“Force Off” ends it at once: what is not saved in it is lost."));

  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

gboolean
dio_console_window_close_request (GtkWindow *window)
{
  DioConsoleWindow *self = DIO_CONSOLE_WINDOW (window);

  if (self->number > 0)
    dio_screens_close (self->screens, self->number);
  else if (!self->machine || !dio_console_window_is_alive (self))
    {
      dio_session_close (self->session);
      gtk_window_destroy (window);
    }
  else if (self->disposable || dio_console_window_get_state (self) == DIO_MACHINE_STARTING)
    force_off_and_close (self);
  else if (!adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self)))
    ask_close (self);
  return GDK_EVENT_STOP;
}

static void
on_force_off_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  if (g_str_equal (response, "force") && dio_console_window_is_alive (self))
    dio_machine_force_off (self->machine);
}

void
dio_console_window_ask_force_off (DioConsoleWindow *self, GtkWidget *parent)
{
  g_autofree char *heading = g_strdup_printf (_ ("Force %s Off?"), dio_console_window_get_name (self));
  AdwDialog *dialog = adw_alert_dialog_new (
      heading,
      _ ("This is like pulling its plug: what is not saved in it is lost, and its system may have to repair its disk "
         "at the next start."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "force", _ ("_Force Off"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "force", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_force_off_response), self, 0);
  adw_dialog_present (dialog, parent);
}
