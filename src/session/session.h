/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "session/head.h"
#include "vm/machine.h"

G_BEGIN_DECLS

/* A machine that is shown: joins one running QEMU, ours (a DioMachine) or somebody else's (attach), to its heads.
 * Main thread only. It is a GListModel of DioHead, in head order; heads come with the display and stay, with their last
 * picture, when QEMU goes.
 *
 * Properties (notify): "title" (string), "machine" (DioMachine or NULL when attached), "connected" (boolean: the
 * display is live), "error" (string or NULL: why it is not, in plain words). */
#define DIO_TYPE_SESSION (dio_session_get_type ())
G_DECLARE_FINAL_TYPE (DioSession, dio_session, DIO, SESSION, GObject)

/* Follows MACHINE: attaches its display on each "ready". */
DioSession *dio_session_new_for_machine (DioMachine *machine);
/* Attaches to a QEMU with -display dbus: on the bus at ADDRESS, or the session bus when NULL. */
void dio_session_new_attach_async (const char *address, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
DioSession *dio_session_new_attach_finish (GAsyncResult *result, GError **error);

DioMachine *dio_session_get_machine (DioSession *self);
const char *dio_session_get_title (DioSession *self);
gboolean dio_session_get_connected (DioSession *self);
const char *dio_session_get_error (DioSession *self);
/* Attaches again after a loss (attach only; a machine is started again by dio_machine_start()). */
void dio_session_reconnect (DioSession *self);
void dio_session_close (DioSession *self);

G_END_DECLS
