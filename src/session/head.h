/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "display/console.h"
#include "input/keyboard.h"
#include "input/mouse.h"

G_BEGIN_DECLS

/* One console with what belongs to it: picture, keyboard, pointer. Immutable; main thread only. */
#define DIO_TYPE_HEAD (dio_head_get_type ())
G_DECLARE_FINAL_TYPE (DioHead, dio_head, DIO, HEAD, GObject)

/* Takes references. */
DioHead *dio_head_new (DioConsole *console, DioKeyboard *keyboard, DioMouse *mouse);

DioConsole *dio_head_get_console (DioHead *self);   /* (transfer none) */
DioKeyboard *dio_head_get_keyboard (DioHead *self); /* (transfer none) */
DioMouse *dio_head_get_mouse (DioHead *self);       /* (transfer none) */

/* Finds the graphic consoles of the QEMU behind CONNECTION (BUS_NAME is NULL when it is the peer) and makes a head of
 * each, in the order of their numbers. Fails when there is none. */
void dio_heads_load_async (GDBusConnection *connection, const char *bus_name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
/* DioHeads; (transfer full). TITLE (out, nullable) is the machine's name as QEMU tells it. */
GPtrArray *dio_heads_load_finish (GAsyncResult *result, char **title, GError **error);

G_END_DECLS
