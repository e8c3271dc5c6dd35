/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "input/touch-slots.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What is known of the guest's touch screen. */
typedef enum
{
  DIO_TOUCH_UNKNOWN, /* this QEMU does not tell */
  DIO_TOUCH_ABSENT,  /* none, or the guest has no driver for it (yet) */
  DIO_TOUCH_READY,   /* the guest takes fingers */
} DioTouchState;

#define DIO_TYPE_TOUCH_STATE (dio_touch_state_get_type ())
GType dio_touch_state_get_type (void);

/* The touch screen of one console (org.qemu.Display1.MultiTouch). A finger is whatever pointer the caller names it by,
 * which is compared only; it gets the lowest free slot. Main thread only; every call is fire and forget. Motion goes
 * out when QEMU has answered what was sent before, and of each finger only the newest, unless every point is wanted.
 *
 * Property: "state" (DioTouchState, read-only, notify). */
#define DIO_TYPE_TOUCH (dio_touch_get_type ())
G_DECLARE_FINAL_TYPE (DioTouch, dio_touch, DIO, TOUCH, GObject)

/* INTERFACES: (nullable): what the console says that it has (dio_console_get_interfaces()). SLOTS: the machine's, of
 * which a reference is taken. */
DioTouch *dio_touch_new (GDBusConnection *connection, const char *bus_name, const char *object_path,
                         const char *const *interfaces, DioTouchSlots *slots);

/* Our own QEMU tells whether the guest's driver listens (app.diorama.Display1.Input). */
DioTouchState dio_touch_get_state (DioTouch *self);
/* What somebody knows who made the machine: whether it has a touch screen. Makes DIO_TOUCH_READY or DIO_TOUCH_ABSENT of
 * DIO_TOUCH_UNKNOWN, since whether the guest has a driver nobody can say; else it changes nothing. */
void dio_touch_set_present (DioTouch *self, gboolean present);

/* X, Y: guest pixels, on the screen: QEMU does not look. FALSE: there are ten already, on all heads of the machine, or
 * nothing can be sent; its other events are ignored then. A finger that is down already is moved. */
gboolean dio_touch_begin (DioTouch *self, gconstpointer finger, double x, double y);
void dio_touch_move (DioTouch *self, gconstpointer finger, double x, double y);
/* Lifts it where it was last. For one that was taken away (a cancelled touch), too: what QEMU calls “cancel” does not
 * lift (but ours does). */
void dio_touch_end (DioTouch *self, gconstpointer finger);
/* Lifts every finger: on focus loss, pause, disconnect. */
void dio_touch_release_all (DioTouch *self);
/* The same for a guest that has stopped running, whose events QEMU drops (QEMU's ui/input.c); and, when it runs again,
 * once more what it has not heard: each comes down for a moment where it was last. Until then their slots are taken. */
void dio_touch_suspend (DioTouch *self);
void dio_touch_resume (DioTouch *self);
/* Sends every motion, for programs that draw; but for what QEMU leaves lying, which stays bounded. */
void dio_touch_set_every_point (DioTouch *self, gboolean every_point);

G_END_DECLS
