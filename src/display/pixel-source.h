/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/pixel-format.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Pixels that QEMU sent or shares, checked: a rectangle in memory or in a memory file. The latter is read and not
 * mapped, unless it is sealed: whoever can truncate a mapped file kills its reader (SIGBUS). */
typedef struct
{
  const DioPixelConversion *conversion;
  int width, height;  /* pixels */
  gsize stride;       /* bytes from one row to the next */
  const guint8 *data; /* the first pixel, or NULL for a file */
  int fd;             /* borrowed */
  guint64 offset;     /* of the first pixel in the file */
  gboolean sealed;    /* the file cannot become shorter any more */
} DioPixelSource;

/* Both fail, with G_IO_ERROR_INVALID_DATA and without a change, unless the format is known, the size allowed, and every
 * pixel inside the SIZE bytes of DATA, or of the file as it is now. DATA and FD must outlive the source. */
gboolean dio_pixel_source_init_memory (DioPixelSource *self, gint64 width, gint64 height, guint32 stride,
                                       guint32 pixman_format, const void *data, gsize size, GError **error);
gboolean dio_pixel_source_init_file (DioPixelSource *self, gint64 width, gint64 height, guint32 stride,
                                     guint32 pixman_format, int fd, guint32 offset, GError **error);

/* From the first byte of the first pixel to the last one of the last. */
guint64 dio_pixel_source_get_length (const DioPixelSource *self);
/* A sealed file whose pixels can be used as they are: no conversion, every row on a word's boundary. */
gboolean dio_pixel_source_is_mappable (const DioPixelSource *self);

/* Converts the rectangle, which must lie inside, to TARGET. Fails when the file has become too short; then any part of
 * the target was written. */
gboolean dio_pixel_source_read (const DioPixelSource *self, int x, int y, int width, int height, guint8 *target,
                                gsize target_stride, GError **error);

G_END_DECLS
