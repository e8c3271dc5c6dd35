/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/folder-look.h"

G_BEGIN_DECLS

/* What was found in all machines' folders the last time, kept in the user's cache: with it a thousand definitions need
 * not be read at every start, and the machines on a drive that is not there are known. It is a cache, and hostile:
 * an entry counts as long as the definition is the file that it tells of. Blocks; any thread. */

/* Returns: (transfer full): DioFolderLooks by their folders. HASH: (out): what dio_library_index_write() is told. */
GHashTable *dio_library_index_read (guint *hash);
/* Writes LOOKS, unless the index is so already, which HASH (inout) tells. */
void dio_library_index_write (GPtrArray *looks, guint *hash);

G_END_DECLS
