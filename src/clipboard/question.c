/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/question.h"

struct _DioClipboardQuestion
{
  grefcount ref_count;
  DioQuestionKind kind;
  char *mime_type;
  guint64 size;
  DioQuestionAnswered answered; /* NULL: it has been */
  gpointer user_data;
};

G_DEFINE_BOXED_TYPE (DioClipboardQuestion, dio_clipboard_question, dio_clipboard_question_ref,
                     dio_clipboard_question_unref)

DioClipboardQuestion *
dio_clipboard_question_new (DioQuestionKind kind, const char *mime_type, guint64 size, DioQuestionAnswered answered,
                            gpointer user_data)
{
  DioClipboardQuestion *self = g_new0 (DioClipboardQuestion, 1);

  g_ref_count_init (&self->ref_count);
  self->kind = kind;
  self->mime_type = g_strdup (mime_type);
  self->size = size;
  self->answered = answered;
  self->user_data = user_data;
  return self;
}

DioClipboardQuestion *
dio_clipboard_question_ref (DioClipboardQuestion *self)
{
  g_ref_count_inc (&self->ref_count);
  return self;
}

void
dio_clipboard_question_unref (DioClipboardQuestion *self)
{
  if (!g_ref_count_dec (&self->ref_count))
    return;
  dio_clipboard_question_answer (self, FALSE);
  g_free (self->mime_type);
  g_free (self);
}

DioQuestionKind
dio_clipboard_question_get_kind (DioClipboardQuestion *self)
{
  return self->kind;
}

const char *
dio_clipboard_question_get_mime_type (DioClipboardQuestion *self)
{
  return self->mime_type;
}

guint64
dio_clipboard_question_get_size (DioClipboardQuestion *self)
{
  return self->size;
}

void
dio_clipboard_question_answer (DioClipboardQuestion *self, gboolean yes)
{
  DioQuestionAnswered answered = g_steal_pointer (&self->answered);

  if (answered)
    answered (yes, self->user_data);
}
