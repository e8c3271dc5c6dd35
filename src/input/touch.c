/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "input/touch.h"

#include "base/debug.h"
#include "dbus/display1.h"
#include "input/sender.h"

#include <math.h>

#define MULTI_TOUCH_INTERFACE "org.qemu.Display1.MultiTouch"
#define INPUT_INTERFACE "app.diorama.Display1.Input"

/* Beyond any screen; QEMU makes whole numbers of positions without a look. */
#define MAX_POSITION 65535.0

/* Of SendEvent (QEMU's InputMultiTouchType); its “cancel” is never sent. */
enum
{
  KIND_BEGIN = 0,
  KIND_UPDATE = 1,
  KIND_END = 2,
};

typedef struct
{
  gconstpointer name;
  gboolean is_down;
  gboolean is_pending; /* its position was not sent */
  gboolean is_unheard; /* lifted when the guest did not run; nobody else gets its slot */
  double x, y;
} Finger;

struct _DioTouch
{
  GObject parent_instance;

  DioInputSender *sender;
  DioTouchSlots *slots;
  DioQemuInput *proxy;
  GCancellable *cancellable;

  Finger fingers[DIO_TOUCH_MAX_FINGERS]; /* by slot */
  guint next;                            /* the slot whose turn it is to tell where it is */
  gboolean every_point;

  DioTouchState told; /* by QEMU */
  DioTouchState hint; /* by dio_touch_set_present() */
};

enum
{
  PROP_0,
  PROP_STATE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (DioTouchState, dio_touch_state, G_DEFINE_ENUM_VALUE (DIO_TOUCH_UNKNOWN, "unknown"),
                    G_DEFINE_ENUM_VALUE (DIO_TOUCH_ABSENT, "absent"), G_DEFINE_ENUM_VALUE (DIO_TOUCH_READY, "ready"))

G_DEFINE_FINAL_TYPE (DioTouch, dio_touch, G_TYPE_OBJECT)

/* --- fingers --- */

static gboolean
send (DioTouch *self, guint kind, int slot, DioInputUrgency urgency)
{
  const Finger *finger = &self->fingers[slot];

  return dio_input_sender_send (self->sender, "SendEvent",
                                g_variant_new ("(utdd)", kind, (guint64) slot, finger->x, finger->y), urgency);
}

static void
send_position (DioTouch *self, int slot, DioInputUrgency urgency)
{
  if (!self->fingers[slot].is_pending || !send (self, KIND_UPDATE, slot, urgency))
    return;
  self->fingers[slot].is_pending = FALSE;
  self->next = (guint) slot + 1;
}

/* One finger a time, in turn: a guest has room for a few reports only, each of which has all fingers. */
static void
flush_one (DioTouch *self)
{
  for (guint i = 0; i < DIO_TOUCH_MAX_FINGERS; i++)
    {
      guint slot = (self->next + i) % DIO_TOUCH_MAX_FINGERS;

      if (!self->fingers[slot].is_pending)
        continue;
      send_position (self, (int) slot, DIO_INPUT_CAN_DROP);
      return;
    }
}

static void
on_sender_idle (gpointer sender, gpointer user_data)
{
  flush_one (user_data);
}

/* Returns: -1 if it is not down. */
static int
find (DioTouch *self, gconstpointer name)
{
  for (int slot = 0; slot < DIO_TOUCH_MAX_FINGERS; slot++)
    if (self->fingers[slot].is_down && self->fingers[slot].name == name)
      return slot;
  return -1;
}

static void
give_back (DioTouch *self, int slot)
{
  self->fingers[slot] = (Finger) { 0 };
  dio_touch_slots_give_back (self->slots, slot);
}

static void
send_end (DioTouch *self, int slot)
{
  dio_debug (DIO_DEBUG_INPUT, "finger %d up", slot);
  send_position (self, slot, DIO_INPUT_MUST_ARRIVE);
  send (self, KIND_END, slot, DIO_INPUT_MUST_ARRIVE);
}

static void
lift (DioTouch *self, int slot)
{
  send_end (self, slot);
  give_back (self, slot);
}

gboolean
dio_touch_begin (DioTouch *self, gconstpointer finger, double x, double y)
{
  int slot;

  g_return_val_if_fail (DIO_IS_TOUCH (self), FALSE);

  if (!isfinite (x) || !isfinite (y))
    return FALSE;
  if (find (self, finger) >= 0)
    {
      dio_touch_move (self, finger, x, y);
      return TRUE;
    }
  slot = dio_touch_slots_take (self->slots);
  if (slot < 0)
    return FALSE;
  self->fingers[slot] = (Finger) { .name = finger, .x = CLAMP (x, 0, MAX_POSITION), .y = CLAMP (y, 0, MAX_POSITION) };
  if (!send (self, KIND_BEGIN, slot, DIO_INPUT_CAN_DROP))
    {
      dio_touch_slots_give_back (self->slots, slot);
      return FALSE;
    }
  dio_debug (DIO_DEBUG_INPUT, "finger %d down at %.1f,%.1f", slot, x, y);
  self->fingers[slot].is_down = TRUE;
  return TRUE;
}

void
dio_touch_move (DioTouch *self, gconstpointer finger, double x, double y)
{
  int slot;

  g_return_if_fail (DIO_IS_TOUCH (self));

  slot = find (self, finger);
  if (slot < 0 || !isfinite (x) || !isfinite (y))
    return;
  x = CLAMP (x, 0, MAX_POSITION);
  y = CLAMP (y, 0, MAX_POSITION);
  if (self->fingers[slot].x == x && self->fingers[slot].y == y)
    return;
  self->fingers[slot].x = x;
  self->fingers[slot].y = y;
  self->fingers[slot].is_pending = TRUE;
  if (self->every_point || dio_input_sender_is_idle (self->sender))
    send_position (self, slot, DIO_INPUT_CAN_DROP);
}

void
dio_touch_end (DioTouch *self, gconstpointer finger)
{
  int slot;

  g_return_if_fail (DIO_IS_TOUCH (self));

  slot = find (self, finger);
  if (slot >= 0)
    lift (self, slot);
}

void
dio_touch_release_all (DioTouch *self)
{
  g_return_if_fail (DIO_IS_TOUCH (self));

  for (int slot = 0; slot < DIO_TOUCH_MAX_FINGERS; slot++)
    if (self->fingers[slot].is_down)
      lift (self, slot);
}

void
dio_touch_suspend (DioTouch *self)
{
  g_return_if_fail (DIO_IS_TOUCH (self));

  for (int slot = 0; slot < DIO_TOUCH_MAX_FINGERS; slot++)
    {
      Finger *finger = &self->fingers[slot];

      if (!finger->is_down)
        continue;
      send_end (self, slot);
      *finger = (Finger) { .is_unheard = TRUE, .x = finger->x, .y = finger->y };
    }
}

/* QEMU tells the end of a finger only that it knows to be down; of two in one slot the guest lifts the first itself. */
void
dio_touch_resume (DioTouch *self)
{
  g_return_if_fail (DIO_IS_TOUCH (self));

  for (int slot = 0; slot < DIO_TOUCH_MAX_FINGERS; slot++)
    {
      if (!self->fingers[slot].is_unheard)
        continue;
      if (send (self, KIND_BEGIN, slot, DIO_INPUT_CAN_DROP))
        send (self, KIND_END, slot, DIO_INPUT_MUST_ARRIVE);
      give_back (self, slot);
    }
}

void
dio_touch_set_every_point (DioTouch *self, gboolean every_point)
{
  g_return_if_fail (DIO_IS_TOUCH (self));
  self->every_point = every_point;
}

/* --- whether there is one --- */

DioTouchState
dio_touch_get_state (DioTouch *self)
{
  g_return_val_if_fail (DIO_IS_TOUCH (self), DIO_TOUCH_UNKNOWN);
  return self->told != DIO_TOUCH_UNKNOWN ? self->told : self->hint;
}

static void
set_known (DioTouch *self, DioTouchState *known, DioTouchState value)
{
  DioTouchState before = dio_touch_get_state (self);

  *known = value;
  if (dio_touch_get_state (self) != before)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

void
dio_touch_set_present (DioTouch *self, gboolean present)
{
  g_return_if_fail (DIO_IS_TOUCH (self));
  set_known (self, &self->hint, present ? DIO_TOUCH_READY : DIO_TOUCH_ABSENT);
}

static void
on_ready_changed (DioTouch *self)
{
  g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (self->proxy), "TouchReady");

  if (!value || !g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    set_known (self, &self->told, DIO_TOUCH_UNKNOWN);
  else
    set_known (self, &self->told, g_variant_get_boolean (value) ? DIO_TOUCH_READY : DIO_TOUCH_ABSENT);
}

/* USER_DATA is not kept alive by the call, which is cancelled with it. */
static void
on_proxy_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioQemuInput) proxy = dio_qemu_input_proxy_new_finish (result, &error);
  DioTouch *self;

  if (!proxy)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        dio_debug (DIO_DEBUG_INPUT, "not known whether touch is heard: %s", error->message);
      return;
    }
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  self = user_data;
  self->proxy = g_steal_pointer (&proxy);
  g_signal_connect_object (self->proxy, "notify::touch-ready", G_CALLBACK (on_ready_changed), self, G_CONNECT_SWAPPED);
  on_ready_changed (self);
}

/* --- the object --- */

static void
dio_touch_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  DioTouch *self = DIO_TOUCH (object);

  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, dio_touch_get_state (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
dio_touch_dispose (GObject *object)
{
  DioTouch *self = DIO_TOUCH (object);

  /* The slots are other heads', too. */
  for (int slot = 0; self->sender && slot < DIO_TOUCH_MAX_FINGERS; slot++)
    {
      if (self->fingers[slot].is_down)
        lift (self, slot);
      else if (self->fingers[slot].is_unheard)
        give_back (self, slot);
    }
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->proxy);
  g_clear_object (&self->slots);
  g_clear_pointer (&self->sender, dio_input_sender_free);
  G_OBJECT_CLASS (dio_touch_parent_class)->dispose (object);
}

static void
dio_touch_class_init (DioTouchClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = dio_touch_get_property;
  object_class->dispose = dio_touch_dispose;
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, DIO_TYPE_TOUCH_STATE, DIO_TOUCH_UNKNOWN,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
dio_touch_init (DioTouch *self)
{
  self->cancellable = g_cancellable_new ();
}

DioTouch *
dio_touch_new (GDBusConnection *connection, const char *bus_name, const char *object_path,
               const char *const *interfaces, DioTouchSlots *slots)
{
  DioTouch *self = g_object_new (DIO_TYPE_TOUCH, NULL);

  self->slots = g_object_ref (slots);
  self->sender = dio_input_sender_new (connection, bus_name, object_path, MULTI_TOUCH_INTERFACE);
  dio_input_sender_set_idle_callback (self->sender, on_sender_idle, self);
  if (interfaces && !g_strv_contains (interfaces, MULTI_TOUCH_INTERFACE))
    self->told = DIO_TOUCH_ABSENT;
  else if (interfaces && g_strv_contains (interfaces, INPUT_INTERFACE))
    dio_qemu_input_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, bus_name, object_path,
                              self->cancellable, on_proxy_ready, self);
  return self;
}
