/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file of the user's while it is written: hidden, beside where it will be, which is replaced only at the end. Any
 * thread, one at a time. */
typedef struct _DioNewFile DioNewFile;

/* Removes from FOLDER what is left of new files of processes that were killed, as far as that is certain. */
void dio_new_file_sweep (const char *folder);
/* PATH: absolute; nothing is made yet. */
DioNewFile *dio_new_file_new (const char *path);
/* Where to write it. */
const char *dio_new_file_get_path (DioNewFile *self);
/* The folder that it is in. */
const char *dio_new_file_get_folder (DioNewFile *self);
/* Makes it durable and gives it its name. */
gboolean dio_new_file_commit (DioNewFile *self, GError **error);
/* The same, but replaces nothing: where its name is taken it gets one like it, "disk (2).img". Returns: its path.
 * (transfer full) */
char *dio_new_file_commit_beside (DioNewFile *self, GError **error);
/* Gives the file FROM the name PATH or, where that is taken, one like it. Returns: the path, or NULL with errno.
 * (transfer full) */
char *dio_rename_to_free_name (const char *from, const char *path);
/* Without a commit: removes it. */
void dio_new_file_free (DioNewFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioNewFile, dio_new_file_free)

G_END_DECLS
