/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/qemu-img.h"

G_BEGIN_DECLS

/* Copies of plain files: where the file system can, by sharing their blocks until one is written (reflink); otherwise
 * without reading or writing what is empty. Blocks; any thread. TO must not exist and is removed again when it fails.
 * Errors are sentences. */
gboolean dio_file_copy (const char *from, const char *to, DioProgressFunc progress, gpointer data,
                        GCancellable *cancellable, GError **error);
/* Whether a copy of FROM in FOLDER would share its blocks. */
gboolean dio_file_can_share (const char *from, const char *folder);
/* The same for a folder of few, small files (no more than 256, in folders four deep); what is neither a file nor a
 * folder is left out. */
gboolean dio_folder_copy (const char *from, const char *to, GCancellable *cancellable, GError **error);

G_END_DECLS
