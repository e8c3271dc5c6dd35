/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* What the user does over or in a console view: hands each event to keys (console-keys.h), pointer (console-pointer.h)
 * or fingers (console-touch.h). Owned by the view, which outlives it. */
#define DIO_TYPE_CONSOLE_INPUT (dio_console_input_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleInput, dio_console_input, DIO, CONSOLE_INPUT, GObject)

DioConsoleInput *dio_console_input_new (DioConsoleView *view);
/* The picture has moved under the pointer: the guest is told where it is now. */
void dio_console_input_follow (DioConsoleInput *self);
/* The picture lies elsewhere in the view now, or is of another size. */
void dio_console_input_picture_moved (DioConsoleInput *self);
/* Whether the host's pointer is held (console-lock.h). */
gboolean dio_console_input_get_pointer_locked (DioConsoleInput *self);
/* The guest's relative pointer is at (X, Y) of the surface; it has become absolute, or relative. */
void dio_console_input_pointer_is_at (DioConsoleInput *self, double x, double y);
void dio_console_input_pointer_mode_changed (DioConsoleInput *self);
/* The guest has stopped listening: lifts everything; or it has begun again: once more what it has not heard. */
void dio_console_input_set_heard (DioConsoleInput *self, gboolean heard);
/* The view is about to have another head. */
void dio_console_input_head_changes (DioConsoleInput *self);
/* Lifts every key, button and finger that the guest believes to be down. */
void dio_console_input_release_all (DioConsoleInput *self);

G_END_DECLS
