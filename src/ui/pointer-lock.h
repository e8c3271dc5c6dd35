/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Holds the host's pointer where it is, and tells how the mouse moves meanwhile: without acceleration, in counts of the
 * device, as the mouse would tell a machine that it is plugged into. What that machine makes of them (its own
 * acceleration) is its own affair; the host's on top would be one too many.
 *
 * Property "active" (boolean, read-only, notify): the pointer is held; the windowing system may end that by itself.
 * Signal "motion" (double DX, double DY): while active, right and down. Main thread only. */
#define DIO_TYPE_POINTER_LOCK (dio_pointer_lock_get_type ())
G_DECLARE_DERIVABLE_TYPE (DioPointerLock, dio_pointer_lock, DIO, POINTER_LOCK, GObject)

struct _DioPointerLockClass
{
  GObjectClass parent_class;

  /* Asks for it; tells by dio_pointer_lock_set_active(). Returns: FALSE when there is no use in waiting. */
  gboolean (*lock) (DioPointerLock *self, GdkSurface *surface, GdkDevice *pointer);
  /* Ends it, or the wait for it. */
  void (*unlock) (DioPointerLock *self);
  void (*set_hint) (DioPointerLock *self, double x, double y);
};

/* Returns: (transfer full) (nullable): NULL where DISPLAY has no such thing. */
DioPointerLock *dio_pointer_lock_new (GdkDisplay *display);
/* Asks to hold POINTER in SURFACE, where it must be. Nothing when that was done and not undone. */
void dio_pointer_lock_lock (DioPointerLock *self, GdkSurface *surface, GdkDevice *pointer);
/* At once; motion that was not told yet is not told any more. */
void dio_pointer_lock_unlock (DioPointerLock *self);
gboolean dio_pointer_lock_get_active (DioPointerLock *self);
/* The point of the surface where the pointer should be when it is let go; where it was, if never told. With Wayland it
 * counts from the surface's next frame on. */
void dio_pointer_lock_set_hint (DioPointerLock *self, double x, double y);
/* Tells at once of motion until TIME (as of GDK's events), so that a button comes in between. The rest follows when
 * GDK's events have all been handled. */
void dio_pointer_lock_flush (DioPointerLock *self, guint32 time);

/* For those that implement it. TIME: as of GDK's events. */
void dio_pointer_lock_set_active (DioPointerLock *self, gboolean active);
void dio_pointer_lock_take_motion (DioPointerLock *self, guint32 time, double dx, double dy);

G_END_DECLS
