/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* The few buffers that frames of one size take turns in. Each knows what has changed since it was filled last, so that
 * filling it again costs that much only. Any thread. */
typedef struct _DioFramePool DioFramePool;

DioFramePool *dio_frame_pool_new (int width, int height, gsize stride);
void dio_frame_pool_unref (DioFramePool *self);

/* RECT of the picture has changed: it is stale in every buffer. */
void dio_frame_pool_damage (DioFramePool *self, const cairo_rectangle_int_t *rect);

/* A buffer that nobody reads, or NULL when there is no memory. *RET_STALE (transfer full) is what has to be written to
 * *RET_DATA (until the bytes are given away) to make it the present picture. The buffer returns when the bytes are
 * freed, in whatever thread; they keep the pool alive. */
GBytes *dio_frame_pool_take (DioFramePool *self, guint8 **ret_data, cairo_region_t **ret_stale);

G_END_DECLS
