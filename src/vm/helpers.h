/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/argv.h"

G_BEGIN_DECLS

/* What a run of a machine has beside QEMU: files (run-files.h), processes (swtpm, virtiofsd, passt), the port to an
 * isolated network. They are made before QEMU starts, and go with the last reference. Main thread only.
 *
 * Signal: "trouble" (const char *sentence): one of the processes has ended by itself, a second ago. */
#define DIO_TYPE_HELPERS (dio_helpers_get_type ())
G_DECLARE_FINAL_TYPE (DioHelpers, dio_helpers, DIO, HELPERS, GObject)

/* RUN_DIR: a private folder for sockets and files, which outlives this. LOG: the path of the log file, which exists. */
DioHelpers *dio_helpers_new (DioMachineConfig *config, DioEngine *engine, const char *run_dir, const char *log);

/* Makes all of it. Fails with a sentence when the machine cannot start without. */
void dio_helpers_prepare_async (DioHelpers *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean dio_helpers_prepare_finish (DioHelpers *self, GAsyncResult *result, GError **error);

/* After that: what the argument list has to say. The descriptors of FDS (of int, which takes them over) become numbers
 * from FIRST_FD on in the child. The pointers in PATHS are SELF's. */
void dio_helpers_hand_over (DioHelpers *self, DioRunPaths *paths, int first_fd, GArray *fds);
/* As DioRunFiles has them. (transfer none) (nullable) */
GPtrArray *dio_helpers_get_overlay_keys (DioHelpers *self);
/* QEMU runs: it has opened what it needs. */
void dio_helpers_settle (DioHelpers *self);

/* What the user has to know although the machine starts, as that a shared folder is not there; or NULL. */
const char *dio_helpers_get_notice (DioHelpers *self);
/* What a process that has ended said last, as a sentence; NULL when none has. BADLY: by an error, not because QEMU
 * ended. (transfer full) */
char *dio_helpers_dup_failure (DioHelpers *self, gboolean badly);

/* With network PASST: another passt, with FORWARDS (of DioForward), takes the place of the present one. */
void dio_helpers_change_forwards_async (DioHelpers *self, GPtrArray *forwards, GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean dio_helpers_change_forwards_finish (DioHelpers *self, GAsyncResult *result, GError **error);

G_END_DECLS
