/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/framebuffer-state.h"

#include "display/damage.h"

/* Pixels are written before their damage is noted, so that a frame that knows of it finds them. */

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* With the mutex held. */
static void
count_update (DioFramebuffer *self, guint64 damaged)
{
  self->stats.updates++;
  self->stats.damage_pixels += damaged;
  self->stats.picture_pixels +=
      (guint64) dio_buffer_get_width (self->buffer) * (guint64) dio_buffer_get_height (self->buffer);
  if (self->untaken)
    self->stats.coalesced++;
  self->untaken = TRUE;
}

static gboolean
is_kind (DioBuffer *buffer, DioFrameKind kind)
{
  return buffer && dio_buffer_get_kind (buffer) == kind;
}

static gboolean
is_bytes_like (DioBuffer *buffer, int width, int height, DioPixelFormat format)
{
  return is_kind (buffer, DIO_FRAME_BYTES) && dio_buffer_get_width (buffer) == width &&
         dio_buffer_get_height (buffer) == height && dio_buffer_get_conversion (buffer)->format == format;
}

/* The present picture, to be written to until end_write(); NULL where it is not ours or has another shape. */
static DioBuffer *
begin_write (DioFramebuffer *self, int width, int height, DioPixelFormat format, DioPicture **ret_picture)
{
  for (;;)
    {
      g_autoptr (DioBuffer) buffer = NULL;
      gboolean present;

      g_mutex_lock (&self->mutex);
      if (is_bytes_like (self->buffer, width, height, format))
        buffer = dio_buffer_ref (self->buffer);
      g_mutex_unlock (&self->mutex);
      if (!buffer)
        return NULL;
      *ret_picture = dio_buffer_begin_write (buffer);
      /* A hint may have replaced it meanwhile. */
      g_mutex_lock (&self->mutex);
      present = self->buffer == buffer;
      g_mutex_unlock (&self->mutex);
      if (present)
        return g_steal_pointer (&buffer);
      dio_buffer_end_write (buffer);
    }
}

/* With the mutex held. */
static void
count_copy (DioFramebuffer *self, const DioPixelSource *source, guint64 pixels)
{
  self->stats.path = source->data ? "array" : "file";
  self->stats.bytes_copied += pixels * dio_pixel_format_get_bytes_per_pixel (source->conversion->format);
}

/* RECT was written, as far as it went. Consumes BUFFER. */
static void
end_write (DioFramebuffer *self, DioBuffer *buffer, const DioPixelSource *source, const cairo_rectangle_int_t *rect)
{
  guint64 pixels = (guint64) rect->width * (guint64) rect->height;

  g_mutex_lock (&self->mutex);
  count_copy (self, source, pixels);
  dio_framebuffer_add_damage (self, rect);
  count_update (self, pixels);
  g_mutex_unlock (&self->mutex);
  dio_buffer_end_write (buffer);
  dio_buffer_unref (buffer);
}

/* With the mutex held: the picture has the size that QEMU says. */
static void
note_scanout (DioFramebuffer *self)
{
  self->guessed = FALSE;
  self->hint_width = self->hint_height = 0;
  self->stats.scanouts++;
}

/* SOURCE as a picture of another shape than the present one. */
static gboolean
scanout_fresh (DioFramebuffer *self, const DioPixelSource *source, GError **error)
{
  DioPicture fresh;

  if (!dio_picture_init (&fresh, source->width, source->height, source->conversion->format, error))
    return FALSE;
  if (!dio_pixel_source_read (source, 0, 0, source->width, source->height, fresh.data, fresh.stride, error))
    {
      dio_picture_clear (&fresh);
      return FALSE;
    }
  g_mutex_lock (&self->mutex);
  note_scanout (self);
  count_copy (self, source, (guint64) source->width * (guint64) source->height);
  dio_framebuffer_set_buffer (self, dio_buffer_new_bytes (&fresh));
  dio_buffer_cache_clear (&self->cache);
  g_mutex_unlock (&self->mutex);
  return TRUE;
}

gboolean
dio_framebuffer_scanout (DioFramebuffer *self, const DioPixelSource *source, GError **error)
{
  cairo_rectangle_int_t all = { 0, 0, source->width, source->height };
  DioPicture *picture;
  DioBuffer *buffer = begin_write (self, source->width, source->height, source->conversion->format, &picture);
  gboolean good;

  if (!buffer)
    return scanout_fresh (self, source, error);
  good = dio_pixel_source_read (source, 0, 0, source->width, source->height, picture->data, picture->stride, error);
  g_mutex_lock (&self->mutex);
  note_scanout (self);
  g_mutex_unlock (&self->mutex);
  end_write (self, buffer, source, &all);
  return good;
}

typedef enum
{
  GUESSED, /* from an update */
  HINTED,  /* an update, and what was known of the size */
  LEARNT,  /* what is known of the size now, instead of a guess */
} Reason;

/* A picture of WIDTH × HEIGHT of FORMAT, with what it can keep of OLD (nullable), takes its place, unless another
 * thread was faster. */
static gboolean
reshape (DioFramebuffer *self, DioBuffer *old, int width, int height, Reason reason, DioPixelFormat format,
         GError **error)
{
  DioPicture picture;
  /* To read a graphics buffer can take a while, and fails where only the graphics card knows its layout. */
  gboolean reading = old && !is_kind (old, DIO_FRAME_DMABUF);
  gssize stride;

  if (!dio_picture_init (&picture, width, height, format, error))
    return FALSE;
  if (reading)
    {
      DioPicture source = { .width = dio_buffer_get_width (old), .height = dio_buffer_get_height (old) };

      /* Nobody of us writes to it until it is replaced. */
      source.data = (guint8 *) dio_buffer_begin_read (old, &stride, NULL);
      source.stride = (gsize) stride;
      source.format = dio_buffer_get_conversion (old)->format;
      if (source.format == format)
        dio_picture_copy_overlap (&source, &picture);
    }
  g_mutex_lock (&self->mutex);
  if (self->buffer == old && (reason != LEARNT || self->guessed))
    {
      dio_framebuffer_set_buffer (self, dio_buffer_new_bytes (&picture));
      dio_buffer_cache_clear (&self->cache);
      self->guessed = reason == GUESSED;
      self->hint_width = self->hint_height = 0;
    }
  g_mutex_unlock (&self->mutex);
  if (reading)
    dio_buffer_end_read (old);
  dio_picture_clear (&picture);
  return TRUE;
}

/* Makes room for an update that ends at RIGHT, BOTTOM, and begins to write to it. */
static DioBuffer *
begin_update (DioFramebuffer *self, int right, int bottom, DioPixelFormat format, DioPicture **ret_picture,
              GError **error)
{
  for (;;)
    {
      g_autoptr (DioBuffer) old = NULL;
      DioBuffer *buffer;
      gboolean hinted;
      int width = 0, height = 0;

      g_mutex_lock (&self->mutex);
      if (self->buffer)
        {
          old = dio_buffer_ref (self->buffer);
          width = dio_buffer_get_width (old);
          height = dio_buffer_get_height (old);
        }
      hinted = self->hint_width >= right && self->hint_height >= bottom;
      width = hinted ? self->hint_width : MAX (right, width);
      height = hinted ? self->hint_height : MAX (bottom, height);
      g_mutex_unlock (&self->mutex);
      if (!is_bytes_like (old, width, height, format) &&
          !reshape (self, old, width, height, hinted ? HINTED : GUESSED, format, error))
        return NULL;
      buffer = begin_write (self, width, height, format, ret_picture);
      if (buffer)
        return buffer;
    }
}

gboolean
dio_framebuffer_update (DioFramebuffer *self, const DioPixelSource *source, int x, int y, GError **error)
{
  cairo_rectangle_int_t rect = { x, y, source->width, source->height };
  DioPicture *picture;
  DioBuffer *buffer;
  gboolean good;

  g_return_val_if_fail (x >= 0 && y >= 0 && x <= DIO_MAX_SIZE && y <= DIO_MAX_SIZE, FALSE);
  buffer = begin_update (self, x + rect.width, y + rect.height, source->conversion->format, &picture, error);
  if (!buffer)
    return FALSE;
  good = dio_pixel_source_read (source, 0, 0, rect.width, rect.height, dio_picture_at (picture, x, y), picture->stride,
                                error);
  end_write (self, buffer, source, &rect);
  return good;
}

gboolean
dio_framebuffer_update_shared (DioFramebuffer *self, const DioPixelSource *source, int x, int y, int width, int height,
                               GError **error)
{
  cairo_rectangle_int_t rect = { x, y, width, height };
  DioPicture *picture;
  DioBuffer *buffer;
  gboolean good;

  g_return_val_if_fail (x >= 0 && y >= 0 && width > 0 && height > 0, FALSE);
  if (width > source->width - x || height > source->height - y)
    return refuse (error, "The update lies outside the picture");
  buffer = begin_write (self, source->width, source->height, source->conversion->format, &picture);
  if (!buffer)
    return refuse (error, "The update is not of the present picture");
  good = dio_pixel_source_read (source, x, y, width, height, dio_picture_at (picture, x, y), picture->stride, error);
  end_write (self, buffer, source, &rect);
  return good;
}

/* With the mutex held. Consumes BUFFER, which is all of the picture now. */
static void
set_foreign_buffer (DioFramebuffer *self, DioBuffer *buffer, const char *path)
{
  dio_buffer_cache_use (&self->cache, buffer);
  dio_framebuffer_set_buffer (self, buffer);
  note_scanout (self);
  self->stats.path = path;
}

gboolean
dio_framebuffer_scanout_map (DioFramebuffer *self, const DioPixelSource *source, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  DioBuffer *buffer = dio_buffer_cache_find_map (&self->cache, source);

  if (!buffer && !(buffer = dio_buffer_new_map (source, error)))
    return FALSE;
  set_foreign_buffer (self, buffer, "map");
  return TRUE;
}

gboolean
dio_framebuffer_update_map (DioFramebuffer *self, int x, int y, int width, int height, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  cairo_rectangle_int_t rect = { x, y, width, height };

  if (!is_kind (self->buffer, DIO_FRAME_MAP))
    return refuse (error, "There is no shared picture to update");
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > dio_buffer_get_width (self->buffer) - x ||
      height > dio_buffer_get_height (self->buffer) - y)
    return refuse (error, "The update lies outside the picture");
  dio_framebuffer_add_damage (self, &rect);
  count_update (self, (guint64) width * (guint64) height);
  return TRUE;
}

gboolean
dio_framebuffer_scanout_dmabuf (DioFramebuffer *self, const DioDmabuf *dmabuf, int width, int height, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  DioBuffer *buffer = dio_buffer_cache_find_dmabuf (&self->cache, dmabuf, width, height);

  if (!buffer && !(buffer = dio_buffer_new_dmabuf (dmabuf, width, height, error)))
    return FALSE;
  set_foreign_buffer (self, buffer, "dmabuf");
  return TRUE;
}

/* With the mutex held: the part of RECT that is in the picture. Its numbers may be any. */
static gboolean
clip (DioFramebuffer *self, const cairo_rectangle_int_t *rect, cairo_rectangle_int_t *ret_clipped)
{
  gint64 left = MAX (rect->x, 0), top = MAX (rect->y, 0);
  gint64 right = MIN ((gint64) rect->x + rect->width, dio_buffer_get_width (self->buffer));
  gint64 bottom = MIN ((gint64) rect->y + rect->height, dio_buffer_get_height (self->buffer));

  if (left >= right || top >= bottom)
    return FALSE;
  *ret_clipped = (cairo_rectangle_int_t) { (int) left, (int) top, (int) (right - left), (int) (bottom - top) };
  return TRUE;
}

gboolean
dio_framebuffer_update_dmabuf (DioFramebuffer *self, const cairo_rectangle_int_t *rects, guint n_rects,
                               DioEndpointCall *call, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  guint64 damaged = 0;

  if (!is_kind (self->buffer, DIO_FRAME_DMABUF))
    return refuse (error, "There is no graphics buffer to update");
  for (guint i = 0; i < n_rects; i++)
    {
      cairo_rectangle_int_t clipped;

      if (!clip (self, &rects[i], &clipped))
        continue;
      dio_framebuffer_add_damage (self, &clipped);
      damaged += (guint64) clipped.width * (guint64) clipped.height;
    }
  count_update (self, damaged);
  if (damaged > 0)
    dio_pacer_hold (self->pacer, call);
  else
    dio_pacer_pass (self->pacer, call);
  return TRUE;
}

void
dio_framebuffer_refuse (DioFramebuffer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->has_refused = TRUE;
  if (!self->refused)
    dio_framebuffer_tell_main_context (self);
}

void
dio_framebuffer_disable (DioFramebuffer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->enabled = FALSE;
  self->has_refused = FALSE;
  if (self->refused)
    dio_framebuffer_tell_main_context (self);
  self->disabled_at = g_get_monotonic_time ();
  /* A guest that flips its buffers disables its console at each: one look after it is enough. */
  if (self->watching)
    return;
  self->watching = TRUE;
  dio_framebuffer_tell_main_context (self);
}

gint64
dio_framebuffer_expire (DioFramebuffer *self)
{
  return dio_pacer_expire (self->pacer);
}

void
dio_framebuffer_release (DioFramebuffer *self)
{
  dio_pacer_release (self->pacer);
}

/* What is to become as large as the hint, if anything. (transfer full) */
static DioBuffer *
note_hint (DioFramebuffer *self, int width, int height)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  gboolean fits =
      self->buffer && dio_buffer_get_width (self->buffer) == width && dio_buffer_get_height (self->buffer) == height;

  if (self->guessed && !fits)
    return dio_buffer_ref (self->buffer);
  self->guessed = FALSE;
  self->hint_width = fits ? 0 : width;
  self->hint_height = fits ? 0 : height;
  return NULL;
}

void
dio_framebuffer_set_size_hint (DioFramebuffer *self, guint width, guint height)
{
  gboolean good = TRUE;

  if (width < 1 || width > DIO_MAX_SIZE || height < 1 || height > DIO_MAX_SIZE)
    return;
  while (good)
    {
      g_autoptr (DioBuffer) old = note_hint (self, (int) width, (int) height);

      if (!old)
        return;
      good = reshape (self, old, (int) width, (int) height, LEARNT, dio_buffer_get_conversion (old)->format, NULL);
    }
}
