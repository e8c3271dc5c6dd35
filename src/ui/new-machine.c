/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/new-machine.h"

#include "ui/new-machine-dialog.h"

static void
on_created (DioApplication *application, const char *folder, gboolean start)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);

  if (start)
    dio_application_open_images (application, gtk_application_get_active_window (GTK_APPLICATION (application)), &file,
                                 1);
}

void
dio_new_machine_present (DioApplication *application)
{
  DioNewMachineDialog *dialog;
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (!parent)
    dio_application_show_library (application);
  parent = gtk_application_get_active_window (GTK_APPLICATION (application));
  dialog = dio_new_machine_dialog_new (dio_application_get_library (application));
  g_signal_connect_object (dialog, "created", G_CALLBACK (on_created), application, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent));
}
