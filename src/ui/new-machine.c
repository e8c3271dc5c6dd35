/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/new-machine.h"

#include "ui/new-machine-dialog.h"

/* Until the library has seen a machine that was made; a place on a network may take its time. */
#define SEEN_TIMEOUT_S 10

/* A machine that is to be started as soon as the library has it. */
typedef struct
{
  DioApplication *application;
  GFile *folder;
  gulong changed_id;
  guint timeout_id;
} Start;

static void
start_now (Start *start)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (start->application));

  g_clear_signal_handler (&start->changed_id, dio_application_get_library (start->application));
  g_clear_handle_id (&start->timeout_id, g_source_remove);
  dio_application_open_images (start->application, window, &start->folder, 1);
  g_application_release (G_APPLICATION (start->application));
  g_clear_object (&start->folder);
  g_clear_object (&start->application);
  g_free (start);
}

static void
on_timeout (gpointer user_data)
{
  Start *start = user_data;

  start->timeout_id = 0;
  start_now (start);
}

static void
on_items_changed (DioLibrary *library, guint position, guint removed, guint added, gpointer user_data)
{
  Start *start = user_data;

  if (dio_library_find_file (library, start->folder))
    start_now (start);
}

static void
on_created (DioApplication *application, const char *folder, gboolean start)
{
  DioLibrary *library = dio_application_get_library (application);
  Start *later;

  if (!start)
    return;
  g_application_hold (G_APPLICATION (application));
  later = g_new0 (Start, 1);
  later->application = g_object_ref (application);
  later->folder = g_file_new_for_path (folder);
  later->changed_id = g_signal_connect (library, "items-changed", G_CALLBACK (on_items_changed), later);
  later->timeout_id = g_timeout_add_seconds_once (SEEN_TIMEOUT_S, on_timeout, later);
  on_items_changed (library, 0, 0, 0, later);
}

void
dio_new_machine_present (DioApplication *application, GFile *file)
{
  DioNewMachineDialog *dialog;
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (!parent)
    dio_application_show_library (application);
  parent = gtk_application_get_active_window (GTK_APPLICATION (application));
  dialog = dio_new_machine_dialog_new (dio_application_get_library (application));
  g_signal_connect_object (dialog, "created", G_CALLBACK (on_created), application, G_CONNECT_SWAPPED);
  if (file)
    dio_new_machine_dialog_use_file (dialog, file);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (parent));
}
