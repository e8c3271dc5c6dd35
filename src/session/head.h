/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/console.h"
#include "input/keyboard.h"
#include "input/mouse.h"
#include "input/touch.h"

G_BEGIN_DECLS

/* One console with what belongs to it: picture, keyboard, pointer, touch screen. Immutable; main thread only. NUMBER:
 * which of the machine's screens it is, from 0. */
#define DIO_TYPE_HEAD (dio_head_get_type ())
G_DECLARE_FINAL_TYPE (DioHead, dio_head, DIO, HEAD, GObject)

/* Takes references. */
DioHead *dio_head_new (guint number, DioConsole *console, DioKeyboard *keyboard, DioMouse *mouse, DioTouch *touch);

guint dio_head_get_number (DioHead *self);
DioConsole *dio_head_get_console (DioHead *self);   /* (transfer none) */
DioKeyboard *dio_head_get_keyboard (DioHead *self); /* (transfer none) */
DioMouse *dio_head_get_mouse (DioHead *self);       /* (transfer none) */
DioTouch *dio_head_get_touch (DioHead *self);       /* (transfer none) */

/* Lifts every key, button and finger that is down on it. */
void dio_head_release_all (DioHead *self);

/* Finds the graphic consoles of the QEMU behind CONNECTION (BUS_NAME is NULL when it is the peer), in the order of
 * their numbers, and makes a head of each; with ONLY_FIRST, of the first only. SLOTS: of this QEMU's touch screen, for
 * all heads that are ever made of it. Fails when there is none. */
void dio_heads_load_async (GDBusConnection *connection, const char *bus_name, DioTouchSlots *slots, gboolean only_first,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* DioHeads; (transfer full). TITLE and UUID (out, nullable) are the machine's as QEMU tells them, IDS (out) QEMU's
 * numbers (guint32) of all its graphic consoles: those of screen 0, 1 and so on. */
GPtrArray *dio_heads_load_finish (GAsyncResult *result, char **title, char **uuid, GArray **ids, GError **error);

/* Makes the head of one more screen, whose console has the number ID with QEMU. */
void dio_head_load_async (GDBusConnection *connection, const char *bus_name, DioTouchSlots *slots, guint number,
                          guint32 id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* NUMBER (out, optional) is told on failure, too. */
DioHead *dio_head_load_finish (GAsyncResult *result, guint *number, GError **error);

G_END_DECLS
