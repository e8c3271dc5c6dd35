/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"
#include "image/report.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* A machine that starts from the disk image or ISO file at PATH (absolute or relative), named after it and with the
 * same UUID each time. Nothing is known of the system inside, so it gets what all systems know: a SATA disk or CD
 * drive. Errors are sentences for the user and name the file. Blocks on the file system for less than 1 MiB. (transfer
 * full) */
DioMachineConfig *dio_image_config_new (const char *path, GError **error);

/* The same in a thread: a file may be on a network that is slow. */
void dio_image_config_new_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
DioMachineConfig *dio_image_config_new_finish (GAsyncResult *result, GError **error);

/* The same of images that were looked into: one machine with all N of REPORTS as its disks (or discs), the first first;
 * named after the first, and with the same UUID each time that the same files come, by whatever path. INSIDES:
 * (nullable) of the first. Firmware: UEFI when it is made for that, or for both; BIOS when only for that; what is not
 * known is as above. What is written over others gets all of them by name; a disk that may not be written is
 * "read-only" in its DioDisk: it only starts in a disposable machine, or with an overlay (vm/image-overlay.h). An
 * encrypted one has its DioDisk's "encryption", and needs dio_machine_set_passphrase(). Windows, and what nobody knows,
 * gets no devices that need drivers of their own. Where INSIDES do not tell of the firmware it blocks on the file
 * system for less than 1 MiB. Fails with a sentence: a report that is neither GOOD nor ENCRYPTED, an encryption that is
 * too old, a system for another kind of processor (G_IO_ERROR_NOT_SUPPORTED). (transfer full) */
DioMachineConfig *dio_image_config_new_for_reports (DioImageReport *const *reports, guint n,
                                                    const DioImageInsides *insides, GError **error);

G_END_DECLS
