/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The locks of a keyboard, as QEMU has them in Keyboard.Modifiers (its QEMU_…_LOCK_LED). */
typedef enum
{
  DIO_LOCK_SCROLL = 1 << 0,
  DIO_LOCK_NUM = 1 << 1,
  DIO_LOCK_CAPS = 1 << 2,
} DioLocks;

#define DIO_TYPE_LOCKS (dio_locks_get_type ())
GType dio_locks_get_type (void);

/* Who may hold a key. The guest has it down as long as one does. */
typedef enum
{
  DIO_KEY_HOLDER_KEYS = 1 << 0, /* the keyboard of the host */
  DIO_KEY_HOLDER_BAR = 1 << 1,  /* keys on the screen */
} DioKeyHolder;

/* The keyboard of one console (org.qemu.Display1.Keyboard). Main thread only; every call is fire and forget.
 * Properties (read-only, notify): "locks" (DioLocks: those whose LED the guest has lit), "locks-known" (boolean: QEMU
 * has told; "locks" is 0 until then). Signals: "idle" (): dio_keyboard_is_idle() has become TRUE; "pressed" (guint
 * evdev code): somebody holds that key from now on; "lifted" (): by dio_keyboard_release_all(). */
#define DIO_TYPE_KEYBOARD (dio_keyboard_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyboard, dio_keyboard, DIO, KEYBOARD, GObject)

DioKeyboard *dio_keyboard_new (GDBusConnection *connection, const char *bus_name, const char *object_path);

/* EVDEV_CODE is a Linux KEY_* code (a GDK hardware keycode less 8). Repeats of a key that is down are not sent (the
 * guest repeats by itself). Returns FALSE, sending nothing, for keys that QEMU has no number for. */
gboolean dio_keyboard_press (DioKeyboard *self, guint evdev_code); /* by DIO_KEY_HOLDER_KEYS */
gboolean dio_keyboard_release (DioKeyboard *self, guint evdev_code);
gboolean dio_keyboard_press_by (DioKeyboard *self, DioKeyHolder holder, guint evdev_code);
gboolean dio_keyboard_release_by (DioKeyboard *self, DioKeyHolder holder, guint evdev_code);
/* Lifts every key that is down, whoever holds it, and drops what dio_keyboard_sync_locks() has not done yet: on focus
 * loss, pause, disconnect. */
void dio_keyboard_release_all (DioKeyboard *self);
/* The same for a guest that has stopped running, whose keys QEMU drops (QEMU's ui/input.c); and, when it runs again,
 * once more what it has not heard. */
void dio_keyboard_suspend (DioKeyboard *self);
void dio_keyboard_resume (DioKeyboard *self);
guint dio_keyboard_get_n_pressed (DioKeyboard *self);
/* The display is lost: lifts everything, and sends no more. */
void dio_keyboard_close (DioKeyboard *self);
/* No answer of QEMU's is awaited (sender.h), and the guest is not suspended; or the keyboard is closed. */
gboolean dio_keyboard_is_idle (DioKeyboard *self);
/* Presses the N keys in order and lifts them in reverse; keys that are held stay down afterwards. FALSE: a key was not
 * sent, because QEMU has no number for it, does not keep up, or is gone; then nor were those after it. */
gboolean dio_keyboard_send_combination (DioKeyboard *self, const guint *evdev_codes, guint n);

DioLocks dio_keyboard_get_locks (DioKeyboard *self);
gboolean dio_keyboard_get_locks_known (DioKeyboard *self);
/* Taps the keys of those locks of MASK that are not in the guest as WANTED has them. A lock whose key was pressed, by
 * whomever, waits for the guest's LED to change before it is tapped again; so one whose LED the guest never lights is
 * tapped once. Nor is one tapped while any key is down, or until QEMU keeps up. Call it while the guest runs: what QEMU
 * drops of a paused guest's keys counts as pressed. */
void dio_keyboard_sync_locks (DioKeyboard *self, DioLocks wanted, DioLocks mask);

G_END_DECLS
