/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* Where machines are found and begun. */
#define DIO_TYPE_LIBRARY_WINDOW (dio_library_window_get_type ())
G_DECLARE_FINAL_TYPE (DioLibraryWindow, dio_library_window, DIO, LIBRARY_WINDOW, AdwApplicationWindow)

DioLibraryWindow *dio_library_window_new (DioApplication *application);
/* Shows what TEXT finds. */
void dio_library_window_search (DioLibraryWindow *self, const char *text);

G_END_DECLS
