/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"

G_BEGIN_DECLS

/* Files on their way into the guest's Downloads, by its agent. One at a time, in pieces, never more than a few in
 * flight; folders are walked, and their files sent flat, as the protocol has no folders: a name that comes twice gets a
 * number. Main thread only; files are read in threads.
 *
 * Properties (notify): "sent" and "size" (uint64, bytes of all; "size" grows while folders are walked), "current"
 * (string or NULL: name of the file), "n-files" (uint), "n-done" (uint), "running" (boolean).
 * Signal: "ended" (): each file has arrived, failed, or was cancelled. */
#define DIO_TYPE_FILE_SEND (dio_file_send_get_type ())
G_DECLARE_FINAL_TYPE (DioFileSend, dio_file_send, DIO, FILE_SEND, GObject)

/* FILES: array of GFile. */
DioFileSend *dio_file_send_new (DioAgent *agent, GListModel *files);
void dio_file_send_start (DioFileSend *self);
/* What has arrived whole stays in the guest; the agent removes the one that is cut short. */
void dio_file_send_cancel (DioFileSend *self);
guint64 dio_file_send_get_sent (DioFileSend *self);
guint64 dio_file_send_get_size (DioFileSend *self);
const char *dio_file_send_get_current (DioFileSend *self);
guint dio_file_send_get_n_files (DioFileSend *self);
guint dio_file_send_get_n_done (DioFileSend *self);
/* After "ended": for each file that did not arrive a sentence for the user with its name: (transfer none); empty: all
 * did. */
const char *const *dio_file_send_get_errors (DioFileSend *self);

G_END_DECLS
