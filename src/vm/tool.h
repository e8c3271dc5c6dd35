/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/engine.h"

G_BEGIN_DECLS

/* Programs beside QEMU: swtpm, passt, virtiofsd, qemu-img. */

/* The path of NAME, from PATH or from where distributions put what is not for users to call; NULL when it is not there.
 * (transfer full) */
char *dio_tool_find (const char *name);

/* Runs the qemu-img that goes with ENGINE with ARGUMENTS (NULL-terminated, without the program). OUTPUT (nullable):
 * what it wrote. Fails with its own words. Blocks: not for the main thread. */
gboolean dio_tool_run_qemu_img (DioEngine *engine, const char *const *arguments, char **output, GError **error);

G_END_DECLS
