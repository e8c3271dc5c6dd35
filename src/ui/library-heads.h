/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The heads of the columns of the library as a list; each sorts by its column, and again the other way round. Follows,
 * and writes, the settings "library-sort" and "library-sort-reversed". It is as wide as a row of DioMachineTile, whose
 * columns (DIO_COLUMN_…) it has. */
#define DIO_TYPE_LIBRARY_HEADS (dio_library_heads_get_type ())
G_DECLARE_FINAL_TYPE (DioLibraryHeads, dio_library_heads, DIO, LIBRARY_HEADS, AdwBin)

GtkWidget *dio_library_heads_new (GSettings *settings);

G_END_DECLS
