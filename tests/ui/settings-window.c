/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* settings-window PLACE [PAGE [start]]: Diorama, with the settings of the first machine in PLACE open, which is started
 * before with “start”. */
#include "library/library.h"
#include "ui/settings-dialog.h"

typedef struct
{
  DioApplication *application;
  DioLibrary *library;
  const char *page;
  gboolean start;
} Fixture;

static void
show_settings (Fixture *self, DioLibraryMachine *machine)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self->application));

  dio_settings_dialog_present_page (GTK_WIDGET (window), self->application, machine, self->page);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) machine = dio_library_machine_prepare_finish (DIO_LIBRARY_MACHINE (source), result, &error);
  g_autoptr (DioSession) session = NULL;

  g_assert_no_error (error);
  session = dio_session_new_for_machine (machine);
  dio_application_show_session (self->application, session);
  dio_machine_start (machine);
  show_settings (self, DIO_LIBRARY_MACHINE (source));
}

static void
on_loaded (Fixture *self)
{
  g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (self->library), 0);

  g_assert_nonnull (machine);
  if (self->start)
    dio_library_machine_prepare_async (machine, FALSE, NULL, on_prepared, self);
  else
    show_settings (self, machine);
}

static void
on_activate (Fixture *self)
{
  g_signal_connect_swapped (self->library, "notify::loading", G_CALLBACK (on_loaded), self);
  if (!dio_library_get_loading (self->library))
    on_loaded (self);
}

int
main (int argc, char **argv)
{
  const char *places[] = { argv[1], NULL };
  g_autoptr (DioApplication) application = dio_application_new ();
  g_autoptr (DioLibrary) library = NULL;
  Fixture self = { application, .page = argc > 2 ? argv[2] : NULL, .start = argc > 3 };

  g_assert (argc > 1);
  library = self.library = dio_library_new (places);
  g_signal_connect_data (application, "activate", G_CALLBACK (on_activate), &self, NULL,
                         G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  return dio_application_run (application, 1, argv);
}
