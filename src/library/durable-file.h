/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Files that survive a power cut: each is the old one or the new one, whole. Everything blocks; any thread. Errors are
 * sentences for the user. */

/* Tells what failed: WHAT is a sentence without its full stop ("“Debian” cannot be saved"); NUMBER, an errno, becomes
 * the reason and what to do about it. */
void dio_set_file_error (GError **error, int number, const char *what);

/* Reads a plain file of at most MAX bytes, of what is not one nothing. STATUS: (optional). WHAT: as above. */
GBytes *dio_durable_read (const char *path, gsize max, struct stat *status, const char *what, GError **error);
/* Writes CONTENT to a hidden file beside PATH (of a fixed name, so that callers need a lock), and renames it when it is
 * on the disk. STATUS: (optional): of the new file. */
gboolean dio_durable_write (const char *path, GBytes *content, struct stat *status, const char *what, GError **error);
/* Whether a dio_durable_write() of PATH is under way, or was cut short. */
gboolean dio_durable_has_remains (const char *path);
/* Removes what a dio_durable_write() of PATH that was cut short has left. Under the same lock. */
void dio_durable_sweep (const char *path);
/* The names in FOLDER are on the disk. That they are not is no failure of what was done there: it has taken effect. */
void dio_durable_sync_folder (const char *folder);
/* Everything below FOLDER is on the disk. */
gboolean dio_durable_sync_tree (const char *folder, GCancellable *cancellable, const char *what, GError **error);
/* Removes FOLDER and all below; links are not followed. FALSE when something stayed. */
gboolean dio_durable_remove_tree (const char *folder);

G_END_DECLS
