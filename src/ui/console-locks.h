/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* Keeps Caps, Num and Scroll Lock of a guest and of the host the same while the guest has the keyboard: the guest's
 * follow the host's when it gets it and when the host's change. What the guest changes by itself the host follows with
 * X11; Wayland has no way for that. Scroll Lock leads nowhere from a host whose layout has
 * none.
 *
 * Property "apart" (DioLocks, read-only, notify): those of the guest's that have not been as the host's for a second,
 * while it has the keyboard. Owned by DioConsoleInput. */
#define DIO_TYPE_CONSOLE_LOCKS (dio_console_locks_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleLocks, dio_console_locks, DIO, CONSOLE_LOCKS, GObject)

/* VIEW outlives it. */
DioConsoleLocks *dio_console_locks_new (DioConsoleView *view);
/* The guest has the keyboard, or not any more. */
void dio_console_locks_set_focused (DioConsoleLocks *self, gboolean focused);
/* The view has another head, or accepts input, or does not. */
void dio_console_locks_update (DioConsoleLocks *self);

G_END_DECLS
