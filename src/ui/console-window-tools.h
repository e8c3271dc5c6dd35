/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-window.h"

G_BEGIN_DECLS

/* The disc with the guest tools, into the window's machine and out again; called by
 * dio_console_window_add_actions(). */
void dio_console_window_add_tools_actions (DioConsoleWindow *self);
/* Which of the two can be done; called by dio_console_window_update_actions(). */
void dio_console_window_update_tools (DioConsoleWindow *self);

G_END_DECLS
