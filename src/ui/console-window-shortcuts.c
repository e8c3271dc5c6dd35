/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include "ui/keyboard-dialog.h"

#include <glib/gi18n.h>

#define KEY "grab-shortcuts"

static void
on_keyboard (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_dialog (user_data, ADW_DIALOG (dio_keyboard_dialog_new ()));
}

static void
on_send_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  g_autofree char *when = g_settings_get_string (self->settings, KEY);

  g_settings_set_string (self->settings, KEY, g_str_equal (when, "never") ? self->send_shortcuts : "never");
  /* It was the menu's. */
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
update_send_shortcuts (DioConsoleWindow *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "send-shortcuts");
  g_autofree char *when = g_settings_get_string (self->settings, KEY);

  if (!g_str_equal (when, "never"))
    self->send_shortcuts = g_intern_string (when);
  /* None are left when the window goes. */
  if (action)
    g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (!g_str_equal (when, "never")));
}

static void
on_refused (DioConsoleWindow *self)
{
  adw_toast_overlay_add_toast (
      self->toasts, adw_toast_new (_ ("This desktop keeps its shortcuts. “Send Keys” sends them to the machine.")));
}

void
dio_console_window_setup_shortcuts (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "keyboard", .activate = on_keyboard },
    { .name = "send-shortcuts", .activate = on_send_shortcuts, .state = "true" },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect_object (self->settings, "changed::" KEY, G_CALLBACK (update_send_shortcuts), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "shortcuts-refused", G_CALLBACK (on_refused), self, G_CONNECT_SWAPPED);
  self->send_shortcuts = "focused";
  update_send_shortcuts (self);
}
