/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"
#include "ui/console-window.h"

G_BEGIN_DECLS

/* Whose machine the window shows; its last picture is kept there. Once. */
void dio_console_window_set_library_machine (DioConsoleWindow *self, DioLibraryMachine *machine);
/* Its settings, which it has if it is of the library; called by dio_console_window_add_actions(). */
void dio_console_window_add_library_actions (DioConsoleWindow *self);
/* Opens its settings, at PAGE (nullable: the first). */
void dio_console_window_present_settings (DioConsoleWindow *self, const char *page);
/* That is of LIBRARY, a folder which is not among the user's places: offers to add it. Once. */
void dio_console_window_set_outside (DioConsoleWindow *self, DioLibrary *library);

G_END_DECLS
