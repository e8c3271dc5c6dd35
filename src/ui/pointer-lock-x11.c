/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/pointer-lock-x11.h"

#include "base/debug.h"

#include <X11/extensions/XInput2.h>
#include <gdk/x11/gdkx.h>

struct _DioPointerLockX11
{
  DioPointerLock parent_instance;

  GdkDisplay *display; /* (unowned): as long as the program */
  int opcode;          /* of XInput */

  /* while locked */
  gulong event_id;
  Window window;
  int pointer;      /* the grabbed device */
  double scale;     /* pixels of the window a unit of the surface */
  double middle[2]; /* of the window, in its pixels: what the pointer is put back to, far from whatever is around */
  double end[2];    /* where it is let go */
  int source;       /* the device that moved last … */
  double range[2];  /* … and how wide its axes are, if it tells places; 0 if it tells ways */
  double last[2];   /* its last place */
  gboolean has_last[2];
};

G_DEFINE_FINAL_TYPE (DioPointerLockX11, dio_pointer_lock_x11, DIO_TYPE_POINTER_LOCK)

static Display *
get_xdisplay (DioPointerLockX11 *self)
{
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  return gdk_x11_display_get_xdisplay (self->display);
  G_GNUC_END_IGNORE_DEPRECATIONS
}

static void
select_raw_motion (DioPointerLockX11 *self, gboolean on)
{
  Display *xdisplay = get_xdisplay (self);
  unsigned char bits[XIMaskLen (XI_LASTEVENT)] = { 0 };
  XIEventMask mask = { XIAllMasterDevices, sizeof bits, bits };

  if (on)
    XISetMask (bits, XI_RawMotion);
  XISelectEvents (xdisplay, DefaultRootWindow (xdisplay), &mask, 1);
}

static void
put (DioPointerLockX11 *self, const double point[2])
{
  XIWarpPointer (get_xdisplay (self), self->pointer, None, self->window, 0, 0, 0, 0, point[0], point[1]);
}

/* --- motion --- */

/* Another device moves: whether it is a mouse, or tells places (a tablet, and most pointers of virtual machines). */
static void
meet_source (DioPointerLockX11 *self, int source)
{
  int n = 0;
  XIDeviceInfo *info;

  /* It may have been unplugged by now, which is an error. */
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  gdk_x11_display_error_trap_push (self->display);
  info = XIQueryDevice (get_xdisplay (self), source, &n);
  gdk_x11_display_error_trap_pop_ignored (self->display);
  G_GNUC_END_IGNORE_DEPRECATIONS
  self->source = source;
  for (int axis = 0; axis < 2; axis++)
    {
      self->range[axis] = 0;
      self->has_last[axis] = FALSE;
    }
  for (int i = 0; info && n > 0 && i < info->num_classes; i++)
    {
      XIValuatorClassInfo *valuator = (XIValuatorClassInfo *) info->classes[i];

      if (valuator->type == XIValuatorClass && valuator->number >= 0 && valuator->number < 2 &&
          valuator->mode == XIModeAbsolute)
        self->range[valuator->number] = MAX (valuator->max - valuator->min, 1);
    }
  if (info)
    XIFreeDeviceInfo (info);
}

/* A place of AXIS as the way from the last one, in pixels of the screen. */
static double
to_way (DioPointerLockX11 *self, int axis, double place)
{
  Display *xdisplay = get_xdisplay (self);
  int screen = DefaultScreen (xdisplay);
  int size = axis == 0 ? DisplayWidth (xdisplay, screen) : DisplayHeight (xdisplay, screen);
  double way = self->has_last[axis] ? (place - self->last[axis]) / self->range[axis] * size : 0;

  self->last[axis] = place;
  self->has_last[axis] = TRUE;
  return way;
}

static void
take_raw_motion (DioPointerLockX11 *self, const XIRawEvent *event)
{
  const double *value = event->raw_values;
  double way[2] = { 0, 0 };

  if (event->sourceid != self->source)
    meet_source (self, event->sourceid);
  for (int axis = 0; axis < 2 && axis < event->valuators.mask_len * 8; axis++)
    if (XIMaskIsSet (event->valuators.mask, axis))
      {
        way[axis] = self->range[axis] > 0 ? to_way (self, axis, *value) : *value;
        value++;
      }
  /* The wheel's axes move, too. */
  if (way[0] == 0 && way[1] == 0)
    return;
  dio_pointer_lock_take_motion (DIO_POINTER_LOCK (self), (guint32) event->time, way[0], way[1]);
  put (self, self->middle);
}

static gboolean
on_xevent (GdkDisplay *display, gpointer xevent, gpointer user_data)
{
  DioPointerLockX11 *self = user_data;
  const XGenericEventCookie *cookie = &((XEvent *) xevent)->xcookie;

  /* GDK has fetched the cookie's data. */
  if (cookie->type != GenericEvent || cookie->extension != self->opcode || cookie->evtype != XI_RawMotion)
    return FALSE;
  if (cookie->data)
    take_raw_motion (self, cookie->data);
  return TRUE;
}

/* --- the lock --- */

static gboolean
grab (DioPointerLockX11 *self)
{
  unsigned char bits[XIMaskLen (XI_LASTEVENT)] = { 0 };
  XIEventMask mask = { self->pointer, sizeof bits, bits };

  XISetMask (bits, XI_ButtonPress);
  XISetMask (bits, XI_ButtonRelease);
  XISetMask (bits, XI_Motion);
  /* Not for its owner's other selections (FALSE), or the server would hand out raw motion a second time. */
  return XIGrabDevice (get_xdisplay (self), self->pointer, self->window, CurrentTime, None, XIGrabModeAsync,
                       XIGrabModeAsync, FALSE, &mask) == XIGrabSuccess;
}

static gboolean
dio_pointer_lock_x11_lock (DioPointerLock *lock, GdkSurface *surface, GdkDevice *pointer)
{
  DioPointerLockX11 *self = DIO_POINTER_LOCK_X11 (lock);
  double x, y;

  if (!GDK_IS_X11_SURFACE (surface) || !gdk_surface_get_device_position (surface, pointer, &x, &y, NULL))
    return FALSE;
  self->scale = gdk_surface_get_scale (surface);
  self->middle[0] = gdk_surface_get_width (surface) * self->scale / 2;
  self->middle[1] = gdk_surface_get_height (surface) * self->scale / 2;
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  self->window = gdk_x11_surface_get_xid (surface);
  self->pointer = gdk_x11_device_get_id (pointer);
  G_GNUC_END_IGNORE_DEPRECATIONS
  self->source = 0;
  if (!grab (self))
    {
      dio_debug (DIO_DEBUG_INPUT, "another program holds the pointer");
      return FALSE;
    }
  select_raw_motion (self, TRUE);
  self->event_id = g_signal_connect (self->display, "xevent", G_CALLBACK (on_xevent), self);
  dio_pointer_lock_set_active (lock, TRUE);
  dio_pointer_lock_set_hint (lock, x, y);
  put (self, self->middle);
  return TRUE;
}

static void
dio_pointer_lock_x11_unlock (DioPointerLock *lock)
{
  DioPointerLockX11 *self = DIO_POINTER_LOCK_X11 (lock);

  g_clear_signal_handler (&self->event_id, self->display);
  select_raw_motion (self, FALSE);
  put (self, self->end);
  XIUngrabDevice (get_xdisplay (self), self->pointer, CurrentTime);
}

static void
dio_pointer_lock_x11_set_hint (DioPointerLock *lock, double x, double y)
{
  DioPointerLockX11 *self = DIO_POINTER_LOCK_X11 (lock);

  self->end[0] = x * self->scale;
  self->end[1] = y * self->scale;
}

static void
dio_pointer_lock_x11_dispose (GObject *object)
{
  dio_pointer_lock_unlock (DIO_POINTER_LOCK (object));
  G_OBJECT_CLASS (dio_pointer_lock_x11_parent_class)->dispose (object);
}

static void
dio_pointer_lock_x11_class_init (DioPointerLockX11Class *klass)
{
  DioPointerLockClass *lock_class = DIO_POINTER_LOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_pointer_lock_x11_dispose;
  lock_class->lock = dio_pointer_lock_x11_lock;
  lock_class->unlock = dio_pointer_lock_x11_unlock;
  lock_class->set_hint = dio_pointer_lock_x11_set_hint;
}

static void
dio_pointer_lock_x11_init (DioPointerLockX11 *self)
{
}

DioPointerLock *
dio_pointer_lock_x11_new (GdkDisplay *display)
{
  DioPointerLockX11 *self = g_object_new (DIO_TYPE_POINTER_LOCK_X11, NULL);
  int event, error;

  self->display = display;
  if (!XQueryExtension (get_xdisplay (self), "XInputExtension", &self->opcode, &event, &error))
    g_clear_object (&self);
  return self ? DIO_POINTER_LOCK (self) : NULL;
}
