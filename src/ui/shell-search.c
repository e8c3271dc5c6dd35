/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/shell-search.h"

#include "ui/library-window.h"
#include "ui/machine-opener.h"

static DioLibrary *
get_library (gpointer application)
{
  return dio_application_get_library (application);
}

static void
on_chosen (DioSearchProvider *provider, DioLibraryMachine *machine, DioApplication *application)
{
  dio_machine_opener_open (application, NULL, machine, FALSE);
}

static void
on_search (DioSearchProvider *provider, const char *const *terms, DioApplication *application)
{
  g_autofree char *text = g_strjoinv (" ", (char **) terms);

  dio_application_show_library (application);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    if (DIO_IS_LIBRARY_WINDOW (l->data))
      dio_library_window_search (l->data, text);
}

DioSearchProvider *
dio_shell_search_new (DioApplication *application)
{
  DioSearchProvider *provider = dio_search_provider_new (get_library, application);

  g_signal_connect_object (provider, "chosen", G_CALLBACK (on_chosen), application, 0);
  g_signal_connect_object (provider, "search", G_CALLBACK (on_search), application, 0);
  return provider;
}
