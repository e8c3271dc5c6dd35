/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"

G_BEGIN_DECLS

/* One file on its way to the guest's agent: told, then, once the agent has said that it takes it, sent in pieces, a few
 * of which are in flight. Main thread only.
 *
 * Signals: "progress" (uint64: bytes, since the last time), "ended" (GError or NULL; boolean: no other file would fare
 * better). Errors are sentences that go on after the file's name: “"…": ” and that. */
#define DIO_TYPE_FILE_TRANSFER (dio_file_transfer_get_type ())
G_DECLARE_FINAL_TYPE (DioFileTransfer, dio_file_transfer, DIO, FILE_TRANSFER, GObject)

/* NAME: as the guest is to have it. It is number NUMBER of N. Starts at once. */
DioFileTransfer *dio_file_transfer_new (DioAgent *agent, GFile *file, const char *name, guint number, guint n);
/* The agent removes what it has of it. "ended" is not emitted any more. */
void dio_file_transfer_cancel (DioFileTransfer *self);

G_END_DECLS
