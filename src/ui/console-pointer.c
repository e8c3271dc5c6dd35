/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-pointer.h"

#include "ui/console-view-input.h"
#include "base/debug.h"

#include <math.h>

/* Surface pixels that a touchpad scrolls for one click of a wheel, about a line of text. */
#define PIXELS_PER_CLICK 15.0

struct _DioConsolePointer
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */

  guint buttons_down; /* bit per DioMouseButton */
  double last_x;      /* device pixels of the view; for relative motion */
  double last_y;
  double rest_x; /* guest pixels not sent yet */
  double rest_y;
  gboolean has_last;
  double at_x; /* where the pointer is, of the surface */
  double at_y;
  gboolean is_over;
  gboolean held;
  guint tick_id; /* motion waits for the next frame; of … */
  DioMouse *paced;
};

G_DEFINE_FINAL_TYPE (DioConsolePointer, dio_console_pointer, G_TYPE_OBJECT)

static DioMouse *
get_mouse (DioConsolePointer *self)
{
  DioHead *head = dio_console_view_get_head (self->view);

  return head ? dio_head_get_mouse (head) : NULL;
}

/* --- pace --- */

static void
stop_pacing (DioConsolePointer *self)
{
  if (self->tick_id)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  self->tick_id = 0;
  if (self->paced)
    dio_mouse_set_held (self->paced, FALSE);
  g_clear_object (&self->paced);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioConsolePointer *self = user_data;

  if (dio_mouse_set_held (self->paced, FALSE))
    {
      dio_mouse_set_held (self->paced, TRUE);
      return G_SOURCE_CONTINUE;
    }
  self->tick_id = 0;
  g_clear_object (&self->paced);
  return G_SOURCE_REMOVE;
}

/* Motion was sent, or waits: more of it within this frame would be shown by none. (GDK merges motion only while it
 * draws, and hands out all that a mouse reports else.) */
static void
pace (DioConsolePointer *self, DioMouse *mouse)
{
  if (self->tick_id || !gtk_widget_get_mapped (GTK_WIDGET (self->view)))
    return;
  self->paced = g_object_ref (mouse);
  dio_mouse_set_held (mouse, TRUE);
  self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self->view), on_tick, self, NULL);
}

void
dio_console_pointer_flush (DioConsolePointer *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  if (self->paced)
    dio_mouse_flush (self->paced);
}

/* --- place --- */

/* A way of guest pixels, of which whole ones are sent and the rest is kept. */
static void
send_way (DioConsolePointer *self, DioMouse *mouse, double way_x, double way_y)
{
  int dx, dy;

  self->rest_x += way_x;
  self->rest_y += way_y;
  dx = (int) CLAMP (trunc (self->rest_x), -G_MAXINT16, G_MAXINT16);
  dy = (int) CLAMP (trunc (self->rest_y), -G_MAXINT16, G_MAXINT16);
  self->rest_x -= dx;
  self->rest_y -= dy;
  if (dx == 0 && dy == 0)
    return;
  dio_mouse_move (mouse, dx, dy);
  pace (self, mouse);
}

static void
move_relative (DioConsolePointer *self, DioMouse *mouse, const DioViewport *viewport, double x, double y)
{
  if (self->has_last)
    {
      double way_x, way_y;

      dio_viewport_to_guest_way (viewport, x - self->last_x, y - self->last_y, &way_x, &way_y);
      send_way (self, mouse, way_x, way_y);
    }
  self->last_x = x;
  self->last_y = y;
  self->has_last = TRUE;
}

void
dio_console_pointer_move (DioConsolePointer *self, double dx, double dy)
{
  DioMouse *mouse = get_mouse (self);
  double way_x, way_y;

  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  if (!mouse)
    return;
  /* Turned as the picture is, so that up stays up; but not scaled: how far a count goes is for the guest to say. */
  dio_viewport_turn_way (dio_console_view_get_turns (self->view), dx, dy, &way_x, &way_y);
  dio_debug (DIO_DEBUG_INPUT, "pointer by %g,%g", way_x, way_y);
  send_way (self, mouse, way_x, way_y);
}

gboolean
dio_console_pointer_point (DioConsolePointer *self, double surface_x, double surface_y)
{
  double x, y;
  const DioViewport *viewport = dio_console_view_locate (self->view, surface_x, surface_y, &x, &y);
  DioMouse *mouse = get_mouse (self);
  gboolean inside = dio_viewport_contains (viewport, x, y);
  guint guest_x, guest_y;

  if (!mouse)
    return FALSE;
  if (self->held)
    return TRUE;
  self->at_x = surface_x;
  self->at_y = surface_y;
  self->is_over = TRUE;
  dio_console_view_set_hovered (self->view, inside);
  if (!dio_mouse_get_is_absolute (mouse))
    move_relative (self, mouse, viewport, x, y);
  else if (dio_viewport_to_guest (viewport, x, y, &guest_x, &guest_y))
    {
      dio_debug (DIO_DEBUG_INPUT, "pointer at %u,%u", guest_x, guest_y);
      dio_mouse_set_position (mouse, guest_x, guest_y);
      pace (self, mouse);
    }
  return inside;
}

/* What GDK makes up when a layout has changed has no time, and comes from where it saw the pointer last: no way begins
 * there. */
static gboolean
point (DioConsolePointer *self, GdkEvent *event)
{
  DioMouse *mouse = get_mouse (self);
  double x, y;

  if (mouse && !dio_mouse_get_is_absolute (mouse) && gdk_event_get_time (event) == GDK_CURRENT_TIME)
    return FALSE;
  return gdk_event_get_position (event, &x, &y) && dio_console_pointer_point (self, x, y);
}

/* For programs that draw, also the points of a pen that GDK has merged into EVENT. */
static void
point_all (DioConsolePointer *self, GdkEvent *event)
{
  DioMouse *mouse = get_mouse (self);
  guint n = 0;
  g_autofree GdkTimeCoord *history = gdk_event_get_history (event, &n);

  if (!mouse)
    return;
  dio_mouse_set_every_point (mouse, TRUE);
  for (guint i = 0; i < n; i++)
    if ((history[i].flags & GDK_AXIS_FLAG_X) && (history[i].flags & GDK_AXIS_FLAG_Y))
      dio_console_pointer_point (self, history[i].axes[GDK_AXIS_X], history[i].axes[GDK_AXIS_Y]);
  point (self, event);
  dio_mouse_set_every_point (mouse, FALSE);
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

void
dio_console_pointer_set_button (DioConsolePointer *self, DioMouseButton button, gboolean down)
{
  DioMouse *mouse = get_mouse (self);
  guint bit = 1u << button;

  if (!mouse || down == ((self->buttons_down & bit) != 0))
    return;

  dio_debug (DIO_DEBUG_INPUT, "button %u %s", button, down ? "down" : "up");
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

guint
dio_console_pointer_get_buttons (DioConsolePointer *self)
{
  g_return_val_if_fail (DIO_IS_CONSOLE_POINTER (self), 0);

  return self->buttons_down;
}

static void
press (DioConsolePointer *self, GdkEvent *event, gboolean down)
{
  int button = to_guest_button (gdk_button_event_get_button (event));
  gboolean inside = point (self, event);

  if (button >= 0 && (inside || !down))
    dio_console_pointer_set_button (self, button, down);
}

/* A wheel's clicks arrive as whole numbers or, from finer wheels, as parts of one (120ths); a touchpad's as pixels. */
void
dio_console_pointer_scroll (DioConsolePointer *self, double dx, double dy)
{
  DioMouse *mouse = get_mouse (self);

  if (mouse)
    dio_mouse_scroll (mouse, dx, dy);
}

static void
scroll (DioConsolePointer *self, GdkEvent *event)
{
  double dx, dy, unit;

  switch (gdk_scroll_event_get_direction (event))
    {
    case GDK_SCROLL_UP:
      dio_console_pointer_scroll (self, 0, -1);
      return;
    case GDK_SCROLL_DOWN:
      dio_console_pointer_scroll (self, 0, 1);
      return;
    case GDK_SCROLL_LEFT:
      dio_console_pointer_scroll (self, -1, 0);
      return;
    case GDK_SCROLL_RIGHT:
      dio_console_pointer_scroll (self, 1, 0);
      return;
    case GDK_SCROLL_SMOOTH:
      break;
    default:
      return;
    }

  gdk_scroll_event_get_deltas (event, &dx, &dy);
  dio_debug (DIO_DEBUG_INPUT, "scroll by %g, %g (unit %d)", dx, dy, gdk_scroll_event_get_unit (event));
  unit = gdk_scroll_event_get_unit (event) == GDK_SCROLL_UNIT_WHEEL ? 1 : PIXELS_PER_CLICK;
  dio_console_pointer_scroll (self, dx / unit, dy / unit);
}

void
dio_console_pointer_handle (DioConsolePointer *self, GdkEvent *event)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  switch ((int) gdk_event_get_event_type (event))
    {
    case GDK_MOTION_NOTIFY:
      if (gdk_event_get_device_tool (event) &&
          dio_input_options_get_every_point (dio_console_view_get_input_options (self->view)))
        point_all (self, event);
      else
        point (self, event);
      break;
    case GDK_BUTTON_PRESS:
      press (self, event, TRUE);
      break;
    case GDK_BUTTON_RELEASE:
      press (self, event, FALSE);
      break;
    case GDK_SCROLL:
      scroll (self, event);
      break;
    default:
      break;
    }
}

void
dio_console_pointer_enter (DioConsolePointer *self, double x, double y)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  self->has_last = FALSE;
  dio_console_view_to_surface (self->view, &x, &y);
  dio_console_pointer_point (self, x, y);
  /* Crossings can be made up as well. */
  self->has_last = FALSE;
}

void
dio_console_pointer_leave (DioConsolePointer *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  /* At the next frame it might come after what the window of another screen tells, into which the pointer went. */
  dio_console_pointer_flush (self);
  self->has_last = FALSE;
  self->is_over = FALSE;
  dio_console_view_set_hovered (self->view, FALSE);
}

void
dio_console_pointer_follow (DioConsolePointer *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  if (self->is_over)
    dio_console_pointer_point (self, self->at_x, self->at_y);
}

void
dio_console_pointer_set_held (DioConsolePointer *self, gboolean held)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  self->held = held;
  self->has_last = FALSE;
  self->rest_x = self->rest_y = 0;
}

void
dio_console_pointer_mode_changed (DioConsolePointer *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  self->has_last = FALSE;
  self->rest_x = self->rest_y = 0;
  dio_console_pointer_follow (self);
}

void
dio_console_pointer_restart (DioConsolePointer *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  self->has_last = FALSE;
  self->is_over = FALSE;
  stop_pacing (self);
}

void
dio_console_pointer_release_all (DioConsolePointer *self)
{
  DioMouse *mouse;

  g_return_if_fail (DIO_IS_CONSOLE_POINTER (self));

  stop_pacing (self);
  self->buttons_down = 0;
  self->rest_x = self->rest_y = 0;
  mouse = get_mouse (self);
  if (mouse)
    dio_mouse_release_all (mouse);
}

static void
dio_console_pointer_dispose (GObject *object)
{
  DioConsolePointer *self = DIO_CONSOLE_POINTER (object);

  /* The view, whose ticks they are, may be half gone. */
  self->tick_id = 0;
  g_clear_object (&self->paced);
  G_OBJECT_CLASS (dio_console_pointer_parent_class)->dispose (object);
}

static void
dio_console_pointer_class_init (DioConsolePointerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_console_pointer_dispose;
}

static void
dio_console_pointer_init (DioConsolePointer *self)
{
}

DioConsolePointer *
dio_console_pointer_new (DioConsoleView *view)
{
  DioConsolePointer *self = g_object_new (DIO_TYPE_CONSOLE_POINTER, NULL);

  self->view = view;
  return self;
}
