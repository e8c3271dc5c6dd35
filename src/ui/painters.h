/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/framebuffer.h"
#include "ui/painter.h"

G_BEGIN_DECLS

/* The way in which a view's pictures are drawn: the best that suits GSK's renderer and the frame. Where one fails, the
 * next takes over with the whole picture, quietly, and the one that failed is left alone until renderer, size or kind
 * of frame (of a dma-buf: its layout) are others than those of late.
 *
 * The environment variable DIORAMA_PAINTER names one to try first: "dmabuf" (a graphics buffer, imported with OpenGL),
 * "dmabuf-gdk" (imported by GDK, which is chosen where GSK draws with Vulkan), "gl", "cairo", "tiles".
 *
 * Main thread only. */
typedef struct _DioPainters DioPainters;

DioPainters *dio_painters_new (void);
void dio_painters_free (DioPainters *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioPainters, dio_painters_free)

/* FRAME, of FRAMEBUFFER, follows the frame of the call before. Returns the painter that shows it now, or NULL when
 * there is no way to: then what was shown before stays. (transfer none) (nullable) */
DioPainter *dio_painters_update (DioPainters *self, GskRenderer *renderer, DioFrame *frame,
                                 DioFramebuffer *framebuffer);
/* The painter that shows the present picture. (transfer none) (nullable) */
DioPainter *dio_painters_get_current (DioPainters *self);
/* There is no picture any more. */
void dio_painters_clear (DioPainters *self);
/* Sums over all painters there were. */
void dio_painters_get_stats (DioPainters *self, DioPainterStats *ret_stats);

G_END_DECLS
