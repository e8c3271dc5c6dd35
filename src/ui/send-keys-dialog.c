/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/send-keys-dialog.h"

#include "ui/key-combination-dialog.h"
#include "ui/key-combinations.h"

#include <glib/gi18n.h>

#define KEY "key-combinations"

struct _DioSendKeysDialog
{
  AdwDialog parent_instance;

  GSettings *settings;
  GPtrArray *combinations;
  GPtrArray *rows; /* (unowned), of LIST */
  GVariant *undo;  /* what the setting was before the last removal */

  /* template */
  AdwToastOverlay *toasts;
  AdwPreferencesGroup *list;
  GtkWidget *add;
  GtkWidget *reset;
};

G_DEFINE_FINAL_TYPE (DioSendKeysDialog, dio_send_keys_dialog, ADW_TYPE_DIALOG)

static void
save (DioSendKeysDialog *self)
{
  dio_key_combinations_save (self->settings, self->combinations);
}

static void
focus_row (DioSendKeysDialog *self, guint i)
{
  gtk_widget_grab_focus (i < self->rows->len ? g_ptr_array_index (self->rows, i) : self->add);
}

/* --- the rows --- */

static GMenuModel *
build_row_menu (DioSendKeysDialog *self, guint i)
{
  const struct
  {
    const char *label, *action;
    gboolean shown;
  } items[] = {
    { _ ("Move _Up"), "combination.up", i > 0 },
    { _ ("Move _Down"), "combination.down", i + 1 < self->combinations->len },
    { _ ("_Remove"), "combination.remove", TRUE },
  };
  GMenu *menu = g_menu_new ();

  for (guint j = 0; j < G_N_ELEMENTS (items); j++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (items[j].label, NULL);

      g_menu_item_set_action_and_target (item, items[j].action, "u", i);
      if (items[j].shown)
        g_menu_append_item (menu, item);
    }
  return G_MENU_MODEL (menu);
}

static void
on_row_activated (DioSendKeysDialog *self, GtkWidget *row)
{
  guint i;

  if (g_ptr_array_find (self->rows, row, &i))
    gtk_widget_activate_action (row, "combination.edit", "u", i);
}

static GtkWidget *
build_row (DioSendKeysDialog *self, guint i)
{
  const DioKeyCombination *combination = g_ptr_array_index (self->combinations, i);
  GtkWidget *row = adw_action_row_new (), *button = gtk_menu_button_new ();
  g_autofree char *label = dio_key_combination_get_label (combination);
  g_autofree char *keys = dio_key_combination_describe (combination);
  /* Translators: a menu of the key combination that %s stands for */
  g_autofree char *name = g_strdup_printf (_ ("Menu of %s"), label);
  g_autoptr (GMenuModel) menu = build_row_menu (self, i);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  if (*combination->name)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), keys);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), menu);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_size_request (button, 44, 44);
  gtk_widget_set_tooltip_text (button, _ ("More"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_row_activated), self, G_CONNECT_SWAPPED);
  return row;
}

static void
build_rows (DioSendKeysDialog *self)
{
  g_autoptr (GVariant) changed = g_settings_get_user_value (self->settings, KEY);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->list, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->combinations, g_ptr_array_unref);
  self->combinations = dio_key_combinations_load (self->settings);
  for (guint i = 0; i < self->combinations->len; i++)
    {
      GtkWidget *row = build_row (self, i);

      adw_preferences_group_add (self->list, row);
      g_ptr_array_add (self->rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->list), self->rows->len > 0);
  gtk_widget_set_sensitive (self->reset, changed != NULL);
}

/* --- what can be done --- */

static void
move (DioSendKeysDialog *self, guint from, guint to)
{
  DioKeyCombination *combination;

  if (from >= self->combinations->len || to >= self->combinations->len)
    return;
  combination = g_ptr_array_steal_index (self->combinations, from);
  g_ptr_array_insert (self->combinations, (int) to, combination);
  save (self);
  focus_row (self, to);
}

static void
on_up (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint i = g_variant_get_uint32 (parameter);

  if (i > 0)
    move (DIO_SEND_KEYS_DIALOG (widget), i, i - 1);
}

static void
on_down (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint i = g_variant_get_uint32 (parameter);

  move (DIO_SEND_KEYS_DIALOG (widget), i, i + 1);
}

/* What is taken away can be had back. */
static void
offer_undo (DioSendKeysDialog *self, const char *title)
{
  AdwToast *toast = adw_toast_new (title);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "combination.undo");
  adw_toast_overlay_dismiss_all (self->toasts);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
remember (DioSendKeysDialog *self)
{
  g_clear_pointer (&self->undo, g_variant_unref);
  self->undo = g_settings_get_value (self->settings, KEY);
}

static void
on_remove (GtkWidget *widget, const char *name, GVariant *parameter)
{
  DioSendKeysDialog *self = DIO_SEND_KEYS_DIALOG (widget);
  guint i = g_variant_get_uint32 (parameter);
  g_autofree char *label = NULL, *title = NULL;

  if (i >= self->combinations->len)
    return;
  label = dio_key_combination_get_label (g_ptr_array_index (self->combinations, i));
  title = g_strdup_printf (_ ("%s removed"), label);
  remember (self);
  g_ptr_array_remove_index (self->combinations, i);
  save (self);
  focus_row (self, MIN (i, self->rows->len ? self->rows->len - 1 : 0));
  offer_undo (self, title);
}

static void
on_undo (GtkWidget *widget, const char *name, GVariant *parameter)
{
  DioSendKeysDialog *self = DIO_SEND_KEYS_DIALOG (widget);

  if (self->undo)
    g_settings_set_value (self->settings, KEY, self->undo);
  g_clear_pointer (&self->undo, g_variant_unref);
}

static void
on_reset (DioSendKeysDialog *self)
{
  remember (self);
  g_settings_reset (self->settings, KEY);
  focus_row (self, 0);
  offer_undo (self, _ ("The usual key combinations are back"));
}

static void
on_added (DioSendKeysDialog *self, DioKeyCombinationDialog *dialog)
{
  g_ptr_array_add (self->combinations, dio_key_combination_dialog_take (dialog));
  save (self);
  focus_row (self, self->rows->len - 1);
}

static void
on_add (DioSendKeysDialog *self)
{
  DioKeyCombinationDialog *dialog = dio_key_combination_dialog_new (NULL);

  g_signal_connect_object (dialog, "done", G_CALLBACK (on_added), self, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

static void
on_edited (DioSendKeysDialog *self, DioKeyCombinationDialog *dialog)
{
  guint i = dio_key_combination_dialog_get_position (dialog);

  if (i >= self->combinations->len)
    return;
  g_ptr_array_remove_index (self->combinations, i);
  g_ptr_array_insert (self->combinations, (int) i, dio_key_combination_dialog_take (dialog));
  save (self);
  focus_row (self, i);
}

static void
on_edit (GtkWidget *widget, const char *name, GVariant *parameter)
{
  DioSendKeysDialog *self = DIO_SEND_KEYS_DIALOG (widget);
  guint i = g_variant_get_uint32 (parameter);
  DioKeyCombinationDialog *dialog;

  if (i >= self->combinations->len)
    return;
  dialog = dio_key_combination_dialog_new (g_ptr_array_index (self->combinations, i));
  dio_key_combination_dialog_set_position (dialog, i);
  g_signal_connect_object (dialog, "done", G_CALLBACK (on_edited), self, G_CONNECT_SWAPPED);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

static void
dio_send_keys_dialog_dispose (GObject *object)
{
  DioSendKeysDialog *self = DIO_SEND_KEYS_DIALOG (object);

  g_clear_object (&self->settings);
  g_clear_pointer (&self->combinations, g_ptr_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->undo, g_variant_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SEND_KEYS_DIALOG);
  G_OBJECT_CLASS (dio_send_keys_dialog_parent_class)->dispose (object);
}

static void
dio_send_keys_dialog_class_init (DioSendKeysDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_send_keys_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/send-keys-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSendKeysDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioSendKeysDialog, list);
  gtk_widget_class_bind_template_child (widget_class, DioSendKeysDialog, add);
  gtk_widget_class_bind_template_child (widget_class, DioSendKeysDialog, reset);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_install_action (widget_class, "combination.up", "u", on_up);
  gtk_widget_class_install_action (widget_class, "combination.down", "u", on_down);
  gtk_widget_class_install_action (widget_class, "combination.remove", "u", on_remove);
  gtk_widget_class_install_action (widget_class, "combination.edit", "u", on_edit);
  gtk_widget_class_install_action (widget_class, "combination.undo", NULL, on_undo);
}

static void
dio_send_keys_dialog_init (DioSendKeysDialog *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioSendKeysDialog *
dio_send_keys_dialog_new (GSettings *settings)
{
  DioSendKeysDialog *self = g_object_new (DIO_TYPE_SEND_KEYS_DIALOG, NULL);

  self->settings = g_object_ref (settings);
  build_rows (self);
  g_signal_connect_object (settings, "changed::" KEY, G_CALLBACK (build_rows), self, G_CONNECT_SWAPPED);
  return self;
}
