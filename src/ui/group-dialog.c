/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/group-dialog.h"

#include <glib/gi18n.h>

struct _DioGroupDialog
{
  AdwDialog parent_instance;

  /* template */
  GtkListBox *groups;
  AdwEntryRow *entry;
};

static guint chosen_signal;

G_DEFINE_FINAL_TYPE (DioGroupDialog, dio_group_dialog, ADW_TYPE_DIALOG)

static void
choose (DioGroupDialog *self, const char *group)
{
  g_signal_emit (self, chosen_signal, 0, group);
  adw_dialog_close (ADW_DIALOG (self));
}

static void
on_entry_apply (DioGroupDialog *self)
{
  g_autofree char *group = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  if (*group)
    choose (self, group);
}

static void
on_row_activated (DioGroupDialog *self, GtkListBoxRow *row)
{
  choose (self, gtk_list_box_row_get_index (row) == 0 ? "" : adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)));
}

static void
add_group (DioGroupDialog *self, const char *title, gboolean current)
{
  GtkWidget *row = adw_action_row_new (), *check = gtk_image_new_from_icon_name ("object-select-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_visible (check, current);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_SELECTED, current, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), check);
  gtk_list_box_append (self->groups, row);
}

static void
dio_group_dialog_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_GROUP_DIALOG);
  G_OBJECT_CLASS (dio_group_dialog_parent_class)->dispose (object);
}

static void
dio_group_dialog_class_init (DioGroupDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_group_dialog_dispose;
  chosen_signal = g_signal_new ("chosen", DIO_TYPE_GROUP_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/group-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioGroupDialog, groups);
  gtk_widget_class_bind_template_child (widget_class, DioGroupDialog, entry);
  gtk_widget_class_bind_template_callback (widget_class, on_entry_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
}

static void
dio_group_dialog_init (DioGroupDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioGroupDialog *
dio_group_dialog_new (GPtrArray *groups, const char *current)
{
  DioGroupDialog *self = g_object_new (DIO_TYPE_GROUP_DIALOG, NULL);

  add_group (self, _ ("No Group"), !*current);
  for (guint i = 0; i < groups->len; i++)
    add_group (self, groups->pdata[i], g_str_equal (groups->pdata[i], current));
  return self;
}
