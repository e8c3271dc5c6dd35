/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-parts.h"
#include "vm/process.h"

G_BEGIN_DECLS

/* The network of a machine in a process of its own (passt), with FORWARDS (of DioForward). FD, taken over: a stream
 * socket that is connected to QEMU's. LOG_FD: as for dio_process_new(). Fails with G_IO_ERROR_NOT_FOUND when passt is
 * not installed. */
DioProcess *dio_passt_new (int fd, GPtrArray *forwards, int log_fd, GError **error);

/* Its arguments. Pure. (transfer full) */
GStrv dio_passt_build_arguments (const char *program, GPtrArray *forwards);

G_END_DECLS
