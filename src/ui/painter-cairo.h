/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/painter.h"

G_BEGIN_DECLS

/* For GSK's Cairo renderer, which copies each texture that it draws as a whole: draws straight from the frame's own
 * memory, when GSK draws, and only what changed. No picture is kept; a frame is consumed when it was painted. */
#define DIO_TYPE_PAINTER_CAIRO (dio_painter_cairo_get_type ())
G_DECLARE_FINAL_TYPE (DioPainterCairo, dio_painter_cairo, DIO, PAINTER_CAIRO, DioPainter)

DioPainter *dio_painter_cairo_new (void);

G_END_DECLS
