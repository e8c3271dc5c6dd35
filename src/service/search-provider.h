/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

G_BEGIN_DECLS

/* The machines in the search of GNOME Shell (org.gnome.Shell.SearchProvider2). Main thread.
 * Signals: "chosen" (DioLibraryMachine): it shall be shown, started if it does not run; "search" (GStrv): the library
 * shall be shown, searched for these terms. */
#define DIO_TYPE_SEARCH_PROVIDER (dio_search_provider_get_type ())
G_DECLARE_FINAL_TYPE (DioSearchProvider, dio_search_provider, DIO, SEARCH_PROVIDER, GObject)

/* The library is made only for those who search. (transfer none) */
typedef DioLibrary *(*DioSearchProviderLibrary) (gpointer user_data);

DioSearchProvider *dio_search_provider_new (DioSearchProviderLibrary get_library, gpointer user_data);
/* PATH: the object's, as data/…search-provider.ini has it. Calls wait until the library is loaded. */
gboolean dio_search_provider_export (DioSearchProvider *self, GDBusConnection *bus, const char *path, GError **error);
void dio_search_provider_unexport (DioSearchProvider *self);

G_END_DECLS
