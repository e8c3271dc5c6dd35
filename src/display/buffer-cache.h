/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/buffer.h"

G_BEGIN_DECLS

#define DIO_BUFFER_CACHE_SIZE 8

/* The buffers that a guest scanned out of late, so that one that comes back to a buffer gets the same DioBuffer. Those
 * of another kind or size than the newest, or long not used, are forgotten: they hold the guest's memory. Not
 * thread-safe. */
typedef struct
{
  struct
  {
    DioBuffer *buffer; /* NULL: free */
    guint64 used;
  } entries[DIO_BUFFER_CACHE_SIZE];
  guint64 clock; /* scanouts so far */
} DioBufferCache;

void dio_buffer_cache_clear (DioBufferCache *self);
/* (transfer full) (nullable) */
DioBuffer *dio_buffer_cache_find_map (DioBufferCache *self, const DioPixelSource *source);
DioBuffer *dio_buffer_cache_find_dmabuf (DioBufferCache *self, const DioDmabuf *dmabuf, int width, int height);
/* BUFFER, found or new, is used now. */
void dio_buffer_cache_use (DioBufferCache *self, DioBuffer *buffer);

G_END_DECLS
