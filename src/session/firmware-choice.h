/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* The firmware that the user chose for an image that is opened in place, which has no definition to keep it; by the
 * machine's UUID, which is made of the image's path. Main thread only. */

/* CONFIG gets what was chosen, if anything was. */
void dio_firmware_choice_recall (DioMachineConfig *config);
/* CONFIG's is chosen from now on. What cannot be written is as not chosen. */
void dio_firmware_choice_keep (DioMachineConfig *config);

G_END_DECLS
