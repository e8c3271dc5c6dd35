/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "service/machine-service.h"

G_BEGIN_DECLS

/* What others ask over the bus of the USB devices of MACHINE, which a window shows (DioMachineUsb). USER_DATA: the
 * DioApplication. */
void dio_usb_serve (DioMachine *machine, DioMachineUsbCall call, const char *device, const char *const *how,
                    GTask *answer, gpointer user_data);

G_END_DECLS
