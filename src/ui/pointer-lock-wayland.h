/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/pointer-lock.h"

G_BEGIN_DECLS

/* By the protocols pointer-constraints and relative-pointer (both unstable v1), on GDK's own connection. */
#define DIO_TYPE_POINTER_LOCK_WAYLAND (dio_pointer_lock_wayland_get_type ())
G_DECLARE_FINAL_TYPE (DioPointerLockWayland, dio_pointer_lock_wayland, DIO, POINTER_LOCK_WAYLAND, DioPointerLock)

/* Whether the compositor has both is known a moment later; without, a lock never becomes active. */
DioPointerLock *dio_pointer_lock_wayland_new (GdkDisplay *display);

G_END_DECLS
