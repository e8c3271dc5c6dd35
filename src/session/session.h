/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"
#include "clipboard/share.h"
#include "session/clipboard-options.h"
#include "session/head.h"
#include "session/input-options.h"
#include "vm/machine.h"

G_BEGIN_DECLS

/* A machine that is shown: joins one running QEMU, ours (a DioMachine) or somebody else's (attach), to its heads.
 * Main thread only. It is a GListModel of DioHead, in the order of their numbers; heads come with the display and stay,
 * with their last picture, when QEMU goes. A machine of ours has the first screen's from the start, and those of
 * further ones while they are plugged in; of somebody else's QEMU, whose guest may use what it likes, all are there.
 *
 * Properties (notify): "title" (string), "machine" (DioMachine or NULL when attached), "connected" (boolean: the
 * display is live), "error" (string or NULL: why it is not, in plain words), "n-screens" (uint: how many can be plugged
 * in, 0 before the first display), "clipboard" (DioClipboardShare, constant), "agent" (DioAgent or NULL: no program in
 * the guest has opened SPICE's port; a new one each time that one does).
 * Signal: "screen-failed" (uint: number, string: why, in plain words) when dio_session_add_screen() came to nothing, or
 * a further screen was lost for the second time; the other screens go on. */
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
guint dio_session_get_n_screens (DioSession *self);
/* How the machine wants its input; of somebody else's QEMU that has no UUID, for as long as this lasts. (transfer none)
 */
DioInputOptions *dio_session_get_input_options (DioSession *self);
/* Whose channel comes and goes with the display, and the guest's agent. Of a QEMU that has the agent itself, it is
 * QEMU's, for text alone. (transfer none) */
DioClipboardShare *dio_session_get_clipboard (DioSession *self);
DioAgent *dio_session_get_agent (DioSession *self); /* (transfer none) (nullable) */
/* As well, what its clipboard may do. (transfer none) */
DioClipboardOptions *dio_session_get_clipboard_options (DioSession *self);
/* The head of the screen of that NUMBER, from 0; (transfer none) (nullable). */
DioHead *dio_session_get_head (DioSession *self, guint number);
/* Gets the head of a further screen, if the display is connected and has it; it comes into the list, also in the place
 * of one that was lost. Plugged in it is
 * by its first size (dio_console_set_ui_info()). */
void dio_session_add_screen (DioSession *self, guint number);
/* Unplugs a further screen, and lets go of its head if the machine is ours. */
void dio_session_remove_screen (DioSession *self, guint number);
/* Pauses a machine of ours with nothing held: QEMU drops what is lifted while the machine stands still, so it is lifted
 * before, and QEMU has it before the machine is told. */
void dio_session_pause_async (DioSession *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_session_pause_finish (DioSession *self, GAsyncResult *result, GError **error);
/* Attaches again after a loss. A machine of ours must run: one that has ended is started again by dio_machine_start().
 */
void dio_session_reconnect (DioSession *self);
void dio_session_close (DioSession *self);

G_END_DECLS
