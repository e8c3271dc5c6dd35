/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The names of machines' folders, and giving them. Blocks; any thread. */
#define DIO_FOLDER_SUFFIX ".diorama"

/* The name of a folder for the machine NAME: its own as far as file systems take it, a number behind it if NUMBER > 1,
 * at most MAX bytes. STRICT: without what FAT and its kind refuse. (transfer full) */
char *dio_make_folder_name (const char *name, guint number, gsize max, gboolean strict);
/* Whether NAME is of a folder of a machine that is being made. */
gboolean dio_is_part_name (const char *name);
/* Removes the folder of a machine that was being made by somebody who is gone. */
void dio_remove_remains (const char *folder);
/* Whether the folder named NAME is named as the machine MACHINE_NAME would have it, a number behind it or not. */
gboolean dio_is_named_for (const char *name, const char *machine_name);
/* Gives FOLDER, in PLACE, a name made from NAME that nobody has. Returns: (transfer full): its path. */
char *dio_rename_folder (const char *folder, const char *place, const char *name, GError **error);

G_END_DECLS
