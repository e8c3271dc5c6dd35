/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "input/layouts.h"
#include "ui/console-window-private.h"

#include "ui/console-view-input.h"
#include "ui/host-layout.h"

/* Where no keys reach the guest, the bar has none. */
static void
update_keyboard (DioConsoleWindow *self)
{
  DioHead *head = dio_console_view_get_input_head (self->view);

  dio_key_bar_set_keyboard (self->key_bar, head ? dio_head_get_keyboard (head) : NULL);
}

/* To read the list of layouts takes some milliseconds: only when it is needed. */
static void
update_layout (DioConsoleWindow *self)
{
  const char *chosen = dio_input_options_get_layout (dio_session_get_input_options (self->session));
  g_autofree char *host = NULL;
  g_autoptr (DioKeyLayout) layout = NULL;
  g_autoptr (GError) error = NULL;

  if (!dio_screen_keyboard_get_active (self->screen_keyboard))
    return;
  if (!*chosen)
    {
      g_autoptr (GListStore) layouts = dio_layouts_load ();

      host = dio_host_layout_find (gtk_widget_get_display (GTK_WIDGET (self)), G_LIST_MODEL (layouts));
    }
  layout = dio_key_layout_new (host ? host : chosen, &error);
  if (!layout)
    dio_console_window_report (self, error);
  dio_screen_keyboard_set_layout (self->screen_keyboard, layout);
}

static void
on_edge_swipe (DioConsoleWindow *self, GtkPositionType edge)
{
  if (edge == GTK_POS_BOTTOM)
    g_object_set (dio_session_get_input_options (self->session), "key-bar", TRUE, NULL);
}

static void
on_failed (DioConsoleWindow *self, const GError *error)
{
  dio_console_window_report (self, error);
}

void
dio_console_window_setup_keys (DioConsoleWindow *self)
{
  DioInputOptions *options = dio_session_get_input_options (self->session);
  g_autoptr (GPropertyAction) bar = g_property_action_new ("key-bar", options, "key-bar");
  g_autoptr (GPropertyAction) keyboard = NULL;

  self->screen_keyboard = dio_screen_keyboard_new (self->view);
  keyboard = g_property_action_new ("screen-keyboard", self->screen_keyboard, "active");
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (bar));
  g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (keyboard));

  g_object_bind_property (options, "key-bar", self->key_bar, "visible", G_BINDING_SYNC_CREATE);
  /* Chosen in the menu, it would leave the keyboard with the menu's button. */
  g_signal_connect_object (options, "notify::key-bar", G_CALLBACK (gtk_widget_grab_focus), self->view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (options, "notify::layout", G_CALLBACK (update_layout), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->screen_keyboard, "notify::active", G_CALLBACK (update_layout), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "edge-swipe", G_CALLBACK (on_edge_swipe), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->screen_keyboard, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::head", G_CALLBACK (update_keyboard), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::accept-input", G_CALLBACK (update_keyboard), self, G_CONNECT_SWAPPED);
  update_keyboard (self);
}
