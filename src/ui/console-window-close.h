/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-window.h"

G_BEGIN_DECLS

/* How a console window closes, and asks before. */
gboolean dio_console_window_close_request (GtkWindow *window);
void dio_console_window_ask_force_off (DioConsoleWindow *self, GtkWidget *parent); /* over which it asks */
/* Whether its machine runs and something could be lost with it. */
gboolean dio_console_window_asks_to_close (DioConsoleWindow *self);
/* Closes the window when the machine is off, which it is told to be AT_ONCE or by its power button. */
void dio_console_window_end (DioConsoleWindow *self, gboolean at_once);
/* The question: responses "cancel", "force" and "shut-down". (transfer floating) */
AdwDialog *dio_console_window_new_close_dialog (const char *heading, const char *body);
/* Closes the window for good if that was waiting for the machine to be off. */
void dio_console_window_finish_closing (DioConsoleWindow *self);

G_END_DECLS
