/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* What the user does over or in a console view, told to the head's keyboard and mouse. While the view has the focus and
 * accepts input, every key is the guest's, but for Ctrl+Alt pressed and lifted alone, Ctrl+Alt+Enter and Ctrl+Alt+F12,
 * which the view tells by its signals, and what zooms with Ctrl+Alt. Owned by the view, which outlives it. */
#define DIO_TYPE_CONSOLE_INPUT (dio_console_input_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleInput, dio_console_input, DIO, CONSOLE_INPUT, GObject)

DioConsoleInput *dio_console_input_new (DioConsoleView *view);
/* The picture has moved under the pointer: the guest is told where it is now. */
void dio_console_input_follow (DioConsoleInput *self);
void dio_console_input_set_head (DioConsoleInput *self, DioHead *head);
/* Lifts every key and button that the guest believes to be down. */
void dio_console_input_release_all (DioConsoleInput *self);

G_END_DECLS
