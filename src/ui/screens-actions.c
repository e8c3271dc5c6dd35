/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/screens-private.h"

#include <glib/gi18n.h>

/* Why there is no further screen to add: actions without a use but that the menu shows their items. */
static const char *const reasons[] = { "one-screen-only", "all-screens-open", NULL };

/* Returns: (transfer full): the name of the action that shows the screen of that number. */
static char *
show_name (guint number)
{
  return g_strdup_printf ("show-screen-%u", number + 1);
}

/* All machines share the menu: it names every screen that one may have. */
void
dio_screens_fill_menu (GMenu *menu)
{
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    {
      /* Translators: a menu item that brings the window of that screen of the machine to the front. */
      g_autofree char *label = g_strdup_printf (_ ("Screen %u"), i + 1);
      g_autofree char *name = show_name (i);
      g_autofree char *action = g_strconcat ("win.", name, NULL);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, action);

      g_menu_item_set_attribute (item, "hidden-when", "s", "action-disabled");
      g_menu_insert_item (menu, (int) i, item);
    }
}

static void
on_add (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioScreens *self = user_data;

  dio_screens_open (self, dio_screens_find_closed (self));
}

static void
on_show (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioScreens *self = user_data;

  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    {
      g_autofree char *name = show_name (i);

      if (self->windows[i] && g_str_equal (name, g_action_get_name (G_ACTION (action))))
        gtk_window_present (GTK_WINDOW (self->windows[i]));
    }
}

static void
on_use_all_monitors (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  dio_screens_set_all_monitors (user_data, g_variant_get_boolean (value));
}

static void
enable (DioScreens *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* An item whose action is missing is not shown. */
static void
give_reason (DioScreens *self, const char *name, gboolean holds)
{
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    if (!self->windows[i])
      continue;
    else if (holds)
      g_action_map_add_action (G_ACTION_MAP (self->windows[i]),
                               g_action_map_lookup_action (G_ACTION_MAP (self->actions), name));
    else
      g_action_map_remove_action (G_ACTION_MAP (self->windows[i]), name);
}

void
dio_screens_update_actions (DioScreens *self)
{
  guint n = dio_screens_count (self), n_open = dio_screens_count_open (self);
  gboolean connected = dio_session_get_connected (self->session);
  GAction *all = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "use-all-monitors");

  enable (self, "add-screen", connected && dio_screens_find_closed (self) < n);
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    {
      g_autofree char *name = show_name (i);

      enable (self, name, self->windows[i] && n_open > 1);
    }
  give_reason (self, "one-screen-only", connected && n == 1);
  give_reason (self, "all-screens-open", connected && n > 1 && n_open >= n);
  enable (self, "use-all-monitors", self->all_monitors || dio_screens_can_use_all_monitors (self));
  g_simple_action_set_state (G_SIMPLE_ACTION (all), g_variant_new_boolean (self->all_monitors));
}

void
dio_screens_add_actions (DioScreens *self, DioConsoleWindow *window)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (self->actions));

  for (guint i = 0; names[i]; i++)
    if (!g_strv_contains (reasons, names[i]))
      g_action_map_add_action (G_ACTION_MAP (window),
                               g_action_map_lookup_action (G_ACTION_MAP (self->actions), names[i]));
}

void
dio_screens_setup_actions (DioScreens *self)
{
  static const GActionEntry entries[] = {
    { .name = "add-screen", .activate = on_add },
    { .name = "use-all-monitors", .state = "false", .change_state = on_use_all_monitors },
    { .name = "one-screen-only" },
    { .name = "all-screens-open" },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  for (guint i = 0; reasons[i]; i++)
    enable (self, reasons[i], FALSE);
  for (guint i = 0; i < DIO_ARRANGEMENT_MAX_SCREENS; i++)
    {
      g_autofree char *name = show_name (i);
      const GActionEntry entry = { .name = name, .activate = on_show };

      g_action_map_add_action_entries (G_ACTION_MAP (self->actions), &entry, 1, self);
    }
}
