/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/framebuffer.h"

G_BEGIN_DECLS

/* A small copy of a console's picture that follows it, at a distance: at most one look in INTERVAL_MS, and none while
 * nobody is interested or the guest draws nothing (then there is no timer either). It reads what the listener brings
 * anyway, never keeps the guest waiting, and computes anew only what the damage covers, in another thread, in slices,
 * so that the listener never waits long for it. Without a picture any more it keeps the last. Used in the main context
 * that made it.
 *
 * Signal: "changed" (): there is another picture. */
#define DIO_TYPE_THUMBNAIL (dio_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (DioThumbnail, dio_thumbnail, DIO, THUMBNAIL, GObject)

/* Draws the present picture WIDTH × HEIGHT pixels large into PIXELS (B, G, R, any; STRIDE bytes a row). FALSE: cannot.
 */
typedef gboolean (*DioThumbnailDraw) (int width, int height, guint8 *pixels, gsize stride, gpointer user_data);

/* MAX_SIZE: pixels a side, at most. */
DioThumbnail *dio_thumbnail_new (DioFramebuffer *framebuffer, int max_size, guint interval_ms);

/* Off at first: whether somebody looks. */
void dio_thumbnail_set_active (DioThumbnail *self, gboolean active);

/* How to come by pictures that the processor cannot read; without it there are none of those. */
void dio_thumbnail_set_draw (DioThumbnail *self, DioThumbnailDraw draw, gpointer user_data);

/* The newest small picture: B, G, R and 255 in a byte each, rows without gaps; NULL before the first.
 * (transfer none) (nullable) */
GBytes *dio_thumbnail_get_picture (DioThumbnail *self, int *ret_width, int *ret_height);

/* Microseconds until there may be another look at NOW, where the last was at LAST (monotonic, 0: never). */
gint64 dio_thumbnail_get_wait (gint64 last, gint64 now, guint interval_ms);

G_END_DECLS
