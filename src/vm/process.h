/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A child process, as QEMU, from its start to its end. Its standard output and error go, bounded, to a log file, and
 * the last of them are kept. It is in a process group of its own (Ctrl+C in our terminal is not for it), gets SIGTERM
 * when we die, and is reaped always, even when the object goes first. Main thread only: the kernel ties the child to
 * the thread that started it.
 *
 * Signal: "exited" (), once, when it has ended and all that it wrote has been read. */
#define DIO_TYPE_PROCESS (dio_process_get_type ())
G_DECLARE_FINAL_TYPE (DioProcess, dio_process, DIO, PROCESS, GObject)

#define DIO_PROCESS_FIRST_FD 3
#define DIO_PROCESS_MAX_LOG (4 * 1024 * 1024) /* bytes of a run */
#define DIO_PROCESS_MAX_TAIL (64 * 1024)      /* bytes kept in memory */

/* FDS (N_FDS of them, taken over) become 3, 4, … in the child. LOG_FD, taken over, or -1: where the output goes. */
DioProcess *dio_process_new (const char *const *argv, int *fds, guint n_fds, int log_fd, GError **error);

GPid dio_process_get_pid (DioProcess *self); /* 0 once it has ended */
gboolean dio_process_is_running (DioProcess *self);
/* SIGTERM now, SIGKILL after GRACE milliseconds; SIGKILL at once when that is 0. */
void dio_process_end (DioProcess *self, guint grace);

/* After "exited": whether it ended by itself with status 0. */
gboolean dio_process_succeeded (DioProcess *self);
/* After "exited": the signal that ended it, or 0. */
int dio_process_get_signal (DioProcess *self);
/* "It was ended by signal 9 (Killed)." and the like; after "exited". (transfer full) */
char *dio_process_dup_exit_text (DioProcess *self);

/* The end of what it wrote, at most 64 KiB, valid UTF-8. (transfer full) */
char *dio_process_dup_tail (DioProcess *self);

G_END_DECLS
