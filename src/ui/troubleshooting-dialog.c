/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/troubleshooting-dialog.h"

#include "ui/survey.h"

#include <glib/gi18n.h>

/* The log of a chatty QEMU is read again no more often than this. */
#define REFRESH_MS 250

struct _DioTroubleshootingDialog
{
  AdwDialog parent_instance;

  DioMachine *machine;
  GFileMonitor *monitor;

  /* template */
  AdwToastOverlay *toasts;
  GtkTextView *command_line;
  GtkTextView *log;
  GtkWidget *no_log;
  GtkWidget *show_log;
  GtkScrolledWindow *log_scroller;
};

G_DEFINE_FINAL_TYPE (DioTroubleshootingDialog, dio_troubleshooting_dialog, ADW_TYPE_DIALOG)

static void
set_text (GtkTextView *view, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  g_autofree char *present = NULL;
  GtkTextIter start, end;

  /* A selection survives when nothing changed. */
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  present = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  if (!g_str_equal (present, valid))
    gtk_text_buffer_set_text (buffer, valid, -1);
}

static void
refresh (DioTroubleshootingDialog *self)
{
  g_autofree char *command_line = dio_machine_dup_command_line (self->machine);
  g_autofree char *log = dio_machine_dup_log_tail (self->machine);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->log_scroller);
  gboolean at_end = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) >=
                    gtk_adjustment_get_upper (adjustment) - 1;
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->log);

  set_text (self->command_line, command_line);
  set_text (self->log, log);
  gtk_widget_set_visible (self->no_log, !log || !*log);
  gtk_widget_set_visible (GTK_WIDGET (self->log_scroller), log && *log);
  if (at_end)
    {
      GtkTextIter end;

      gtk_text_buffer_get_end_iter (buffer, &end);
      gtk_text_buffer_move_mark_by_name (buffer, "tail", &end);
      /* Waits for the layout, unlike scrolling the mark onscreen. */
      gtk_text_view_scroll_to_mark (self->log, gtk_text_buffer_get_mark (buffer, "tail"), 0, FALSE, 0, 0);
    }
}

static void
watch (DioTroubleshootingDialog *self)
{
  const char *path = dio_machine_get_log_path (self->machine);
  g_autoptr (GFile) file = path ? g_file_new_for_path (path) : NULL;

  g_clear_object (&self->monitor);
  gtk_widget_set_visible (self->show_log, file != NULL);
  if (!file)
    return;
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (!self->monitor)
    return;
  g_file_monitor_set_rate_limit (self->monitor, REFRESH_MS);
  g_signal_connect_object (self->monitor, "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
}

static void
on_state_changed (DioTroubleshootingDialog *self)
{
  /* A new run may log elsewhere. */
  watch (self);
  refresh (self);
}

static void
on_copy (DioTroubleshootingDialog *self)
{
  g_autofree char *command_line = dio_machine_dup_command_line (self->machine);
  g_autofree char *log = dio_machine_dup_log_tail (self->machine);
  g_autofree char *text =
      g_strdup_printf ("Diorama %s\n\n%s\n\n%s", DIO_VERSION, command_line ? command_line : "", log ? log : "");
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), valid);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static void
on_log_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioTroubleshootingDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!gtk_file_launcher_open_containing_folder_finish (GTK_FILE_LAUNCHER (source), result, &error))
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Files could not be opened")));
}

static void
on_show_log (DioTroubleshootingDialog *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (dio_machine_get_log_path (self->machine));
  g_autoptr (GtkFileLauncher) launcher = gtk_file_launcher_new (file);

  gtk_file_launcher_open_containing_folder (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL,
                                            on_log_shown, g_object_ref (self));
}

static void
on_copy_diagnostics (DioTroubleshootingDialog *self)
{
  g_autoptr (DioSurvey) survey = dio_survey_new (GTK_APPLICATION (g_application_get_default ()));
  g_autofree char *text = dio_survey_to_json (survey, NULL);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static void
dio_troubleshooting_dialog_dispose (GObject *object)
{
  DioTroubleshootingDialog *self = DIO_TROUBLESHOOTING_DIALOG (object);

  g_clear_object (&self->monitor);
  g_clear_object (&self->machine);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_TROUBLESHOOTING_DIALOG);
  G_OBJECT_CLASS (dio_troubleshooting_dialog_parent_class)->dispose (object);
}

static void
dio_troubleshooting_dialog_class_init (DioTroubleshootingDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_troubleshooting_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/troubleshooting-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, command_line);
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, log);
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, no_log);
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, log_scroller);
  gtk_widget_class_bind_template_child (widget_class, DioTroubleshootingDialog, show_log);
  gtk_widget_class_bind_template_callback (widget_class, on_show_log);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_diagnostics);
}

static void
dio_troubleshooting_dialog_init (DioTroubleshootingDialog *self)
{
  GtkTextBuffer *buffer;
  GtkTextIter start;

  gtk_widget_init_template (GTK_WIDGET (self));
  buffer = gtk_text_view_get_buffer (self->log);
  gtk_text_buffer_get_start_iter (buffer, &start);
  gtk_text_buffer_create_mark (buffer, "tail", &start, FALSE);
}

DioTroubleshootingDialog *
dio_troubleshooting_dialog_new (DioMachine *machine)
{
  DioTroubleshootingDialog *self = g_object_new (DIO_TYPE_TROUBLESHOOTING_DIALOG, NULL);

  self->machine = g_object_ref (machine);
  g_signal_connect_object (machine, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  on_state_changed (self);
  return self;
}
