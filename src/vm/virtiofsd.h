/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-parts.h"
#include "vm/process.h"

G_BEGIN_DECLS

/* A folder of this computer, shared with a guest by a process of its own (virtiofsd). */
typedef struct
{
  DioProcess *process;
  int fd; /* connected, for QEMU */
} DioVirtiofsd;

/* Starts it and waits until it answers: first shut into a namespace, then, where that is not allowed, with the rights
 * of the user. SOCKET: a path for a socket, which is gone afterwards. LOG: the path of the log file. Fails with
 * G_IO_ERROR_NOT_FOUND when it is not installed, and with what it said when it does not run here. */
void dio_virtiofsd_start_async (const DioShare *share, const char *socket, const char *log, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
DioVirtiofsd *dio_virtiofsd_start_finish (GAsyncResult *result, GError **error);
void dio_virtiofsd_free (DioVirtiofsd *self); /* ends the process */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioVirtiofsd, dio_virtiofsd_free)

G_END_DECLS
