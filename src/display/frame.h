/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-format.h"

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* One picture of a console, immutable once made: any thread may read it. */
typedef struct _DioFrame DioFrame;

#define DIO_TYPE_FRAME (dio_frame_get_type ())
GType dio_frame_get_type (void) G_GNUC_CONST;

DioFrame *dio_frame_ref (DioFrame *self);
void dio_frame_unref (DioFrame *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFrame, dio_frame_unref)

int dio_frame_get_width (DioFrame *self);   /* guest pixels, 1…16384 */
int dio_frame_get_height (DioFrame *self);  /* guest pixels, 1…16384 */
gsize dio_frame_get_stride (DioFrame *self); /* bytes from one row to the next */
DioPixelFormat dio_frame_get_format (DioFrame *self);
/* stride × height bytes; (transfer none) */
GBytes *dio_frame_get_bytes (DioFrame *self);
/* What differs from the frame that dio_framebuffer_take_frame() gave before, in pixels; the whole frame when there was
 * none of the same size and format. (transfer none) */
const cairo_region_t *dio_frame_get_damage (DioFrame *self);

G_END_DECLS
