/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/type-text-dialog.h"

#include "input/layouts.h"
#include "ui/host-layout.h"
#include "input/typist.h"

#include <glib/gi18n.h>
#include <string.h>

/* While somebody writes. */
#define SURVEY_DELAY_MS 150
/* Pasting more is asked about, since it takes hours to type. */
#define MUCH_TEXT (1024 * 1024)
#define TELL_DURATION_FROM_S 5

struct _DioTypeTextDialog
{
  AdwDialog parent_instance;

  DioKeyboard *keyboard;
  DioInputOptions *options;  /* NULL until the list is there */
  DioKeyLayout *key_layout;  /* NULL: the chosen one cannot be used */
  GCancellable *cancellable; /* of the typing; there while it lasts */
  GCancellable *closing;
  char *host_layout; /* its name */
  char *pasted;      /* while the user is asked */
  gsize n_characters, n_done;
  guint survey_id;
  gboolean was_focused;
  gboolean reading; /* the clipboard */

  /* template */
  GtkStack *pages;
  GtkTextView *text;
  AdwComboRow *layout;
  AdwActionRow *missing;
  AdwSwitchRow *by_number;
  AdwSwitchRow *slowly;
  GtkLabel *problem;
  GtkWidget *type;
  GtkLabel *duration;
  GtkLabel *count;
  GtkProgressBar *progress;
  GtkWidget *stop;
};

enum
{
  TYPED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioTypeTextDialog, dio_type_text_dialog, ADW_TYPE_DIALOG)

static void
tell (DioTypeTextDialog *self, const char *message)
{
  gtk_label_set_text (self->problem, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

/* --- what the text takes --- */

static char *
get_text (DioTypeTextDialog *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (gtk_text_view_get_buffer (self->text), &start, &end);
  return gtk_text_buffer_get_text (gtk_text_view_get_buffer (self->text), &start, &end, TRUE);
}

static DioTypistFlags
get_flags (DioTypeTextDialog *self)
{
  gboolean shown = gtk_widget_get_visible (GTK_WIDGET (self->by_number));

  return shown && adw_switch_row_get_active (self->by_number) ? DIO_TYPIST_BY_NUMBER : DIO_TYPIST_LEAVE_OUT;
}

static guint
get_pace (DioTypeTextDialog *self)
{
  return adw_switch_row_get_active (self->slowly) ? DIO_TYPIST_SLOW_PACE : DIO_TYPIST_PACE;
}

static char *
describe_duration (DioTypeTextDialog *self, gsize n_strokes)
{
  gulong seconds = n_strokes / get_pace (self);

  if (seconds < TELL_DURATION_FROM_S)
    return g_strdup ("");
  if (seconds < 60)
    return g_strdup_printf (ngettext ("Takes about %lu second", "Takes about %lu seconds", seconds), seconds);
  if (seconds < 60 * 60)
    return g_strdup_printf (ngettext ("Takes about %lu minute", "Takes about %lu minutes", seconds / 60), seconds / 60);
  return g_strdup_printf (ngettext ("Takes about %lu hour", "Takes about %lu hours", seconds / 3600), seconds / 3600);
}

static void
show_missing (DioTypeTextDialog *self, const DioTypistSurvey *survey)
{
  gulong n = survey->n_missing + survey->n_numbered;
  g_autofree char *title = g_strdup_printf (
      ngettext ("%lu character is not on that keyboard", "%lu characters are not on that keyboard", n), n);
  g_autofree char *left_out =
      g_strdup_printf (ngettext ("%lu is left out", "%lu are left out", survey->n_missing), (gulong) survey->n_missing);
  g_autofree char *subtitle = *survey->missing ? g_strdup_printf ("%s — %s", left_out, survey->missing) : NULL;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->missing), title);
  adw_action_row_set_subtitle (self->missing, subtitle ? subtitle : left_out);
  gtk_widget_set_visible (GTK_WIDGET (self->missing), n > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->by_number), *survey->missing && survey->numbers);
}

static void
update (DioTypeTextDialog *self)
{
  g_autofree char *text = get_text (self);
  g_autofree char *duration = NULL;
  g_auto (DioTypistSurvey) survey = { 0 };

  g_clear_handle_id (&self->survey_id, g_source_remove);
  if (!self->key_layout || !dio_typist_survey (self->key_layout, text, get_flags (self), &survey, NULL))
    {
      gtk_widget_set_sensitive (self->type, FALSE);
      return;
    }
  show_missing (self, &survey);
  self->n_characters = survey.n_characters;
  duration = describe_duration (self, survey.n_strokes);
  gtk_label_set_text (self->duration, duration);
  gtk_widget_set_sensitive (self->type, survey.n_strokes > 0);
}

static void
on_survey_due (gpointer user_data)
{
  DioTypeTextDialog *self = user_data;

  self->survey_id = 0;
  update (self);
}

static void
on_text_changed (DioTypeTextDialog *self)
{
  gtk_widget_set_sensitive (self->type,
                            self->key_layout && gtk_text_buffer_get_char_count (gtk_text_view_get_buffer (self->text)));
  g_clear_handle_id (&self->survey_id, g_source_remove);
  self->survey_id = g_timeout_add_once (SURVEY_DELAY_MS, on_survey_due, self);
}

/* --- the layout --- */

static guint
find_layout (GListModel *layouts, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (layouts); i++)
    {
      g_autoptr (DioLayout) layout = g_list_model_get_item (layouts, i);

      if (g_str_equal (dio_layout_get_name (layout), name))
        return i;
    }
  return 0;
}

static void
use_layout (DioTypeTextDialog *self)
{
  DioLayout *chosen = adw_combo_row_get_selected_item (self->layout);
  const char *name = chosen ? dio_layout_get_name (chosen) : "";
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->key_layout, dio_key_layout_unref);
  self->key_layout = dio_key_layout_new (*name ? name : self->host_layout, &error);
  tell (self, error ? error->message : NULL);
  update (self);
}

static void
on_layout_chosen (DioTypeTextDialog *self)
{
  DioLayout *chosen = adw_combo_row_get_selected_item (self->layout);

  if (!self->options || !chosen)
    return;
  g_object_set (self->options, "layout", dio_layout_get_name (chosen), NULL);
  use_layout (self);
}

static void
fill_layouts (DioTypeTextDialog *self, DioInputOptions *options)
{
  g_autoptr (GListStore) layouts = dio_layouts_load ();
  g_autoptr (DioLayout) host = NULL, same = NULL;
  g_autofree char *title = NULL;

  self->host_layout = dio_host_layout_find (gtk_widget_get_display (GTK_WIDGET (self)), G_LIST_MODEL (layouts));
  same = g_list_model_get_item (G_LIST_MODEL (layouts), find_layout (G_LIST_MODEL (layouts), self->host_layout));
  /* Translators: the layout of this computer's keyboard, "English (US)" */
  title = g_strdup_printf (_ ("As on this computer: %s"), same ? dio_layout_get_title (same) : self->host_layout);
  host = dio_layout_new ("", title);
  g_list_store_insert (layouts, 0, host);
  adw_combo_row_set_model (self->layout, G_LIST_MODEL (layouts));
  adw_combo_row_set_selected (self->layout,
                              find_layout (G_LIST_MODEL (layouts), dio_input_options_get_layout (options)));
  /* From now on, what is chosen is the user's choice. */
  self->options = g_object_ref (options);
  use_layout (self);
}

/* --- pasting --- */

static void
insert_pasted (DioTypeTextDialog *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete_selection (buffer, FALSE, TRUE);
  gtk_text_buffer_insert_at_cursor (buffer, self->pasted, -1);
  gtk_text_buffer_end_user_action (buffer);
  g_clear_pointer (&self->pasted, g_free);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

static void
on_paste_response (AdwAlertDialog *alert, const char *response, gpointer user_data)
{
  DioTypeTextDialog *self = user_data;

  if (g_str_equal (response, "paste") && self->pasted)
    insert_pasted (self);
  g_clear_pointer (&self->pasted, g_free);
}

static void
ask_to_paste (DioTypeTextDialog *self)
{
  gsize n = g_utf8_strlen (self->pasted, -1);
  g_autofree char *duration = describe_duration (self, n);
  g_autofree char *body = g_strdup_printf (_ ("It has %'lu characters. %s."), (gulong) n, duration);
  AdwDialog *alert = adw_alert_dialog_new (_ ("Paste a Very Long Text?"), body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (alert), "cancel", _ ("_Cancel"), "paste", _ ("_Paste"), NULL);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (alert), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (alert), "cancel");
  g_signal_connect_object (alert, "response", G_CALLBACK (on_paste_response), self, 0);
  adw_dialog_present (alert, GTK_WIDGET (self));
}

static void
on_clipboard_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioTypeTextDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->reading = FALSE;
  if (!text || !*text)
    {
      tell (self, _ ("There is no text on the clipboard. Copy some first."));
      return;
    }
  tell (self, NULL);
  g_free (self->pasted);
  self->pasted = g_steal_pointer (&text);
  if (strlen (self->pasted) > MUCH_TEXT)
    ask_to_paste (self);
  else
    insert_pasted (self);
}

void
dio_type_text_dialog_paste (DioTypeTextDialog *self)
{
  g_return_if_fail (DIO_IS_TYPE_TEXT_DIALOG (self));

  if (self->reading)
    return;
  self->reading = TRUE;
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->closing, on_clipboard_read,
                                 g_object_ref (self));
}

static void
on_paste (DioTypeTextDialog *self)
{
  dio_type_text_dialog_paste (self);
}

void
dio_type_text_dialog_set_text (DioTypeTextDialog *self, const char *text)
{
  g_return_if_fail (DIO_IS_TYPE_TEXT_DIALOG (self));

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), text, -1);
}

/* --- typing --- */

static void
show_progress (DioTypeTextDialog *self)
{
  g_autofree char *text =
      g_strdup_printf (_ ("Typing: %'lu of %'lu characters"), (gulong) self->n_done, (gulong) self->n_characters);

  gtk_label_set_text (self->count, text);
  gtk_progress_bar_set_fraction (self->progress, self->n_characters ? (double) self->n_done / self->n_characters : 0);
}

static void
on_progress (gsize n_done, gpointer user_data)
{
  DioTypeTextDialog *self = user_data;

  self->n_done = n_done;
  show_progress (self);
}

static void
write_again (DioTypeTextDialog *self, const GError *error)
{
  g_autofree char *stopped = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    stopped = g_strdup_printf (_ ("Stopped after %'lu of %'lu characters."), (gulong) self->n_done,
                               (gulong) self->n_characters);
  gtk_stack_set_visible_child_name (self->pages, "write");
  gtk_widget_grab_focus (self->type);
  tell (self, stopped ? stopped : error->message);
}

static void
on_typed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioTypeTextDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean all = dio_typist_type_finish (result, &error);

  g_clear_object (&self->cancellable);
  if (!self->closing || g_cancellable_is_cancelled (self->closing))
    return;
  if (!all)
    {
      write_again (self, error);
      return;
    }
  g_signal_emit (self, signals[TYPED], 0);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
on_type (DioTypeTextDialog *self)
{
  g_autofree char *text = get_text (self);

  if (self->cancellable)
    return;
  update (self);
  if (!gtk_widget_get_sensitive (self->type))
    return;
  tell (self, NULL);
  self->n_done = 0;
  show_progress (self);
  gtk_stack_set_visible_child_name (self->pages, "typing");
  gtk_widget_grab_focus (self->stop);
  self->cancellable = g_cancellable_new ();
  dio_typist_type_async (self->keyboard, self->key_layout, text, get_flags (self), get_pace (self), self->cancellable,
                         on_progress, self, on_typed, g_object_ref (self));
}

static void
on_stop (DioTypeTextDialog *self)
{
  g_cancellable_cancel (self->cancellable);
}

static void
on_closed (DioTypeTextDialog *self)
{
  g_cancellable_cancel (self->closing);
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
}

/* As the sheet of a narrow window, AdwDialog passes over its "focus-widget" when it opens. */
static gboolean
dio_type_text_dialog_focus (GtkWidget *widget, GtkDirectionType direction)
{
  DioTypeTextDialog *self = DIO_TYPE_TEXT_DIALOG (widget);
  gboolean opens = !self->was_focused && !gtk_widget_get_focus_child (widget);

  self->was_focused = TRUE;
  if (opens && gtk_widget_grab_focus (GTK_WIDGET (self->text)))
    return TRUE;
  return GTK_WIDGET_CLASS (dio_type_text_dialog_parent_class)->focus (widget, direction);
}

/* Its window may close without it. */
static void
dio_type_text_dialog_unroot (GtkWidget *widget)
{
  on_closed (DIO_TYPE_TEXT_DIALOG (widget));
  GTK_WIDGET_CLASS (dio_type_text_dialog_parent_class)->unroot (widget);
}

static void
dio_type_text_dialog_dispose (GObject *object)
{
  DioTypeTextDialog *self = DIO_TYPE_TEXT_DIALOG (object);

  g_clear_handle_id (&self->survey_id, g_source_remove);
  g_clear_object (&self->keyboard);
  g_clear_object (&self->options);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->closing);
  g_clear_pointer (&self->key_layout, dio_key_layout_unref);
  g_clear_pointer (&self->host_layout, g_free);
  g_clear_pointer (&self->pasted, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_TYPE_TEXT_DIALOG);
  G_OBJECT_CLASS (dio_type_text_dialog_parent_class)->dispose (object);
}

static void
dio_type_text_dialog_class_init (DioTypeTextDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_LAYOUT);
  G_OBJECT_CLASS (klass)->dispose = dio_type_text_dialog_dispose;
  widget_class->focus = dio_type_text_dialog_focus;
  widget_class->unroot = dio_type_text_dialog_unroot;
  signals[TYPED] =
      g_signal_new ("typed", DIO_TYPE_TYPE_TEXT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/type-text-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, pages);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, text);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, layout);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, missing);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, by_number);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, slowly);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, type);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, duration);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, count);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, progress);
  gtk_widget_class_bind_template_child (widget_class, DioTypeTextDialog, stop);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
  gtk_widget_class_bind_template_callback (widget_class, on_layout_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_paste);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  gtk_widget_class_bind_template_callback (widget_class, on_type);
}

static void
dio_type_text_dialog_init (DioTypeTextDialog *self)
{
  self->closing = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_text_view_get_buffer (self->text), "changed", G_CALLBACK (on_text_changed), self,
                           G_CONNECT_SWAPPED);
}

DioTypeTextDialog *
dio_type_text_dialog_new (DioKeyboard *keyboard, DioInputOptions *options)
{
  DioTypeTextDialog *self = g_object_new (DIO_TYPE_TYPE_TEXT_DIALOG, NULL);

  self->keyboard = g_object_ref (keyboard);
  fill_layouts (self, options);
  return self;
}
