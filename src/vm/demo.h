/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* Name of the virtio-serial port over which the demonstration guest is told what to do. */
#define DIO_DEMO_CONTROL_PORT "app.diorama.guest"

/* The demonstration guest, in the compiled-in directory DIO_DEMO_GUEST or $DIORAMA_DEMO_GUEST. Fails with
 * G_IO_ERROR_NOT_FOUND where it has not been built. Reads a file of some hundred bytes. (transfer full) */
DioMachineConfig *dio_demo_config_new (GError **error);

G_END_DECLS
