/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/process.h"

G_BEGIN_DECLS

/* A TPM 2.0 in a process of its own (swtpm), which keeps its state in the folder STATE. It ends with its connection.
 * LOG_FD: as for dio_process_new(). CONTROL: the socket for QEMU, (out) (transfer full). Fails with
 * G_IO_ERROR_NOT_FOUND when swtpm is not installed. */
DioProcess *dio_swtpm_new (const char *state, int log_fd, int *control, GError **error);

G_END_DECLS
