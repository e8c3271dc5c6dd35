/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/pinch.h"

#include "ui/console-view-input.h"
#include <math.h>

#define MAX_FINGERS 10
#define TAP_FINGERS 3
/* A tap is as short, and its fingers stay as close to where they came down (application pixels). */
#define TAP_MS 400
#define TAP_SLOP 24.0
#define DOUBLE_TAP_MS 600
/* Fingers that are closer (application pixels) than this only move the picture: there is no telling how much larger. */
#define MIN_SPREAD 8.0

typedef struct
{
  GdkEventSequence *sequence; /* compared only */
  double start_x;             /* of the surface, application pixels */
  double start_y;
  double x;
  double y;
} Finger;

struct _DioPinch
{
  GObject parent_instance;

  DioConsoleView *view; /* (unowned) */
  Finger fingers[MAX_FINGERS];
  guint n_fingers;
  gboolean active;     /* they hold the picture, until the last is lifted */
  double spread;       /* of the fingers when they gripped the picture */
  guint most_fingers;  /* since the first */
  gboolean strayed;    /* one has moved too far for a tap */
  guint32 started_ms;  /* when the first came down */
  guint32 last_tap_ms; /* 0: none */
  double pad_x;        /* where a touchpad's pinch began, and its fingers are now: of the surface */
  double pad_y;
};

G_DEFINE_FINAL_TYPE (DioPinch, dio_pinch, G_TYPE_OBJECT)

/* --- fingers on a screen --- */

static Finger *
find_finger (DioPinch *self, GdkEventSequence *sequence)
{
  for (guint i = 0; i < self->n_fingers; i++)
    if (self->fingers[i].sequence == sequence)
      return &self->fingers[i];
  return NULL;
}

/* Their middle in the view, in device pixels, and how far they are from it on average, in application pixels. */
static void
measure (DioPinch *self, double *view_x, double *view_y, double *spread)
{
  double x = 0, y = 0;

  *spread = 0;
  for (guint i = 0; i < self->n_fingers; i++)
    {
      x += self->fingers[i].x / self->n_fingers;
      y += self->fingers[i].y / self->n_fingers;
    }
  for (guint i = 0; i < self->n_fingers; i++)
    *spread += hypot (self->fingers[i].x - x, self->fingers[i].y - y) / self->n_fingers;
  dio_console_view_locate (self->view, x, y, view_x, view_y);
}

/* With a finger more or less, they hold the picture elsewhere. */
static void
grip (DioPinch *self)
{
  double x, y;

  if (self->n_fingers < 2)
    return;
  measure (self, &x, &y, &self->spread);
  dio_console_view_grip (self->view, x, y);
}

void
dio_pinch_begin (DioPinch *self, GdkEventSequence *sequence, double x, double y, guint32 time_ms)
{
  g_return_if_fail (DIO_IS_PINCH (self));

  if (self->n_fingers == MAX_FINGERS)
    return;
  if (self->n_fingers == 0)
    {
      self->most_fingers = 0;
      self->strayed = FALSE;
      self->started_ms = time_ms;
    }
  self->fingers[self->n_fingers++] = (Finger) { sequence, x, y, x, y };
  self->most_fingers = MAX (self->most_fingers, self->n_fingers);
  grip (self);
}

static void
follow (DioPinch *self)
{
  double view_x, view_y, spread;

  if (!self->active || self->n_fingers < 2)
    return;
  measure (self, &view_x, &view_y, &spread);
  dio_console_view_move_grip (self->view, view_x, view_y,
                              self->spread < MIN_SPREAD ? 1 : MAX (spread, MIN_SPREAD) / self->spread);
}

void
dio_pinch_move (DioPinch *self, GdkEventSequence *sequence, double x, double y)
{
  Finger *finger;

  g_return_if_fail (DIO_IS_PINCH (self));

  finger = find_finger (self, sequence);
  if (!finger)
    return;
  finger->x = x;
  finger->y = y;
  if (hypot (x - finger->start_x, y - finger->start_y) > TAP_SLOP)
    self->strayed = TRUE;
  follow (self);
}

void
dio_pinch_take (DioPinch *self)
{
  g_return_if_fail (DIO_IS_PINCH (self));

  self->active = TRUE;
  follow (self);
}

/* All fingers are up. */
static void
recognise_tap (DioPinch *self, guint32 now_ms)
{
  gboolean tap = self->active && self->most_fingers == TAP_FINGERS && !self->strayed &&
                 now_ms - self->started_ms <= TAP_MS && now_ms != 0;

  if (tap && self->last_tap_ms != 0 && now_ms - self->last_tap_ms <= DOUBLE_TAP_MS)
    {
      dio_console_view_zoom (self->view, DIO_ZOOM_FIT);
      tap = FALSE;
    }
  self->last_tap_ms = tap ? now_ms : 0;
}

void
dio_pinch_end (DioPinch *self, GdkEventSequence *sequence, guint32 time_ms, gboolean cancelled)
{
  Finger *finger;

  g_return_if_fail (DIO_IS_PINCH (self));

  finger = find_finger (self, sequence);
  if (!finger)
    return;
  *finger = self->fingers[--self->n_fingers];
  self->strayed = self->strayed || cancelled;
  if (self->n_fingers > 0)
    grip (self);
  else
    {
      recognise_tap (self, time_ms);
      self->active = FALSE;
    }
}

/* --- touchpads --- */

void
dio_pinch_handle_touchpad (DioPinch *self, GdkEvent *event)
{
  double dx, dy, view_x, view_y;

  g_return_if_fail (DIO_IS_PINCH (self));

  switch (gdk_touchpad_event_get_gesture_phase (event))
    {
    case GDK_TOUCHPAD_GESTURE_PHASE_BEGIN:
      gdk_event_get_position (event, &self->pad_x, &self->pad_y);
      dio_console_view_locate (self->view, self->pad_x, self->pad_y, &view_x, &view_y);
      dio_console_view_grip (self->view, view_x, view_y);
      break;
    case GDK_TOUCHPAD_GESTURE_PHASE_UPDATE:
      gdk_touchpad_event_get_deltas (event, &dx, &dy);
      self->pad_x += dx;
      self->pad_y += dy;
      dio_console_view_locate (self->view, self->pad_x, self->pad_y, &view_x, &view_y);
      dio_console_view_move_grip (self->view, view_x, view_y, gdk_touchpad_event_get_pinch_scale (event));
      break;
    case GDK_TOUCHPAD_GESTURE_PHASE_END:
    case GDK_TOUCHPAD_GESTURE_PHASE_CANCEL:
    default:
      break;
    }
}

void
dio_pinch_cancel (DioPinch *self)
{
  g_return_if_fail (DIO_IS_PINCH (self));

  self->n_fingers = 0;
  self->active = FALSE;
  self->last_tap_ms = 0;
}

static void
dio_pinch_class_init (DioPinchClass *klass)
{
}

static void
dio_pinch_init (DioPinch *self)
{
}

DioPinch *
dio_pinch_new (DioConsoleView *view)
{
  DioPinch *self = g_object_new (DIO_TYPE_PINCH, NULL);

  self->view = view;
  return self;
}
