/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "service/machine-service.h"

G_BEGIN_DECLS

/* The other end of machine-service.h: a machine of the library that some process of this session runs, by its UUID.
 * These wait for the answer (at most seconds), and so are for the command line, not for a program with windows. BUS
 * may be NULL: then nobody answers. */

/* "starting", "running", "paused" or "stopping"; NULL: nobody of this session runs it, or who does does not answer. */
const char *dio_machine_client_get_state (GDBusConnection *bus, const char *uuid);
/* MODE: a DIO_MACHINE_STOP_…. Fails with a sentence for the user; NOT_FOUND: nobody runs it. */
gboolean dio_machine_client_stop (GDBusConnection *bus, const char *uuid, const char *mode, GError **error);
gboolean dio_machine_client_show (GDBusConnection *bus, const char *uuid, GError **error);
/* Its USB devices, by their identifiers. (transfer full) (nullable): nobody tells. */
GStrv dio_machine_client_list_usb (GDBusConnection *bus, const char *uuid);
/* DEVICE, HOW: see the XML. What is in the way is told by the errors of usb/error.h, if that has been used before. */
gboolean dio_machine_client_connect_usb (GDBusConnection *bus, const char *uuid, const char *device,
                                         const char *const *how, GError **error);
gboolean dio_machine_client_disconnect_usb (GDBusConnection *bus, const char *uuid, const char *device, GError **error);

G_END_DECLS
