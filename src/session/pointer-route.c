/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "session/pointer-route.h"

#include "base/debug.h"

/* The range of QEMU's absolute axes (INPUT_EVENT_ABS_MAX in include/ui/input.h). */
#define AXIS_MAX 0x7fff
/* Of the commands that may wait for QMP's answer (qmp/qmp.h); as many buttons can be lifted then as were pressed. */
#define MAX_BUTTONS_IN_FLIGHT 100

struct _DioPointerRoute
{
  DioQmp *qmp;
  GCancellable *cancellable;
  gboolean in_flight;
  gboolean pending;
  guint x, y; /* of the axes */
  guint n_buttons_in_flight;
};

static JsonObject *
new_event (JsonArray *events, const char *type)
{
  JsonObject *event = json_object_new (), *data = json_object_new ();

  json_object_set_string_member (event, "type", type);
  json_object_set_object_member (event, "data", data);
  json_array_add_object_element (events, event);
  return data;
}

static void
add_axis (JsonArray *events, const char *axis, guint value)
{
  JsonObject *data = new_event (events, "abs");

  json_object_set_string_member (data, "axis", axis);
  json_object_set_int_member (data, "value", value);
}

static void
send (DioPointerRoute *self, JsonArray *events, GAsyncReadyCallback callback)
{
  JsonObject *arguments = json_object_new ();

  json_object_set_array_member (arguments, "events", events);
  dio_qmp_execute_async (self->qmp, "input-send-event", arguments, -1, self->cancellable, callback, self);
}

static void flush (DioPointerRoute *self);

/* SELF is no more when it was cancelled. */
static void
on_moved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioPointerRoute *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!answer)
    dio_debug (DIO_DEBUG_INPUT, "the pointer was not moved: %s", error->message);
  self->in_flight = FALSE;
  flush (self);
}

static void
flush (DioPointerRoute *self)
{
  JsonArray *events;

  if (!self->pending)
    return;
  events = json_array_new ();
  add_axis (events, "x", self->x);
  add_axis (events, "y", self->y);
  self->pending = FALSE;
  self->in_flight = TRUE;
  send (self, events, on_moved);
}

/* As QEMU does it for one screen, so that a guest finds the pixel the same way. */
static guint
to_axis (guint value, guint size)
{
  return size > 0 ? (guint) ((guint64) MIN (value, size - 1) * AXIS_MAX / size) : 0;
}

void
dio_pointer_route_move (DioPointerRoute *self, guint x, guint y, guint width, guint height)
{
  self->x = to_axis (x, width);
  self->y = to_axis (y, height);
  self->pending = TRUE;
  if (!self->in_flight)
    flush (self);
}

/* SELF is no more when it was cancelled. */
static void
on_button_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioPointerRoute *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->n_buttons_in_flight--;
  if (!answer)
    dio_debug (DIO_DEBUG_INPUT, "a button was not sent: %s", error->message);
}

gboolean
dio_pointer_route_button (DioPointerRoute *self, guint button, gboolean down)
{
  static const char *const names[] = { "left", "middle", "right",      "wheel-up",   "wheel-down",
                                       "side", "extra",  "wheel-left", "wheel-right" };
  JsonArray *events;
  JsonObject *data;

  g_return_val_if_fail (button < G_N_ELEMENTS (names), FALSE);
  if (!dio_qmp_is_open (self->qmp) || (down && self->n_buttons_in_flight >= MAX_BUTTONS_IN_FLIGHT))
    return FALSE;
  /* QEMU carries commands out in the order that they come in. */
  flush (self);
  events = json_array_new ();
  data = new_event (events, "btn");
  json_object_set_string_member (data, "button", names[button]);
  json_object_set_boolean_member (data, "down", down);
  self->n_buttons_in_flight++;
  send (self, events, on_button_sent);
  return TRUE;
}

DioPointerRoute *
dio_pointer_route_new (DioQmp *qmp)
{
  DioPointerRoute *self = g_new0 (DioPointerRoute, 1);

  self->qmp = g_object_ref (qmp);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
dio_pointer_route_free (DioPointerRoute *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->qmp);
  g_free (self);
}
