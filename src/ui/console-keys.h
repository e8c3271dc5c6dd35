/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "ui/console-view.h"

G_BEGIN_DECLS

/* The keys of a console view, told to the head's keyboard by position. Keys that mean something to the view itself
 * (Ctrl+Alt alone, with Enter, with F12, and what zooms) are told by its signals. Owned by DioConsoleInput. */
#define DIO_TYPE_CONSOLE_KEYS (dio_console_keys_get_type ())
G_DECLARE_FINAL_TYPE (DioConsoleKeys, dio_console_keys, DIO, CONSOLE_KEYS, GObject)

/* VIEW outlives it. */
DioConsoleKeys *dio_console_keys_new (DioConsoleView *view);
/* EVENT's KEYCODE is the host's, KEYVAL what it means there. Returns: GDK_EVENT_STOP, or GDK_EVENT_PROPAGATE for a key
 * that is not the view's. */
gboolean dio_console_keys_press (DioConsoleKeys *self, guint keyval, guint keycode, GdkModifierType state,
                                 GdkEvent *event);
void dio_console_keys_release (DioConsoleKeys *self, guint keycode);
/* Something else is about to be pressed: Ctrl+Alt is not alone, and the guest shall have what is held. */
void dio_console_keys_spoil_chord (DioConsoleKeys *self);
/* Lifts every key that the guest believes to be down. */
void dio_console_keys_release_all (DioConsoleKeys *self);

G_END_DECLS
