/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/entry-check.h"

void
dio_entry_check_show (GtkWidget *row, AdwActionRow *note, const char *message)
{
  gboolean news = message && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (note)), message) != 0;

  if (message)
    {
      gtk_widget_add_css_class (row, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE, -1);
      if (news || !gtk_widget_get_visible (GTK_WIDGET (note)))
        gtk_accessible_announce (GTK_ACCESSIBLE (row), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
    }
  else
    {
      gtk_widget_remove_css_class (row, "error");
      gtk_accessible_reset_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID);
    }
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (note), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (note), message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (note), message != NULL);
}
