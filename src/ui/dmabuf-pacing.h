/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

G_BEGIN_DECLS

/* When frames in dma-bufs are consumed: the guest may then write to a buffer that we were reading. That is when the
 * window was painted with the frame and, as far as the kernel can tell, the graphics card has read the buffer that the
 * guest may have next:
 * - The same, where the frame before was in it, too. Where the kernel cannot tell, painted is all there is to wait for:
 *   we keep its texture.
 * - The one before, where the guest changes between buffers. When its last texture is gone it is done with at any rate;
 *   GSK may keep that for some frames more, but what it does not draw any more it does not read.
 *
 * Frames are consumed in their order. Main thread only. */
typedef struct _DioDmabufPacing DioDmabufPacing;

DioDmabufPacing *dio_dmabuf_pacing_new (void);
DioDmabufPacing *dio_dmabuf_pacing_ref (DioDmabufPacing *self);
void dio_dmabuf_pacing_unref (DioDmabufPacing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioDmabufPacing, dio_dmabuf_pacing_unref)

/* FRAME, of which a reference is kept meanwhile, is what will be painted next, instead of any that was not yet. */
void dio_dmabuf_pacing_show (DioDmabufPacing *self, DioFrame *frame);
/* The window has been painted with it. */
void dio_dmabuf_pacing_painted (DioDmabufPacing *self);
/* There is one more, one less texture of the buffer BUFFER_ID. */
void dio_dmabuf_pacing_hold (DioDmabufPacing *self, guint64 buffer_id);
void dio_dmabuf_pacing_release (DioDmabufPacing *self, guint64 buffer_id);
/* Nothing is shown any more: all that wait are consumed. */
void dio_dmabuf_pacing_end (DioDmabufPacing *self);

G_END_DECLS
