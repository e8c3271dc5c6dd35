/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-pointer.h"

G_BEGIN_DECLS

/* Fingers in the pointer's stead, for a guest that takes none: one points, a tap clicks, moving on is dragging, and
 * resting, where the options say so, is the right button; two that move together turn the wheel. Owned by
 * DioConsoleTouch. */
#define DIO_TYPE_TOUCH_POINTER (dio_touch_pointer_get_type ())
G_DECLARE_FINAL_TYPE (DioTouchPointer, dio_touch_pointer, DIO, TOUCH_POINTER, GObject)

/* What several fingers mean. */
typedef enum
{
  DIO_TOUCH_INTENT_OPEN, /* not known yet */
  DIO_TOUCH_INTENT_POINT,
  DIO_TOUCH_INTENT_ZOOM,
} DioTouchIntent;

/* VIEW and POINTER outlive it. */
DioTouchPointer *dio_touch_pointer_new (DioConsoleView *view, DioConsolePointer *pointer);
/* A finger comes down at (X, Y) of the surface, application pixels; SEQUENCE is compared only. When the answer is
 * DIO_TOUCH_INTENT_ZOOM, the fingers are somebody else's, and have been forgotten here. */
DioTouchIntent dio_touch_pointer_begin (DioTouchPointer *self, GdkEventSequence *sequence, double x, double y);
DioTouchIntent dio_touch_pointer_move (DioTouchPointer *self, GdkEventSequence *sequence, double x, double y);
/* CANCELLED: it was taken away, and means nothing. */
void dio_touch_pointer_end (DioTouchPointer *self, GdkEventSequence *sequence, gboolean cancelled);
/* Forgets all of them, and lifts the button that one holds. */
void dio_touch_pointer_cancel (DioTouchPointer *self);

G_END_DECLS
