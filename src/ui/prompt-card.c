/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/prompt-card.h"

#include "ui/application.h"

#include <glib/gi18n.h>

/* Nobody has read a question before. */
#define ARMED_AFTER_MS 600
#define PATIENCE_S 30

typedef struct
{
  guint armed_id, patience_id;

  /* template */
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *text;
  AdwWrapBox *buttons;
} DioPromptCardPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (DioPromptCard, dio_prompt_card, ADW_TYPE_BIN)

#define PRIVATE(self) ((DioPromptCardPrivate *) dio_prompt_card_get_instance_private (self))

static void
answer (DioPromptCard *self, guint n)
{
  g_autoptr (DioPromptCard) hold = g_object_ref (self);

  dio_prompt_card_hide (self);
  DIO_PROMPT_CARD_GET_CLASS (self)->answered (self, n);
}

static void
on_clicked (GtkWidget *button, DioPromptCard *self)
{
  guint n = 0;

  while ((button = gtk_widget_get_prev_sibling (button)))
    n++;
  answer (self, n);
}

static void
on_patience_ended (gpointer user_data)
{
  DioPromptCard *self = user_data;

  PRIVATE (self)->patience_id = 0;
  answer (self, 0);
}

/* Each of them, not what they are in: that is what a screen reader is told. */
static void
arm (DioPromptCard *self, gboolean armed)
{
  for (GtkWidget *button = gtk_widget_get_first_child (GTK_WIDGET (PRIVATE (self)->buttons)); button;
       button = gtk_widget_get_next_sibling (button))
    gtk_widget_set_sensitive (button, armed);
}

static void
on_armed (gpointer user_data)
{
  DioPromptCard *self = user_data;

  PRIVATE (self)->armed_id = 0;
  arm (self, TRUE);
}

static void
stop (DioPromptCardPrivate *private)
{
  g_clear_handle_id (&private->armed_id, g_source_remove);
  g_clear_handle_id (&private->patience_id, g_source_remove);
}

static void
set_answers (DioPromptCard *self, const char *const *answers)
{
  DioPromptCardPrivate *private = PRIVATE (self);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (private->buttons))))
    adw_wrap_box_remove (private->buttons, child);
  for (guint i = 0; answers[i]; i++)
    {
      child = gtk_button_new_with_mnemonic (answers[i]);
      g_signal_connect (child, "clicked", G_CALLBACK (on_clicked), self);
      adw_wrap_box_append (private->buttons, child);
    }
}

static gboolean
dio_prompt_card_grab_focus (GtkWidget *widget)
{
  GtkWidget *no = gtk_widget_get_first_child (GTK_WIDGET (PRIVATE (DIO_PROMPT_CARD (widget))->buttons));

  return no && gtk_widget_grab_focus (no);
}

static void
dio_prompt_card_dispose (GObject *object)
{
  stop (PRIVATE (DIO_PROMPT_CARD (object)));
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_PROMPT_CARD);
  G_OBJECT_CLASS (dio_prompt_card_parent_class)->dispose (object);
}

static void
dio_prompt_card_class_init (DioPromptCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_prompt_card_dispose;
  widget_class->grab_focus = dio_prompt_card_grab_focus;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/prompt-card.ui");
  gtk_widget_class_bind_template_child_private (widget_class, DioPromptCard, icon);
  gtk_widget_class_bind_template_child_private (widget_class, DioPromptCard, title);
  gtk_widget_class_bind_template_child_private (widget_class, DioPromptCard, text);
  gtk_widget_class_bind_template_child_private (widget_class, DioPromptCard, buttons);
}

static void
dio_prompt_card_init (DioPromptCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
dio_prompt_card_show (DioPromptCard *self, const char *icon_name, const char *title, const char *text,
                      const char *const *answers)
{
  DioPromptCardPrivate *private = PRIVATE (self);
  g_autofree char *said = NULL;

  g_return_if_fail (DIO_IS_PROMPT_CARD (self));

  stop (private);
  gtk_image_set_from_icon_name (private->icon, icon_name);
  gtk_widget_set_visible (GTK_WIDGET (private->icon), icon_name != NULL);
  gtk_label_set_text (private->title, title);
  gtk_label_set_text (private->text, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (private->text), text && *text);
  set_answers (self, answers);
  arm (self, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  private->armed_id = g_timeout_add_once (ARMED_AFTER_MS, on_armed, self);
  private->patience_id = g_timeout_add_seconds_once (PATIENCE_S, on_patience_ended, self);
  /* Translators: said by a screen reader: a question over the machine's picture, and how to get to its buttons. */
  said = g_strdup_printf (_ ("%s. Press Ctrl+Alt to answer."), title);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), said, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

void
dio_prompt_card_hide (DioPromptCard *self)
{
  g_return_if_fail (DIO_IS_PROMPT_CARD (self));

  stop (PRIVATE (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
