/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a file of Diorama's own is. BUILT: its place in the build directory, for a process that was not installed: that
 * uses what was built with it; INSTALLED: otherwise. (transfer full) */
char *dio_own_file (const char *built, const char *installed);
/* The program NAME that ROOM runs, from Diorama's libexec folder or, if that is set, the one that $DIORAMA_LIBEXEC
 * names. (transfer full) */
char *dio_own_helper (const char *room, const char *name);

G_END_DECLS
