/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/pointer-lock-wayland.h"

#include "base/debug.h"
#include "ui/pointer-constraints-unstable-v1-client-protocol.h"
#include "ui/relative-pointer-unstable-v1-client-protocol.h"

#include <gdk/wayland/gdkwayland.h>

/* All of it is on the queue that GDK dispatches: motion and GDK's own events come in the order in which they happened.
 */
struct _DioPointerLockWayland
{
  DioPointerLock parent_instance;

  struct wl_registry *registry;
  struct zwp_pointer_constraints_v1 *constraints;   /* NULL where the compositor has none */
  struct zwp_relative_pointer_manager_v1 *relative; /* as well */
  struct zwp_locked_pointer_v1 *locked;             /* while asked for */
  struct zwp_relative_pointer_v1 *motion;           /* as well */
};

G_DEFINE_FINAL_TYPE (DioPointerLockWayland, dio_pointer_lock_wayland, DIO_TYPE_POINTER_LOCK)

/* --- what the compositor has --- */

static void
on_global (void *data, struct wl_registry *registry, uint32_t name, const char *interface, uint32_t version)
{
  DioPointerLockWayland *self = data;

  if (!self->constraints && g_str_equal (interface, zwp_pointer_constraints_v1_interface.name))
    self->constraints = wl_registry_bind (registry, name, &zwp_pointer_constraints_v1_interface, 1);
  else if (!self->relative && g_str_equal (interface, zwp_relative_pointer_manager_v1_interface.name))
    self->relative = wl_registry_bind (registry, name, &zwp_relative_pointer_manager_v1_interface, 1);
}

static void
on_global_remove (void *data, struct wl_registry *registry, uint32_t name)
{
  /* Both are there for as long as the compositor is. */
}

static const struct wl_registry_listener registry_listener = { on_global, on_global_remove };

/* --- the lock --- */

static void
on_locked (void *data, struct zwp_locked_pointer_v1 *locked)
{
  dio_debug (DIO_DEBUG_INPUT, "the compositor holds the pointer");
  dio_pointer_lock_set_active (data, TRUE);
}

static void
on_unlocked (void *data, struct zwp_locked_pointer_v1 *locked)
{
  dio_debug (DIO_DEBUG_INPUT, "the compositor has let the pointer go");
  /* Asked for once, it is not given a second time. */
  dio_pointer_lock_unlock (data);
}

static const struct zwp_locked_pointer_v1_listener locked_listener = { on_locked, on_unlocked };

static void
on_relative_motion (void *data, struct zwp_relative_pointer_v1 *motion, uint32_t time_high, uint32_t time_low,
                    wl_fixed_t dx, wl_fixed_t dy, wl_fixed_t dx_unaccelerated, wl_fixed_t dy_unaccelerated)
{
  guint64 time_us = (guint64) time_high << 32 | time_low;

  dio_pointer_lock_take_motion (data, (guint32) (time_us / 1000), wl_fixed_to_double (dx_unaccelerated),
                                wl_fixed_to_double (dy_unaccelerated));
}

static const struct zwp_relative_pointer_v1_listener motion_listener = { on_relative_motion };

static gboolean
dio_pointer_lock_wayland_lock (DioPointerLock *lock, GdkSurface *surface, GdkDevice *pointer)
{
  DioPointerLockWayland *self = DIO_POINTER_LOCK_WAYLAND (lock);
  struct wl_pointer *wl_pointer = GDK_IS_WAYLAND_DEVICE (pointer) ? gdk_wayland_device_get_wl_pointer (pointer) : NULL;
  struct wl_surface *wl_surface = gdk_wayland_surface_get_wl_surface (surface);

  if (!self->constraints || !self->relative || !wl_pointer || !wl_surface)
    return FALSE;
  self->motion = zwp_relative_pointer_manager_v1_get_relative_pointer (self->relative, wl_pointer);
  zwp_relative_pointer_v1_add_listener (self->motion, &motion_listener, self);
  self->locked = zwp_pointer_constraints_v1_lock_pointer (self->constraints, wl_surface, wl_pointer, NULL,
                                                          ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_ONESHOT);
  zwp_locked_pointer_v1_add_listener (self->locked, &locked_listener, self);
  return TRUE;
}

static void
dio_pointer_lock_wayland_unlock (DioPointerLock *lock)
{
  DioPointerLockWayland *self = DIO_POINTER_LOCK_WAYLAND (lock);

  g_clear_pointer (&self->locked, zwp_locked_pointer_v1_destroy);
  g_clear_pointer (&self->motion, zwp_relative_pointer_v1_destroy);
}

/* It takes effect with a commit of the surface. Only GDK does those: it may be half-way through its next state. */
static void
dio_pointer_lock_wayland_set_hint (DioPointerLock *lock, double x, double y)
{
  DioPointerLockWayland *self = DIO_POINTER_LOCK_WAYLAND (lock);

  zwp_locked_pointer_v1_set_cursor_position_hint (self->locked, wl_fixed_from_double (x), wl_fixed_from_double (y));
}

static void
dio_pointer_lock_wayland_dispose (GObject *object)
{
  DioPointerLockWayland *self = DIO_POINTER_LOCK_WAYLAND (object);

  g_clear_pointer (&self->locked, zwp_locked_pointer_v1_destroy);
  g_clear_pointer (&self->motion, zwp_relative_pointer_v1_destroy);
  g_clear_pointer (&self->constraints, zwp_pointer_constraints_v1_destroy);
  g_clear_pointer (&self->relative, zwp_relative_pointer_manager_v1_destroy);
  g_clear_pointer (&self->registry, wl_registry_destroy);
  G_OBJECT_CLASS (dio_pointer_lock_wayland_parent_class)->dispose (object);
}

static void
dio_pointer_lock_wayland_class_init (DioPointerLockWaylandClass *klass)
{
  DioPointerLockClass *lock_class = DIO_POINTER_LOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_pointer_lock_wayland_dispose;
  lock_class->lock = dio_pointer_lock_wayland_lock;
  lock_class->unlock = dio_pointer_lock_wayland_unlock;
  lock_class->set_hint = dio_pointer_lock_wayland_set_hint;
}

static void
dio_pointer_lock_wayland_init (DioPointerLockWayland *self)
{
}

DioPointerLock *
dio_pointer_lock_wayland_new (GdkDisplay *display)
{
  DioPointerLockWayland *self = g_object_new (DIO_TYPE_POINTER_LOCK_WAYLAND, NULL);

  self->registry = wl_display_get_registry (gdk_wayland_display_get_wl_display (display));
  wl_registry_add_listener (self->registry, &registry_listener, self);
  return DIO_POINTER_LOCK (self);
}
