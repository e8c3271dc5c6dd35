/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-input.h"

#include "base/debug.h"
#include "ui/pinch.h"

#include <linux/input-event-codes.h>
#include <math.h>

/* X11 and Wayland both number keys as Linux does, plus this. */
#define KEYCODE_OFFSET 8
/* Surface pixels that a touchpad scrolls for one click of a wheel, about a line of text. */
#define PIXELS_PER_CLICK 15.0
/* By then a second finger is down, if there is one to come: two that zoom are no click. */
#define PINCH_WAIT_MS 80

struct _DioConsoleInput
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  DioHead *head;
  DioPinch *pinch;

  gboolean ctrl_down;
  gboolean alt_down;
  gboolean f12_down;      /* as part of Ctrl+Alt+F12 */
  gboolean chord_spoiled; /* something else was pressed: Ctrl+Alt is not alone */

  guint buttons_down;      /* bit per DioMouseButton */
  GdkEventSequence *touch; /* the finger that points, compared only */
  guint press_id;          /* its press, which waits */
  double scroll;           /* clicks not sent yet */
  double last_x;           /* device pixels of the view; for relative motion */
  double last_y;
  double rest_x; /* guest pixels not sent yet */
  double rest_y;
  gboolean has_last;
  double at_x; /* where the pointer is, of the surface */
  double at_y;
  gboolean is_over;
};

G_DEFINE_FINAL_TYPE (DioConsoleInput, dio_console_input, G_TYPE_OBJECT)

static gboolean
accepts (DioConsoleInput *self)
{
  return self->head && dio_console_view_get_accept_input (self->view);
}

/* --- keys --- */

/* Returns: whether a key was Ctrl+Alt's last to be lifted, with nothing else in between. */
static gboolean
track_chord (DioConsoleInput *self, guint code, gboolean down)
{
  gboolean is_ctrl = code == KEY_LEFTCTRL || code == KEY_RIGHTCTRL;
  gboolean is_alt = code == KEY_LEFTALT; /* the right one is AltGr in much of the world */
  gboolean fires = !down && (is_ctrl || is_alt) && self->ctrl_down && self->alt_down && !self->chord_spoiled;

  if (down && (is_ctrl || is_alt) && !self->ctrl_down && !self->alt_down)
    self->chord_spoiled = FALSE;
  if (is_ctrl)
    self->ctrl_down = down;
  else if (is_alt)
    self->alt_down = down;
  else if (down)
    self->chord_spoiled = TRUE;
  return fires;
}

static gboolean
on_key_pressed (DioConsoleInput *self, guint keyval, guint keycode, GdkModifierType state)
{
  const GdkModifierType chord = GDK_CONTROL_MASK | GDK_ALT_MASK;
  guint code = keycode - KEYCODE_OFFSET;

  if (keycode < KEYCODE_OFFSET)
    return GDK_EVENT_PROPAGATE;
  /* The guest has Ctrl and Alt down, but never sees the third key. */
  if ((state & chord) == chord && dio_console_view_zoom_key (self->view, keyval, code))
    {
      self->chord_spoiled = TRUE;
      return GDK_EVENT_STOP;
    }
  if (!accepts (self))
    return GDK_EVENT_PROPAGATE;

  track_chord (self, code, TRUE);
  if (self->ctrl_down && self->alt_down && (code == KEY_ENTER || code == KEY_KPENTER))
    {
      dio_console_input_release_all (self);
      g_signal_emit_by_name (self->view, "toggle-fullscreen");
      return GDK_EVENT_STOP;
    }
  if (self->ctrl_down && self->alt_down && code == KEY_F12)
    {
      /* A key that is held repeats. */
      if (!self->f12_down)
        g_signal_emit_by_name (self->view, "toggle-diagnostics");
      self->f12_down = TRUE;
      return GDK_EVENT_STOP;
    }

  dio_debug (DIO_DEBUG_INPUT, "key %u down", code);
  dio_keyboard_press (dio_head_get_keyboard (self->head), code);
  return GDK_EVENT_STOP;
}

static void
on_key_released (DioConsoleInput *self, guint keyval, guint keycode, GdkModifierType state)
{
  guint code = keycode - KEYCODE_OFFSET;

  if (!accepts (self) || keycode < KEYCODE_OFFSET)
    return;

  if (code == KEY_F12)
    self->f12_down = FALSE;
  dio_debug (DIO_DEBUG_INPUT, "key %u up", code);
  dio_keyboard_release (dio_head_get_keyboard (self->head), code);
  if (track_chord (self, code, FALSE))
    {
      dio_console_input_release_all (self);
      g_signal_emit_by_name (self->view, "release");
    }
}

/* --- pointer --- */

static void
move_relative (DioConsoleInput *self, const DioViewport *viewport, double x, double y)
{
  if (self->has_last)
    {
      double way_x, way_y;
      int dx, dy;

      dio_viewport_to_guest_way (viewport, x - self->last_x, y - self->last_y, &way_x, &way_y);
      self->rest_x += way_x;
      self->rest_y += way_y;
      dx = (int) CLAMP (trunc (self->rest_x), -G_MAXINT16, G_MAXINT16);
      dy = (int) CLAMP (trunc (self->rest_y), -G_MAXINT16, G_MAXINT16);
      self->rest_x -= dx;
      self->rest_y -= dy;
      if (dx != 0 || dy != 0)
        dio_mouse_move (dio_head_get_mouse (self->head), dx, dy);
    }
  self->last_x = x;
  self->last_y = y;
  self->has_last = TRUE;
}

/* Tells the guest where the pointer is, at (X, Y) of the surface; beside the picture, its nearest edge, so that a quick
 * hand reaches it. Returns: whether the point is on the picture. */
static gboolean
point_at (DioConsoleInput *self, double surface_x, double surface_y)
{
  double x, y;
  const DioViewport *viewport = dio_console_view_locate (self->view, surface_x, surface_y, &x, &y);
  DioMouse *mouse = dio_head_get_mouse (self->head);
  gboolean inside = dio_viewport_contains (viewport, x, y);
  guint guest_x, guest_y;

  self->at_x = surface_x;
  self->at_y = surface_y;
  self->is_over = TRUE;
  dio_console_view_set_hovered (self->view, inside);
  if (!dio_mouse_get_is_absolute (mouse))
    move_relative (self, viewport, x, y);
  else if (dio_viewport_to_guest (viewport, x, y, &guest_x, &guest_y))
    {
      dio_debug (DIO_DEBUG_INPUT, "pointer at %u,%u", guest_x, guest_y);
      dio_mouse_set_position (mouse, guest_x, guest_y);
    }
  return inside;
}

/* GDK hands out motion once a frame, and before any button event that followed it: nothing more has to be merged here.
 */
static gboolean
point (DioConsoleInput *self, GdkEvent *event)
{
  double x, y;

  return gdk_event_get_position (event, &x, &y) && point_at (self, x, y);
}

static int
to_guest_button (guint button)
{
  switch (button)
    {
    case GDK_BUTTON_PRIMARY:
      return DIO_MOUSE_LEFT;
    case GDK_BUTTON_MIDDLE:
      return DIO_MOUSE_MIDDLE;
    case GDK_BUTTON_SECONDARY:
      return DIO_MOUSE_RIGHT;
    case 8:
      return DIO_MOUSE_SIDE;
    case 9:
      return DIO_MOUSE_EXTRA;
    default:
      return -1;
    }
}

static void
set_button (DioConsoleInput *self, int button, gboolean down)
{
  DioMouse *mouse = dio_head_get_mouse (self->head);
  guint bit;

  if (button < 0)
    return;
  bit = 1u << button;
  if (down == ((self->buttons_down & bit) != 0))
    return;

  self->chord_spoiled = TRUE;
  dio_debug (DIO_DEBUG_INPUT, "button %d %s", button, down ? "down" : "up");
  if (down)
    {
      self->buttons_down |= bit;
      dio_mouse_press (mouse, button);
    }
  else
    {
      self->buttons_down &= ~bit;
      dio_mouse_release (mouse, button);
    }
}

/* A wheel's clicks arrive as whole numbers or, from finer wheels, as parts of one (120ths); a touchpad's as pixels. The
 * rest is kept until it makes a click, or the direction turns. */
static void
scroll (DioConsoleInput *self, GdkEvent *event)
{
  double dx, dy, clicks;
  int whole;

  switch (gdk_scroll_event_get_direction (event))
    {
    case GDK_SCROLL_UP:
      dio_mouse_scroll (dio_head_get_mouse (self->head), -1);
      return;
    case GDK_SCROLL_DOWN:
      dio_mouse_scroll (dio_head_get_mouse (self->head), 1);
      return;
    case GDK_SCROLL_SMOOTH:
      break;
    default:
      return;
    }

  gdk_scroll_event_get_deltas (event, &dx, &dy);
  if (!isfinite (dy))
    return;
  dio_debug (DIO_DEBUG_INPUT, "scroll by %g (unit %d)", dy, gdk_scroll_event_get_unit (event));
  clicks = gdk_scroll_event_get_unit (event) == GDK_SCROLL_UNIT_WHEEL ? dy : dy / PIXELS_PER_CLICK;
  if (clicks * self->scroll < 0)
    self->scroll = 0;
  /* Parts of 120 do not add up exactly in binary. */
  self->scroll = CLAMP (self->scroll + clicks, -32, 32);
  whole = (int) trunc (self->scroll + copysign (1e-6, self->scroll));
  if (whole != 0)
    dio_mouse_scroll (dio_head_get_mouse (self->head), whole);
  self->scroll -= whole;
}

static void
press_now (gpointer user_data)
{
  DioConsoleInput *self = user_data;

  self->press_id = 0;
  set_button (self, DIO_MOUSE_LEFT, TRUE);
}

/* The finger that points is lifted, or has become one of several. */
static void
stop_pointing (DioConsoleInput *self)
{
  g_clear_handle_id (&self->press_id, g_source_remove);
  set_button (self, DIO_MOUSE_LEFT, FALSE);
  self->touch = NULL;
  self->is_over = FALSE;
}

/* One finger points and presses; several zoom. */
static gboolean
touch (DioConsoleInput *self, GdkEvent *event, GdkEventType type)
{
  GdkEventSequence *sequence = gdk_event_get_event_sequence (event);

  if (dio_pinch_handle (self->pinch, event))
    {
      if (self->touch)
        stop_pointing (self);
      return GDK_EVENT_STOP;
    }
  if (type == GDK_TOUCH_BEGIN)
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->view));
      if (self->touch)
        return GDK_EVENT_STOP;
      self->touch = sequence;
      self->has_last = FALSE;
      if (point (self, event))
        self->press_id = g_timeout_add_once (PINCH_WAIT_MS, press_now, self);
      return GDK_EVENT_STOP;
    }

  if (sequence != self->touch)
    return GDK_EVENT_STOP;
  if (type != GDK_TOUCH_CANCEL)
    point (self, event);
  if (type != GDK_TOUCH_UPDATE)
    {
      if (self->press_id && type == GDK_TOUCH_END)
        set_button (self, DIO_MOUSE_LEFT, TRUE);
      stop_pointing (self);
    }
  return GDK_EVENT_STOP;
}

static void
push_edge (DioConsoleInput *self, GdkEvent *event)
{
  double x, y;

  if (gdk_event_get_position (event, &x, &y))
    dio_console_view_push_edge (self->view, x, y);
}

static gboolean
is_touch (GdkEventType type)
{
  return type == GDK_TOUCH_BEGIN || type == GDK_TOUCH_UPDATE || type == GDK_TOUCH_END || type == GDK_TOUCH_CANCEL;
}

static gboolean
on_event (DioConsoleInput *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);

  if (type == GDK_BUTTON_PRESS)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
  if (type == GDK_MOTION_NOTIFY)
    push_edge (self, event);
  if (type == GDK_TOUCHPAD_PINCH)
    return dio_pinch_handle (self->pinch, event);
  if (!accepts (self))
    return is_touch (type) && dio_pinch_handle (self->pinch, event);

  switch (type)
    {
    case GDK_MOTION_NOTIFY:
      point (self, event);
      return GDK_EVENT_STOP;
    case GDK_BUTTON_PRESS:
      if (point (self, event))
        set_button (self, to_guest_button (gdk_button_event_get_button (event)), TRUE);
      return GDK_EVENT_STOP;
    case GDK_BUTTON_RELEASE:
      point (self, event);
      set_button (self, to_guest_button (gdk_button_event_get_button (event)), FALSE);
      return GDK_EVENT_STOP;
    case GDK_SCROLL:
      scroll (self, event);
      return GDK_EVENT_STOP;
    case GDK_TOUCH_BEGIN:
    case GDK_TOUCH_UPDATE:
    case GDK_TOUCH_END:
    case GDK_TOUCH_CANCEL:
      return touch (self, event, type);
    case GDK_GRAB_BROKEN:
      dio_console_input_release_all (self);
      return GDK_EVENT_PROPAGATE;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/* Coming into the view is a crossing, without a motion. */
static void
on_pointer_enter (DioConsoleInput *self, double x, double y)
{
  if (!accepts (self))
    return;
  dio_console_view_to_surface (self->view, &x, &y);
  point_at (self, x, y);
}

static void
on_pointer_leave (DioConsoleInput *self)
{
  self->has_last = FALSE;
  self->is_over = FALSE;
  dio_console_view_leave_edge (self->view);
  dio_console_view_set_hovered (self->view, FALSE);
}

void
dio_console_input_follow (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  if (self->is_over && accepts (self))
    point_at (self, self->at_x, self->at_y);
}

void
dio_console_input_release_all (DioConsoleInput *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_INPUT (self));

  self->ctrl_down = self->alt_down = self->f12_down = self->chord_spoiled = FALSE;
  self->buttons_down = 0;
  self->touch = NULL;
  g_clear_handle_id (&self->press_id, g_source_remove);
  dio_pinch_cancel (self->pinch);
  self->scroll = self->rest_x = self->rest_y = 0;
  if (!self->head)
    return;
  dio_keyboard_release_all (dio_head_get_keyboard (self->head));
  dio_mouse_release_all (dio_head_get_mouse (self->head));
}

void
dio_console_input_set_head (DioConsoleInput *self, DioHead *head)
{
  dio_console_input_release_all (self);
  self->has_last = FALSE;
  g_set_object (&self->head, head);
}

static void
dio_console_input_dispose (GObject *object)
{
  DioConsoleInput *self = DIO_CONSOLE_INPUT (object);

  g_clear_handle_id (&self->press_id, g_source_remove);
  g_clear_object (&self->pinch);
  g_clear_object (&self->head);
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
  self->pinch = dio_pinch_new (view);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (on_key_pressed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-released", G_CALLBACK (on_key_released), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (focus, "leave", G_CALLBACK (dio_console_input_release_all), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "enter", G_CALLBACK (on_pointer_enter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (on_pointer_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (events, "event", G_CALLBACK (on_event), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (view), keys);
  gtk_widget_add_controller (GTK_WIDGET (view), focus);
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
  gtk_widget_add_controller (GTK_WIDGET (view), events);
  return self;
}
