/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Programs beside QEMU: swtpm, passt, virtiofsd. */

/* The path of NAME, from PATH or from where distributions put what is not for users to call; NULL when it is not there.
 * (transfer full) */
char *dio_tool_find (const char *name);

G_END_DECLS
