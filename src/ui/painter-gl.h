/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/painter.h"

G_BEGIN_DECLS

/* For GSK's GL renderer: textures that stay and take turns; what was damaged since a texture's last turn is uploaded to
 * it, straight from the frame's memory. A frame is consumed as soon as it is uploaded. */
#define DIO_TYPE_PAINTER_GL (dio_painter_gl_get_type ())
G_DECLARE_FINAL_TYPE (DioPainterGl, dio_painter_gl, DIO, PAINTER_GL, DioPainter)

/* NULL with an error where DISPLAY has no GL. */
DioPainter *dio_painter_gl_new (GdkDisplay *display, GError **error);

G_END_DECLS
