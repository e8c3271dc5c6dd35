/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-library.h"
#include "ui/console-window-private.h"
#include "ui/console-window-tools.h"

#include "ui/console-view-input.h"
#include "ui/input-dialog.h"
#include "ui/screenshot.h"
#include "ui/send-keys-dialog.h"
#include "ui/send-keys.h"
#include "ui/troubleshooting-dialog.h"

#include <glib/gi18n.h>

/* Systems that react to the power button at all have begun to by then. */
#define SHUT_DOWN_PATIENCE_S 20

static void
show_toast (DioConsoleWindow *self, AdwToast *toast)
{
  /* Titles carry file names and messages of others. */
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
dio_console_window_tell (DioConsoleWindow *self, const char *text)
{
  show_toast (self, adw_toast_new (text));
}

void
dio_console_window_report (DioConsoleWindow *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && dio_console_window_is_alive (self))
    show_toast (self, adw_toast_new (error->message));
}

void
dio_console_window_present_dialog (DioConsoleWindow *self, AdwDialog *dialog)
{
  g_signal_connect_object (dialog, "closed", G_CALLBACK (gtk_widget_grab_focus), self->view, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

/* --- power --- */

static void
on_command_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  /* The window may have closed meanwhile. */
  if (!dio_machine_command_finish (DIO_MACHINE (source), result, &error) && self->session)
    dio_console_window_report (self, error);
}

static void
on_paused (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_session_pause_finish (DIO_SESSION (source), result, &error) && self->session)
    dio_console_window_report (self, error);
}

static void
on_pause (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  /* The session lifts what the machine has down; the view must not go on as if its buttons and fingers were. */
  dio_console_view_release_input (self->view);
  dio_session_pause_async (self->session, on_paused, g_object_ref (self));
}

static void
on_resume (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  dio_machine_resume_async (self->machine, on_command_done, g_object_ref (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_reset_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  if (g_str_equal (response, "reset") && dio_console_window_is_alive (self))
    dio_machine_reset_async (self->machine, on_command_done, g_object_ref (self));
}

static void
on_reset (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autofree char *heading = g_strdup_printf (_ ("Restart %s at Once?"), dio_console_window_get_name (self));
  AdwDialog *dialog = NULL;

  if (self->disposable)
    {
      dio_machine_reset_async (self->machine, on_command_done, g_object_ref (self));
      return;
    }
  dialog =
      adw_alert_dialog_new (heading, _ ("This is like pressing its reset button: what is not saved in it is lost."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "reset", _ ("_Restart"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "reset", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_reset_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_shut_down_overdue (gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autofree char *text = g_strdup_printf (_ ("%s does not react to “Shut Down”"), dio_console_window_get_name (self));
  AdwToast *toast = adw_toast_new (text);

  self->shut_down_id = 0;
  adw_toast_set_button_label (toast, _ ("_Force Off…"));
  adw_toast_set_action_name (toast, "win.force-off");
  adw_toast_set_timeout (toast, 0);
  show_toast (self, toast);
}

void
dio_console_window_shut_down (DioConsoleWindow *self)
{
  g_clear_handle_id (&self->shut_down_id, g_source_remove);
  self->shut_down_id = g_timeout_add_seconds_once (SHUT_DOWN_PATIENCE_S, on_shut_down_overdue, self);
  dio_machine_power_down_async (self->machine, on_command_done, g_object_ref (self));
}

static void
on_shut_down (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_shut_down (user_data);
}

static void
on_force_off (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  if (self->disposable)
    dio_machine_force_off (self->machine);
  else
    dio_console_window_ask_force_off (self, GTK_WIDGET (self));
}

static void
on_start (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  g_clear_pointer (&self->dismissed_notice, g_free);
  dio_machine_start (self->machine);
}

static void
on_reconnect (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_session_reconnect (DIO_CONSOLE_WINDOW (user_data)->session);
}

/* --- the picture --- */

/* NULL where there is none, or the user has been told why not. */
static GdkTexture *
take_screenshot (DioConsoleWindow *self)
{
  g_autoptr (GError) error = NULL;
  GdkTexture *texture = NULL;

  if (!dio_console_view_get_has_picture (self->view))
    return NULL;
  texture = dio_console_view_copy_picture (self->view, &error);
  if (!texture)
    show_toast (self, adw_toast_new (error->message));
  return texture;
}

static void
on_folder_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!gtk_file_launcher_open_containing_folder_finish (GTK_FILE_LAUNCHER (source), result, &error))
    g_debug ("The folder is not shown: %s", error->message);
}

static void
on_show_file (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));
  g_autoptr (GtkFileLauncher) launcher = gtk_file_launcher_new (file);

  gtk_file_launcher_open_containing_folder (launcher, GTK_WINDOW (user_data), NULL, on_folder_shown, NULL);
}

static void
on_screenshot_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioConsoleWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = dio_screenshot_save_finish (result, &error);
  AdwToast *toast;

  if (!self->session)
    return;
  if (file)
    {
      toast = adw_toast_new (_ ("Screenshot saved"));
      adw_toast_set_button_label (toast, _ ("_Show"));
      adw_toast_set_action_name (toast, "win.show-file");
      adw_toast_set_action_target_value (toast, g_variant_new_take_string (g_file_get_uri (file)));
    }
  else
    toast = adw_toast_new (error->message);
  show_toast (self, toast);
}

static void
on_screenshot (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autoptr (GdkTexture) texture = take_screenshot (self);

  if (texture)
    dio_screenshot_save_async (texture, dio_console_window_get_name (self), NULL, on_screenshot_saved,
                               g_object_ref (self));
}

static void
on_copy_screenshot (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autoptr (GdkTexture) texture = take_screenshot (self);

  if (!texture)
    return;
  gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
  show_toast (self, adw_toast_new (_ ("Screenshot copied")));
}

static void
on_send_keys (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  DioHead *head = dio_console_view_get_head (self->view);

  if (head)
    dio_send_keys (dio_head_get_keyboard (head), g_variant_get_string (parameter, NULL));
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_edit_keys (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  dio_console_window_present_dialog (self, ADW_DIALOG (dio_send_keys_dialog_new (self->settings)));
}

static void
on_text_typed (DioConsoleWindow *self)
{
  show_toast (self, adw_toast_new (_ ("Text typed")));
}

DioTypeTextDialog *
dio_console_window_present_type_text (DioConsoleWindow *self)
{
  DioHead *head = dio_console_view_get_head (self->view);
  DioTypeTextDialog *dialog = NULL;

  if (!head || !dio_console_view_get_accept_input (self->view))
    return NULL;
  dialog = dio_type_text_dialog_new (dio_head_get_keyboard (head), dio_session_get_input_options (self->session));
  g_signal_connect_object (dialog, "typed", G_CALLBACK (on_text_typed), self, G_CONNECT_SWAPPED);
  dio_console_window_present_dialog (self, ADW_DIALOG (dialog));
  return dialog;
}

static void
on_type_text (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_type_text (user_data);
}

static void
on_fullscreen (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_toggle_fullscreen (user_data);
}

/* Not by the button's own "primary": that would take F10 from the guest. */
static void
on_menu (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_menu_button_popup (DIO_CONSOLE_WINDOW (user_data)->menu_button);
}

static void
on_leave_picture (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_leave_picture (user_data);
}

static void
on_troubleshooting (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  adw_dialog_present (ADW_DIALOG (dio_troubleshooting_dialog_new (self->machine)), GTK_WIDGET (self));
}

static void
on_input (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  DioHead *head = dio_console_view_get_head (self->view);
  DioInputDialog *dialog =
      dio_input_dialog_new (dio_session_get_input_options (self->session), head ? dio_head_get_touch (head) : NULL);

  dio_console_window_present_dialog (self, ADW_DIALOG (dialog));
}

/* --- which of them can be used --- */

static void
enable (DioConsoleWindow *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

void
dio_console_window_update_actions (DioConsoleWindow *self)
{
  DioMachineState state = dio_console_window_get_state (self);
  gboolean ours = self->machine != NULL;
  gboolean alive = dio_console_window_is_alive (self);
  gboolean live = dio_console_view_get_accept_input (self->view);
  gboolean picture = dio_console_view_get_has_picture (self->view);

  enable (self, "pause", ours && state == DIO_MACHINE_RUNNING);
  enable (self, "resume", ours && state == DIO_MACHINE_PAUSED);
  enable (self, "reset", ours && alive && state != DIO_MACHINE_STARTING);
  enable (self, "shut-down", ours && state == DIO_MACHINE_RUNNING);
  enable (self, "force-off", ours && alive);
  enable (self, "start", ours && !alive);
  enable (self, "reconnect", !ours && !alive);
  enable (self, "send-keys", live);
  enable (self, "type-text", live);
  enable (self, "screenshot", picture);
  enable (self, "copy-screenshot", picture);
  enable (self, "troubleshooting", ours);
  enable (self, "settings", self->library_machine != NULL);
  enable (self, "discs", self->library_machine != NULL);
  enable (self, "shared-folders", self->library_machine != NULL);

  dio_console_window_update_tools (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->keys_button), live);
  gtk_widget_set_sensitive (GTK_WIDGET (self->power_button), ours);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->power_button),
                               ours ? _ ("Power") : _ ("Another program runs this machine and controls its power"));
}

void
dio_console_window_add_actions (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "pause", .activate = on_pause },
    { .name = "resume", .activate = on_resume },
    { .name = "reset", .activate = on_reset },
    { .name = "shut-down", .activate = on_shut_down },
    { .name = "force-off", .activate = on_force_off },
    { .name = "start", .activate = on_start },
    { .name = "reconnect", .activate = on_reconnect },
    { .name = "send-keys", .activate = on_send_keys, .parameter_type = "s" },
    { .name = "edit-keys", .activate = on_edit_keys },
    { .name = "type-text", .activate = on_type_text },
    { .name = "screenshot", .activate = on_screenshot },
    { .name = "copy-screenshot", .activate = on_copy_screenshot },
    { .name = "show-file", .activate = on_show_file, .parameter_type = "s" },
    { .name = "fullscreen", .activate = on_fullscreen },
    { .name = "menu", .activate = on_menu },
    { .name = "leave-picture", .activate = on_leave_picture },
    { .name = "input", .activate = on_input },
    { .name = "troubleshooting", .activate = on_troubleshooting },
  };
  g_autoptr (GAction) resize = g_settings_create_action (self->settings, "resize-guest");
  g_autoptr (GPropertyAction) diagnostics = g_property_action_new ("diagnostics", self->diagnostics, "visible");

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  dio_console_window_add_library_actions (self);
  dio_console_window_add_tools_actions (self);
  g_action_map_add_action (G_ACTION_MAP (self), resize);
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (diagnostics));
  g_signal_connect_object (self->view, "notify::has-picture", G_CALLBACK (dio_console_window_update_actions), self,
                           G_CONNECT_SWAPPED);
}

void
dio_console_window_remove_actions (DioConsoleWindow *self)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (self));

  for (guint i = 0; names[i]; i++)
    g_action_map_remove_action (G_ACTION_MAP (self), names[i]);
}
