/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* What a view has for its input half: keys, pointer, fingers, and what lies over the picture for them. */

/* The head, while the view accepts input for it; else NULL. (transfer none) */
DioHead *dio_console_view_get_input_head (DioConsoleView *self);
/* Lifts every key, button and finger that the guest believes to be down, and lets the host's pointer go. */
void dio_console_view_release_input (DioConsoleView *self);
/* The point (X, Y) of the widget's surface, application pixels, as device pixels of the view;
 * returns where the picture lies in the view now. */
const DioViewport *dio_console_view_locate (DioConsoleView *self, double x, double y, double *view_x, double *view_y);
/* A point of the widget as one of its surface. */
void dio_console_view_to_surface (DioConsoleView *self, double *x, double *y);
/* Fingers hold the picture at this point of the view (device pixels); then move it there, SCALE times as large. */
void dio_console_view_grip (DioConsoleView *self, double view_x, double view_y);
void dio_console_view_move_grip (DioConsoleView *self, double view_x, double view_y, double scale);
/* Does what KEYVAL (evdev code CODE) means together with Ctrl+Alt. Returns: whether it means something. */
gboolean dio_console_view_zoom_key (DioConsoleView *self, guint keyval, guint code);
/* The pointer is at the point (X, Y) of the surface: at the edge of the view it pushes a larger picture along, for as
 * long as it stays; until it leaves. */
void dio_console_view_push_edge (DioConsoleView *self, double x, double y);
void dio_console_view_leave_edge (DioConsoleView *self);
DioTouchRing *dio_console_view_get_ring (DioConsoleView *self); /* (transfer none) */
void dio_console_view_pointer_lock_changed (DioConsoleView *self);
/* Whether the host's pointer is over the picture, where it looks as the guest wants. */
void dio_console_view_set_hovered (DioConsoleView *self, gboolean hovered);

G_END_DECLS
