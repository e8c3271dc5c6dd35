/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A program that works on a stranger's file, locked in: it can open the files that it is given, its own libraries, and
 * nothing else, nor ask what else there is; no network, no other process, no new privileges; with bounds on memory and
 * time. The lock is Landlock and a seccomp filter, which work inside Flatpak too, put on by a small program
 * (libexec/diorama-confine) between fork and exec; a kernel without Landlock gets bubblewrap; with neither the program
 * is not run, and the error says so.
 *
 * A file is given by its descriptor: what is allowed is that file, whatever its name leads to by then. */
typedef struct _DioConfine DioConfine;

DioConfine *dio_confine_new (const char *program);
void dio_confine_free (DioConfine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioConfine, dio_confine_free)

/* Opens PATH, which must be absolute, and an ordinary file, and lets the program open it by that name. Errors are
 * sentences. */
gboolean dio_confine_give (DioConfine *self, const char *path, gboolean writable, GError **error);
/* Makes PATH, empty, which must not exist, for the program to write. */
gboolean dio_confine_give_new (DioConfine *self, const char *path, GError **error);
/* The program inherits FD (taken); returns the number that it has there; -1: too many. */
int dio_confine_give_fd (DioConfine *self, int fd);
/* BYTES as a file that only the program has, and of which nothing is on a drive; returns its name there. (transfer
 * full)
 */
char *dio_confine_give_bytes (DioConfine *self, GBytes *bytes, GError **error);
/* Defaults: 1 GiB of address space, 10 s of CPU, 30 s on the clock. 0: none. */
void dio_confine_set_limits (DioConfine *self, guint64 memory, guint cpu_seconds, guint seconds);

/* Runs it to its end in the calling thread, without input, in the C locale; killed when CANCELLABLE is, when its time
 * is up (G_IO_ERROR_TIMED_OUT), or when Diorama ends. LINE_FUNC (nullable): each piece of its standard output as it
 * comes, which is then not kept. RET_OUTPUT, RET_ERRORS: (out) (optional): at most 1 MiB each. RET_STATUS: (out): as
 * waitpid() has it. FALSE only when it could not be run to its end. */
typedef void (*DioConfineLineFunc) (const char *piece, gsize length, gpointer data);
gboolean dio_confine_run (DioConfine *self, const char *const *arguments, DioConfineLineFunc line_func, gpointer data,
                          GCancellable *cancellable, char **ret_output, char **ret_errors, int *ret_status,
                          GError **error);
/* Starts it and returns: its process, killed when the calling thread ends (PR_SET_PDEATHSIG is of threads). It cannot
 * make others; g_subprocess_force_exit() ends all of it. (transfer full) */
GSubprocess *dio_confine_spawn (DioConfine *self, const char *const *arguments, GSubprocessFlags flags, GError **error);

G_END_DECLS
