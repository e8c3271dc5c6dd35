/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "dbus/endpoint.h"
#include "display/cursor.h"
#include "display/framebuffer.h"

G_BEGIN_DECLS

/* The object that QEMU calls to show one console (org.qemu.Display1.Listener). Its endpoint's thread writes pictures
 * straight into the framebuffer; what else QEMU says arrives in the main context, of each kind the newest only.
 *
 * Signals: "cursor-defined" (DioCursor), "cursor-moved" (int x, int y, boolean visible), "closed" (GError *): the
 * connection has ended by itself; the error is a sentence for the user. */
#define DIO_TYPE_LISTENER (dio_listener_get_type ())
G_DECLARE_FINAL_TYPE (DioListener, dio_listener, DIO, LISTENER, GObject)

DioListener *dio_listener_new (DioFramebuffer *framebuffer);

/* Takes the pictures that QEMU makes where a guest shows nothing (display/placeholder.h) for that: nothing. To be
 * called before it is opened. */
void dio_listener_set_skip_placeholders (DioListener *self, gboolean skip);

/* Starts to listen. Returns the other end of the socket, to be given to QEMU's RegisterListener, or -1. QEMU
 * authenticates us before it does anything else, so this must be called before. */
int dio_listener_open (DioListener *self, GError **error);
/* Between the two, even if the connection has ended. */
gboolean dio_listener_is_open (DioListener *self);
/* Ends it, and waits for the thread, which is as long as one picture takes to be copied at most; no signal follows. It
 * can be opened again. */
void dio_listener_close (DioListener *self);

/* For tests and fuzzing: an endpoint without a socket. (transfer none) */
DioEndpoint *dio_listener_open_detached (DioListener *self);

G_END_DECLS
