/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/display-stats.h"
#include "display/frame.h"

G_BEGIN_DECLS

/* The present picture of one console, whatever it came in. The listener's thread writes it, readers
 * (display/frame-reader.h) take frames out of it; what lies between is bounded, whatever the guest's rate. Never blank
 * it on "Disable" at once: a scanout that follows within 250 ms replaces the picture without a gap. */
#define DIO_TYPE_FRAMEBUFFER (dio_framebuffer_get_type ())
G_DECLARE_FINAL_TYPE (DioFramebuffer, dio_framebuffer, DIO, FRAMEBUFFER, GObject)

/* Properties, notified in the main context that made it: "width", "height" (int, of the last picture, 0 before the
 * first), "active" (boolean: the guest has a picture on this console), "refused" (boolean: it has a newer one than the
 * present one, which could not be taken). */
DioFramebuffer *dio_framebuffer_new (void);

int dio_framebuffer_get_width (DioFramebuffer *self);
int dio_framebuffer_get_height (DioFramebuffer *self);
gboolean dio_framebuffer_get_active (DioFramebuffer *self);
gboolean dio_framebuffer_get_refused (DioFramebuffer *self);

/* The present picture, all of it damaged and nobody waiting for it, for a screenshot. (transfer full) (nullable) */
DioFrame *dio_framebuffer_peek (DioFramebuffer *self);

/* What went through so far. Any thread. */
void dio_framebuffer_get_stats (DioFramebuffer *self, DioDisplayStats *ret_stats);

G_END_DECLS
