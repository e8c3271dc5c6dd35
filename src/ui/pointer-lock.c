/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/pointer-lock.h"

#ifdef GDK_WINDOWING_WAYLAND
#include "ui/pointer-lock-wayland.h"
#include <gdk/wayland/gdkwayland.h>
#endif
#ifdef GDK_WINDOWING_X11
#include "ui/pointer-lock-x11.h"
#include <gdk/x11/gdkx.h>
#endif

#include <math.h>

/* After all of GDK's events, so that a button that came with motions is handled among them; and after drawing, for GDK
 * keeps events back meanwhile. */
#define FLUSH_PRIORITY (GDK_PRIORITY_REDRAW + 1)

typedef struct
{
  guint32 time;
  double dx, dy;
} Motion;

typedef struct
{
  gboolean requested;
  gboolean active;
  GArray *motions; /* of Motion: not told yet, oldest first */
  guint flush_id;
} DioPointerLockPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (DioPointerLock, dio_pointer_lock, G_TYPE_OBJECT)

enum
{
  PROP_ACTIVE = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint motion_signal;

/* Tells of the first N motions. */
static void
tell (DioPointerLock *self, guint n)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);
  double dx = 0, dy = 0;

  if (n == 0)
    return;
  for (guint i = 0; i < n; i++)
    {
      dx += g_array_index (priv->motions, Motion, i).dx;
      dy += g_array_index (priv->motions, Motion, i).dy;
    }
  g_array_remove_range (priv->motions, 0, n);
  g_signal_emit (self, motion_signal, 0, dx, dy);
}

static gboolean
on_events_handled (gpointer user_data)
{
  DioPointerLock *self = user_data;
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  priv->flush_id = 0;
  tell (self, priv->motions->len);
  return G_SOURCE_REMOVE;
}

void
dio_pointer_lock_flush (DioPointerLock *self, guint32 time)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);
  guint n = 0;

  g_return_if_fail (DIO_IS_POINTER_LOCK (self));

  /* Milliseconds wrap around after 49 days. */
  while (n < priv->motions->len && (gint32) (g_array_index (priv->motions, Motion, n).time - time) <= 0)
    n++;
  tell (self, n);
}

void
dio_pointer_lock_take_motion (DioPointerLock *self, guint32 time, double dx, double dy)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);
  Motion motion = { time, dx, dy };

  if (!priv->active || !isfinite (dx) || !isfinite (dy))
    return;
  g_array_append_val (priv->motions, motion);
  if (!priv->flush_id)
    priv->flush_id = g_idle_add_full (FLUSH_PRIORITY, on_events_handled, self, NULL);
}

gboolean
dio_pointer_lock_get_active (DioPointerLock *self)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  return priv->active;
}

void
dio_pointer_lock_set_active (DioPointerLock *self, gboolean active)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  if (priv->active == active)
    return;
  priv->active = active;
  g_array_set_size (priv->motions, 0);
  g_clear_handle_id (&priv->flush_id, g_source_remove);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACTIVE]);
}

void
dio_pointer_lock_lock (DioPointerLock *self, GdkSurface *surface, GdkDevice *pointer)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  g_return_if_fail (DIO_IS_POINTER_LOCK (self));

  if (priv->requested)
    return;
  priv->requested = TRUE;
  if (!DIO_POINTER_LOCK_GET_CLASS (self)->lock (self, surface, pointer))
    priv->requested = FALSE;
}

void
dio_pointer_lock_unlock (DioPointerLock *self)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  g_return_if_fail (DIO_IS_POINTER_LOCK (self));

  if (!priv->requested)
    return;
  priv->requested = FALSE;
  DIO_POINTER_LOCK_GET_CLASS (self)->unlock (self);
  dio_pointer_lock_set_active (self, FALSE);
}

void
dio_pointer_lock_set_hint (DioPointerLock *self, double x, double y)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  g_return_if_fail (DIO_IS_POINTER_LOCK (self));

  if (priv->active)
    DIO_POINTER_LOCK_GET_CLASS (self)->set_hint (self, x, y);
}

static void
dio_pointer_lock_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, dio_pointer_lock_get_active (DIO_POINTER_LOCK (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_pointer_lock_dispose (GObject *object)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (DIO_POINTER_LOCK (object));

  g_clear_handle_id (&priv->flush_id, g_source_remove);
  g_clear_pointer (&priv->motions, g_array_unref);
  G_OBJECT_CLASS (dio_pointer_lock_parent_class)->dispose (object);
}

static void
dio_pointer_lock_class_init (DioPointerLockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_pointer_lock_get_property;
  object_class->dispose = dio_pointer_lock_dispose;
  props[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE,
                                             G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  motion_signal = g_signal_new ("motion", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
dio_pointer_lock_init (DioPointerLock *self)
{
  DioPointerLockPrivate *priv = dio_pointer_lock_get_instance_private (self);

  priv->motions = g_array_new (FALSE, FALSE, sizeof (Motion));
}

DioPointerLock *
dio_pointer_lock_new (GdkDisplay *display)
{
#ifdef GDK_WINDOWING_WAYLAND
  if (GDK_IS_WAYLAND_DISPLAY (display))
    return dio_pointer_lock_wayland_new (display);
#endif
#ifdef GDK_WINDOWING_X11
  if (GDK_IS_X11_DISPLAY (display))
    return dio_pointer_lock_x11_new (display);
#endif
  return NULL;
}
