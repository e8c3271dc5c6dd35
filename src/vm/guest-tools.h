/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* The disc with what is installed in guests: the agent for Wayland sessions, how to install SPICE's, where drivers for
 * Windows are (data/guest-tools). It is in the machine until that ends, and never part of its configuration. Both are
 * finished with dio_machine_command_finish(), whose errors are sentences; they notify "guest-tools". Main thread only.
 */

/* Puts it into a CD drive that is empty or, where there is none, in as a USB stick. Does nothing when it is in. */
void dio_machine_insert_guest_tools_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);
/* Fails with G_IO_ERROR_BUSY when the guest has locked the drive. */
void dio_machine_take_out_guest_tools_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
