/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/question-card.h"

#include <glib/gi18n.h>

/* A guest that asks more often at once means no good: it gets a “no”. */
#define MAX_QUESTIONS 16

struct _DioQuestionCard
{
  DioPromptCard parent_instance;

  GQueue *questions; /* DioClipboardQuestion; the first is shown */
  char *name;
};

G_DEFINE_FINAL_TYPE (DioQuestionCard, dio_question_card, DIO_TYPE_PROMPT_CARD)

static void show_next (DioQuestionCard *self);

/* Whoever pastes reads what was copied in several forms; one answer does for all that wait for it. */
static void
dio_question_card_answered (DioPromptCard *card, guint yes)
{
  DioQuestionCard *self = DIO_QUESTION_CARD (card);
  DioClipboardQuestion *first = g_queue_peek_head (self->questions);
  DioQuestionKind kind = first ? dio_clipboard_question_get_kind (first) : DIO_QUESTION_LARGE;
  g_autoptr (GQueue) asked = self->questions;
  gboolean answered = FALSE;

  self->questions = g_queue_new ();
  for (DioClipboardQuestion *question; (question = g_queue_pop_head (asked));)
    {
      gboolean same = !answered || (kind != DIO_QUESTION_LARGE && dio_clipboard_question_get_kind (question) == kind);

      answered = TRUE;
      if (!same)
        {
          g_queue_push_tail (self->questions, question);
          continue;
        }
      dio_clipboard_question_answer (question, yes > 0);
      dio_clipboard_question_unref (question);
    }
  show_next (self);
}

static const char *
describe_kind (const char *mime_type)
{
  if (!mime_type)
    return "";
  if (g_str_has_prefix (mime_type, "image/"))
    return _ ("It is a picture.");
  if (g_str_equal (mime_type, "text/uri-list"))
    return _ ("It is names of files.");
  return g_str_has_prefix (mime_type, "text/") ? _ ("It is text.") : "";
}

/* Either may be empty. (transfer full) */
static char *
join (const char *one, const char *other)
{
  return *one && *other ? g_strdup_printf ("%s %s", one, other) : g_strdup (*one ? one : other);
}

static void
show (DioQuestionCard *self, DioClipboardQuestion *question)
{
  guint64 bytes = dio_clipboard_question_get_size (question);
  g_autofree char *size = g_format_size (bytes), *title = NULL, *text = NULL, *large = NULL;
  const char *kind = describe_kind (dio_clipboard_question_get_mime_type (question));
  const char *allow[] = { _ ("_Don’t Allow"), _ ("_Allow"), NULL };
  const char *paste[] = { _ ("_Cancel"), _ ("_Paste"), NULL };
  gboolean pastes = FALSE;

  switch (dio_clipboard_question_get_kind (question))
    {
    case DIO_QUESTION_LARGE:
      title = g_strdup_printf (_ ("Paste %s?"), size);
      large = g_strdup (_ ("What was copied is that large, or larger."));
      pastes = TRUE;
      break;
    case DIO_QUESTION_HOST_READS:
      title = g_strdup_printf (_ ("A program wants to read what was copied in “%s”"), self->name);
      break;
    case DIO_QUESTION_GUEST_READS:
    default:
      title = g_strdup_printf (_ ("“%s” wants to read what you have copied"), self->name);
      break;
    }
  if (!large)
    large = bytes > 0 ? g_strdup_printf (_ ("It has %s."), size) : g_strdup ("");
  text = join (kind, large);
  dio_prompt_card_show (DIO_PROMPT_CARD (self), NULL, title, text, pastes ? paste : allow);
}

static void
show_next (DioQuestionCard *self)
{
  DioClipboardQuestion *question = g_queue_peek_head (self->questions);

  if (question)
    show (self, question);
}

static void
dio_question_card_dispose (GObject *object)
{
  DioQuestionCard *self = DIO_QUESTION_CARD (object);

  /* What nobody answers any more is a “no”. */
  g_queue_clear_full (self->questions, (GDestroyNotify) dio_clipboard_question_unref);
  G_OBJECT_CLASS (dio_question_card_parent_class)->dispose (object);
}

static void
dio_question_card_finalize (GObject *object)
{
  DioQuestionCard *self = DIO_QUESTION_CARD (object);

  g_clear_pointer (&self->questions, g_queue_free);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (dio_question_card_parent_class)->finalize (object);
}

static void
dio_question_card_class_init (DioQuestionCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_question_card_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_question_card_finalize;
  DIO_PROMPT_CARD_CLASS (klass)->answered = dio_question_card_answered;
}

static void
dio_question_card_init (DioQuestionCard *self)
{
  self->questions = g_queue_new ();
}

void
dio_question_card_ask (DioQuestionCard *self, DioClipboardQuestion *question, const char *name)
{
  g_return_if_fail (DIO_IS_QUESTION_CARD (self));

  if (g_queue_get_length (self->questions) >= MAX_QUESTIONS)
    return;
  g_set_str (&self->name, name);
  g_queue_push_tail (self->questions, dio_clipboard_question_ref (question));
  if (g_queue_get_length (self->questions) == 1)
    show_next (self);
}
