/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/quit.h"

#include "ui/console-window-private.h"
#include "ui/machine-opener.h"

#include <glib/gi18n.h>

static gpointer
copy_ref (gconstpointer object, gpointer user_data)
{
  return g_object_ref ((gpointer) object);
}

static void
close_all (DioApplication *application, gboolean at_once)
{
  g_autolist (GtkWindow) windows =
      g_list_copy_deep (gtk_application_get_windows (GTK_APPLICATION (application)), copy_ref, NULL);

  dio_machine_opener_give_up ();
  /* The windows of further screens go with the first. */
  for (GList *l = windows; l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && dio_console_window_asks_to_close (l->data))
      dio_console_window_end (l->data, at_once);
    else if (!DIO_IS_CONSOLE_WINDOW (l->data) || DIO_CONSOLE_WINDOW (l->data)->number == 0)
      gtk_window_close (l->data);
}

static void
on_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  if (!g_str_equal (response, "cancel"))
    close_all (user_data, g_str_equal (response, "force"));
}

static AdwDialog *
new_question (DioConsoleWindow *first, guint n)
{
  g_autofree char *heading =
      n == 1 ? g_strdup_printf (_ ("%s Is Running"), dio_console_window_get_name (first))
             : g_strdup_printf (ngettext ("%u Machine Is Running", "%u Machines Are Running", n), n);

  return dio_console_window_new_close_dialog (
      heading, n == 1 ? _ ("Diorama cannot quit while it runs. “Shut Down” asks its system to end all programs and "
                           "turn off. “Force Off” ends it at once: what is not saved in it is lost.")
                      : _ ("Diorama cannot quit while they run. “Shut Down” asks their systems to end all programs and "
                           "turn off. “Force Off” ends them at once: what is not saved in them is lost."));
}

void
dio_quit (DioApplication *application)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (application));
  DioConsoleWindow *first = NULL;
  AdwDialog *dialog;
  guint n = 0;

  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && dio_console_window_asks_to_close (l->data))
      {
        first = first ? first : l->data;
        n++;
      }
  if (n == 0)
    {
      close_all (application, FALSE);
      return;
    }

  if (!ADW_IS_APPLICATION_WINDOW (active))
    active = GTK_WINDOW (first);
  /* Asked already? */
  if (ADW_IS_ALERT_DIALOG (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (active))))
    return;
  dialog = new_question (first, n);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), application, 0);
  adw_dialog_present (dialog, GTK_WIDGET (active));
}
