/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/touch-pointer.h"

#include "ui/console-view-input.h"
#include "ui/touch-ring.h"

#include <math.h>

/* By then a second finger is down, if there is one to come: two are no click. */
#define COMPANY_MS 80
/* The ring of a long press appears then: a tap shows none. */
#define RING_MS 150
/* What two fingers mean is decided when one has gone so far (of GTK's distance of a drag) while the other rested. */
#define LONE_WAY 3
/* Guest pixels that fingers scroll for one click of the wheel: about three lines of text, as much as one turns. */
#define PIXELS_PER_CLICK 50.0

typedef enum
{
  NONE,
  BESIDE,    /* one finger is down, but not on the picture */
  WAITING,   /* one finger is down, and may become anything */
  DRAGGING,  /* … holds the left button */
  SPENT,     /* … has done what it will: only points */
  PAIR,      /* two fingers, which have not moved yet */
  SCROLLING, /* … turn the wheel */
  OVER,      /* one of the two is lifted */
} State;

typedef struct
{
  GdkEventSequence *sequence; /* compared only */
  double start_x;             /* of the surface */
  double start_y;
  double x;
  double y;
} Finger;

struct _DioTouchPointer
{
  GObject parent_instance;

  DioConsoleView *view;       /* (unowned) */
  DioConsolePointer *pointer; /* (unowned) */

  State state;
  Finger fingers[2];
  guint n_fingers;
  gboolean alone; /* no second finger has come for long enough */
  guint wait_id;
};

G_DEFINE_FINAL_TYPE (DioTouchPointer, dio_touch_pointer, G_TYPE_OBJECT)

static Finger *
find (DioTouchPointer *self, GdkEventSequence *sequence)
{
  for (guint i = 0; i < self->n_fingers; i++)
    if (self->fingers[i].sequence == sequence)
      return &self->fingers[i];
  return NULL;
}

static double
get_threshold (DioTouchPointer *self)
{
  int threshold;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self->view)), "gtk-dnd-drag-threshold", &threshold, NULL);
  return threshold;
}

static double
get_way (const Finger *finger)
{
  return hypot (finger->x - finger->start_x, finger->y - finger->start_y);
}

static void
stop_waiting (DioTouchPointer *self)
{
  g_clear_handle_id (&self->wait_id, g_source_remove);
  dio_touch_ring_stop (dio_console_view_get_ring (self->view));
}

static void
click (DioTouchPointer *self, DioMouseButton button)
{
  dio_console_pointer_set_button (self->pointer, button, TRUE);
  dio_console_pointer_set_button (self->pointer, button, FALSE);
}

/* --- one finger --- */

static gboolean
has_moved (DioTouchPointer *self)
{
  return get_way (&self->fingers[0]) > get_threshold (self);
}

/* Presses where the finger came down, which is where it took hold of something. */
static void
start_dragging (DioTouchPointer *self)
{
  stop_waiting (self);
  self->state = DRAGGING;
  dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, TRUE);
  dio_console_pointer_point (self->pointer, self->fingers[0].x, self->fingers[0].y);
}

static void
on_long_press (gpointer user_data)
{
  DioTouchPointer *self = user_data;

  self->wait_id = 0;
  self->state = SPENT;
  click (self, DIO_MOUSE_RIGHT);
}

/* GTK's time of a long press is from when the finger came down. */
static guint
get_long_press_ms (DioTouchPointer *self)
{
  int time;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self->view)), "gtk-long-press-time", &time, NULL);
  return (guint) MAX (time, RING_MS + 1);
}

static void
on_resting (gpointer user_data)
{
  DioTouchPointer *self = user_data;
  double x = 0, y = 0;
  guint left_ms = get_long_press_ms (self) - RING_MS;

  self->wait_id = g_timeout_add_once (left_ms, on_long_press, self);
  dio_console_view_to_surface (self->view, &x, &y);
  dio_touch_ring_start (dio_console_view_get_ring (self->view), self->fingers[0].start_x - x,
                        self->fingers[0].start_y - y, left_ms);
}

static void
on_alone (gpointer user_data)
{
  DioTouchPointer *self = user_data;

  self->wait_id = 0;
  self->alone = TRUE;
  if (has_moved (self) || !dio_input_options_get_long_press (dio_console_view_get_input_options (self->view)))
    start_dragging (self);
  else
    self->wait_id = g_timeout_add_once (RING_MS - COMPANY_MS, on_resting, self);
}

static gboolean
is_on_picture (DioTouchPointer *self, const Finger *finger)
{
  double x, y;
  const DioViewport *viewport = dio_console_view_locate (self->view, finger->x, finger->y, &x, &y);

  return dio_viewport_contains (viewport, x, y);
}

static void
begin_first (DioTouchPointer *self)
{
  self->alone = FALSE;
  self->state = BESIDE;
  if (!is_on_picture (self, &self->fingers[0]))
    return;
  self->state = WAITING;
  dio_console_pointer_restart (self->pointer);
  dio_console_pointer_point (self->pointer, self->fingers[0].x, self->fingers[0].y);
  self->wait_id = g_timeout_add_once (COMPANY_MS, on_alone, self);
}

static void
move_first (DioTouchPointer *self)
{
  const Finger *finger = &self->fingers[0];

  if (self->state == DRAGGING || self->state == SPENT)
    dio_console_pointer_point (self->pointer, finger->x, finger->y);
  else if (self->state == WAITING && self->alone && has_moved (self))
    start_dragging (self);
}

/* Lifts what the finger holds; or nothing was decided yet, and it was a tap, or a flick. */
static void
end_first (DioTouchPointer *self, gboolean cancelled)
{
  if (self->state == WAITING && !cancelled)
    {
      if (has_moved (self))
        start_dragging (self);
      else
        click (self, DIO_MOUSE_LEFT);
    }
  stop_waiting (self);
  dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, FALSE);
  dio_console_pointer_restart (self->pointer);
}

/* --- two fingers --- */

static DioTouchIntent
give_up (DioTouchPointer *self)
{
  dio_touch_pointer_cancel (self);
  return DIO_TOUCH_INTENT_ZOOM;
}

static DioTouchIntent
begin_second (DioTouchPointer *self)
{
  if (self->state != WAITING || !is_on_picture (self, &self->fingers[1]) ||
      !dio_input_options_get_two_finger_scroll (dio_console_view_get_input_options (self->view)))
    return give_up (self);
  stop_waiting (self);
  self->state = PAIR;
  for (guint i = 0; i < 2; i++)
    {
      self->fingers[i].start_x = self->fingers[i].x;
      self->fingers[i].start_y = self->fingers[i].y;
    }
  return DIO_TOUCH_INTENT_OPEN;
}

/* Together, they scroll; apart, towards each other, or one around the other, they zoom. */
static DioTouchIntent
judge_pair (DioTouchPointer *self)
{
  const Finger *a = &self->fingers[0], *b = &self->fingers[1];
  double threshold = get_threshold (self), way_a = get_way (a), way_b = get_way (b);
  double agreement = (a->x - a->start_x) * (b->x - b->start_x) + (a->y - a->start_y) * (b->y - b->start_y);

  if (MIN (way_a, way_b) < threshold / 2)
    return MAX (way_a, way_b) > threshold * LONE_WAY ? DIO_TOUCH_INTENT_ZOOM : DIO_TOUCH_INTENT_OPEN;
  if (MAX (way_a, way_b) < threshold)
    return DIO_TOUCH_INTENT_OPEN;
  return agreement > 0 ? DIO_TOUCH_INTENT_POINT : DIO_TOUCH_INTENT_ZOOM;
}

/* The picture's contents follow the fingers: the wheel turns down when they go up. */
static void
scroll (DioTouchPointer *self, double dx, double dy)
{
  double x, y, far_x, far_y, way_x, way_y;
  const DioViewport *viewport;

  dio_console_view_locate (self->view, 0, 0, &x, &y);
  viewport = dio_console_view_locate (self->view, dx, dy, &far_x, &far_y);
  dio_viewport_to_guest_way (viewport, far_x - x, far_y - y, &way_x, &way_y);
  dio_console_pointer_scroll (self->pointer, -way_x / PIXELS_PER_CLICK, -way_y / PIXELS_PER_CLICK);
}

static DioTouchIntent
move_pair (DioTouchPointer *self)
{
  DioTouchIntent intent = judge_pair (self);

  if (intent == DIO_TOUCH_INTENT_ZOOM)
    return give_up (self);
  if (intent == DIO_TOUCH_INTENT_POINT)
    {
      self->state = SCROLLING;
      for (guint i = 0; i < 2; i++)
        scroll (self, (self->fingers[i].x - self->fingers[i].start_x) / 2,
                (self->fingers[i].y - self->fingers[i].start_y) / 2);
    }
  return intent;
}

/* --- all of them --- */

DioTouchIntent
dio_touch_pointer_begin (DioTouchPointer *self, GdkEventSequence *sequence, double x, double y)
{
  g_return_val_if_fail (DIO_IS_TOUCH_POINTER (self), DIO_TOUCH_INTENT_ZOOM);

  /* Three zoom, unless two of them do something already. */
  if (self->n_fingers == G_N_ELEMENTS (self->fingers))
    return self->state == PAIR ? give_up (self) : DIO_TOUCH_INTENT_POINT;
  self->fingers[self->n_fingers++] = (Finger) { sequence, x, y, x, y };
  if (self->n_fingers == 2)
    return self->state == OVER ? DIO_TOUCH_INTENT_POINT : begin_second (self);
  begin_first (self);
  return DIO_TOUCH_INTENT_OPEN;
}

DioTouchIntent
dio_touch_pointer_move (DioTouchPointer *self, GdkEventSequence *sequence, double x, double y)
{
  Finger *finger;
  double dx, dy;

  g_return_val_if_fail (DIO_IS_TOUCH_POINTER (self), DIO_TOUCH_INTENT_ZOOM);

  finger = find (self, sequence);
  if (!finger)
    return DIO_TOUCH_INTENT_OPEN;
  dx = x - finger->x;
  dy = y - finger->y;
  finger->x = x;
  finger->y = y;
  if (self->state == PAIR)
    return move_pair (self);
  if (self->state == SCROLLING)
    scroll (self, dx / 2, dy / 2);
  else if (self->state != OVER)
    move_first (self);
  return DIO_TOUCH_INTENT_POINT;
}

void
dio_touch_pointer_end (DioTouchPointer *self, GdkEventSequence *sequence, gboolean cancelled)
{
  Finger *finger;

  g_return_if_fail (DIO_IS_TOUCH_POINTER (self));

  finger = find (self, sequence);
  if (!finger)
    return;
  if (self->state == PAIR || self->state == SCROLLING)
    self->state = OVER;
  else if (self->state != OVER)
    end_first (self, cancelled);
  *finger = self->fingers[--self->n_fingers];
  if (self->n_fingers == 0)
    self->state = NONE;
}

void
dio_touch_pointer_cancel (DioTouchPointer *self)
{
  g_return_if_fail (DIO_IS_TOUCH_POINTER (self));

  stop_waiting (self);
  if (self->state == DRAGGING)
    dio_console_pointer_set_button (self->pointer, DIO_MOUSE_LEFT, FALSE);
  if (self->n_fingers > 0)
    dio_console_pointer_restart (self->pointer);
  self->n_fingers = 0;
  self->state = NONE;
}

static void
dio_touch_pointer_dispose (GObject *object)
{
  g_clear_handle_id (&DIO_TOUCH_POINTER (object)->wait_id, g_source_remove);
  G_OBJECT_CLASS (dio_touch_pointer_parent_class)->dispose (object);
}

static void
dio_touch_pointer_class_init (DioTouchPointerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_touch_pointer_dispose;
}

static void
dio_touch_pointer_init (DioTouchPointer *self)
{
}

DioTouchPointer *
dio_touch_pointer_new (DioConsoleView *view, DioConsolePointer *pointer)
{
  DioTouchPointer *self = g_object_new (DIO_TYPE_TOUCH_POINTER, NULL);

  self->view = view;
  self->pointer = pointer;
  return self;
}
