/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-touch.h"

#include "ui/pinch.h"

/* By then a second finger is down, if there is one to come: two that zoom are no click. */
#define PINCH_WAIT_MS 80

struct _DioConsoleTouch
{
  GObject parent_instance;

  DioConsoleView *view;       /* (unowned) */
  DioConsolePointer *pointer; /* (unowned) */
  DioPinch *pinch;

  GdkEventSequence *finger; /* that points, compared only */
  guint press_id;           /* its press, which waits */
};

G_DEFINE_FINAL_TYPE (DioConsoleTouch, dio_console_touch, G_TYPE_OBJECT)

static gboolean
point (DioConsoleTouch *self, GdkEvent *event)
{
  double x, y;

  return gdk_event_get_position (event, &x, &y) && dio_console_pointer_point (self->pointer, x, y);
}

static void
press_now (gpointer user_data)
{
  DioConsoleTouch *self = user_data;

  self->press_id = 0;
  dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, TRUE);
}

/* The finger that points is lifted, or has become one of several. */
static void
stop_pointing (DioConsoleTouch *self)
{
  g_clear_handle_id (&self->press_id, g_source_remove);
  dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, FALSE);
  self->finger = NULL;
  dio_console_pointer_restart (self->pointer);
}

/* One finger points and presses; several zoom. */
gboolean
dio_console_touch_handle (DioConsoleTouch *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);
  GdkEventSequence *sequence = gdk_event_get_event_sequence (event);

  g_return_val_if_fail (DIO_IS_CONSOLE_TOUCH (self), GDK_EVENT_PROPAGATE);

  if (type == GDK_TOUCHPAD_PINCH || !dio_console_view_get_input_head (self->view))
    return dio_pinch_handle (self->pinch, event);
  if (dio_pinch_handle (self->pinch, event))
    {
      if (self->finger)
        stop_pointing (self);
      return GDK_EVENT_STOP;
    }
  if (type == GDK_TOUCH_BEGIN)
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
      if (self->finger)
        return GDK_EVENT_STOP;
      self->finger = sequence;
      dio_console_pointer_restart (self->pointer);
      if (point (self, event))
        self->press_id = g_timeout_add_once (PINCH_WAIT_MS, press_now, self);
      return GDK_EVENT_STOP;
    }

  if (sequence != self->finger)
    return GDK_EVENT_STOP;
  if (type != GDK_TOUCH_CANCEL)
    point (self, event);
  if (type != GDK_TOUCH_UPDATE)
    {
      if (self->press_id && type == GDK_TOUCH_END)
        dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, TRUE);
      stop_pointing (self);
    }
  return GDK_EVENT_STOP;
}

void
dio_console_touch_release_all (DioConsoleTouch *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_TOUCH (self));

  self->finger = NULL;
  g_clear_handle_id (&self->press_id, g_source_remove);
  dio_pinch_cancel (self->pinch);
}

static void
dio_console_touch_dispose (GObject *object)
{
  DioConsoleTouch *self = DIO_CONSOLE_TOUCH (object);

  g_clear_handle_id (&self->press_id, g_source_remove);
  g_clear_object (&self->pinch);
  G_OBJECT_CLASS (dio_console_touch_parent_class)->dispose (object);
}

static void
dio_console_touch_class_init (DioConsoleTouchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_console_touch_dispose;
}

static void
dio_console_touch_init (DioConsoleTouch *self)
{
}

DioConsoleTouch *
dio_console_touch_new (DioConsoleView *view, DioConsolePointer *pointer)
{
  DioConsoleTouch *self = g_object_new (DIO_TYPE_CONSOLE_TOUCH, NULL);

  self->view = view;
  self->pointer = pointer;
  self->pinch = dio_pinch_new (view);
  return self;
}
