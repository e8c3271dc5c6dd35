/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/painter.h"

G_BEGIN_DECLS

/* For frames in dma-bufs (DIO_FRAME_DMABUF), which are drawn from where they lie: nothing is copied. A buffer is made
 * known to the graphics driver once, and wrapped as a texture for each frame. update() fails when the driver does not
 * take it; another layout may fare better. When frames are consumed: ui/dmabuf-pacing.h. */
#define DIO_TYPE_PAINTER_DMABUF (dio_painter_dmabuf_get_type ())
G_DECLARE_FINAL_TYPE (DioPainterDmabuf, dio_painter_dmabuf, DIO, PAINTER_DMABUF, DioPainter)

/* IMPORT: we make the buffers known, to OpenGL and once each, which only GSK's GL renderer has the use of; otherwise it
 * is GDK that does so, with each texture anew. NULL with an error where DISPLAY cannot do that. */
DioPainter *dio_painter_dmabuf_new (GdkDisplay *display, gboolean import, GError **error);

G_END_DECLS
