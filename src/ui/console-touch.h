/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-pointer.h"

G_BEGIN_DECLS

/* Fingers on a console view, from the first that comes down until the last is lifted: the guest's (DioGuestFingers),
 * its pointer (DioTouchPointer), or what zooms the picture (DioPinch); and those that come in from an edge of the
 * screen. Owned by DioConsoleInput. */
#define DIO_TYPE_CONSOLE_TOUCH (dio_console_touch_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleTouch, dio_console_touch, DIO, CONSOLE_TOUCH, GObject)

/* VIEW and POINTER outlive it. */
DioConsoleTouch *dio_console_touch_new (DioConsoleView *view, DioConsolePointer *pointer);
/* EVENT: of a touch screen, or a touchpad's pinch. Returns: GDK_EVENT_STOP if it is the view's. */
gboolean dio_console_touch_handle (DioConsoleTouch *self, GdkEvent *event);
/* The picture lies elsewhere now, or is of another size: under the guest's fingers there is something else. */
void dio_console_touch_picture_moved (DioConsoleTouch *self);
/* Forgets all fingers, and lifts what the guest believes to be down. */
void dio_console_touch_release_all (DioConsoleTouch *self);

G_END_DECLS
