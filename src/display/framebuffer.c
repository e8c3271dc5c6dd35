/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/framebuffer.h"

#include "display/damage.h"
#include "display/frame-pool.h"
#include "display/frame-private.h"
#include "display/framebuffer-private.h"
#include "display/picture.h"

#include <string.h>

/* One picture, written by the listener's thread under a mutex; frames are copies of it in buffers that take turns. What
 * the main context is told goes through one idle source at most, however fast the producer is. */

/* A guest that changes its mode disables its console first. */
#define DISABLE_DELAY_MS 250

struct _DioFramebuffer
{
  GObject parent_instance;

  /* As told to the main context. */
  int width, height;
  gboolean active;
  GSource *disable_timeout;

  GMainContext *context;
  int n_takers; /* atomic; see lock_for_producer() */
  GMutex mutex; /* guards what follows */
  GCond taken;
  DioPicture picture;
  DioFramePool *pool;
  cairo_region_t *damage; /* since the last take */
  gboolean enabled;
  gboolean told_change;        /* "changed" was emitted since the last take */
  gboolean guessed;            /* the size is our guess from an update */
  int hint_width, hint_height; /* not used up since, or 0 */
  GSource *idle;
};

enum
{
  PROP_0,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_ACTIVE,
  N_PROPS
};

enum
{
  CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioFramebuffer, dio_framebuffer, G_TYPE_OBJECT)

/* A mutex is not fair, and a producer that holds it most of the time would keep the window waiting: whoever wants a
 * frame goes first. */
static void
lock_for_producer (DioFramebuffer *self)
{
  g_mutex_lock (&self->mutex);
  while (g_atomic_int_get (&self->n_takers) > 0)
    g_cond_wait (&self->taken, &self->mutex);
}

static void
lock_for_taker (DioFramebuffer *self)
{
  g_atomic_int_inc (&self->n_takers);
  g_mutex_lock (&self->mutex);
}

static void
unlock_for_taker (DioFramebuffer *self)
{
  (void) g_atomic_int_dec_and_test (&self->n_takers);
  g_cond_signal (&self->taken);
  g_mutex_unlock (&self->mutex);
}

static gboolean
on_disable_timeout (gpointer user_data)
{
  DioFramebuffer *self = user_data;
  gboolean enabled;

  lock_for_taker (self);
  enabled = self->enabled;
  unlock_for_taker (self);
  g_clear_pointer (&self->disable_timeout, g_source_unref);
  if (!enabled && self->active)
    {
      self->active = FALSE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
    }
  return G_SOURCE_REMOVE;
}

static void
follow_enabled (DioFramebuffer *self, gboolean enabled)
{
  if (!enabled)
    {
      if (!self->active || self->disable_timeout)
        return;
      self->disable_timeout = g_timeout_source_new (DISABLE_DELAY_MS);
      g_source_set_callback (self->disable_timeout, on_disable_timeout, self, NULL);
      g_source_attach (self->disable_timeout, self->context);
      return;
    }
  if (self->disable_timeout)
    g_source_destroy (self->disable_timeout);
  g_clear_pointer (&self->disable_timeout, g_source_unref);
  if (!self->active)
    {
      self->active = TRUE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
    }
}

/* Tells the main context what the producer did. */
static gboolean
on_idle (gpointer user_data)
{
  DioFramebuffer *self = user_data;
  int width, height;
  gboolean enabled, changed;

  lock_for_taker (self);
  g_clear_pointer (&self->idle, g_source_unref);
  width = self->picture.width;
  height = self->picture.height;
  enabled = self->enabled;
  changed = !self->told_change && !cairo_region_is_empty (self->damage);
  if (changed)
    self->told_change = TRUE;
  unlock_for_taker (self);

  g_object_freeze_notify (G_OBJECT (self));
  if (self->width != width)
    {
      self->width = width;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WIDTH]);
    }
  if (self->height != height)
    {
      self->height = height;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEIGHT]);
    }
  follow_enabled (self, enabled);
  g_object_thaw_notify (G_OBJECT (self));
  if (changed)
    g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* With the mutex held. */
static void
tell_main_context (DioFramebuffer *self)
{
  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, g_object_ref (self), g_object_unref);
  g_source_set_static_name (self->idle, "[diorama] framebuffer changed");
  g_source_attach (self->idle, self->context);
}

/* With the mutex held. */
static void
add_damage (DioFramebuffer *self, int x, int y, int width, int height)
{
  cairo_rectangle_int_t rect = { x, y, width, height };

  dio_damage_add (self->damage, &rect);
  dio_frame_pool_damage (self->pool, &rect);
  if (!self->told_change || !self->enabled)
    tell_main_context (self);
  self->enabled = TRUE;
}

/* With the mutex held: PICTURE (taken over) replaces the present one, all of it new. */
static void
set_picture (DioFramebuffer *self, DioPicture *picture)
{
  cairo_rectangle_int_t all = { 0, 0, picture->width, picture->height };

  dio_picture_clear (&self->picture);
  self->picture = *picture;
  *picture = (DioPicture) { 0 };
  g_clear_pointer (&self->pool, dio_frame_pool_unref);
  self->pool = dio_frame_pool_new (self->picture.width, self->picture.height, self->picture.stride);
  cairo_region_destroy (self->damage);
  self->damage = cairo_region_create_rectangle (&all);
  self->enabled = TRUE;
  tell_main_context (self);
}

static gboolean
is_like (const DioPicture *picture, int width, int height, DioPixelFormat format)
{
  return picture->width == width && picture->height == height && picture->format == format;
}

gboolean
dio_framebuffer_scanout (DioFramebuffer *self, const DioPixelSource *source, GError **error)
{
  DioPixelFormat format = source->conversion->format;
  DioPicture picture = { 0 };
  gboolean good;

  /* Only this thread changes the picture's shape, save for a hint, which makes a copy. */
  lock_for_producer (self);
  self->guessed = FALSE;
  self->hint_width = self->hint_height = 0;
  if (is_like (&self->picture, source->width, source->height, format))
    {
      good = dio_pixel_source_read (source, 0, 0, source->width, source->height, self->picture.data,
                                    self->picture.stride, error);
      add_damage (self, 0, 0, source->width, source->height);
      g_mutex_unlock (&self->mutex);
      return good;
    }
  g_mutex_unlock (&self->mutex);

  if (!dio_picture_init (&picture, source->width, source->height, format, error))
    return FALSE;
  good = dio_pixel_source_read (source, 0, 0, source->width, source->height, picture.data, picture.stride, error);
  if (good)
    {
      lock_for_producer (self);
      set_picture (self, &picture);
      g_mutex_unlock (&self->mutex);
    }
  dio_picture_clear (&picture);
  return good;
}

/* With the mutex held: makes the picture WIDTH × HEIGHT of FORMAT, keeping what it can. */
static gboolean
reshape (DioFramebuffer *self, int width, int height, DioPixelFormat format, GError **error)
{
  DioPicture picture;

  if (!dio_picture_init (&picture, width, height, format, error))
    return FALSE;
  if (self->picture.data && self->picture.format == format)
    dio_picture_copy_overlap (&self->picture, &picture);
  set_picture (self, &picture);
  return TRUE;
}

/* With the mutex held: makes room for an update that ends at RIGHT, BOTTOM. */
static gboolean
fit_update (DioFramebuffer *self, int right, int bottom, DioPixelFormat format, GError **error)
{
  gboolean hinted = self->hint_width >= right && self->hint_height >= bottom;
  int width = hinted ? self->hint_width : MAX (right, self->picture.width);
  int height = hinted ? self->hint_height : MAX (bottom, self->picture.height);

  if (is_like (&self->picture, width, height, format))
    return TRUE;
  self->guessed = !hinted;
  self->hint_width = self->hint_height = 0;
  return reshape (self, width, height, format, error);
}

gboolean
dio_framebuffer_update (DioFramebuffer *self, const DioPixelSource *source, int x, int y, GError **error)
{
  gboolean good = FALSE;

  g_return_val_if_fail (x >= 0 && y >= 0 && x <= DIO_MAX_SIZE && y <= DIO_MAX_SIZE, FALSE);
  lock_for_producer (self);
  if (fit_update (self, x + source->width, y + source->height, source->conversion->format, error))
    {
      good = dio_pixel_source_read (source, 0, 0, source->width, source->height, dio_picture_at (&self->picture, x, y),
                                    self->picture.stride, error);
      add_damage (self, x, y, source->width, source->height);
    }
  g_mutex_unlock (&self->mutex);
  return good;
}

gboolean
dio_framebuffer_update_shared (DioFramebuffer *self, const DioPixelSource *source, int x, int y, int width, int height,
                               GError **error)
{
  gboolean good = FALSE;

  g_return_val_if_fail (x >= 0 && y >= 0 && width > 0 && height > 0, FALSE);
  lock_for_producer (self);
  if (is_like (&self->picture, source->width, source->height, source->conversion->format) &&
      width <= source->width - x && height <= source->height - y)
    {
      good = dio_pixel_source_read (source, x, y, width, height, dio_picture_at (&self->picture, x, y),
                                    self->picture.stride, error);
      add_damage (self, x, y, width, height);
    }
  else
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The update lies outside the picture");
    }
  g_mutex_unlock (&self->mutex);
  return good;
}

void
dio_framebuffer_disable (DioFramebuffer *self)
{
  lock_for_producer (self);
  self->enabled = FALSE;
  tell_main_context (self);
  g_mutex_unlock (&self->mutex);
}

void
dio_framebuffer_set_size_hint (DioFramebuffer *self, guint width, guint height)
{
  if (width < 1 || width > DIO_MAX_SIZE || height < 1 || height > DIO_MAX_SIZE)
    return;
  lock_for_taker (self);
  if (self->picture.width == (int) width && self->picture.height == (int) height)
    {
      self->guessed = FALSE;
      self->hint_width = self->hint_height = 0;
    }
  else if (self->guessed)
    {
      self->guessed = FALSE;
      reshape (self, (int) width, (int) height, self->picture.format, NULL);
    }
  else
    {
      self->hint_width = (int) width;
      self->hint_height = (int) height;
    }
  unlock_for_taker (self);
}

DioFrame *
dio_framebuffer_take_frame (DioFramebuffer *self)
{
  DioFrame *frame = NULL;
  cairo_region_t *stale;
  guint8 *data;
  GBytes *bytes;

  lock_for_taker (self);
  self->told_change = FALSE;
  if (!cairo_region_is_empty (self->damage) && (bytes = dio_frame_pool_take (self->pool, &data, &stale)))
    {
      dio_picture_copy_region (&self->picture, stale, data);
      cairo_region_destroy (stale);
      frame = dio_frame_new (self->picture.width, self->picture.height, self->picture.stride, self->picture.format,
                             bytes, self->damage);
      self->damage = cairo_region_create ();
    }
  unlock_for_taker (self);
  return frame;
}

DioFrame *
dio_framebuffer_copy_frame (DioFramebuffer *self)
{
  DioFrame *frame = NULL;
  gsize size;
  guint8 *data;

  lock_for_taker (self);
  size = self->picture.stride * (gsize) self->picture.height;
  if (self->picture.data && (data = g_try_malloc (size)))
    {
      cairo_rectangle_int_t all = { 0, 0, self->picture.width, self->picture.height };

      memcpy (data, self->picture.data, size);
      frame = dio_frame_new (self->picture.width, self->picture.height, self->picture.stride, self->picture.format,
                             g_bytes_new_take (data, size), cairo_region_create_rectangle (&all));
    }
  unlock_for_taker (self);
  return frame;
}

int
dio_framebuffer_get_width (DioFramebuffer *self)
{
  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (self), 0);
  return self->width;
}

int
dio_framebuffer_get_height (DioFramebuffer *self)
{
  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (self), 0);
  return self->height;
}

gboolean
dio_framebuffer_get_active (DioFramebuffer *self)
{
  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (self), FALSE);
  return self->active;
}

static void
dio_framebuffer_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioFramebuffer *self = DIO_FRAMEBUFFER (object);

  switch (prop_id)
    {
    case PROP_WIDTH:
      g_value_set_int (value, self->width);
      break;
    case PROP_HEIGHT:
      g_value_set_int (value, self->height);
      break;
    case PROP_ACTIVE:
      g_value_set_boolean (value, self->active);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_framebuffer_dispose (GObject *object)
{
  DioFramebuffer *self = DIO_FRAMEBUFFER (object);

  if (self->disable_timeout)
    g_source_destroy (self->disable_timeout);
  g_clear_pointer (&self->disable_timeout, g_source_unref);
  G_OBJECT_CLASS (dio_framebuffer_parent_class)->dispose (object);
}

static void
dio_framebuffer_finalize (GObject *object)
{
  DioFramebuffer *self = DIO_FRAMEBUFFER (object);

  dio_picture_clear (&self->picture);
  g_clear_pointer (&self->pool, dio_frame_pool_unref);
  g_clear_pointer (&self->damage, cairo_region_destroy);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_cond_clear (&self->taken);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dio_framebuffer_parent_class)->finalize (object);
}

static void
dio_framebuffer_class_init (DioFramebufferClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = dio_framebuffer_get_property;
  object_class->dispose = dio_framebuffer_dispose;
  object_class->finalize = dio_framebuffer_finalize;

  properties[PROP_WIDTH] = g_param_spec_int ("width", NULL, NULL, 0, DIO_MAX_SIZE, 0, flags);
  properties[PROP_HEIGHT] = g_param_spec_int ("height", NULL, NULL, 0, DIO_MAX_SIZE, 0, flags);
  properties[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHANGED] =
      g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_framebuffer_init (DioFramebuffer *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->taken);
  self->context = g_main_context_ref_thread_default ();
  self->damage = cairo_region_create ();
}

DioFramebuffer *
dio_framebuffer_new (void)
{
  return g_object_new (DIO_TYPE_FRAMEBUFFER, NULL);
}
