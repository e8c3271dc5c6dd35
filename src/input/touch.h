/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

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

/* The slots of QEMU's touch screen (ui/dbus-console.c, INPUT_EVENT_SLOTS_MAX). */
#define DIO_TOUCH_MAX_FINGERS 10

/* The touch screen of one console (org.qemu.Display1.MultiTouch). A finger is whatever pointer the caller names it by,
 * which is compared only; it gets the lowest free slot. Main thread only; every call is fire and forget. Motion goes
 * out when QEMU has answered what was sent before, and of each finger only the newest, unless every point is wanted.
 *
 * Property: "state" (DioTouchState, read-only, notify). */
#define DIO_TYPE_TOUCH (dio_touch_get_type ())
G_DECLARE_FINAL_TYPE (DioTouch, dio_touch, DIO, TOUCH, GObject)

DioTouch *dio_touch_new (GDBusConnection *connection, const char *bus_name, const char *object_path);

DioTouchState dio_touch_get_state (DioTouch *self);
/* X, Y: guest pixels. FALSE: there are ten already, or nothing can be sent; its other events are ignored then. */
gboolean dio_touch_begin (DioTouch *self, gconstpointer finger, double x, double y);
void dio_touch_move (DioTouch *self, gconstpointer finger, double x, double y);
/* QEMU's own “cancel” does not lift (but ours does): a finger that was taken away is lifted where it was last. */
void dio_touch_end (DioTouch *self, gconstpointer finger);
gboolean dio_touch_has (DioTouch *self, gconstpointer finger);
guint dio_touch_get_n_fingers (DioTouch *self);
/* Lifts every finger: on focus loss, pause, disconnect. */
void dio_touch_release_all (DioTouch *self);
/* Sends every motion, for programs that draw. */
void dio_touch_set_every_point (DioTouch *self, gboolean every_point);

G_END_DECLS
