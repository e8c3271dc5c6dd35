/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/confine.h"

G_BEGIN_DECLS

/* How far a piece of work is, 0…1; called in the thread that does it. */
typedef void (*DioProgressFunc) (double fraction, gpointer data);

/* Which program NAME of QEMU's ("qemu-img", "qemu-storage-daemon") is used: Diorama's own, else the one beside
 * $DIORAMA_QEMU, else PATH's, as with the engine (vm/engine.h). Fails with G_IO_ERROR_NOT_FOUND and a sentence that
 * names the package. (transfer full) */
char *dio_qemu_tool_find (const char *name, GError **error);

/* A run of qemu-img to come, locked in: the caller gives it each file that it may open (image/confine.h), also those
 * that images are written over, and targets, which are made empty. QUICK: it only looks at a file, with bounds on its
 * time, and narrow ones on its memory. NULL: as dio_qemu_tool_find(). (transfer full) */
DioConfine *dio_qemu_img_new (gboolean quick, GError **error);

/* Lets a tool of QEMU's, SELF, have PASSPHRASE (nullable), which is on no command line, as its object
 * DIO_QEMU_PASSPHRASE; returns what its option --object needs. Fails with G_IO_ERROR_PERMISSION_DENIED when there is
 * none. (transfer full) */
#define DIO_QEMU_PASSPHRASE "passphrase"
char *dio_qemu_tool_give_passphrase (DioConfine *self, GBytes *passphrase, GError **error);

/* Runs TOOL with ARGUMENTS (NULL-terminated) in the calling thread, which it blocks, without input, with English
 * messages; once. Killed as soon as CANCELLABLE is, and when Diorama ends. PROGRESS, with DATA: (nullable): told what
 * "-p" prints. RET_OUTPUT: (out) (optional) (transfer full): what else it prints, at most 1 MiB. RET_STATUS: (out)
 * (optional): its exit status; who asks for it gets TRUE for any, but when a passphrase is wrong. Errors are sentences:
 * G_IO_ERROR_NO_SPACE when the disk is full, G_IO_ERROR_BUSY when another process has the image, G_IO_ERROR_CANCELLED,
 * G_IO_ERROR_TIMED_OUT, G_IO_ERROR_PERMISSION_DENIED (also of a passphrase that is wrong), else G_IO_ERROR_FAILED with
 * what it said. */
gboolean dio_qemu_img_run (DioConfine *tool, const char *const *arguments, DioProgressFunc progress, gpointer data,
                           GCancellable *cancellable, char **ret_output, int *ret_status, GError **error);

G_END_DECLS
