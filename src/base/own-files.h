/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a file of Diorama's own is. BUILT: its place in the build directory, for a process that was not installed: that
 * uses what was built with it; INSTALLED: otherwise. (transfer full) */
char *dio_own_file (const char *built, const char *installed);

G_END_DECLS
