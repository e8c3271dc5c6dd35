/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/console-touch.h"

#include "ui/console-view-input.h"
#include "ui/guest-fingers.h"
#include "ui/pinch.h"
#include "ui/touch-pointer.h"

#include <math.h>

#define MAX_FINGERS 20
/* As many, come down together, are the host's own even where the guest takes fingers. */
#define OWN_FINGERS 3
#define TOGETHER_MS 100
/* Application pixels: a finger that comes down so near to the edge and goes inwards so far has swiped; within that
 * time, else it is a finger as any other. */
#define EDGE 16.0
#define SWIPE 24.0
#define SWIPE_MS 250

typedef enum
{
  NOBODY,  /* no finger is down */
  GUEST,   /* the guest gets them */
  POINTER, /* they are the guest's pointer */
  WAITS,   /* a machine that takes no input: two may zoom */
  PINCH,   /* they hold the picture */
} Owner;

struct _DioConsoleTouch
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  DioGuestFingers *guest;
  DioTouchPointer *pointer;
  DioPinch *pinch;

  Owner owner;
  GdkEventSequence *fingers[MAX_FINGERS]; /* that are down, compared only */
  guint n_fingers;
  guint32 started_ms; /* when the first came down */

  /* the first finger, while it may be one that swipes in from an edge */
  GdkEventSequence *swipe; /* compared only */
  GtkPositionType swipe_edge;
  double swipe_start_x; /* of the surface */
  double swipe_start_y;
  double swipe_x;
  double swipe_y;
  guint swipe_id;
};

G_DEFINE_FINAL_TYPE (DioConsoleTouch, dio_console_touch, G_TYPE_OBJECT)

static DioInputOptions *
get_options (DioConsoleTouch *self)
{
  return dio_console_view_get_input_options (self->view);
}

/* --- fingers of somebody --- */

static void
give_to_pinch (DioConsoleTouch *self)
{
  dio_guest_fingers_release_all (self->guest);
  dio_touch_pointer_cancel (self->pointer);
  self->owner = PINCH;
  dio_pinch_take (self->pinch);
}

static void
begin (DioConsoleTouch *self, GdkEventSequence *sequence, double x, double y, guint32 time_ms)
{
  gboolean together = time_ms - self->started_ms <= TOGETHER_MS;

  dio_pinch_begin (self->pinch, sequence, x, y, time_ms);
  switch (self->owner)
    {
    case GUEST:
      if (self->n_fingers == OWN_FINGERS && together && !dio_input_options_get_guest_gestures (get_options (self)))
        give_to_pinch (self);
      else
        dio_guest_fingers_begin (self->guest, sequence, x, y);
      break;
    case POINTER:
      if (dio_touch_pointer_begin (self->pointer, sequence, x, y) == DIO_TOUCH_INTENT_ZOOM)
        give_to_pinch (self);
      break;
    case WAITS:
      if (self->n_fingers > 1)
        give_to_pinch (self);
      break;
    case NOBODY:
    case PINCH:
    default:
      break;
    }
}

static void
move (DioConsoleTouch *self, GdkEventSequence *sequence, double x, double y)
{
  dio_pinch_move (self->pinch, sequence, x, y);
  if (self->owner == GUEST)
    dio_guest_fingers_move (self->guest, sequence, x, y);
  else if (self->owner == POINTER && dio_touch_pointer_move (self->pointer, sequence, x, y) == DIO_TOUCH_INTENT_ZOOM)
    give_to_pinch (self);
}

static void
end (DioConsoleTouch *self, GdkEventSequence *sequence, guint32 time_ms, gboolean cancelled)
{
  dio_pinch_end (self->pinch, sequence, time_ms, cancelled);
  if (self->owner == GUEST)
    dio_guest_fingers_end (self->guest, sequence);
  else if (self->owner == POINTER)
    dio_touch_pointer_end (self->pointer, sequence, cancelled);
}

/* --- swipes from an edge --- */

static void
forget_swipe (DioConsoleTouch *self)
{
  g_clear_handle_id (&self->swipe_id, g_source_remove);
  self->swipe = NULL;
}

/* It was none: what the finger has done so far is done now. */
static void
end_swipe (DioConsoleTouch *self)
{
  GdkEventSequence *sequence = self->swipe;

  if (!sequence)
    return;
  forget_swipe (self);
  begin (self, sequence, self->swipe_start_x, self->swipe_start_y, self->started_ms);
  if (self->swipe_x != self->swipe_start_x || self->swipe_y != self->swipe_start_y)
    move (self, sequence, self->swipe_x, self->swipe_y);
}

static void
on_swipe_overdue (gpointer user_data)
{
  DioConsoleTouch *self = user_data;

  self->swipe_id = 0;
  end_swipe (self);
}

/* Returns: whether the finger has to wait. */
static gboolean
begin_swipe (DioConsoleTouch *self, GdkEventSequence *sequence, double x, double y)
{
  double left = 0, top = 0, bottom;
  gboolean from_top;

  if (!dio_console_view_get_edge_swipes (self->view) || dio_input_options_get_guest_gestures (get_options (self)))
    return FALSE;
  dio_console_view_to_surface (self->view, &left, &top);
  bottom = top + gtk_widget_get_height (GTK_WIDGET (self->view));
  from_top = y < top + EDGE;
  /* With the key bar below, the lower edge of the picture is not the screen's, and nothing is to come from there. */
  if (!from_top && (y < bottom - EDGE || dio_input_options_get_key_bar (get_options (self))))
    return FALSE;
  self->swipe = sequence;
  self->swipe_edge = from_top ? GTK_POS_TOP : GTK_POS_BOTTOM;
  self->swipe_start_x = self->swipe_x = x;
  self->swipe_start_y = self->swipe_y = y;
  self->swipe_id = g_timeout_add_once (SWIPE_MS, on_swipe_overdue, self);
  return TRUE;
}

static void
forget (DioConsoleTouch *self, GdkEventSequence *sequence)
{
  for (guint i = 0; i < self->n_fingers; i++)
    if (self->fingers[i] == sequence)
      {
        self->fingers[i] = self->fingers[--self->n_fingers];
        break;
      }
  if (self->n_fingers == 0)
    self->owner = NOBODY;
}

static void
move_swipe (DioConsoleTouch *self, double x, double y)
{
  double inwards = self->swipe_edge == GTK_POS_TOP ? y - self->swipe_start_y : self->swipe_start_y - y;
  double aside = fabs (x - self->swipe_start_x);
  GdkEventSequence *sequence = self->swipe;

  self->swipe_x = x;
  self->swipe_y = y;
  if (aside > SWIPE / 2 && aside > inwards)
    end_swipe (self);
  else if (inwards > SWIPE)
    {
      forget_swipe (self);
      forget (self, sequence);
      g_signal_emit_by_name (self->view, "edge-swipe", self->swipe_edge);
    }
}

/* --- events --- */

static gboolean
is_known (DioConsoleTouch *self, GdkEventSequence *sequence)
{
  for (guint i = 0; i < self->n_fingers; i++)
    if (self->fingers[i] == sequence)
      return TRUE;
  return FALSE;
}

static Owner
choose_owner (DioConsoleTouch *self)
{
  if (!dio_console_view_get_input_head (self->view))
    return WAITS;
  return dio_guest_fingers_are_wanted (self->guest) ? GUEST : POINTER;
}

static void
handle_begin (DioConsoleTouch *self, GdkEvent *event, double x, double y)
{
  GdkEventSequence *sequence = gdk_event_get_event_sequence (event);

  if (self->n_fingers == MAX_FINGERS || is_known (self, sequence))
    return;
  self->fingers[self->n_fingers++] = sequence;
  if (self->n_fingers == 1)
    {
      self->owner = choose_owner (self);
      self->started_ms = gdk_event_get_time (event);
      if (begin_swipe (self, sequence, x, y))
        return;
    }
  end_swipe (self);
  begin (self, sequence, x, y, gdk_event_get_time (event));
}

static void
handle_end (DioConsoleTouch *self, GdkEvent *event, gboolean cancelled)
{
  GdkEventSequence *sequence = gdk_event_get_event_sequence (event);

  if (sequence == self->swipe && cancelled)
    forget_swipe (self);
  if (sequence == self->swipe)
    end_swipe (self);
  end (self, sequence, gdk_event_get_time (event), cancelled);
  forget (self, sequence);
}

gboolean
dio_console_touch_handle (DioConsoleTouch *self, GdkEvent *event)
{
  GdkEventType type = gdk_event_get_event_type (event);
  GdkEventSequence *sequence = gdk_event_get_event_sequence (event);
  double x, y, view_x, view_y;

  g_return_val_if_fail (DIO_IS_CONSOLE_TOUCH (self), GDK_EVENT_PROPAGATE);

  if (type == GDK_TOUCHPAD_PINCH)
    {
      dio_pinch_handle_touchpad (self->pinch, event);
      return GDK_EVENT_STOP;
    }
  if (!gdk_event_get_position (event, &x, &y))
    x = y = 0;
  /* If the picture has moved, we are told of it now, and not in the middle of what follows. */
  dio_console_view_locate (self->view, x, y, &view_x, &view_y);

  if (type == GDK_TOUCH_BEGIN)
    handle_begin (self, event, x, y);
  /* Others were forgotten when something changed under them. */
  else if (!is_known (self, sequence))
    return GDK_EVENT_STOP;
  else if (type != GDK_TOUCH_UPDATE)
    handle_end (self, event, type == GDK_TOUCH_CANCEL);
  else if (sequence == self->swipe)
    move_swipe (self, x, y);
  else
    move (self, sequence, x, y);
  return GDK_EVENT_STOP;
}

void
dio_console_touch_picture_moved (DioConsoleTouch *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_TOUCH (self));

  if (self->owner == GUEST)
    dio_console_touch_release_all (self);
}

void
dio_console_touch_release_all (DioConsoleTouch *self)
{
  g_return_if_fail (DIO_IS_CONSOLE_TOUCH (self));

  forget_swipe (self);
  self->n_fingers = 0;
  self->owner = NOBODY;
  dio_guest_fingers_release_all (self->guest);
  dio_touch_pointer_cancel (self->pointer);
  dio_pinch_cancel (self->pinch);
}

static void
dio_console_touch_dispose (GObject *object)
{
  DioConsoleTouch *self = DIO_CONSOLE_TOUCH (object);

  forget_swipe (self);
  g_clear_object (&self->guest);
  g_clear_object (&self->pointer);
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
  self->guest = dio_guest_fingers_new (view);
  self->pointer = dio_touch_pointer_new (view, pointer);
  self->pinch = dio_pinch_new (view);
  return self;
}
