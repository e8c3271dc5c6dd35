/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/guest-fingers.h"

#include "ui/console-view-input.h"
#include "base/debug.h"

typedef struct
{
  GdkEventSequence *sequence; /* NULL: free */
  double x;                   /* guest pixels */
  double y;
  gboolean sent;  /* a motion, since the frame began */
  gboolean waits; /* there is another one */
} Finger;

struct _DioGuestFingers
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  Finger fingers[DIO_TOUCH_MAX_FINGERS];
  guint tick_id;
};

G_DEFINE_FINAL_TYPE (DioGuestFingers, dio_guest_fingers, G_TYPE_OBJECT)

static DioTouch *
get_touch (DioGuestFingers *self)
{
  DioHead *head = dio_console_view_get_head (self->view);

  return head ? dio_head_get_touch (head) : NULL;
}

/* SEQUENCE: NULL for a free place. */
static Finger *
find (DioGuestFingers *self, GdkEventSequence *sequence)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->fingers); i++)
    if (self->fingers[i].sequence == sequence)
      return &self->fingers[i];
  return NULL;
}

gboolean
dio_guest_fingers_are_wanted (DioGuestFingers *self)
{
  DioTouch *touch;

  g_return_val_if_fail (DIO_IS_GUEST_FINGERS (self), FALSE);

  touch = get_touch (self);
  switch (dio_input_options_get_touch_mode (dio_console_view_get_input_options (self->view)))
    {
    case DIO_TOUCH_MODE_FINGERS:
      return touch != NULL;
    case DIO_TOUCH_MODE_POINTER:
      return FALSE;
    case DIO_TOUCH_MODE_AUTOMATIC:
    default:
      return touch && dio_touch_get_state (touch) == DIO_TOUCH_READY;
    }
}

/* Returns: whether the point is on the picture. */
static gboolean
locate (DioGuestFingers *self, double x, double y, double *guest_x, double *guest_y)
{
  double view_x, view_y;
  const DioViewport *viewport = dio_console_view_locate (self->view, x, y, &view_x, &view_y);

  return dio_viewport_to_guest_point (viewport, view_x, view_y, guest_x, guest_y) &&
         dio_viewport_contains (viewport, view_x, view_y);
}

static void
send_motion (DioGuestFingers *self, Finger *finger)
{
  DioTouch *touch = get_touch (self);

  finger->waits = FALSE;
  finger->sent = TRUE;
  if (touch)
    dio_touch_move (touch, finger->sequence, finger->x, finger->y);
}

/* A frame begins. */
static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  DioGuestFingers *self = user_data;
  gboolean moving = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (self->fingers); i++)
    {
      Finger *finger = &self->fingers[i];

      finger->sent = FALSE;
      if (finger->sequence && finger->waits)
        send_motion (self, finger);
      moving = moving || finger->sent;
    }
  if (!moving)
    self->tick_id = 0;
  return moving ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

void
dio_guest_fingers_begin (DioGuestFingers *self, GdkEventSequence *sequence, double x, double y)
{
  DioTouch *touch;
  Finger *finger;
  double guest_x, guest_y;

  g_return_if_fail (DIO_IS_GUEST_FINGERS (self));

  touch = get_touch (self);
  finger = find (self, NULL);
  if (!touch || !finger || !locate (self, x, y, &guest_x, &guest_y))
    return;
  dio_touch_set_every_point (touch,
                             dio_input_options_get_every_point (dio_console_view_get_input_options (self->view)));
  if (!dio_touch_begin (touch, sequence, guest_x, guest_y))
    return;
  dio_debug (DIO_DEBUG_INPUT, "finger %p at %.2f,%.2f", (gpointer) sequence, guest_x, guest_y);
  *finger = (Finger) { .sequence = sequence, .x = guest_x, .y = guest_y };
}

/* The first motion in a frame goes out at once, so that none is late; what follows it waits for the next frame. */
void
dio_guest_fingers_move (DioGuestFingers *self, GdkEventSequence *sequence, double x, double y)
{
  Finger *finger;

  g_return_if_fail (DIO_IS_GUEST_FINGERS (self));

  finger = find (self, sequence);
  if (!finger)
    return;
  locate (self, x, y, &finger->x, &finger->y);
  if (finger->sent && !dio_input_options_get_every_point (dio_console_view_get_input_options (self->view)))
    finger->waits = TRUE;
  else
    send_motion (self, finger);
  if (!self->tick_id)
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self->view), on_tick, self, NULL);
}

void
dio_guest_fingers_end (DioGuestFingers *self, GdkEventSequence *sequence)
{
  DioTouch *touch;
  Finger *finger;

  g_return_if_fail (DIO_IS_GUEST_FINGERS (self));

  touch = get_touch (self);
  finger = find (self, sequence);
  if (!finger)
    return;
  if (finger->waits)
    send_motion (self, finger);
  if (touch)
    dio_touch_end (touch, sequence);
  *finger = (Finger) { 0 };
}

void
dio_guest_fingers_release_all (DioGuestFingers *self)
{
  DioTouch *touch;

  g_return_if_fail (DIO_IS_GUEST_FINGERS (self));

  touch = get_touch (self);
  if (touch)
    dio_touch_release_all (touch);
  memset (self->fingers, 0, sizeof self->fingers);
  if (self->tick_id)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  self->tick_id = 0;
}

static void
dio_guest_fingers_dispose (GObject *object)
{
  DioGuestFingers *self = DIO_GUEST_FINGERS (object);

  if (self->tick_id)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  self->tick_id = 0;
  G_OBJECT_CLASS (dio_guest_fingers_parent_class)->dispose (object);
}

static void
dio_guest_fingers_class_init (DioGuestFingersClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_guest_fingers_dispose;
}

static void
dio_guest_fingers_init (DioGuestFingers *self)
{
}

DioGuestFingers *
dio_guest_fingers_new (DioConsoleView *view)
{
  DioGuestFingers *self = g_object_new (DIO_TYPE_GUEST_FINGERS, NULL);

  self->view = view;
  return self;
}
