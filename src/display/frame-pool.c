/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/frame-pool.h"

#include "display/damage.h"

/* One on screen, one being drawn, one to fill. */
#define N_BUFFERS 3

typedef struct
{
  DioFramePool *pool;
  guint8 *data;
  gboolean busy;
  gboolean extra; /* not one of the pool's, made because those are all busy */
  cairo_region_t *stale;
} Buffer;

struct _DioFramePool
{
  gatomicrefcount ref_count;
  int width, height;
  gsize stride;

  GMutex mutex; /* guards the buffers */
  Buffer buffers[N_BUFFERS];
};

DioFramePool *
dio_frame_pool_new (int width, int height, gsize stride)
{
  DioFramePool *self = g_new0 (DioFramePool, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  self->width = width;
  self->height = height;
  self->stride = stride;
  return self;
}

static DioFramePool *
dio_frame_pool_ref (DioFramePool *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
buffer_clear (Buffer *buffer)
{
  g_free (buffer->data);
  g_clear_pointer (&buffer->stale, cairo_region_destroy);
}

void
dio_frame_pool_unref (DioFramePool *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (guint i = 0; i < N_BUFFERS; i++)
    buffer_clear (&self->buffers[i]);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
dio_frame_pool_damage (DioFramePool *self, const cairo_rectangle_int_t *rect)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  for (guint i = 0; i < N_BUFFERS; i++)
    if (self->buffers[i].data)
      dio_damage_add (self->buffers[i].stale, rect);
}

/* The buffer's bytes are not read any more. */
static void
buffer_release (gpointer data)
{
  Buffer *buffer = data;
  DioFramePool *pool = buffer->pool;

  if (buffer->extra)
    {
      buffer_clear (buffer);
      g_free (buffer);
    }
  else
    {
      g_mutex_lock (&pool->mutex);
      buffer->busy = FALSE;
      g_mutex_unlock (&pool->mutex);
    }
  dio_frame_pool_unref (pool);
}

/* Gives a buffer without memory some, all of it stale. */
static gboolean
buffer_allocate (DioFramePool *self, Buffer *buffer)
{
  cairo_rectangle_int_t all = { 0, 0, self->width, self->height };

  buffer->data = g_try_malloc0 (self->stride * (gsize) self->height);
  if (!buffer->data)
    return FALSE;
  buffer->stale = cairo_region_create_rectangle (&all);
  return TRUE;
}

/* The free buffer with the least to do: one that was used before, if any. */
static Buffer *
find_buffer (DioFramePool *self)
{
  Buffer *empty = NULL;

  for (guint i = 0; i < N_BUFFERS; i++)
    {
      if (self->buffers[i].data && !self->buffers[i].busy)
        return &self->buffers[i];
      if (!self->buffers[i].data && !empty)
        empty = &self->buffers[i];
    }
  if (!empty)
    {
      empty = g_new0 (Buffer, 1);
      empty->extra = TRUE;
    }
  if (buffer_allocate (self, empty))
    return empty;
  if (empty->extra)
    g_free (empty);
  return NULL;
}

GBytes *
dio_frame_pool_take (DioFramePool *self, guint8 **ret_data, cairo_region_t **ret_stale)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Buffer *buffer = find_buffer (self);

  if (!buffer)
    return NULL;
  buffer->pool = dio_frame_pool_ref (self);
  buffer->busy = TRUE;
  *ret_data = buffer->data;
  *ret_stale = buffer->stale;
  buffer->stale = cairo_region_create ();
  return g_bytes_new_with_free_func (buffer->data, self->stride * (gsize) self->height, buffer_release, buffer);
}
