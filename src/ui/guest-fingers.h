/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* The fingers on a console view that its guest gets as fingers. Each begins and ends at once, and moves once a frame,
 * or with every event where the options say so; one that leaves the picture stays at its edge. Owned by
 * DioConsoleTouch. */
#define DIO_TYPE_GUEST_FINGERS (dio_guest_fingers_get_type ())
G_DECLARE_FINAL_TYPE (DioGuestFingers, dio_guest_fingers, DIO, GUEST_FINGERS, GObject)

/* VIEW outlives it. */
DioGuestFingers *dio_guest_fingers_new (DioConsoleView *view);
/* Whether the machine's options, and the guest, are for fingers. */
gboolean dio_guest_fingers_are_wanted (DioGuestFingers *self);
/* (X, Y): of the surface, application pixels; SEQUENCE is compared only. A finger that begins beside the picture, or is
 * one too many, is not the guest's; its further events are ignored. */
void dio_guest_fingers_begin (DioGuestFingers *self, GdkEventSequence *sequence, double x, double y);
void dio_guest_fingers_move (DioGuestFingers *self, GdkEventSequence *sequence, double x, double y);
void dio_guest_fingers_end (DioGuestFingers *self, GdkEventSequence *sequence);
/* Lifts all of them, where they were last. */
void dio_guest_fingers_release_all (DioGuestFingers *self);

G_END_DECLS
