/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A ring that closes around a finger while that rests: when it is full, this is a long press. Its parent allocates it
 * by dio_touch_ring_allocate(). */
#define DIO_TYPE_TOUCH_RING (dio_touch_ring_get_type ())
G_DECLARE_FINAL_TYPE (DioTouchRing, dio_touch_ring, DIO, TOUCH_RING, GtkWidget)

DioTouchRing *dio_touch_ring_new (void);
/* Appears around (X, Y) of the parent, and is full after DURATION_MS; stays so until it is stopped. */
void dio_touch_ring_start (DioTouchRing *self, double x, double y, guint duration_ms);
void dio_touch_ring_stop (DioTouchRing *self);
void dio_touch_ring_allocate (DioTouchRing *self);

G_END_DECLS
