/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-pointer.h"

G_BEGIN_DECLS

/* When a console view holds the host's pointer (pointer-lock.h): from a press on the picture of a machine whose pointer
 * knows only ways, until it is released, or both buttons of the mouse are held for a second
 * without a motion. Owned by DioConsoleInput.
 * Property "active" (boolean, read-only, notify). */
#define DIO_TYPE_CONSOLE_LOCK (dio_console_lock_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleLock, dio_console_lock, DIO, CONSOLE_LOCK, GObject)

/* VIEW and POINTER outlive it. */
DioConsoleLock *dio_console_lock_new (DioConsoleView *view, DioConsolePointer *pointer);
/* A button, key or wheel of that TIME is about to be handled: what was moved until then goes first. */
void dio_console_lock_flush (DioConsoleLock *self, guint32 time);
/* EVENT: a press on the picture, after that. */
void dio_console_lock_take (DioConsoleLock *self, GdkEvent *event);
/* After each button. */
void dio_console_lock_buttons_changed (DioConsoleLock *self);
gboolean dio_console_lock_get_active (DioConsoleLock *self);
/* At once. Nothing when there is no lock. */
void dio_console_lock_release (DioConsoleLock *self);
/* The guest's pointer is at (X, Y) of the surface, application pixels: there the host's comes back. */
void dio_console_lock_follow (DioConsoleLock *self, double x, double y);

G_END_DECLS
