/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/question-card.h"

#include "ui/application.h"

#include <glib/gi18n.h>

/* Nobody has read a question before. */
#define ARMED_AFTER_MS 600
#define PATIENCE_S 30
/* A guest that asks more often at once means no good: it gets a “no”. */
#define MAX_QUESTIONS 16

struct _DioQuestionCard
{
  AdwBin parent_instance;

  GQueue *questions; /* DioClipboardQuestion; the first is shown */
  char *name;
  guint armed_id, patience_id;

  /* template */
  GtkLabel *title;
  GtkLabel *text;
  GtkButton *no;
  GtkButton *yes;
};

G_DEFINE_FINAL_TYPE (DioQuestionCard, dio_question_card, ADW_TYPE_BIN)

static void show_next (DioQuestionCard *self);

/* Whoever pastes reads what was copied in several forms; one answer does for all that wait for it. */
static void
answer (DioQuestionCard *self, gboolean yes)
{
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
      dio_clipboard_question_answer (question, yes);
      dio_clipboard_question_unref (question);
    }
  show_next (self);
}

static void
on_no (DioQuestionCard *self)
{
  answer (self, FALSE);
}

static void
on_yes (DioQuestionCard *self)
{
  answer (self, TRUE);
}

static void
on_patience_ended (gpointer user_data)
{
  DioQuestionCard *self = user_data;

  self->patience_id = 0;
  answer (self, FALSE);
}

/* Each of them, not what they are in: that is what a screen reader is told. */
static void
arm (DioQuestionCard *self, gboolean armed)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->no), armed);
  gtk_widget_set_sensitive (GTK_WIDGET (self->yes), armed);
}

static void
on_armed (gpointer user_data)
{
  DioQuestionCard *self = user_data;

  self->armed_id = 0;
  arm (self, TRUE);
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
fill (DioQuestionCard *self, DioClipboardQuestion *question)
{
  guint64 bytes = dio_clipboard_question_get_size (question);
  g_autofree char *size = g_format_size (bytes), *title = NULL, *text = NULL, *large = NULL;
  const char *kind = describe_kind (dio_clipboard_question_get_mime_type (question));
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
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->text), *text != '\0');
  gtk_button_set_label (self->yes, pastes ? _ ("_Paste") : _ ("_Allow"));
  gtk_button_set_label (self->no, pastes ? _ ("_Cancel") : _ ("_Don’t Allow"));
}

static void
show_next (DioQuestionCard *self)
{
  DioClipboardQuestion *question = g_queue_peek_head (self->questions);
  g_autofree char *said = NULL;

  g_clear_handle_id (&self->armed_id, g_source_remove);
  g_clear_handle_id (&self->patience_id, g_source_remove);
  arm (self, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), question != NULL);
  if (!question)
    return;
  fill (self, question);
  self->armed_id = g_timeout_add_once (ARMED_AFTER_MS, on_armed, self);
  self->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_ended, self);
  /* Translators: said by a screen reader: a question about the clipboard, and how to get to its buttons. */
  said = g_strdup_printf (_ ("%s. Press Ctrl+Alt to answer."), gtk_label_get_text (self->title));
  gtk_accessible_announce (GTK_ACCESSIBLE (self), said, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static gboolean
dio_question_card_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (DIO_QUESTION_CARD (widget)->no));
}

static void
dio_question_card_dispose (GObject *object)
{
  DioQuestionCard *self = DIO_QUESTION_CARD (object);

  g_clear_handle_id (&self->armed_id, g_source_remove);
  g_clear_handle_id (&self->patience_id, g_source_remove);
  /* What nobody answers any more is a “no”. */
  g_queue_clear_full (self->questions, (GDestroyNotify) dio_clipboard_question_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_QUESTION_CARD);
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
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_question_card_dispose;
  G_OBJECT_CLASS (klass)->finalize = dio_question_card_finalize;
  widget_class->grab_focus = dio_question_card_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/question-card.ui");
  gtk_widget_class_bind_template_child (widget_class, DioQuestionCard, title);
  gtk_widget_class_bind_template_child (widget_class, DioQuestionCard, text);
  gtk_widget_class_bind_template_child (widget_class, DioQuestionCard, no);
  gtk_widget_class_bind_template_child (widget_class, DioQuestionCard, yes);
  gtk_widget_class_bind_template_callback (widget_class, on_no);
  gtk_widget_class_bind_template_callback (widget_class, on_yes);
}

static void
dio_question_card_init (DioQuestionCard *self)
{
  self->questions = g_queue_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
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
