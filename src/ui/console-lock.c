/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-lock.h"

#include "ui/console-view-input.h"
#include "ui/pointer-lock.h"

/* Both buttons held for so long, without a motion, give the pointer back: the way out for a mouse alone, which cannot
 * reach the badge. */
#define HOLD_MS 1000

struct _DioConsoleLock
{
  GObject parent_instance;

  DioConsoleView *view;       /* (unowned) */
  DioConsolePointer *pointer; /* (unowned) */
  DioPointerLock *lock;       /* (nullable): NULL where there is none to be had */
  guint hold_id;              /* both buttons are down */
};

G_DEFINE_FINAL_TYPE (DioConsoleLock, dio_console_lock, G_TYPE_OBJECT)

enum
{
  PROP_ACTIVE = 1,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

gboolean
dio_console_lock_get_active (DioConsoleLock *self)
{
  return self->lock && dio_pointer_lock_get_active (self->lock);
}

static void
on_active_changed (DioConsoleLock *self)
{
  g_clear_handle_id (&self->hold_id, g_source_remove);
  dio_console_pointer_set_held (self->pointer, dio_console_lock_get_active (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ACTIVE]);
}

static void
on_held (gpointer user_data)
{
  DioConsoleLock *self = user_data;

  self->hold_id = 0;
  dio_console_view_release_input (self->view);
  g_signal_emit_by_name (self->view, "release");
}

void
dio_console_lock_buttons_changed (DioConsoleLock *self)
{
  const guint both = 1u << DIO_MOUSE_LEFT | 1u << DIO_MOUSE_RIGHT;

  g_return_if_fail (DIO_IS_CONSOLE_LOCK (self));

  g_clear_handle_id (&self->hold_id, g_source_remove);
  if (dio_console_lock_get_active (self) && (dio_console_pointer_get_buttons (self->pointer) & both) == both)
    self->hold_id = g_timeout_add_once (HOLD_MS, on_held, self);
}

static void
on_motion (DioConsoleLock *self, double dx, double dy)
{
  if (dio_console_view_get_input_head (self->view))
    dio_console_pointer_move (self->pointer, dx, dy);
  /* Both buttons are also how some games walk. */
  if (self->hold_id)
    dio_console_lock_buttons_changed (self);
}

void
dio_console_lock_flush (DioConsoleLock *self, guint32 time)
{
  if (dio_console_lock_get_active (self))
    dio_pointer_lock_flush (self->lock, time);
}

void
dio_console_lock_take (DioConsoleLock *self, GdkEvent *event)
{
  DioHead *head = dio_console_view_get_input_head (self->view);
  GdkDevice *device = gdk_event_get_device (event);
  const DioViewport *viewport;
  double x, y, view_x, view_y;

  g_return_if_fail (DIO_IS_CONSOLE_LOCK (self));

  /* A pen points at places, and stays free. */
  if (!self->lock || !head || dio_mouse_get_is_absolute (dio_head_get_mouse (head)) || !device ||
      gdk_event_get_device_tool (event) || !gdk_event_get_position (event, &x, &y))
    return;
  viewport = dio_console_view_locate (self->view, x, y, &view_x, &view_y);
  if (dio_viewport_contains (viewport, view_x, view_y))
    dio_pointer_lock_lock (self->lock, gdk_event_get_surface (event), device);
}

void
dio_console_lock_release (DioConsoleLock *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_LOCK (self));

  if (self->lock)
    dio_pointer_lock_unlock (self->lock);
}

void
dio_console_lock_follow (DioConsoleLock *self, double x, double y)
{
  if (dio_console_lock_get_active (self))
    dio_pointer_lock_set_hint (self->lock, x, y);
}

static void
dio_console_lock_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_ACTIVE:
      g_value_set_boolean (value, dio_console_lock_get_active (DIO_CONSOLE_LOCK (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
dio_console_lock_dispose (GObject *object)
{
  DioConsoleLock *self = DIO_CONSOLE_LOCK (object);

  g_clear_handle_id (&self->hold_id, g_source_remove);
  g_clear_object (&self->lock);
  G_OBJECT_CLASS (dio_console_lock_parent_class)->dispose (object);
}

static void
dio_console_lock_class_init (DioConsoleLockClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_console_lock_get_property;
  object_class->dispose = dio_console_lock_dispose;
  props[PROP_ACTIVE] = g_param_spec_boolean ("active", NULL, NULL, FALSE,
                                             G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
dio_console_lock_init (DioConsoleLock *self)
{
}

DioConsoleLock *
dio_console_lock_new (DioConsoleView *view, DioConsolePointer *pointer)
{
  DioConsoleLock *self = g_object_new (DIO_TYPE_CONSOLE_LOCK, NULL);

  self->view = view;
  self->pointer = pointer;
  self->lock = dio_pointer_lock_new (gtk_widget_get_display (GTK_WIDGET (view)));
  if (self->lock)
    {
      g_signal_connect_object (self->lock, "notify::active", G_CALLBACK (on_active_changed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->lock, "motion", G_CALLBACK (on_motion), self, G_CONNECT_SWAPPED);
    }
  return self;
}
