/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/share.h"

G_BEGIN_DECLS

/* ANSWERED is called once. */
typedef void (*DioQuestionAnswered) (gboolean yes, gpointer user_data);
DioClipboardQuestion *dio_clipboard_question_new (DioQuestionKind kind, const char *mime_type, guint64 size,
                                                  DioQuestionAnswered answered, gpointer user_data);

G_END_DECLS
