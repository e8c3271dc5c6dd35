/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/dmabuf.h"
#include "display/pixel-format.h"

#include <cairo.h>
#include <gio/gio.h>

G_BEGIN_DECLS

/* One picture of a console: where its pixels are, and what is new since the frame before. What a frame says of itself
 * never changes and any thread may ask; the pixels are the guest's, and may become newer than the frame (the damage
 * that tells of it comes with a later one), never older. */
typedef struct _DioFrame DioFrame;

typedef enum
{
  DIO_FRAME_BYTES,  /* memory of ours, which the listener writes */
  DIO_FRAME_MAP,    /* memory that QEMU shares and cannot take away from under us */
  DIO_FRAME_DMABUF, /* a buffer of the graphics driver's, or of /dev/udmabuf */
} DioFrameKind;

#define DIO_TYPE_FRAME (dio_frame_get_type ())
GType dio_frame_get_type (void) G_GNUC_CONST;

DioFrame *dio_frame_ref (DioFrame *self);
/* The last reference of one that was not consumed consumes it. */
void dio_frame_unref (DioFrame *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFrame, dio_frame_unref)

DioFrameKind dio_frame_get_kind (DioFrame *self);
int dio_frame_get_width (DioFrame *self);  /* guest pixels, 1…16384 */
int dio_frame_get_height (DioFrame *self); /* guest pixels, 1…16384 */
/* What differs from the frame that the same reader took before, in pixels of the picture, row 0 on top; all of it when
 * there was none, or one of another size, kind or format. (transfer none) */
const cairo_region_t *dio_frame_get_damage (DioFrame *self);
/* Tells buffers apart: frames of the same number have their pixels in the same place, so that what was imported or
 * mapped for one serves the others. Never 0, never used again for another buffer. A double-buffered guest comes back to
 * the same two numbers. */
guint64 dio_frame_get_buffer_id (DioFrame *self);

/* Of kind DMABUF; NULL otherwise. (transfer none) */
const DioDmabuf *dio_frame_get_dmabuf (DioFrame *self);

/* --- pixels for the processor --- */

/* Whether they can be had at all: not those of a dma-buf with a layout of the graphics card's own. */
gboolean dio_frame_is_readable (DioFrame *self);
/* Of what map() and read() give. */
DioPixelFormat dio_frame_get_format (DioFrame *self);
/* Whether map() gives the buffer's own pixels, rather than a copy of all of it, converted, each time: then
 * dio_frame_read() of the damage costs less. */
gboolean dio_frame_is_direct (DioFrame *self);
/* Whether each row of those begins on a word's boundary, as it always does in BYTES and MAP. */
gboolean dio_frame_is_aligned (DioFrame *self);
/* The first pixel of the top row, and the bytes from one row to the next one below, which are negative for a buffer
 * that is stored bottom row first. Valid until dio_frame_unmap(), which must follow soon and in the same thread: the
 * listener waits meanwhile (BYTES). One thread at a time maps a frame; frames of one buffer do not keep each other out.
 * NULL with an error where the pixels cannot be had. */
const guint8 *dio_frame_map (DioFrame *self, gssize *ret_stride, GError **error);
void dio_frame_unmap (DioFrame *self);
/* Copies the rectangle, which must lie inside. */
gboolean dio_frame_read (DioFrame *self, const cairo_rectangle_int_t *rect, guint8 *target, gsize target_stride,
                         GError **error);

/* --- pacing --- */

/* The pixels were read for the last time on behalf of this frame, so that the guest may write its next picture over
 * what this one's reader does not need any more. QEMU's calls that wait for it are answered. Call it once; later calls
 * do nothing. For a flip (a buffer_id other than the frame's before) that is when the buffer before is no longer read,
 * for the same buffer when the graphics card has read it. Any thread. */
void dio_frame_consumed (DioFrame *self);

G_END_DECLS
