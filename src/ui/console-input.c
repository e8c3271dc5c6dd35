/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-input.h"

#include "ui/console-view-input.h"
#include "ui/console-keys.h"
#include "ui/console-lock.h"
#include "ui/console-locks.h"
#include "ui/console-pointer.h"
#include "ui/console-touch.h"

struct _DioConsoleInput
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  DioConsoleKeys *keys;
  DioConsolePointer *pointer;
  DioConsoleLock *lock;
  DioConsoleLocks *locks; /* Caps, Num and Scroll */
  DioConsoleTouch *touch;
};

G_DEFINE_FINAL_TYPE (DioConsoleInput, dio_console_input, G_TYPE_OBJECT)

static void
push_edge (DioConsoleInput *self, GdkEvent *event)
{
  double x, y;

  if (gdk_event_get_position (event, &x, &y))
    dio_console_view_push_edge (self->view, x, y);
}

static void
point (DioConsoleInput *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);

  if (type != GDK_MOTION_NOTIFY)
    dio_console_lock_flush (self->lock, gdk_event_get_time (event));
  dio_console_pointer_handle (self->pointer, event);
  if (type == GDK_BUTTON_PRESS)
    dio_console_lock_take (self->lock, event);
  if (type == GDK_BUTTON_PRESS || type == GDK_BUTTON_RELEASE)
    dio_console_lock_buttons_changed (self->lock);
}

static gboolean
on_event (DioConsoleInput *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);

  switch ((int) type)
    {
    case GDK_MOTION_NOTIFY:
      if (!dio_console_lock_get_active (self->lock))
        push_edge (self, event);
      break;
    case GDK_BUTTON_PRESS:
    case GDK_TOUCH_BEGIN:
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
      dio_console_keys_spoil_chord (self->keys);
      break;
    case GDK_SCROLL:
      dio_console_keys_spoil_chord (self->keys);
      break;
    case GDK_GRAB_BROKEN:
      dio_console_input_release_all (self);
      return GDK_EVENT_PROPAGATE;
    default:
      break;
    }

  switch ((int) type)
    {
    case GDK_TOUCH_BEGIN:
    case GDK_TOUCH_UPDATE:
    case GDK_TOUCH_END:
    case GDK_TOUCH_CANCEL:
    case GDK_TOUCHPAD_PINCH:
      return dio_console_touch_handle (self->touch, event);
    case GDK_MOTION_NOTIFY:
    case GDK_BUTTON_PRESS:
    case GDK_BUTTON_RELEASE:
    case GDK_SCROLL:
      if (!dio_console_view_get_input_head (self->view))
        return GDK_EVENT_PROPAGATE;
      point (self, event);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static gboolean
on_key_pressed (DioConsoleInput *self, guint keyval, guint keycode, GdkModifierType state,
                GtkEventController *controller)
{
  dio_console_lock_flush (self->lock, gtk_event_controller_get_current_event_time (controller));
  dio_console_pointer_flush (self->pointer);
  return dio_console_keys_press (self->keys, keyval, keycode, state,
                                 gtk_event_controller_get_current_event (controller));
}

static void
on_key_released (DioConsoleInput *self, guint keyval, guint keycode, GdkModifierType state,
                 GtkEventController *controller)
{
  dio_console_lock_flush (self->lock, gtk_event_controller_get_current_event_time (controller));
  dio_console_pointer_flush (self->pointer);
  dio_console_keys_release (self->keys, keycode);
}

static void
on_focus_enter (DioConsoleInput *self)
{
  dio_console_locks_set_focused (self->locks, TRUE);
}

static void
on_focus_leave (DioConsoleInput *self)
{
  dio_console_input_release_all (self);
  dio_console_locks_set_focused (self->locks, FALSE);
}

/* Coming into the view is a crossing, without a motion. */
static void
on_pointer_enter (DioConsoleInput *self, double x, double y)
{
  if (dio_console_view_get_input_head (self->view))
    dio_console_pointer_enter (self->pointer, x, y);
}

static void
on_pointer_leave (DioConsoleInput *self)
{
  dio_console_view_leave_edge (self->view);
  dio_console_pointer_leave (self->pointer);
}

void
dio_console_input_follow (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  if (dio_console_view_get_input_head (self->view))
    dio_console_pointer_follow (self->pointer);
}

void
dio_console_input_picture_moved (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  dio_console_touch_picture_moved (self->touch);
}

void
dio_console_input_release_all (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  dio_console_lock_release (self->lock);
  dio_console_touch_release_all (self->touch);
  dio_console_keys_release_all (self->keys);
  dio_console_pointer_release_all (self->pointer);
}

void
dio_console_input_set_heard (DioConsoleInput *self, gboolean heard)
{
  DioHead *head;

  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  head = dio_console_view_get_head (self->view);
  if (head && heard)
    {
      dio_keyboard_resume (dio_head_get_keyboard (head));
      dio_mouse_resume (dio_head_get_mouse (head));
      dio_touch_resume (dio_head_get_touch (head));
    }
  else if (head)
    {
      dio_keyboard_suspend (dio_head_get_keyboard (head));
      dio_mouse_suspend (dio_head_get_mouse (head));
      dio_touch_suspend (dio_head_get_touch (head));
    }
  if (!heard)
    dio_console_input_release_all (self);
}

gboolean
dio_console_input_get_pointer_locked (DioConsoleInput *self)
{
  return dio_console_lock_get_active (self->lock);
}

void
dio_console_input_pointer_is_at (DioConsoleInput *self, double x, double y)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  dio_console_lock_follow (self->lock, x, y);
}

void
dio_console_input_pointer_mode_changed (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  dio_console_lock_release (self->lock);
  if (dio_console_view_get_input_head (self->view))
    dio_console_pointer_mode_changed (self->pointer);
}

void
dio_console_input_head_changes (DioConsoleInput *self)
{
  dio_console_input_release_all (self);
  dio_console_pointer_restart (self->pointer);
}

static void
dio_console_input_dispose (GObject *object)
{
  DioConsoleInput *self = DIO_CONSOLE_INPUT (object);

  g_clear_object (&self->locks);
  g_clear_object (&self->lock);
  g_clear_object (&self->touch);
  g_clear_object (&self->pointer);
  g_clear_object (&self->keys);
  G_OBJECT_CLASS (dio_console_input_parent_class)->dispose (object);
}

static void
dio_console_input_class_init (DioConsoleInputClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_console_input_dispose;
}

static void
dio_console_input_init (DioConsoleInput *self)
{
}

DioConsoleInput *
dio_console_input_new (DioConsoleView *view)
{
  DioConsoleInput *self = g_object_new (DIO_TYPE_CONSOLE_INPUT, NULL);
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  /* Gestures follow one button at a time; a guest wants each press as it comes. */
  GtkEventController *events = gtk_event_controller_legacy_new ();

  self->view = view;
  self->keys = dio_console_keys_new (view);
  self->pointer = dio_console_pointer_new (view);
  self->touch = dio_console_touch_new (view, self->pointer);
  self->lock = dio_console_lock_new (view, self->pointer);
  g_signal_connect_object (self->lock, "notify::active", G_CALLBACK (dio_console_view_pointer_lock_changed), view,
                           G_CONNECT_SWAPPED);
  self->locks = dio_console_locks_new (view);
  g_object_bind_property (self->locks, "apart", view, "locks-apart", G_BINDING_DEFAULT);
  g_signal_connect_object (view, "notify::accept-input", G_CALLBACK (dio_console_locks_update), self->locks,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "notify::head", G_CALLBACK (dio_console_locks_update), self->locks, G_CONNECT_SWAPPED);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key_pressed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-released", G_CALLBACK (on_key_released), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (focus, "enter", G_CALLBACK (on_focus_enter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (focus, "leave", G_CALLBACK (on_focus_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "enter", G_CALLBACK (on_pointer_enter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_pointer_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (events, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
  gtk_widget_add_controller (GTK_WIDGET (view), focus);
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
  gtk_widget_add_controller (GTK_WIDGET (view), events);
  return self;
}
