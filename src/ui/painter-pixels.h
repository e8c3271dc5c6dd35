/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

G_BEGIN_DECLS

/* The present picture's pixels as painters read them: those of the frame itself where they serve as they are; a copy of
 * ours, kept up by damage, where the format must be another or the picture smaller. Main thread only. A picture that is
 * shown at less than half its size is halved first, as often as it takes, each pixel the mean of those that it stands
 * for: what is drawn of it then needs no more than linear filtering, and less of it is uploaded. */
typedef struct _DioPainterPixels DioPainterPixels;

/* A picture is halved this often at most. */
#define DIO_PAINTER_PIXELS_MAX_LEVEL 4

typedef struct
{
  const guint8 *data; /* the top row */
  gssize stride;      /* bytes to the next row below */
  DioPixelFormat format;
} DioPixelView;

/* NATIVE: only B8G8R8X8 with rows of whole, aligned words will do, as cairo's image surfaces want it. */
DioPainterPixels *dio_painter_pixels_new (gboolean native);
DioPainterPixels *dio_painter_pixels_ref (DioPainterPixels *self);
void dio_painter_pixels_unref (DioPainterPixels *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioPainterPixels, dio_painter_pixels_unref)

/* FRAME, of which a reference is kept, follows the one before. Afterwards get_damage() tells what is new in the pixels,
 * all of them when anything about their shape is. Fails when FRAME cannot be read. */
gboolean dio_painter_pixels_take (DioPainterPixels *self, DioFrame *frame, GError **error);
/* From now on halved LEVEL times. TRUE when that is something new: then all is damaged. */
gboolean dio_painter_pixels_set_level (DioPainterPixels *self, int level);
/* How often a picture that is drawn FACTOR times as large should be halved. */
int dio_painter_pixels_choose_level (double factor);

int dio_painter_pixels_get_width (DioPainterPixels *self); /* of the pixels: halved where the picture is */
int dio_painter_pixels_get_height (DioPainterPixels *self);
/* Of the last take(), or all after a new level. (transfer none) */
const cairo_region_t *dio_painter_pixels_get_damage (DioPainterPixels *self);

/* The pixels; valid until end(), which must follow soon. */
gboolean dio_painter_pixels_begin (DioPainterPixels *self, DioPixelView *ret_view, GError **error);
void dio_painter_pixels_end (DioPainterPixels *self);

G_END_DECLS
