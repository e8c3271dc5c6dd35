/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "display/framebuffer.h"

#include "display/damage.h"
#include "display/frame-private.h"
#include "display/framebuffer-state.h"

/* What the main context and the readers are told goes through one idle source each at most, however fast the producer
 * is. */

/* A guest that changes its mode, or flips its buffers, disables its console first or after. */
#define DISABLE_DELAY_US (250 * G_TIME_SPAN_MILLISECOND)

enum
{
  PROP_0,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_ACTIVE,
  PROP_REFUSED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (DioFramebuffer, dio_framebuffer, G_TYPE_OBJECT)

/* --- what the main context is told --- */

static void look_after_disable (DioFramebuffer *self, gint64 delay);

static gboolean
on_disable_timeout (gpointer user_data)
{
  DioFramebuffer *self = user_data;
  gint64 left;
  gboolean ended = FALSE;

  g_clear_pointer (&self->disable_timeout, g_source_unref);
  g_mutex_lock (&self->mutex);
  left = self->disabled_at + DISABLE_DELAY_US - g_get_monotonic_time ();
  if (self->enabled || left <= 0)
    self->watching = FALSE;
  if (!self->enabled && left <= 0)
    {
      ended = self->active;
      self->active = FALSE;
      /* The guest's memory is kept for the picture that is shown, and no other. */
      dio_buffer_cache_clear (&self->cache);
    }
  if (self->watching)
    look_after_disable (self, left);
  g_mutex_unlock (&self->mutex);
  if (ended)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
  return G_SOURCE_REMOVE;
}

static void
look_after_disable (DioFramebuffer *self, gint64 delay)
{
  self->disable_timeout = g_timeout_source_new ((guint) (delay / G_TIME_SPAN_MILLISECOND + 1));
  g_source_set_callback (self->disable_timeout, on_disable_timeout, self, NULL);
  g_source_set_static_name (self->disable_timeout, "[diorama] console disabled");
  g_source_attach (self->disable_timeout, self->context);
}

/* Tells the main context what the producer did. */
static gboolean
on_idle (gpointer user_data)
{
  DioFramebuffer *self = user_data;
  int width, height;

  g_object_freeze_notify (G_OBJECT (self));
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->idle, g_source_unref);
  width = self->buffer ? dio_buffer_get_width (self->buffer) : 0;
  height = self->buffer ? dio_buffer_get_height (self->buffer) : 0;
  if (self->width != width)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_WIDTH]);
  if (self->height != height)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HEIGHT]);
  if (self->enabled && !self->active)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACTIVE]);
  if (self->refused != self->has_refused)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REFUSED]);
  self->refused = self->has_refused;
  self->width = width;
  self->height = height;
  self->active = self->active || self->enabled;
  if (self->watching && !self->disable_timeout)
    look_after_disable (self, DISABLE_DELAY_US);
  g_mutex_unlock (&self->mutex);
  g_object_thaw_notify (G_OBJECT (self));
  return G_SOURCE_REMOVE;
}

void
dio_framebuffer_tell_main_context (DioFramebuffer *self)
{
  if (self->idle)
    return;
  self->idle = g_idle_source_new ();
  g_source_set_priority (self->idle, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->idle, on_idle, g_object_ref (self), g_object_unref);
  g_source_set_static_name (self->idle, "[diorama] framebuffer changed");
  g_source_attach (self->idle, self->context);
}

/* --- the producer's end of the accounts; with the mutex held --- */

static void
picture_came (DioFramebuffer *self)
{
  self->enabled = TRUE;
  self->has_refused = FALSE;
  if (!self->active || self->refused || self->width != dio_buffer_get_width (self->buffer) ||
      self->height != dio_buffer_get_height (self->buffer))
    dio_framebuffer_tell_main_context (self);
  for (guint i = 0; i < self->accounts->len; i++)
    {
      DioAccount *account = g_ptr_array_index (self->accounts, i);

      if (account->told)
        continue;
      account->told = TRUE;
      account->tell (account);
    }
}

void
dio_framebuffer_set_buffer (DioFramebuffer *self, DioBuffer *buffer)
{
  g_clear_pointer (&self->buffer, dio_buffer_unref);
  self->buffer = buffer;
  for (guint i = 0; i < self->accounts->len; i++)
    g_clear_pointer (&((DioAccount *) g_ptr_array_index (self->accounts, i))->damage, cairo_region_destroy);
  picture_came (self);
}

void
dio_framebuffer_add_damage (DioFramebuffer *self, const cairo_rectangle_int_t *rect)
{
  for (guint i = 0; i < self->accounts->len; i++)
    {
      DioAccount *account = g_ptr_array_index (self->accounts, i);

      if (account->damage)
        dio_damage_add (account->damage, rect);
    }
  picture_came (self);
}

/* --- the readers' side --- */

void
dio_framebuffer_add_account (DioFramebuffer *self, DioAccount *account)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_ptr_array_add (self->accounts, account);
  if (!self->buffer)
    return;
  account->told = TRUE;
  account->tell (account);
}

void
dio_framebuffer_remove_account (DioFramebuffer *self, DioAccount *account)
{
  g_mutex_lock (&self->mutex);
  g_ptr_array_remove_fast (self->accounts, account);
  g_clear_pointer (&account->damage, cairo_region_destroy);
  g_mutex_unlock (&self->mutex);
  dio_framebuffer_set_pacing (self, account, FALSE);
}

static cairo_region_t *
everything (DioFramebuffer *self)
{
  cairo_rectangle_int_t all = { 0, 0, dio_buffer_get_width (self->buffer), dio_buffer_get_height (self->buffer) };

  return cairo_region_create_rectangle (&all);
}

DioFrame *
dio_framebuffer_take (DioFramebuffer *self, DioAccount *account)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  cairo_region_t *damage;

  account->told = FALSE;
  account->untell (account);
  if (!self->buffer || (account->damage && cairo_region_is_empty (account->damage)))
    return NULL;
  damage = account->damage ? account->damage : everything (self);
  account->damage = cairo_region_create ();
  self->untaken = FALSE;
  return dio_frame_new (self->buffer, damage, self->pacer, account->pacing);
}

void
dio_framebuffer_set_pacing (DioFramebuffer *self, DioAccount *account, gboolean pacing)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (pacing == (account->pacing != 0))
    return;
  if (pacing)
    account->pacing = dio_pacer_add_reader (self->pacer);
  else
    dio_pacer_remove_reader (self->pacer, account->pacing);
  if (!pacing)
    account->pacing = 0;
}

DioFrame *
dio_framebuffer_peek (DioFramebuffer *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (self), NULL);
  locker = g_mutex_locker_new (&self->mutex);
  return self->buffer ? dio_frame_new (self->buffer, everything (self), self->pacer, 0) : NULL;
}

void
dio_framebuffer_get_stats (DioFramebuffer *self, DioDisplayStats *ret_stats)
{
  g_return_if_fail (DIO_IS_FRAMEBUFFER (self));
  g_mutex_lock (&self->mutex);
  *ret_stats = self->stats;
  g_mutex_unlock (&self->mutex);
  dio_pacer_get_stats (self->pacer, ret_stats);
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

gboolean
dio_framebuffer_get_refused (DioFramebuffer *self)
{
  g_return_val_if_fail (DIO_IS_FRAMEBUFFER (self), FALSE);
  return self->refused;
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
    case PROP_REFUSED:
      g_value_set_boolean (value, self->refused);
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

  dio_pacer_release (self->pacer);
  g_clear_pointer (&self->pacer, dio_pacer_unref);
  dio_buffer_cache_clear (&self->cache);
  g_clear_pointer (&self->buffer, dio_buffer_unref);
  g_clear_pointer (&self->accounts, g_ptr_array_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
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
  properties[PROP_REFUSED] = g_param_spec_boolean ("refused", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_framebuffer_init (DioFramebuffer *self)
{
  g_mutex_init (&self->mutex);
  self->context = g_main_context_ref_thread_default ();
  self->pacer = dio_pacer_new ();
  self->accounts = g_ptr_array_new ();
  self->stats.path = "none";
}

DioFramebuffer *
dio_framebuffer_new (void)
{
  return g_object_new (DIO_TYPE_FRAMEBUFFER, NULL);
}
