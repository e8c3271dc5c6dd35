/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What NAME, a file's on the host, is to be in the guest: a name and no path, of at most 255 bytes, without characters
 * that mean something to the guest's system; and no name that is in USED, a set of strings (compared as Windows and
 * macOS do, where letters are alike in either case) to which it is added. */
char *dio_file_name_for_guest (const char *name, gboolean windows, GHashTable *used);
GHashTable *dio_file_names_new (void);

G_END_DECLS
