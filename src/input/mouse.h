/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The pointer of one console (org.qemu.Display1.Mouse). Main thread only; every call is fire and forget.
 * Property "is-absolute" (boolean, notify): positions can be set; else only relative motion reaches the guest. */
#define DIO_TYPE_MOUSE (dio_mouse_get_type ())
G_DECLARE_FINAL_TYPE (DioMouse, dio_mouse, DIO, MOUSE, GObject)

/* Numbers of the protocol. */
typedef enum
{
  DIO_MOUSE_LEFT = 0,
  DIO_MOUSE_MIDDLE = 1,
  DIO_MOUSE_RIGHT = 2,
  DIO_MOUSE_WHEEL_UP = 3,
  DIO_MOUSE_WHEEL_DOWN = 4,
  DIO_MOUSE_SIDE = 5,
  DIO_MOUSE_EXTRA = 6,
  DIO_MOUSE_WHEEL_LEFT = 7, /* devices without such a wheel leave it out */
  DIO_MOUSE_WHEEL_RIGHT = 8,
} DioMouseButton;

/* Another way than the console's own for positions and buttons, and so for a wheel that is buttons. BUTTON returns
 * whether it was sent; NULL: they keep theirs. */
typedef struct
{
  void (*position) (guint x, guint y, DioMouse *mouse, gpointer user_data);
  gboolean (*button) (guint button, gboolean down, gpointer user_data);
} DioMouseRoute;

/* INTERFACES: (nullable): what the console says that it has (dio_console_get_interfaces()). */
DioMouse *dio_mouse_new (GDBusConnection *connection, const char *bus_name, const char *object_path,
                         const char *const *interfaces);

/* ROUTE: (nullable): the console's own way again. Both must live until the next call or the mouse's end. Relative
 * motion keeps its way, and so do the parts of clicks that our own QEMU takes. */
void dio_mouse_set_route (DioMouse *self, const DioMouseRoute *route, gpointer user_data);
/* For routes that end at another console: its own way, whatever its route and whatever is pressed there. */
void dio_mouse_send_position (DioMouse *self, guint x, guint y);
gboolean dio_mouse_send_button (DioMouse *self, guint button, gboolean down);
gboolean dio_mouse_get_is_absolute (DioMouse *self);
void dio_mouse_set_position (DioMouse *self, guint x, guint y); /* guest pixels */
/* While on, every position is sent, also those that QEMU could do without: for programs that draw. Off at first. */
void dio_mouse_set_every_point (DioMouse *self, gboolean every_point);
void dio_mouse_move (DioMouse *self, int dx, int dy); /* guest pixels, relative */
/* While held, motion waits for the next button or turn of a wheel, or until it is no longer held: only the last
 * position is sent then, and the whole way. What waits for QEMU's answers goes on. Returns: whether motion has waited.
 */
gboolean dio_mouse_set_held (DioMouse *self, gboolean held);
/* What waits goes now, as before a button. */
void dio_mouse_flush (DioMouse *self);
void dio_mouse_press (DioMouse *self, DioMouseButton button);
void dio_mouse_release (DioMouse *self, DioMouseButton button);
/* Lifts every button, and forgets what the wheels have not sent: on focus loss, pause, disconnect. */
void dio_mouse_release_all (DioMouse *self);
/* The same for a guest that has stopped running, whose buttons QEMU drops (QEMU's ui/input.c); and, when it runs again,
 * once more that none is down. */
void dio_mouse_suspend (DioMouse *self);
void dio_mouse_resume (DioMouse *self);
/* Turns the wheels by clicks, or parts of one: positive is right and down (as GDK's). Our own QEMU takes 120ths
 * (app.diorama.Display1.Input), others whole clicks; the rest is kept until it makes one, or the direction turns. While
 * QEMU does not answer turns add up, to 32 clicks at most. Buttons come after it, as it came before them. */
void dio_mouse_scroll (DioMouse *self, double dx, double dy);

G_END_DECLS
