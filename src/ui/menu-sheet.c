/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "ui/menu-sheet.h"

typedef struct
{
  AdwDialog *dialog; /* (unowned): whose row it is */
  GActionGroup *actions;
  char *action;
} Choice;

static void
choice_free (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  g_object_unref (choice->actions);
  g_free (choice->action);
  g_free (choice);
}

static void
on_activated (AdwActionRow *row, Choice *choice)
{
  /* What comes next may need the place; the row is still ours until this returns. */
  adw_dialog_force_close (choice->dialog);
  g_action_group_activate_action (choice->actions, choice->action, NULL);
}

static void
add_row (AdwDialog *dialog, GtkWidget *list, GMenuModel *menu, int index, GActionGroup *actions)
{
  g_autofree char *label = NULL;
  g_autofree char *full = NULL;
  const char *action;
  GtkWidget *row;
  Choice *choice;

  if (!g_menu_model_get_item_attribute (menu, index, G_MENU_ATTRIBUTE_LABEL, "s", &label) ||
      !g_menu_model_get_item_attribute (menu, index, G_MENU_ATTRIBUTE_ACTION, "s", &full))
    return;
  action = strrchr (full, '.') ? strrchr (full, '.') + 1 : full;
  if (!g_action_group_get_action_enabled (actions, action))
    return;
  row = adw_action_row_new ();
  choice = g_new (Choice, 1);
  *choice = (Choice) { dialog, g_object_ref (actions), g_strdup (action) };
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_data (row, "activated", G_CALLBACK (on_activated), choice, choice_free, 0);
  gtk_list_box_append (GTK_LIST_BOX (list), row);
}

/* Those of submenus among them. */
static void
add_rows (AdwDialog *dialog, GtkWidget *list, GMenuModel *menu, GActionGroup *actions)
{
  for (int i = 0; i < g_menu_model_get_n_items (menu); i++)
    {
      g_autoptr (GMenuModel) submenu = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SUBMENU);
      g_autoptr (GMenuModel) section = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SECTION);

      if (submenu || section)
        add_rows (dialog, list, submenu ? submenu : section, actions);
      else
        add_row (dialog, list, menu, i, actions);
    }
}

static GtkWidget *
new_section (AdwDialog *dialog, GMenuModel *section, GActionGroup *actions)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  add_rows (dialog, list, section, actions);
  gtk_widget_set_visible (list, gtk_widget_get_first_child (list) != NULL);
  return list;
}

AdwDialog *
dio_menu_sheet_new (const char *title, GMenuModel *menu, GActionGroup *actions)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *view = adw_toolbar_view_new (), *scrolled = gtk_scrolled_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  for (int i = 0; i < g_menu_model_get_n_items (menu); i++)
    {
      g_autoptr (GMenuModel) section = g_menu_model_get_item_link (menu, i, G_MENU_LINK_SECTION);

      if (section)
        gtk_box_append (GTK_BOX (box), new_section (dialog, section, actions));
    }
  gtk_widget_add_css_class (box, "menu-sheet");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), box);
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), scrolled);
  adw_dialog_set_title (dialog, title);
  adw_dialog_set_presentation_mode (dialog, ADW_DIALOG_BOTTOM_SHEET);
  adw_dialog_set_child (dialog, view);
  return dialog;
}
