/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/library.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Makes machines: from an ISO or disk image, from a system that is downloaded, from nothing. It goes away while the
 * machine is made, which the library shows, and comes back, as it was, when that fails. Signal "created" (char *folder,
 * boolean start): the machine is there, and START says whether it is to be started. */
#define DIO_TYPE_NEW_MACHINE_DIALOG (dio_new_machine_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DioNewMachineDialog, dio_new_machine_dialog, DIO, NEW_MACHINE_DIALOG, AdwDialog)

DioNewMachineDialog *dio_new_machine_dialog_new (DioLibrary *library);
/* As if the user had chosen FILE in it. */
void dio_new_machine_dialog_use_file (DioNewMachineDialog *self, GFile *file);

G_END_DECLS
