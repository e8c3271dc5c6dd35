/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/viewport.h"
#include "session/session.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* The picture of one head: shows its newest frame, asks the guest for a picture of its own size, and hands keys and
 * pointer to it while "accept-input" is on.
 *
 * Properties: "head" (DioHead or NULL), "title" (string: the machine's name, for assistive technology), "resize-guest"
 * (boolean), "accept-input" (boolean: keys and pointer go to the guest), "dimmed" (boolean: grey, no longer live),
 * "has-picture" (boolean, read-only). Signals: "release" () when the user presses and lifts Ctrl+Alt, to leave the
 * picture; "toggle-fullscreen" () for Ctrl+Alt+Enter. */
#define DIO_TYPE_CONSOLE_VIEW (dio_console_view_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleView, dio_console_view, DIO, CONSOLE_VIEW, GtkWidget)

DioHead *dio_console_view_get_head (DioConsoleView *self); /* (transfer none) (nullable) */
void dio_console_view_set_head (DioConsoleView *self, DioHead *head);
void dio_console_view_set_title (DioConsoleView *self, const char *title);
void dio_console_view_set_state_text (DioConsoleView *self, const char *text);
gboolean dio_console_view_get_resize_guest (DioConsoleView *self);
void dio_console_view_set_resize_guest (DioConsoleView *self, gboolean resize_guest);
gboolean dio_console_view_get_accept_input (DioConsoleView *self);
void dio_console_view_set_accept_input (DioConsoleView *self, gboolean accept_input);
gboolean dio_console_view_get_dimmed (DioConsoleView *self);
void dio_console_view_set_dimmed (DioConsoleView *self, gboolean dimmed);
gboolean dio_console_view_get_has_picture (DioConsoleView *self);

/* For the input half. The point (X, Y) of the widget's surface, application pixels, as device pixels of the view;
 * returns where the picture lies in the view now. */
const DioViewport *dio_console_view_locate (DioConsoleView *self, double x, double y, double *view_x, double *view_y);
/* A point of the widget as one of its surface. */
void dio_console_view_to_surface (DioConsoleView *self, double *x, double *y);
/* Whether the host's pointer is over the picture, where it looks as the guest wants. */
void dio_console_view_set_hovered (DioConsoleView *self, gboolean hovered);

G_END_DECLS
