/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/frame.h"

G_BEGIN_DECLS

/* Takes over BYTES, of STRIDE × HEIGHT, and DAMAGE. */
DioFrame *dio_frame_new (int width, int height, gsize stride, DioPixelFormat format, GBytes *bytes,
                         cairo_region_t *damage);

G_END_DECLS
