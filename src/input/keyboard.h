/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The keyboard of one console (org.qemu.Display1.Keyboard). Main thread only; every call is fire and forget.
 * Signal "idle": QEMU has answered everything that was sent. */
#define DIO_TYPE_KEYBOARD (dio_keyboard_get_type ())
G_DECLARE_FINAL_TYPE (DioKeyboard, dio_keyboard, DIO, KEYBOARD, GObject)

DioKeyboard *dio_keyboard_new (GDBusConnection *connection, const char *bus_name, const char *object_path);

/* EVDEV_CODE is a Linux KEY_* code (a GDK hardware keycode less 8). Repeats of a key that is down are not sent (the
 * guest repeats by itself). Returns FALSE, sending nothing, for keys that QEMU has no number for. */
gboolean dio_keyboard_press (DioKeyboard *self, guint evdev_code);
gboolean dio_keyboard_release (DioKeyboard *self, guint evdev_code);
/* Lifts every key that is down: on focus loss, pause, disconnect. */
void dio_keyboard_release_all (DioKeyboard *self);
guint dio_keyboard_get_n_pressed (DioKeyboard *self);
gboolean dio_keyboard_is_idle (DioKeyboard *self);
/* Presses the N keys in order and lifts them in reverse; keys that the user holds stay down afterwards. FALSE: some key
 * was not sent, because QEMU has no number for it, does not keep up, or is gone. */
gboolean dio_keyboard_send_combination (DioKeyboard *self, const guint *evdev_codes, guint n);

G_END_DECLS
