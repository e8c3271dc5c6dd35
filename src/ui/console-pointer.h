/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* The pointer over a console view, its buttons and wheel, told to the head's mouse; also what fingers and pens do in
 * its stead. Owned by DioConsoleInput. */
#define DIO_TYPE_CONSOLE_POINTER (dio_console_pointer_get_type ())
G_DECLARE_FINAL_TYPE (DioConsolePointer, dio_console_pointer, DIO, CONSOLE_POINTER, GObject)

/* VIEW outlives it. */
DioConsolePointer *dio_console_pointer_new (DioConsoleView *view);
/* EVENT: motion, button or scrolling, while the view accepts input. */
void dio_console_pointer_handle (DioConsolePointer *self, GdkEvent *event);
/* It came to (X, Y) of the widget without a motion; it left. */
void dio_console_pointer_enter (DioConsolePointer *self, double x, double y);
void dio_console_pointer_leave (DioConsolePointer *self);
/* The picture has moved under the pointer: the guest is told where it is now. */
void dio_console_pointer_follow (DioConsolePointer *self);

/* Tells the guest where the pointer is, at (X, Y) of the surface (application pixels); beside the picture, its nearest
 * edge, so that a quick hand reaches it. Returns: whether the point is on the picture. */
gboolean dio_console_pointer_point (DioConsolePointer *self, double surface_x, double surface_y);
/* The next point is the first of a new motion: for a relative pointer, which knows only ways. */
void dio_console_pointer_restart (DioConsolePointer *self);
/* BUTTON: a DioMouseButton. */
void dio_console_pointer_set_button (DioConsolePointer *self, DioMouseButton button, gboolean down);
/* Motion that waits for the next frame goes now: before a key. */
void dio_console_pointer_flush (DioConsolePointer *self);
/* Those that are down, a bit for each DioMouseButton. */
guint dio_console_pointer_get_buttons (DioConsolePointer *self);
/* Scrolls by clicks, or parts of them, right and down. */
void dio_console_pointer_scroll (DioConsolePointer *self, double dx, double dy);
/* While held (console-lock.h), the host's pointer stands still and its place means nothing; the way it goes comes by
 * dio_console_pointer_move(), in counts of the mouse, right and down as seen on the screen. */
void dio_console_pointer_set_held (DioConsolePointer *self, gboolean held);
void dio_console_pointer_move (DioConsolePointer *self, double dx, double dy);
/* The guest's pointer has become one of another kind. */
void dio_console_pointer_mode_changed (DioConsolePointer *self);
/* Lifts every button that the guest believes to be down. */
void dio_console_pointer_release_all (DioConsolePointer *self);

G_END_DECLS
