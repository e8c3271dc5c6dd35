/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/dmabuf.h"
#include "display/frame.h"
#include "display/picture.h"

G_BEGIN_DECLS

/* Where the pixels of a picture are: what frames point to, and what lasts from one frame to the next. Shared by the
 * framebuffer and the frames; any thread, except where said. */
typedef struct _DioBuffer DioBuffer;

DioBuffer *dio_buffer_ref (DioBuffer *self);
void dio_buffer_unref (DioBuffer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioBuffer, dio_buffer_unref)

/* Takes over what PICTURE holds. */
DioBuffer *dio_buffer_new_bytes (DioPicture *picture);
/* Maps the memory file of SOURCE, which need not be kept open; it must be dio_pixel_source_is_mappable(). */
DioBuffer *dio_buffer_new_map (const DioPixelSource *source, GError **error);
/* Dups the descriptors of DMABUF, which was checked; its picture is WIDTH × HEIGHT. */
DioBuffer *dio_buffer_new_dmabuf (const DioDmabuf *dmabuf, int width, int height, GError **error);

/* Whether it is just that: the same memory with the same layout. */
gboolean dio_buffer_is_map_of (DioBuffer *self, const DioPixelSource *source);
gboolean dio_buffer_is_dmabuf_of (DioBuffer *self, const DioDmabuf *dmabuf, int width, int height);

guint64 dio_buffer_get_id (DioBuffer *self);
DioFrameKind dio_buffer_get_kind (DioBuffer *self);
int dio_buffer_get_width (DioBuffer *self);
int dio_buffer_get_height (DioBuffer *self);
/* How its pixels become what a frame gives; NULL: they cannot be read. */
const DioPixelConversion *dio_buffer_get_conversion (DioBuffer *self);
const DioDmabuf *dio_buffer_get_dmabuf (DioBuffer *self);
/* Whether each row begins on a word's boundary. */
gboolean dio_buffer_is_aligned (DioBuffer *self);

/* BYTES only, one writer at a time: waits until nobody reads. */
DioPicture *dio_buffer_begin_write (DioBuffer *self);
void dio_buffer_end_write (DioBuffer *self);

/* Top row and stride, in the buffer's own format. Readers do not keep each other out, and go before a writer: a mutex
 * is not fair, and a producer that writes most of the time would keep the window waiting. */
const guint8 *dio_buffer_begin_read (DioBuffer *self, gssize *ret_stride, GError **error);
void dio_buffer_end_read (DioBuffer *self);

G_END_DECLS
