/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* What can be changed while a machine runs. Each is finished with dio_machine_command_finish(), whose errors are
 * sentences for the user; G_IO_ERROR_NOT_CONNECTED: it does not run. What succeeded is also the machine's "config" from
 * then on. Main thread only. */

/* Puts the ISO file at PATH (absolute) into drive number DISK of the configuration, which is a CD drive, in place of
 * what is there; NULL: takes that out. Fails with G_IO_ERROR_BUSY, and changes nothing, when the guest has locked the
 * drive and FORCE is FALSE; the guest has then been asked to let go. */
void dio_machine_change_disc_async (DioMachine *self, guint disk, const char *path, gboolean force,
                                    GAsyncReadyCallback callback, gpointer user_data);

/* One forwarded port more, or less. With network NAT and PASST; with the latter all connections of the guest break.
 * Fails with G_IO_ERROR_ADDRESS_IN_USE when another program has the port. */
void dio_machine_add_forward_async (DioMachine *self, const DioForward *forward, GAsyncReadyCallback callback,
                                    gpointer user_data);
void dio_machine_remove_forward_async (DioMachine *self, const DioForward *forward, GAsyncReadyCallback callback,
                                       gpointer user_data);

G_END_DECLS
