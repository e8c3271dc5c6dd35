/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include "ui/clipboard-dialog.h"

#include <glib/gi18n.h>

/* So long the mark stays that tells that the guest has read what was copied. */
#define MARK_S 2

gboolean
dio_console_window_is_the_one (DioConsoleWindow *self)
{
  if (gtk_window_is_active (GTK_WINDOW (self)))
    return TRUE;
  if (self->number > 0)
    return FALSE;
  for (GList *l = gtk_application_get_windows (gtk_window_get_application (GTK_WINDOW (self))); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && DIO_CONSOLE_WINDOW (l->data)->session == self->session &&
        gtk_window_is_active (l->data))
      return FALSE;
  return TRUE;
}

static void
on_question (DioConsoleWindow *self, DioClipboardQuestion *question)
{
  if (dio_console_window_is_the_one (self))
    dio_question_card_ask (self->question_card, question, dio_console_window_get_name (self));
}

/* --- the guest reads --- */

static void
set_marked (DioConsoleWindow *self, gboolean marked)
{
  if (marked)
    gtk_widget_add_css_class (self->clipboard_button, "reading");
  else
    gtk_widget_remove_css_class (self->clipboard_button, "reading");
  gtk_widget_set_tooltip_text (self->clipboard_button,
                               marked ? _ ("The machine has read what you copied") : _ ("Clipboard and Files"));
}

static void
on_mark_seen (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  self->clipboard.mark_id = 0;
  set_marked (self, FALSE);
}

/* In the header bar, or over the picture where its button is not to be seen. */
static void
tell_read (DioConsoleWindow *self, const char *text)
{
  if (!gtk_widget_get_mapped (self->clipboard_button) || !adw_toolbar_view_get_reveal_top_bars (self->toolbar_view))
    {
      dio_console_window_show_badge (self, text, MARK_S * 1000);
      return;
    }
  set_marked (self, TRUE);
  gtk_accessible_announce (GTK_ACCESSIBLE (self->clipboard_button), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_LOW);
}

static void
on_guest_read (DioConsoleWindow *self)
{
  g_autofree char *text = NULL;
  DioSharing sharing = DIO_SHARING_ON;

  /* Where the user is asked, there is no need to tell. */
  g_object_get (dio_session_get_clipboard (self->session), "to-guest", &sharing, NULL);
  if (sharing != DIO_SHARING_ON || !dio_console_window_is_the_one (self))
    return;
  if (!self->clipboard.mark_id)
    {
      text = g_strdup_printf (_ ("“%s” has read what you copied"), dio_console_window_get_name (self));
      tell_read (self, text);
    }
  g_clear_handle_id (&self->clipboard.mark_id, g_source_remove);
  self->clipboard.mark_id = g_timeout_add_seconds_once (MARK_S, on_mark_seen, self);
}

/* --- a program of this computer waits for what the guest has copied --- */

static void
stop_telling (DioConsoleWindow *self)
{
  if (self->clipboard.waiting)
    adw_toast_dismiss (self->clipboard.waiting);
  g_clear_object (&self->clipboard.waiting);
}

static void
on_waiting (DioConsoleWindow *self)
{
  g_autofree char *text = NULL;
  AdwToast *toast;
  gboolean waiting;

  g_object_get (dio_session_get_clipboard (self->session), "waiting", &waiting, NULL);
  stop_telling (self);
  if (!waiting || !dio_console_window_is_the_one (self))
    return;
  text = g_strdup_printf (_ ("Still waiting for “%s”"), dio_console_window_get_name (self));
  toast = adw_toast_new (text);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_timeout (toast, 0);
  adw_toast_set_button_label (toast, _ ("_Cancel"));
  adw_toast_set_action_name (toast, "win.stop-pasting");
  self->clipboard.waiting = g_object_ref (toast);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
on_stop_pasting (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  dio_clipboard_share_stop_waiting (dio_session_get_clipboard (self->session));
}

/* --- actions --- */

static DioClipboardDialog *
present_clipboard (DioConsoleWindow *self)
{
  DioClipboardDialog *dialog = dio_clipboard_dialog_new (self->session, gtk_widget_get_clipboard (GTK_WIDGET (self)));

  dio_console_window_present_dialog (self, ADW_DIALOG (dialog));
  return dialog;
}

static void
on_clipboard (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  present_clipboard (user_data);
}

static void
on_guest_tools (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_clipboard_dialog_show_guest_tools (present_clipboard (user_data));
}

static void
on_type_copied (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioTypeTextDialog *dialog = dio_console_window_present_type_text (user_data);

  if (dialog)
    dio_type_text_dialog_paste (dialog);
}

static void
on_type_string (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioTypeTextDialog *dialog = dio_console_window_present_type_text (user_data);

  if (dialog)
    dio_type_text_dialog_set_text (dialog, g_variant_get_string (parameter, NULL));
}

void
dio_console_window_setup_clipboard (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "clipboard", .activate = on_clipboard },
    { .name = "guest-tools", .activate = on_guest_tools },
    { .name = "stop-pasting", .activate = on_stop_pasting },
    { .name = "type-copied", .activate = on_type_copied },
    { .name = "type-string", .activate = on_type_string, .parameter_type = "s" },
  };
  DioClipboardShare *share = dio_session_get_clipboard (self->session);

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  self->clipboard.link = dio_clipboard_link_new (GTK_WINDOW (self), share);
  g_signal_connect_object (share, "question", G_CALLBACK (on_question), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (share, "guest-read", G_CALLBACK (on_guest_read), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (share, "notify::waiting", G_CALLBACK (on_waiting), self, G_CONNECT_SWAPPED);
  dio_console_window_setup_files (self);
}

void
dio_console_window_leave_clipboard (DioConsoleWindow *self)
{
  g_clear_handle_id (&self->clipboard.mark_id, g_source_remove);
  stop_telling (self);
  if (self->clipboard.link && self->number == 0)
    dio_clipboard_link_withdraw (self->clipboard.link);
  g_clear_object (&self->clipboard.link);
  dio_console_window_stop_files (self);
}
