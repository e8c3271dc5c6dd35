/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

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

G_END_DECLS
