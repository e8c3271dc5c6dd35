/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/pointer-lock.h"

G_BEGIN_DECLS

/* By XInput 2: the pointer is grabbed and put back to where it was, and raw motion tells how the mouse moves. */
#define DIO_TYPE_POINTER_LOCK_X11 (dio_pointer_lock_x11_get_type ())
G_DECLARE_FINAL_TYPE (DioPointerLockX11, dio_pointer_lock_x11, DIO, POINTER_LOCK_X11, DioPointerLock)

/* Returns: (nullable): NULL where the server has no XInput 2. */
DioPointerLock *dio_pointer_lock_x11_new (GdkDisplay *display);

G_END_DECLS
