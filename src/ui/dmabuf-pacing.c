/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/dmabuf-pacing.h"

#include "base/debug.h"
#include "ui/dmabuf-fence.h"

typedef struct
{
  DioDmabufPacing *pacing; /* which owns this */
  DioFrame *frame;
  DioFrame *before; /* in another buffer; NULL: in the same, or there was none */
  gboolean painted;
  gboolean read;  /* by the graphics card: the buffer that the guest may have next */
  GSource *fence; /* that tells so, or NULL */
} Wait;

struct _DioDmabufPacing
{
  grefcount ref_count;
  DioFrame *last;       /* shown, or NULL */
  GQueue waits;         /* of Wait, the oldest first */
  GHashTable *textures; /* how many there are of a buffer, by its number */
};

static void
wait_free (Wait *self)
{
  if (self->fence)
    {
      g_source_destroy (self->fence);
      g_clear_pointer (&self->fence, g_source_unref);
    }
  dio_frame_consumed (self->frame);
  g_clear_pointer (&self->frame, dio_frame_unref);
  g_clear_pointer (&self->before, dio_frame_unref);
  g_free (self);
}

DioDmabufPacing *
dio_dmabuf_pacing_new (void)
{
  DioDmabufPacing *self = g_new0 (DioDmabufPacing, 1);

  g_ref_count_init (&self->ref_count);
  g_queue_init (&self->waits);
  self->textures = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return self;
}

DioDmabufPacing *
dio_dmabuf_pacing_ref (DioDmabufPacing *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_dmabuf_pacing_unref (DioDmabufPacing *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  dio_dmabuf_pacing_end (self);
  g_hash_table_unref (self->textures);
  g_free (self);
}

static gboolean
is_over (DioDmabufPacing *self, const Wait *wait)
{
  guint64 before = wait->before ? dio_frame_get_buffer_id (wait->before) : 0;

  return wait->painted && (wait->read || (before != 0 && !g_hash_table_contains (self->textures, &before)));
}

static void
consume (DioDmabufPacing *self)
{
  while (!g_queue_is_empty (&self->waits) && is_over (self, g_queue_peek_head (&self->waits)))
    {
      const Wait *wait = g_queue_peek_head (&self->waits);

      dio_debug (DIO_DEBUG_FRAMES, "buffer %" G_GUINT64_FORMAT " consumed (%s)", dio_frame_get_buffer_id (wait->frame),
                 wait->before ? "flip" : "same");
      wait_free (g_queue_pop_head (&self->waits));
    }
}

static gboolean
on_read (gpointer user_data)
{
  Wait *wait = user_data;

  wait->read = TRUE;
  g_clear_pointer (&wait->fence, g_source_unref);
  consume (wait->pacing);
  return G_SOURCE_REMOVE;
}

void
dio_dmabuf_pacing_show (DioDmabufPacing *self, DioFrame *frame)
{
  Wait *wait = g_new0 (Wait, 1);

  /* What was not painted until now will not be any more. */
  dio_dmabuf_pacing_painted (self);
  wait->pacing = self;
  wait->frame = dio_frame_ref (frame);
  if (self->last && dio_frame_get_buffer_id (self->last) != dio_frame_get_buffer_id (frame))
    wait->before = dio_frame_ref (self->last);
  g_clear_pointer (&self->last, dio_frame_unref);
  self->last = dio_frame_ref (frame);
  g_queue_push_tail (&self->waits, wait);
}

void
dio_dmabuf_pacing_painted (DioDmabufPacing *self)
{
  for (GList *link = self->waits.head; link; link = link->next)
    {
      Wait *wait = link->data;

      if (wait->painted)
        continue;
      wait->painted = TRUE;
      wait->fence =
          dio_dmabuf_fence_watch (dio_frame_get_dmabuf (wait->before ? wait->before : wait->frame), on_read, wait);
      wait->read = !wait->fence && !wait->before;
    }
  consume (self);
}

void
dio_dmabuf_pacing_hold (DioDmabufPacing *self, guint64 buffer_id)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->textures, &buffer_id));

  g_hash_table_insert (self->textures, g_memdup2 (&buffer_id, sizeof buffer_id), GUINT_TO_POINTER (n + 1));
}

void
dio_dmabuf_pacing_release (DioDmabufPacing *self, guint64 buffer_id)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->textures, &buffer_id));

  g_return_if_fail (n > 0);
  if (n > 1)
    g_hash_table_insert (self->textures, g_memdup2 (&buffer_id, sizeof buffer_id), GUINT_TO_POINTER (n - 1));
  else
    g_hash_table_remove (self->textures, &buffer_id);
  consume (self);
}

void
dio_dmabuf_pacing_end (DioDmabufPacing *self)
{
  g_queue_clear_full (&self->waits, (GDestroyNotify) wait_free);
  g_clear_pointer (&self->last, dio_frame_unref);
}
