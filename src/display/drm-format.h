/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-format.h"

G_BEGIN_DECLS

/* The kernel's numbers for formats of pixels (drm_fourcc.h): four letters, for little-endian words. */
#define DIO_FOURCC(a, b, c, d) ((guint32) (a) | ((guint32) (b) << 8) | ((guint32) (c) << 16) | ((guint32) (d) << 24))

/* Two of its numbers for layouts; the others are the graphics cards' own. */
#define DIO_DRM_MODIFIER_LINEAR G_GUINT64_CONSTANT (0)
#define DIO_DRM_MODIFIER_INVALID G_GUINT64_CONSTANT (0x00ffffffffffffff) /* not told: what the driver chose */

typedef struct
{
  guint32 fourcc;
  guint32 opaque; /* the same without alpha */
  guint bytes_per_pixel;
  const DioPixelConversion *conversion; /* for the processor; NULL: it cannot read them */
} DioDrmFormat;

/* NULL for a number that is no format of a scanout; it may come from anywhere. */
const DioDrmFormat *dio_drm_format_lookup (guint32 fourcc);

G_END_DECLS
