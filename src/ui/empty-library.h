/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What the library shows when there is no machine: what one can do. Made when it is first needed: its illustration
 * takes time. */
#define DIO_TYPE_EMPTY_LIBRARY (dio_empty_library_get_type ())
G_DECLARE_FINAL_TYPE (DioEmptyLibrary, dio_empty_library, DIO, EMPTY_LIBRARY, AdwBin)

GtkWidget *dio_empty_library_new (void);

G_END_DECLS
