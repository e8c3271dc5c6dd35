/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/buffer.h"
#include "display/pacer.h"

G_BEGIN_DECLS

/* Takes references, and takes over DAMAGE. READER (0: none) is who consumes the frame, and with it the calls up to now:
 * what they told of must be in the damage. */
DioFrame *dio_frame_new (DioBuffer *buffer, cairo_region_t *damage, DioPacer *pacer, guint reader);

G_END_DECLS
