/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

G_BEGIN_DECLS

/* The image that is compressed in the file PATH (.xz, .gz, .zst, .bz2, .lz4), written beside it in FOLDER under its
 * name without that ending, or one like it that is free; holes stay holes. Space is looked for before and while it is
 * written; what claims to be a hundred times more than it is (a "bomb") is stopped at the space that there is, less
 * 1 GB. The result is the new file's path. (transfer full) */
DioJob *dio_unpack_new (const char *path, const char *folder);

G_END_DECLS
