/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The files of one run of a machine: a private directory under $XDG_RUNTIME_DIR/diorama, held by a lock while the
 * machine runs and removed afterwards, and a log that stays: in the machine's own folder for logs, beside those of the
 * runs before, or, where it has none, under $XDG_STATE_HOME/diorama. */
typedef struct _DioRunDir DioRunDir;

#define DIO_RUN_DIR_LOGS 5 /* the last run's, and those before it */

/* LOG_FOLDER: (nullable): where logs go, which is made if need be; of a stranger's machine it may be anything, and is
 * not used unless it is a folder. Blocks for some small files. Fails when there is no place to write. */
DioRunDir *dio_run_dir_new (const char *name, const char *uuid, const char *log_folder, GError **error);
void dio_run_dir_free (DioRunDir *self); /* removes the directory with all that is in it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioRunDir, dio_run_dir_free)

const char *dio_run_dir_get_path (DioRunDir *self);
const char *dio_run_dir_get_log_path (DioRunDir *self);
/* Short enough for a socket's address. */
const char *dio_run_dir_get_control_socket (DioRunDir *self);
/* Opens the log, to go on with it if APPEND, or else a new one: in a folder for logs the old one stays, as one of
 * DIO_RUN_DIR_LOGS. -1 where that is not possible: a machine runs without a log too. */
int dio_run_dir_open_log (DioRunDir *self, gboolean append);

G_END_DECLS
