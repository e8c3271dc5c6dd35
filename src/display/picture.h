/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-source.h"

G_BEGIN_DECLS

/* The pixels of one picture in memory of our own. Not thread-safe. */
typedef struct
{
  int width, height; /* 0 while there is none */
  gsize stride;
  DioPixelFormat format;
  guint8 *data;
} DioPicture;

/* Black; G_IO_ERROR_INVALID_DATA where it would be too large, G_IO_ERROR_FAILED without memory. */
gboolean dio_picture_init (DioPicture *self, int width, int height, DioPixelFormat format, GError **error);
void dio_picture_clear (DioPicture *self);

/* The address of a pixel. */
guint8 *dio_picture_at (const DioPicture *self, int x, int y);
/* Copies what both, of one format, have in common. */
void dio_picture_copy_overlap (const DioPicture *self, DioPicture *target);

G_END_DECLS
