/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The slots of QEMU's touch screen (INPUT_EVENT_SLOTS_MAX in qapi and include/ui/console.h). */
#define DIO_TOUCH_MAX_FINGERS 10

/* Which slots of one machine's touch screen are in use. QEMU keeps one table for all consoles of a machine
 * (ui/dbus-console.c), so the DioTouch of each of its heads must take theirs from the same object. Main thread only. */
#define DIO_TYPE_TOUCH_SLOTS (dio_touch_slots_get_type ())
G_DECLARE_FINAL_TYPE (DioTouchSlots, dio_touch_slots, DIO, TOUCH_SLOTS, GObject)

DioTouchSlots *dio_touch_slots_new (void);
/* The lowest free slot, from 0, which is in use from then on; -1: none is free. */
int dio_touch_slots_take (DioTouchSlots *self);
/* SLOT: one that was taken. */
void dio_touch_slots_give_back (DioTouchSlots *self, int slot);

G_END_DECLS
