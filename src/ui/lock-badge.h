/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* Over a picture that holds the pointer: says so, and how it comes back; activated, or when a finger or a pen comes
 * down beside the picture, it gives it back. Property "view" (DioConsoleView, to be set once). */
#define DIO_TYPE_LOCK_BADGE (dio_lock_badge_get_type ())
G_DECLARE_FINAL_TYPE (DioLockBadge, dio_lock_badge, DIO, LOCK_BADGE, GtkButton)

G_END_DECLS
