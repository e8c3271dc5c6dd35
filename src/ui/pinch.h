/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* Fingers that zoom and move the picture of a view: two or more on a touch screen, or what a touchpad calls a pinch.
 * Two taps with three fingers show the whole picture. One finger alone is left to others.
 *
 * GTK's gestures would not do: they claim or deny fingers one by one, and the guest gets those that come first. */
#define DIO_TYPE_PINCH (dio_pinch_get_type ())
G_DECLARE_FINAL_TYPE (DioPinch, dio_pinch, DIO, PINCH, GObject)

/* VIEW outlives it. */
DioPinch *dio_pinch_new (DioConsoleView *view);
/* EVENT: of a touch screen, or a touchpad's pinch. Returns: whether it is part of a pinch, which from its second finger
 * on has all fingers until the last is lifted. */
gboolean dio_pinch_handle (DioPinch *self, GdkEvent *event);
/* Forgets the fingers. */
void dio_pinch_cancel (DioPinch *self);

G_END_DECLS
