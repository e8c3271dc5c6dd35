/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include <glib/gi18n.h>

/* Files on their way into the guest: dropped on the picture, chosen, or copied. Its agent takes them; where none runs,
 * it is said what does. */

/* --- sending --- */

static void send_next (DioConsoleWindow *self);

static void
tell_errors (DioConsoleWindow *self, const char *const *errors)
{
  g_autofree char *body = g_strjoinv ("\n", (char **) errors);
  guint n = g_strv_length ((char **) errors);
  g_autofree char *heading =
      g_strdup_printf (g_dngettext (NULL, "%u File Was Not Sent", "%u Files Were Not Sent", n), n);

  dio_application_report (DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), GTK_WINDOW (self), heading,
                          body);
}

static void
tell_sent (DioConsoleWindow *self, guint n)
{
  g_autofree char *text = g_strdup_printf (
      g_dngettext (NULL, "%u file is in the machine’s Downloads", "%u files are in the machine’s Downloads", n), n);

  dio_console_window_tell (self, text);
}

static void
on_ended (DioConsoleWindow *self)
{
  g_autoptr (DioFileSend) send = g_steal_pointer (&self->clipboard.send);
  const char *const *errors = dio_file_send_get_errors (send);

  dio_transfer_card_set_send (self->transfer_card, NULL);
  if (errors && *errors)
    tell_errors (self, errors);
  else if (dio_file_send_get_n_done (send) > 0)
    tell_sent (self, dio_file_send_get_n_done (send));
  send_next (self);
}

static DioAgent *
get_agent (DioConsoleWindow *self)
{
  DioAgent *agent = dio_session_get_agent (self->session);

  return agent && dio_agent_get_open (agent) ? agent : NULL;
}

static void
send_next (DioConsoleWindow *self)
{
  g_autoptr (GListModel) files = NULL;
  DioAgent *agent = get_agent (self);

  if (self->clipboard.send || !agent || !(files = g_queue_pop_head (self->clipboard.to_send)))
    return;
  self->clipboard.send = dio_file_send_new (agent, files);
  g_signal_connect_object (self->clipboard.send, "ended", G_CALLBACK (on_ended), self, G_CONNECT_SWAPPED);
  dio_transfer_card_set_send (self->transfer_card, self->clipboard.send);
  dio_file_send_start (self->clipboard.send);
}

static void
on_answered (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "tools"))
    gtk_widget_activate_action (GTK_WIDGET (user_data), "win.guest-tools", NULL);
  else if (g_str_equal (response, "folder"))
    gtk_widget_activate_action (GTK_WIDGET (user_data), "win.shared-folders", NULL);
}

/* The dead end has two ways out. */
static void
explain (DioConsoleWindow *self)
{
  g_autofree char *heading = g_strdup_printf (_ ("“%s” Cannot Take Files Yet"), dio_console_window_get_name (self));
  AdwDialog *dialog = adw_alert_dialog_new (
      heading, _ ("Sending files needs guest tools, which run in the machine once you have logged "
                  "in. A shared folder works without them."));

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "tools", _ ("_Guest Tools…"),
                                  NULL);
  if (self->library_machine)
    adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "folder", _ ("_Shared Folders…"));
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "tools");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_answered), self, 0);
  dio_console_window_present_dialog (self, dialog);
}

/* FILES: (transfer full): of GFile. */
static void
send_files (DioConsoleWindow *self, GListModel *files)
{
  g_autoptr (GListModel) owned = files;

  if (g_list_model_get_n_items (files) == 0)
    return;
  if (!get_agent (self))
    {
      explain (self);
      return;
    }
  g_queue_push_tail (self->clipboard.to_send, g_steal_pointer (&owned));
  send_next (self);
}

static void
send_list (DioConsoleWindow *self, GSList *list)
{
  GListStore *files = g_list_store_new (G_TYPE_FILE);

  for (GSList *l = list; l; l = l->next)
    g_list_store_append (files, l->data);
  send_files (self, G_LIST_MODEL (files));
}

/* --- dropping --- */

static gboolean
on_accept (DioConsoleWindow *self, GdkDrop *drop)
{
  return dio_console_view_get_accept_input (self->view) &&
         gdk_content_formats_contain_gtype (gdk_drop_get_formats (drop), GDK_TYPE_FILE_LIST);
}

static GdkDragAction
on_enter (DioConsoleWindow *self)
{
  g_autofree char *text =
      get_agent (self) ? g_strdup_printf (_ ("Send to Downloads of “%s”"), dio_console_window_get_name (self))
                       : g_strdup_printf (_ ("“%s” needs guest tools for files"), dio_console_window_get_name (self));

  gtk_label_set_text (self->clipboard.drop_text, text);
  gtk_widget_set_visible (self->clipboard.drop_mark, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_leave (DioConsoleWindow *self)
{
  gtk_widget_set_visible (self->clipboard.drop_mark, FALSE);
}

static gboolean
on_drop (DioConsoleWindow *self, const GValue *value)
{
  gtk_widget_set_visible (self->clipboard.drop_mark, FALSE);
  send_list (self, g_value_get_boxed (value));
  return TRUE;
}

/* --- actions --- */

static void
on_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  GListModel *files = gtk_file_dialog_open_multiple_finish (GTK_FILE_DIALOG (source), result, &error);

  if (files && self->session)
    send_files (self, files);
  else if (files)
    g_object_unref (files);
}

static void
on_send_files (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autoptr (GtkFileDialog) dialog = NULL;

  if (!get_agent (self))
    {
      explain (self);
      return;
    }
  dialog = gtk_file_dialog_new ();
  gtk_file_dialog_set_title (dialog, _ ("Send Files"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Send"));
  gtk_file_dialog_open_multiple (dialog, GTK_WINDOW (self), NULL, on_chosen, g_object_ref (self));
}

static void
on_copied_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);

  if (!self->session)
    return;
  if (value)
    send_list (self, g_value_get_boxed (value));
  else
    dio_console_window_tell (self, _ ("No files are copied. Copy some in Files first."));
}

static void
on_send_copied (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gdk_clipboard_read_value_async (gtk_widget_get_clipboard (GTK_WIDGET (user_data)), GDK_TYPE_FILE_LIST,
                                  G_PRIORITY_DEFAULT, NULL, on_copied_read, g_object_ref (user_data));
}

static void
add_drop_mark (DioConsoleWindow *self)
{
  GtkWidget *label = gtk_label_new (NULL), *mark = adw_bin_new ();

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_set_halign (label, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (label, "badge");
  gtk_widget_add_css_class (mark, "drop-mark");
  gtk_widget_set_visible (mark, FALSE);
  gtk_widget_set_can_target (mark, FALSE);
  adw_bin_set_child (ADW_BIN (mark), label);
  gtk_overlay_add_overlay (GTK_OVERLAY (gtk_widget_get_parent (GTK_WIDGET (self->view))), mark);
  self->clipboard.drop_mark = mark;
  self->clipboard.drop_text = GTK_LABEL (label);
}

void
dio_console_window_setup_files (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "send-files", .activate = on_send_files },
    { .name = "send-copied-files", .activate = on_send_copied },
  };
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->clipboard.to_send = g_queue_new ();
  add_drop_mark (self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (target, "accept", G_CALLBACK (on_accept), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "enter", G_CALLBACK (on_enter), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "leave", G_CALLBACK (on_leave), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (target));
}

void
dio_console_window_stop_files (DioConsoleWindow *self)
{
  if (self->clipboard.send)
    {
      g_signal_handlers_disconnect_by_data (self->clipboard.send, self);
      dio_file_send_cancel (self->clipboard.send);
      g_clear_object (&self->clipboard.send);
    }
  if (self->clipboard.to_send)
    g_queue_free_full (g_steal_pointer (&self->clipboard.to_send), g_object_unref);
}
