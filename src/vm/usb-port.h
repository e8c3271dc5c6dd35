/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* A port for one redirected USB device, plugged into the xHCI of a machine that runs: a D-Bus character device with
 * QEMU's usb-redir on it, both there by QMP, so that there are as many as are wanted and none while none is. Both are
 * part of the run and never of the configuration. Main thread only.
 *
 * They do not keep a machine from being saved or migrated, with a device in them or not (QEMU 10.0.13: "migrate",
 * "savevm", and neither names a blocker), and one that goes on where it is after "migrate" still has its device. But
 * what was saved with a port can only be loaded by a QEMU that has one in the same place; one that has more loads it.
 * So ports are removed before a machine is saved, and its devices connected again later. */

/* What the character device is called on D-Bus. */
#define DIO_USB_PORT "org.qemu.usbredir"

/* Fails with a sentence: QEMU lacks usb-redir, the controller has no port left (G_IO_ERROR_NO_SPACE), the machine
 * does not run, or does not answer. However late QEMU answers a call that was cancelled: nothing is left of it. */
void dio_machine_add_usb_port_async (DioMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
/* The path of the port's object on the display's D-Bus, org.qemu.Display1.Chardev, of which the stream is registered
 * with Register(); it is the port's name, too. (transfer full) */
char *dio_machine_add_usb_port_finish (DioMachine *self, GAsyncResult *result, GError **error);
/* Pulls the port out, whose stream was closed before or is closed by it; done when QEMU has nothing left of it. Fails
 * after some seconds (G_IO_ERROR_TIMED_OUT) in which QEMU, or a guest that hangs, did not let go: it is removed as soon
 * as they do. A port that is not
 * there is fine. */
void dio_machine_remove_usb_port_async (DioMachine *self, const char *path, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean dio_machine_remove_usb_port_finish (DioMachine *self, GAsyncResult *result, GError **error);

G_END_DECLS
