/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* Shows the machine's window. */
typedef void (*DioMachineShow) (DioMachine *machine, gpointer user_data);

/* A running machine of the library on the session bus, for whoever wants to stop or see it: app.diorama.Machine1 (see
 * the XML) under a name made from its UUID. Call it once, before the machine is started: the name is owned while it
 * runs, each time, and all of this ends with MACHINE. SHOW: (nullable): it has no window. Where there is no session
 * bus, nothing happens. Main thread. */
void dio_machine_service_export (DioMachine *machine, DioMachineShow show, gpointer user_data);

/* Of the machine with UUID, as g_uuid_string_is_valid() has it. (transfer full) */
char *dio_machine_service_dup_bus_name (const char *uuid);
char *dio_machine_service_dup_object_path (const char *uuid);

/* How Stop is to be understood. */
#define DIO_MACHINE_STOP_SHUT_DOWN "shut-down"
#define DIO_MACHINE_STOP_FORCE "force"
/* The D-Bus error whose message is a sentence for the user. */
#define DIO_MACHINE_SERVICE_FAILED "app.diorama.Machine1.Failed"

G_END_DECLS
