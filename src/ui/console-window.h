/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/application.h"

G_BEGIN_DECLS

/* The window of one machine: its picture, and what one can do with it. It owns the session: closing the window ends a
 * machine of ours (after asking) and leaves somebody else's alone. A machine with several screens has a further window
 * for each: closing one of those unplugs its screen, and they go with the first. */
#define DIO_TYPE_CONSOLE_WINDOW (dio_console_window_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleWindow, dio_console_window, DIO, CONSOLE_WINDOW, AdwApplicationWindow)

/* DISPOSABLE: nothing is lost when the machine ends; closing does not ask. */
DioConsoleWindow *dio_console_window_new (DioApplication *application, DioSession *session, gboolean disposable);
/* The window of another screen of the machine that FIRST shows, to be closed by dio_screens_close(). */
DioConsoleWindow *dio_console_window_new_further (DioConsoleWindow *first, guint number);
/* (transfer none) (nullable): the machine shown, if it is ours, this is its first screen's window, and that does not
 * only wait for its end. */
DioMachine *dio_console_window_get_machine (DioConsoleWindow *self);

G_END_DECLS
