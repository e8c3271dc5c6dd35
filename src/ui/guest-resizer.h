/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/console.h"

G_BEGIN_DECLS

/* Asks a guest for a picture of the size of its view: at once the first time, then when the view has come to rest. A
 * further screen is asked once even when that is not enabled, since that is what plugs it in. In a view that is smaller
 * than DIO_CONSOLE_MIN_WIDTH × DIO_CONSOLE_MIN_HEIGHT, as one is that has not been laid out, the guest's picture stays
 * as it is. */
#define DIO_TYPE_GUEST_RESIZER (dio_guest_resizer_get_type ())
G_DECLARE_FINAL_TYPE (DioGuestResizer, dio_guest_resizer, DIO, GUEST_RESIZER, GObject)

DioGuestResizer *dio_guest_resizer_new (void);

/* CONSOLE: (nullable). Another console, or the same again, is asked afresh. */
void dio_guest_resizer_set_console (DioGuestResizer *self, DioConsole *console);
void dio_guest_resizer_set_enabled (DioGuestResizer *self, gboolean enabled);
/* The view's size now: device pixels (not positive: not on screen) and millimetres (0: unknown). */
void dio_guest_resizer_update (DioGuestResizer *self, int width, int height, int width_mm, int height_mm);

G_END_DECLS
