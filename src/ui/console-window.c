/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include "ui/console-window-usb.h"
#include "ui/diagnostics-card.h"
#include "ui/lock-badge.h"

G_DEFINE_FINAL_TYPE (DioConsoleWindow, dio_console_window, ADW_TYPE_APPLICATION_WINDOW)

static void
update_head (DioConsoleWindow *self)
{
  DioHead *head = dio_session_get_head (self->session, self->number);

  /* Between two runs there is no head, or an old one; the last picture stays. */
  if (head && head != dio_console_view_get_head (self->view))
    {
      g_clear_pointer (&self->screen_error, g_free);
      dio_console_view_set_head (self->view, head);
    }
  dio_console_window_update_state (self);
}

static void
on_view_release (DioConsoleWindow *self)
{
  dio_console_window_leave_picture (self);
}

static void
on_view_toggle_fullscreen (DioConsoleWindow *self)
{
  dio_console_window_toggle_fullscreen (self);
}

static void
on_view_toggle_diagnostics (DioConsoleWindow *self)
{
  g_action_group_activate_action (G_ACTION_GROUP (self), "diagnostics", NULL);
}

static void
on_banner_clicked (DioConsoleWindow *self)
{
  const char *button;

  if (self->screen_error)
    {
      g_clear_pointer (&self->screen_error, g_free);
      dio_session_add_screen (self->session, self->number);
    }
  else if (dio_console_window_get_boot_notice (self, &button) == self->start.told && button)
    dio_console_window_try_other_firmware (self);
  else
    g_set_str (&self->dismissed_notice, adw_banner_get_title (self->banner));
  dio_console_window_update_state (self);
}

static void
restore_size (DioConsoleWindow *self)
{
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (self->settings, "console-width"),
                               g_settings_get_int (self->settings, "console-height"));
  if (g_settings_get_boolean (self->settings, "console-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static void
save_size (DioConsoleWindow *self)
{
  int width, height;

  /* For machines that were never shown; dio_screens keeps each one's own. */
  if (self->number > 0)
    return;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (self->settings, "console-width", MAX (width, 1));
  g_settings_set_int (self->settings, "console-height", MAX (height, 1));
  g_settings_set_boolean (self->settings, "console-maximized", gtk_window_is_maximized (GTK_WINDOW (self)));
}

static void
dio_console_window_unmap (GtkWidget *widget)
{
  save_size (DIO_CONSOLE_WINDOW (widget));
  GTK_WIDGET_CLASS (dio_console_window_parent_class)->unmap (widget);
}

static void
dio_console_window_dispose (GObject *object)
{
  DioConsoleWindow *self = DIO_CONSOLE_WINDOW (object);

  if (self->session)
    dio_console_window_remove_actions (self);
  g_clear_handle_id (&self->spinner_id, g_source_remove);
  g_clear_handle_id (&self->idle_id, g_source_remove);
  g_clear_handle_id (&self->shut_down_id, g_source_remove);
  g_clear_handle_id (&self->hover_id, g_source_remove);
  g_clear_handle_id (&self->handle_id, g_source_remove);
  g_clear_handle_id (&self->badge_id, g_source_remove);
  dio_console_window_leave_clipboard (self);
  g_clear_object (&self->screen_keyboard);
  g_clear_object (&self->screens);
  g_clear_object (&self->start.boot_watch);
  g_clear_pointer (&self->start.to_remember, g_hash_table_unref);
  g_clear_object (&self->library_machine);
  g_clear_object (&self->outside);
  g_clear_object (&self->machine);
  g_clear_object (&self->session);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->dismissed_notice, g_free);
  g_clear_pointer (&self->screen_error, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_CONSOLE_WINDOW);
  G_OBJECT_CLASS (dio_console_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/console-window.ui");
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, toolbar_view);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, header);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, title);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, power_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, keys_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, view);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, idle_text);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, resume_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card_icon);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card_title);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card_text);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card_again);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, card_log);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, handle);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, diagnostics);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, zoom_row);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, zoom_value);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, badge);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, badge_text);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, key_bar);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, clipboard_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, usb_button);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, usb_count);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, question_card);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, usb_card);
  gtk_widget_class_bind_template_child (widget_class, DioConsoleWindow, transfer_card);
  gtk_widget_class_bind_template_callback (widget_class, on_view_release);
  gtk_widget_class_bind_template_callback (widget_class, on_view_toggle_fullscreen);
  gtk_widget_class_bind_template_callback (widget_class, on_view_toggle_diagnostics);
  gtk_widget_class_bind_template_callback (widget_class, on_banner_clicked);
}

static void
dio_console_window_class_init (DioConsoleWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CONSOLE_VIEW);
  g_type_ensure (DIO_TYPE_DIAGNOSTICS_CARD);
  g_type_ensure (DIO_TYPE_LOCK_BADGE);
  g_type_ensure (DIO_TYPE_KEY_BAR);
  g_type_ensure (DIO_TYPE_QUESTION_CARD);
  g_type_ensure (DIO_TYPE_TRANSFER_CARD);
  g_type_ensure (DIO_TYPE_USB_CARD);
  G_OBJECT_CLASS (klass)->dispose = dio_console_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = dio_console_window_close_request;
  widget_class->unmap = dio_console_window_unmap;
  bind_template (widget_class);
}

static void
dio_console_window_init (DioConsoleWindow *self)
{
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  gtk_widget_init_template (GTK_WIDGET (self));
  dio_application_add_shortcuts (GTK_WIDGET (self), "window-shortcuts");
  dio_application_add_shortcuts (GTK_WIDGET (self), "console-shortcuts");
  if (DIO_DEVEL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "devel");
  g_settings_bind (self->settings, "resize-guest", self->view, "resize-guest", G_SETTINGS_BIND_DEFAULT);
  dio_console_window_add_actions (self);
  restore_size (self);
}

static void
use_menu (GtkApplication *application, GtkMenuButton *button, const char *id)
{
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (gtk_application_get_menu_by_id (application, id)));
}

static DioConsoleWindow *
new_window (GtkApplication *application, DioSession *session, gboolean disposable, guint number)
{
  DioConsoleWindow *self = g_object_new (DIO_TYPE_CONSOLE_WINDOW, "application", application, NULL);

  use_menu (application, self->power_button, "console-power");
  use_menu (application, self->keys_button, "console-keys");
  use_menu (application, self->menu_button, "console-main");
  dio_console_window_setup_zoom (self);
  self->session = g_object_ref (session);
  g_set_object (&self->machine, dio_session_get_machine (session));
  self->disposable = disposable;
  self->number = number;
  dio_console_view_set_input_options (self->view, dio_session_get_input_options (session));
  dio_console_window_setup_shortcuts (self);
  dio_console_window_setup_fullscreen (self);
  dio_console_window_setup_boot (self);
  dio_console_window_setup_state (self);
  dio_console_window_setup_passphrases (self);
  dio_console_window_setup_keys (self);
  dio_console_window_setup_clipboard (self);
  dio_console_window_setup_usb (self);
  g_signal_connect_object (session, "items-changed", G_CALLBACK (update_head), self, G_CONNECT_SWAPPED);
  update_head (self);
  if (!self->ended)
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
  return self;
}

DioConsoleWindow *
dio_console_window_new (DioApplication *application, DioSession *session, gboolean disposable)
{
  DioConsoleWindow *self = new_window (GTK_APPLICATION (application), session, disposable, 0);

  self->screens = dio_screens_new (self, session);
  return self;
}

DioConsoleWindow *
dio_console_window_new_further (DioConsoleWindow *first, guint number)
{
  DioConsoleWindow *self =
      new_window (gtk_window_get_application (GTK_WINDOW (first)), first->session, first->disposable, number);

  self->screens = g_object_ref (first->screens);
  return self;
}

DioMachine *
dio_console_window_get_machine (DioConsoleWindow *self)
{
  return self->number == 0 && gtk_widget_get_visible (GTK_WIDGET (self)) ? self->machine : NULL;
}
