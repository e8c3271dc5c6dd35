/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

G_BEGIN_DECLS

/* The present picture of one console. The listener's thread writes it, the window's thread takes frames out of it; what
 * lies between is bounded by two or three frames, whatever the guest's rate. Never blank it on "Disable" at once: a
 * scanout that follows within 250 ms replaces the picture without a gap. */
#define DIO_TYPE_FRAMEBUFFER (dio_framebuffer_get_type ())
G_DECLARE_FINAL_TYPE (DioFramebuffer, dio_framebuffer, DIO, FRAMEBUFFER, GObject)

/* Signals, emitted in the main context that made it: "changed" (there is something to take; emitted at most once until
 * the next take). Properties, notified there too: "width", "height" (int, 0 while there is no picture), "active"
 * (boolean: the guest has a picture on this console). */
DioFramebuffer *dio_framebuffer_new (void);

int dio_framebuffer_get_width (DioFramebuffer *self);
int dio_framebuffer_get_height (DioFramebuffer *self);
gboolean dio_framebuffer_get_active (DioFramebuffer *self);

/* The newest picture, or NULL when nothing has changed since the last call. The cost is that of what changed. Keep at
 * most two frames at a time: a third makes the framebuffer copy a whole picture. (transfer full) (nullable) */
DioFrame *dio_framebuffer_take_frame (DioFramebuffer *self);

/* The newest picture whether or not it was taken before, for a screenshot; does not disturb take_frame(). Copies.
 * (transfer full) (nullable) */
DioFrame *dio_framebuffer_copy_frame (DioFramebuffer *self);

G_END_DECLS
