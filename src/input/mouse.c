/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/mouse.h"

#include "base/debug.h"
#include "dbus/display1.h"
#include "input/sender.h"

#include <math.h>

#define INPUT_INTERFACE "app.diorama.Display1.Input"

#define N_BUTTONS 9
#define MAX_CLICKS 32
/* What Scroll calls a click, and evdev and Windows too. */
#define FINE_CLICK 120

/* One wheel, in clicks, or in parts of them where QEMU takes those. */
typedef struct
{
  double rest; /* clicks that do not make a whole one, or part, yet */
  int pending; /* whole ones that were not sent */
} Wheel;

/* Motion goes out when QEMU has answered what was sent before and nobody holds it back, and only the newest: a mouse
 * that reports a thousand times a second does not fill the socket. A button goes out at once, after the motion that
 * precedes it. */
struct _DioMouse
{
  GObject parent_instance;

  DioInputSender *sender;
  DioInputSender *scroll_sender; /* NULL: the wheels are buttons */
  DioQemuMouse *proxy;
  GCancellable *cancellable;
  gboolean is_absolute;
  const DioMouseRoute *route;
  gpointer route_data;

  gboolean every_point;
  gboolean held;
  gboolean wanted_pending; /* a position that did not take its route yet */
  guint wanted_x, wanted_y;
  gboolean position_pending; /* one that was not sent yet */
  guint x, y;
  gint64 dx, dy; /* relative motion that was not sent */
  Wheel vertical, horizontal;
  gboolean pressed[N_BUTTONS];
  gboolean suspended;
};

enum
{
  PROP_0,
  PROP_IS_ABSOLUTE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (DioMouse, dio_mouse, G_TYPE_OBJECT)

/* What was not sent waits for the next answer. */
static void
flush_position (DioMouse *self, DioInputUrgency urgency)
{
  if (self->position_pending)
    self->position_pending =
        !dio_input_sender_send (self->sender, "SetAbsPosition", g_variant_new ("(uu)", self->x, self->y), urgency);
}

static void
flush_motion (DioMouse *self, DioInputUrgency urgency)
{
  flush_position (self, urgency);
  if (self->dx != 0 || self->dy != 0)
    {
      int dx = (int) CLAMP (self->dx, G_MININT, G_MAXINT), dy = (int) CLAMP (self->dy, G_MININT, G_MAXINT);

      if (dio_input_sender_send (self->sender, "RelMotion", g_variant_new ("(ii)", dx, dy), urgency))
        self->dx = self->dy = 0;
    }
}

static void
flush_wanted (DioMouse *self)
{
  if (!self->wanted_pending)
    return;
  self->wanted_pending = FALSE;
  if (self->route)
    self->route->position (self->wanted_x, self->wanted_y, self, self->route_data);
  else
    dio_mouse_send_position (self, self->wanted_x, self->wanted_y);
}

void
dio_mouse_set_position (DioMouse *self, guint x, guint y)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->wanted_pending = TRUE;
  self->wanted_x = x;
  self->wanted_y = y;
  if (!self->held || self->every_point)
    flush_wanted (self);
}

gboolean
dio_mouse_set_held (DioMouse *self, gboolean held)
{
  gboolean waited;

  g_return_val_if_fail (DIO_IS_MOUSE (self), FALSE);
  waited = self->wanted_pending || self->dx != 0 || self->dy != 0;
  self->held = held;
  if (held)
    return waited;
  flush_wanted (self);
  if (dio_input_sender_is_idle (self->sender))
    flush_motion (self, DIO_INPUT_CAN_DROP);
  return waited;
}

void
dio_mouse_send_position (DioMouse *self, guint x, guint y)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->position_pending = TRUE;
  self->x = x;
  self->y = y;
  if (self->every_point || dio_input_sender_is_idle (self->sender))
    flush_position (self, DIO_INPUT_CAN_DROP);
}

void
dio_mouse_set_every_point (DioMouse *self, gboolean every_point)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->every_point = every_point;
}

void
dio_mouse_flush (DioMouse *self)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  flush_wanted (self);
  flush_motion (self, DIO_INPUT_CAN_DROP);
}

void
dio_mouse_move (DioMouse *self, int dx, int dy)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->dx = CLAMP (self->dx + dx, G_MININT, G_MAXINT);
  self->dy = CLAMP (self->dy + dy, G_MININT, G_MAXINT);
  if (!self->held && dio_input_sender_is_idle (self->sender))
    flush_motion (self, DIO_INPUT_CAN_DROP);
}

/* A drag ends where it ends, however far QEMU is behind. */
static DioInputUrgency
get_urgency (gboolean down)
{
  return down ? DIO_INPUT_CAN_DROP : DIO_INPUT_MUST_ARRIVE;
}

gboolean
dio_mouse_send_button (DioMouse *self, guint button, gboolean down)
{
  g_return_val_if_fail (DIO_IS_MOUSE (self), FALSE);
  flush_motion (self, get_urgency (down));
  return dio_input_sender_send (self->sender, down ? "Press" : "Release", g_variant_new ("(u)", button),
                                get_urgency (down));
}

static gboolean
send_button (DioMouse *self, guint button, gboolean down)
{
  dio_debug (DIO_DEBUG_INPUT, "button %u %s", button, down ? "down" : "up");
  flush_wanted (self);
  if (!self->route || !self->route->button)
    return dio_mouse_send_button (self, button, down);
  flush_motion (self, get_urgency (down));
  return self->route->button (button, down, self->route_data);
}

static void
click_wheel (DioMouse *self, Wheel *wheel, DioMouseButton back, DioMouseButton forth)
{
  DioMouseButton button = wheel->pending > 0 ? forth : back;
  int n = ABS (wheel->pending);

  wheel->pending = 0;
  while (n-- > 0 && send_button (self, button, TRUE))
    send_button (self, button, FALSE);
}

static void
flush_wheels (DioMouse *self)
{
  if (self->vertical.pending == 0 && self->horizontal.pending == 0)
    return;
  if (!self->scroll_sender)
    {
      click_wheel (self, &self->vertical, DIO_MOUSE_WHEEL_UP, DIO_MOUSE_WHEEL_DOWN);
      click_wheel (self, &self->horizontal, DIO_MOUSE_WHEEL_LEFT, DIO_MOUSE_WHEEL_RIGHT);
      return;
    }
  flush_wanted (self);
  flush_motion (self, DIO_INPUT_CAN_DROP);
  if (dio_input_sender_send (self->scroll_sender, "Scroll",
                             g_variant_new ("(ii)", self->vertical.pending, self->horizontal.pending),
                             DIO_INPUT_CAN_DROP))
    self->vertical.pending = self->horizontal.pending = 0;
}

static void
on_sender_idle (gpointer sender, gpointer user_data)
{
  DioMouse *self = user_data;

  /* A position that waits here has had its turn. */
  if (self->held)
    flush_position (self, DIO_INPUT_CAN_DROP);
  else
    flush_motion (self, DIO_INPUT_CAN_DROP);
  if (!self->scroll_sender)
    flush_wheels (self);
}

static void
on_scroll_sender_idle (gpointer sender, gpointer user_data)
{
  flush_wheels (user_data);
}

void
dio_mouse_press (DioMouse *self, DioMouseButton button)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  g_return_if_fail (button < N_BUTTONS);
  if (self->pressed[button])
    return;
  flush_wheels (self);
  self->pressed[button] = send_button (self, button, TRUE);
}

void
dio_mouse_release (DioMouse *self, DioMouseButton button)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  g_return_if_fail (button < N_BUTTONS);
  if (!self->pressed[button])
    return;
  self->pressed[button] = FALSE;
  flush_wheels (self);
  send_button (self, button, FALSE);
}

void
dio_mouse_release_all (DioMouse *self)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->vertical = self->horizontal = (Wheel) { 0 };
  for (guint button = 0; button < N_BUTTONS; button++)
    dio_mouse_release (self, button);
}

void
dio_mouse_suspend (DioMouse *self)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->suspended = TRUE;
  dio_mouse_release_all (self);
}

/* QEMU passes on each release, and a guest passes over one of a button that is up. */
void
dio_mouse_resume (DioMouse *self)
{
  static const DioMouseButton buttons[] = { DIO_MOUSE_LEFT, DIO_MOUSE_MIDDLE, DIO_MOUSE_RIGHT, DIO_MOUSE_SIDE,
                                            DIO_MOUSE_EXTRA };

  g_return_if_fail (DIO_IS_MOUSE (self));
  if (!self->suspended)
    return;
  self->suspended = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    if (!self->pressed[buttons[i]])
      send_button (self, buttons[i], FALSE);
}

static void
turn (Wheel *wheel, double clicks, int parts)
{
  int whole;

  if (!isfinite (clicks))
    return;
  if (clicks * wheel->rest < 0)
    wheel->rest = 0;
  wheel->rest = CLAMP (wheel->rest + clicks, -MAX_CLICKS, MAX_CLICKS);
  /* Parts of 120 do not add up exactly in binary. */
  whole = (int) trunc (wheel->rest * parts + copysign (1e-6, wheel->rest));
  wheel->rest -= (double) whole / parts;
  wheel->pending = CLAMP (wheel->pending + whole, -MAX_CLICKS * parts, MAX_CLICKS * parts);
}

void
dio_mouse_scroll (DioMouse *self, double dx, double dy)
{
  int parts;

  g_return_if_fail (DIO_IS_MOUSE (self));
  parts = self->scroll_sender ? FINE_CLICK : 1;
  turn (&self->horizontal, dx, parts);
  turn (&self->vertical, dy, parts);
  if (dio_input_sender_is_idle (self->scroll_sender ? self->scroll_sender : self->sender))
    flush_wheels (self);
}

void
dio_mouse_set_route (DioMouse *self, const DioMouseRoute *route, gpointer user_data)
{
  g_return_if_fail (DIO_IS_MOUSE (self));
  self->route = route;
  self->route_data = user_data;
}

gboolean
dio_mouse_get_is_absolute (DioMouse *self)
{
  g_return_val_if_fail (DIO_IS_MOUSE (self), FALSE);
  return self->is_absolute;
}

/* What was not sent in the other way means nothing any more. */
static void
on_is_absolute_changed (DioMouse *self)
{
  gboolean is_absolute = dio_qemu_mouse_get_is_absolute (self->proxy);

  if (self->is_absolute == is_absolute)
    return;
  self->is_absolute = is_absolute;
  self->wanted_pending = self->position_pending = FALSE;
  self->dx = self->dy = 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_ABSOLUTE]);
}

/* USER_DATA is not kept alive by the call, which is cancelled with it. */
static void
on_proxy_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioQemuMouse) proxy = dio_qemu_mouse_proxy_new_finish (result, &error);
  DioMouse *self;

  if (!proxy)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        dio_debug (DIO_DEBUG_INPUT, "no mouse: %s", error->message);
      return;
    }
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  self = user_data;
  self->proxy = g_steal_pointer (&proxy);
  g_signal_connect_object (self->proxy, "notify::is-absolute", G_CALLBACK (on_is_absolute_changed), self,
                           G_CONNECT_SWAPPED);
  on_is_absolute_changed (self);
}

static void
dio_mouse_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioMouse *self = DIO_MOUSE (object);

  switch (prop_id)
    {
    case PROP_IS_ABSOLUTE:
      g_value_set_boolean (value, self->is_absolute);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_mouse_dispose (GObject *object)
{
  DioMouse *self = DIO_MOUSE (object);

  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->proxy);
  g_clear_pointer (&self->sender, dio_input_sender_free);
  g_clear_pointer (&self->scroll_sender, dio_input_sender_free);
  G_OBJECT_CLASS (dio_mouse_parent_class)->dispose (object);
}

static void
dio_mouse_class_init (DioMouseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_mouse_get_property;
  object_class->dispose = dio_mouse_dispose;
  properties[PROP_IS_ABSOLUTE] = g_param_spec_boolean (
      "is-absolute", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_mouse_init (DioMouse *self)
{
  self->cancellable = g_cancellable_new ();
}

DioMouse *
dio_mouse_new (GDBusConnection *connection, const char *bus_name, const char *object_path,
               const char *const *interfaces)
{
  DioMouse *self = g_object_new (DIO_TYPE_MOUSE, NULL);

  self->sender = dio_input_sender_new (connection, bus_name, object_path, "org.qemu.Display1.Mouse");
  dio_input_sender_set_idle_callback (self->sender, on_sender_idle, self);
  if (interfaces && g_strv_contains (interfaces, INPUT_INTERFACE))
    {
      self->scroll_sender = dio_input_sender_new (connection, bus_name, object_path, INPUT_INTERFACE);
      dio_input_sender_set_idle_callback (self->scroll_sender, on_scroll_sender_idle, self);
    }
  dio_qemu_mouse_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, object_path, self->cancellable,
                            on_proxy_ready, self);
  return self;
}
