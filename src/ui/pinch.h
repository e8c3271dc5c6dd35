/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* Fingers that zoom and move the picture of a view: two or more on a touch screen, or what a touchpad calls a pinch.
 * Two taps with three fingers show the whole picture. Whether those on a screen mean that at all is for others to say:
 * dio_pinch_take().
 *
 * GTK's gestures would not do: they claim or deny fingers one by one, and the guest gets those that come first. */
#define DIO_TYPE_PINCH (dio_pinch_get_type ())
G_DECLARE_FINAL_TYPE (DioPinch, dio_pinch, DIO, PINCH, GObject)

/* VIEW outlives it. */
DioPinch *dio_pinch_new (DioConsoleView *view);
/* A finger comes down at (X, Y) of the surface, application pixels; moves; is lifted or taken away. SEQUENCE is
 * compared only; TIME_MS is the event's. */
void dio_pinch_begin (DioPinch *self, GdkEventSequence *sequence, double x, double y, guint32 time_ms);
void dio_pinch_move (DioPinch *self, GdkEventSequence *sequence, double x, double y);
void dio_pinch_end (DioPinch *self, GdkEventSequence *sequence, guint32 time_ms, gboolean cancelled);
/* The fingers hold the picture, since the last of them came down and until all are lifted. */
void dio_pinch_take (DioPinch *self);
/* EVENT: a touchpad's pinch. */
void dio_pinch_handle_touchpad (DioPinch *self, GdkEvent *event);
/* Forgets the fingers. */
void dio_pinch_cancel (DioPinch *self);

G_END_DECLS
