/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/usb-manager.h"
#include "ui/console-window.h"

G_BEGIN_DECLS

/* Adds the window's machine to those that can have USB devices of this computer, if it is ours: the button with their
 * list in the header bar, what is asked when one is plugged in, what is told. */
void dio_console_window_setup_usb (DioConsoleWindow *self);
/* The machine's session that a window shows, which then takes part in the application's USB manager. (transfer none)
 * (nullable) */
DioSession *dio_console_window_find_session (DioApplication *application, DioMachine *machine);

G_END_DECLS
