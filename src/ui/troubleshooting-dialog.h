/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* How a machine was started and what its QEMU says, as it says it, to read and to copy. */
#define DIO_TYPE_TROUBLESHOOTING_DIALOG (dio_troubleshooting_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioTroubleshootingDialog, dio_troubleshooting_dialog, DIO, TROUBLESHOOTING_DIALOG, AdwDialog)

DioTroubleshootingDialog *dio_troubleshooting_dialog_new (DioMachine *machine);

G_END_DECLS
