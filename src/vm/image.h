/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"
#include "image/report.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* A machine whose disks (or discs) are the images of all N REPORTS, the first first; named after that, and with the
 * same UUID each time that the same files come, by whatever path. INSIDES: (nullable) of the first. What is written
 * over others gets all of them by name; a disk that may not be written is "read-only" in its DioDisk: it only starts in
 * a disposable machine, or with an overlay (vm/image-overlay.h). An encrypted one has its DioDisk's "encryption", and
 * needs dio_machine_set_passphrase(). Disks are SATA, which all systems know; what else the machine should have is not
 * found here (provision/recommendation.h). Pure. Fails with a sentence: a report that is neither GOOD nor ENCRYPTED, an
 * encryption that is too old, a system for another kind of processor (G_IO_ERROR_NOT_SUPPORTED). (transfer full) */
DioMachineConfig *dio_image_config_new (DioImageReport *const *reports, guint n, const DioImageInsides *insides,
                                        GError **error);

G_END_DECLS
