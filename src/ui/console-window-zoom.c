/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* The badge stays for a second after the last change; a screen reader says it once when changes have come to rest. */
#define REST_MS 250
#define SEEN_MS 750

static const struct
{
  const char *action;
  DioZoomCommand command;
} commands[] = {
  { "zoom-in", DIO_ZOOM_IN },           { "zoom-out", DIO_ZOOM_OUT },          { "zoom-fit", DIO_ZOOM_FIT },
  { "zoom-actual", DIO_ZOOM_ACTUAL },   { "rotate-left", DIO_ZOOM_TURN_LEFT }, { "rotate-right", DIO_ZOOM_TURN_RIGHT },
  { "rotate-reset", DIO_ZOOM_UPRIGHT },
};

/* Returns: (transfer full) */
static char *
describe_factor (DioConsoleWindow *self)
{
  /* Translators: how large the picture is shown, as 200 %. Between the two is a narrow no-break space. */
  return g_strdup_printf (_ ("%d\u202f%%"), (int) round (dio_console_view_get_factor (self->view) * 100));
}

static void
update_menu (DioConsoleWindow *self)
{
  g_autofree char *factor = describe_factor (self);

  gtk_button_set_label (GTK_BUTTON (self->zoom_value), factor);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), commands[i].action);

      /* None are left when the window goes. */
      if (action)
        g_simple_action_set_enabled (G_SIMPLE_ACTION (action),
                                     dio_console_view_can_zoom (self->view, commands[i].command));
    }
}

/* --- the badge --- */

static void
on_seen (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  self->badge_id = 0;
  gtk_revealer_set_reveal_child (self->badge, FALSE);
}

static void
on_rested (gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  gtk_accessible_announce (GTK_ACCESSIBLE (self), gtk_label_get_text (self->badge_text),
                           GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_LOW);
  self->badge_id = g_timeout_add_once (self->badge_ms, on_seen, self);
}

void
dio_console_window_show_badge (DioConsoleWindow *self, const char *text, guint milliseconds)
{
  self->badge_ms = milliseconds;
  gtk_label_set_text (self->badge_text, text);
  gtk_revealer_set_reveal_child (self->badge, TRUE);
  g_clear_handle_id (&self->badge_id, g_source_remove);
  self->badge_id = g_timeout_add_once (REST_MS, on_rested, self);
}

static void
on_zoom_changed (DioConsoleWindow *self)
{
  guint turns = dio_console_view_get_turns (self->view);
  g_autofree char *factor = describe_factor (self);
  /* Translators: how large the picture is shown (200 %), and how far it is turned clockwise (90). */
  g_autofree char *text = turns > 0 ? g_strdup_printf (_ ("%s, %u°"), factor, turns * 90) : g_strdup (factor);

  update_menu (self);
  dio_console_window_show_badge (self, text, SEEN_MS);
}

/* --- actions --- */

static void
on_command (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (g_action_get_name (G_ACTION (action)), commands[i].action))
      dio_console_view_zoom (self->view, commands[i].command);
}

static void
add_actions (DioConsoleWindow *self)
{
  g_autoptr (GAction) scaling = g_settings_create_action (self->settings, "scaling");

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (commands[i].action, NULL);

      g_signal_connect (action, "activate", G_CALLBACK (on_command), self);
      g_action_map_add_action (G_ACTION_MAP (self), G_ACTION (action));
    }
  g_action_map_add_action (G_ACTION_MAP (self), scaling);
}

void
dio_console_window_setup_zoom (DioConsoleWindow *self)
{
  GtkPopoverMenu *menu = GTK_POPOVER_MENU (gtk_menu_button_get_popover (self->menu_button));

  add_actions (self);
  gtk_popover_menu_add_child (menu, self->zoom_row, "zoom");
  g_settings_bind (self->settings, "scaling", self->view, "scaling", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (self->view, "zoom-changed", G_CALLBACK (on_zoom_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::has-picture", G_CALLBACK (update_menu), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "notify::factor", G_CALLBACK (update_menu), self, G_CONNECT_SWAPPED);
  update_menu (self);
}
