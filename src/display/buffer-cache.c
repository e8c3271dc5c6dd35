/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/buffer-cache.h"

/* Scanouts after which a buffer that was in none of them is forgotten. */
#define MAX_AGE 16

void
dio_buffer_cache_clear (DioBufferCache *self)
{
  for (guint i = 0; i < DIO_BUFFER_CACHE_SIZE; i++)
    g_clear_pointer (&self->entries[i].buffer, dio_buffer_unref);
}

DioBuffer *
dio_buffer_cache_find_map (DioBufferCache *self, const DioPixelSource *source)
{
  for (guint i = 0; i < DIO_BUFFER_CACHE_SIZE; i++)
    if (self->entries[i].buffer && dio_buffer_is_map_of (self->entries[i].buffer, source))
      return dio_buffer_ref (self->entries[i].buffer);
  return NULL;
}

DioBuffer *
dio_buffer_cache_find_dmabuf (DioBufferCache *self, const DioDmabuf *dmabuf, int width, int height)
{
  for (guint i = 0; i < DIO_BUFFER_CACHE_SIZE; i++)
    if (self->entries[i].buffer && dio_buffer_is_dmabuf_of (self->entries[i].buffer, dmabuf, width, height))
      return dio_buffer_ref (self->entries[i].buffer);
  return NULL;
}

static gboolean
is_alike (DioBuffer *a, DioBuffer *b)
{
  return dio_buffer_get_kind (a) == dio_buffer_get_kind (b) && dio_buffer_get_width (a) == dio_buffer_get_width (b) &&
         dio_buffer_get_height (a) == dio_buffer_get_height (b);
}

void
dio_buffer_cache_use (DioBufferCache *self, DioBuffer *buffer)
{
  guint slot = 0;

  self->clock++;
  for (guint i = 0; i < DIO_BUFFER_CACHE_SIZE; i++)
    {
      DioBuffer *other = self->entries[i].buffer;

      if (other && other != buffer && (!is_alike (other, buffer) || self->clock - self->entries[i].used > MAX_AGE))
        g_clear_pointer (&self->entries[i].buffer, dio_buffer_unref);
    }
  /* Its own slot, a free one, or that of the one that was not used for longest. */
  for (guint i = 0; i < DIO_BUFFER_CACHE_SIZE; i++)
    {
      if (self->entries[i].buffer == buffer)
        {
          self->entries[i].used = self->clock;
          return;
        }
      if (self->entries[slot].buffer && (!self->entries[i].buffer || self->entries[i].used < self->entries[slot].used))
        slot = i;
    }
  g_clear_pointer (&self->entries[slot].buffer, dio_buffer_unref);
  self->entries[slot].buffer = dio_buffer_ref (buffer);
  self->entries[slot].used = self->clock;
}
