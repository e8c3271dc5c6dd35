/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a QEMU binary says of itself. */
typedef struct
{
  int version[3];
  GPtrArray *devices; /* of char *, NULL at the end */
  GPtrArray *options; /* of char *, NULL at the end; see dio_engine_has_option() */
} DioEngineAnswers;

void dio_engine_answers_free (DioEngineAnswers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioEngineAnswers, dio_engine_answers_free)

/* Runs BINARY without a machine, asks it by QMP, and ends it: some 200 ms; at most 10 s. */
void dio_engine_ask_async (const char *binary, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
DioEngineAnswers *dio_engine_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
