/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Shows the machine's window. */
typedef void (*DioMachineShow) (DioMachine *machine, gpointer user_data);

/* What is asked of the machine's USB devices. DEVICE, HOW: as in the XML; NULL for LIST. It answers by returning a
 * pointer, once: for LIST a GStrv of identifiers, for the others NULL; or an error with a sentence. */
typedef enum
{
  DIO_MACHINE_USB_LIST,
  DIO_MACHINE_USB_CONNECT,
  DIO_MACHINE_USB_DISCONNECT,
} DioMachineUsbCall;
typedef void (*DioMachineUsb) (DioMachine *machine, DioMachineUsbCall call, const char *device, const char *const *how,
                               GTask *answer, gpointer user_data);

/* A running machine of the library on the session bus, for whoever wants to stop or see it: app.diorama.Machine1 (see
 * the XML) under a name made from its UUID. Call it once, before the machine is started: the name is owned while it
 * runs, each time, and all of this ends with MACHINE. SHOW, USB: (nullable): it has no window. Where there is no
 * session bus, nothing happens. Main thread. */
void dio_machine_service_export (DioMachine *machine, DioMachineShow show, DioMachineUsb usb, gpointer user_data);

/* Of the machine with UUID, as g_uuid_string_is_valid() has it. (transfer full) */
char *dio_machine_service_dup_bus_name (const char *uuid);
char *dio_machine_service_dup_object_path (const char *uuid);

/* How Stop is to be understood. */
#define DIO_MACHINE_STOP_SHUT_DOWN "shut-down"
#define DIO_MACHINE_STOP_FORCE "force"
/* The D-Bus error whose message is a sentence for the user. */
#define DIO_MACHINE_SERVICE_FAILED "app.diorama.Machine1.Failed"

G_END_DECLS
