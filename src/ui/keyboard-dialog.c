/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/keyboard-dialog.h"

#include "ui/key-recorder.h"
#include "ui/shortcut-list.h"

#include <glib/gi18n.h>

/* The setting's values, as the row lists them. */
static const char *const when_values[] = { "focused", "fullscreen", "never" };

struct _DioKeyboardDialog
{
  AdwPreferencesDialog parent_instance;

  /* template */
  AdwComboRow *when;
  AdwPreferencesGroup *kept;
  GtkWidget *reset;
  AdwEntryRow *entry;
  GtkToggleButton *press;

  GSettings *settings;
  DioShortcutList *list;
  GPtrArray *rows; /* of kept */
};

G_DEFINE_FINAL_TYPE (DioKeyboardDialog, dio_keyboard_dialog, ADW_TYPE_PREFERENCES_DIALOG)

/* --- when --- */

static gboolean
get_when (GValue *value, GVariant *setting, gpointer user_data)
{
  for (guint i = 0; i < G_N_ELEMENTS (when_values); i++)
    if (g_str_equal (g_variant_get_string (setting, NULL), when_values[i]))
      g_value_set_uint (value, i);
  return TRUE;
}

static GVariant *
set_when (const GValue *value, const GVariantType *type, gpointer user_data)
{
  return g_variant_new_string (when_values[MIN (g_value_get_uint (value), G_N_ELEMENTS (when_values) - 1)]);
}

/* --- which --- */

static void
on_remove (DioKeyboardDialog *self, GtkButton *button)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ACTION_ROW);
  guint n;

  if (!g_ptr_array_find (self->rows, row, &n))
    return;
  /* The button that has the focus goes. */
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  dio_shortcut_list_remove (self->list, n);
}

static GtkWidget *
new_row (DioKeyboardDialog *self, guint n)
{
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *label = dio_shortcut_list_get_label (self->list, n);
  /* Translators: removes a shortcut, as "Super+Tab", from a list. */
  g_autofree char *remove = g_strdup_printf (_ ("Remove %s"), label);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  gtk_widget_set_tooltip_text (button, remove);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
update_rows (DioKeyboardDialog *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->kept, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < dio_shortcut_list_get_n (self->list); i++)
    {
      GtkWidget *row = new_row (self, i);

      g_ptr_array_add (self->rows, row);
      adw_preferences_group_add (self->kept, row);
    }
  gtk_widget_set_sensitive (self->reset, !dio_shortcut_list_is_default (self->list));
}

static void
add (DioKeyboardDialog *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (dio_shortcut_list_add (self->list, text, &error))
    gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  else
    {
      AdwToast *toast = adw_toast_new (error->message);

      adw_toast_set_use_markup (toast, FALSE);
      adw_preferences_dialog_add_toast (ADW_PREFERENCES_DIALOG (self), toast);
    }
}

static void
on_apply (DioKeyboardDialog *self)
{
  add (self, gtk_editable_get_text (GTK_EDITABLE (self->entry)));
}

static void
on_reset (DioKeyboardDialog *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
  dio_shortcut_list_reset (self->list);
}

/* --- pressing one --- */

static gboolean
on_key_pressed (DioKeyboardDialog *self, guint keyval, guint keycode, GdkModifierType state, GdkEvent *event)
{
  g_autofree char *accelerator = NULL;
  GdkModifierType modifiers;

  /* Without modifiers these go on doing what they do in any dialog, or one could not get out of here. */
  modifiers = state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK | GDK_SUPER_MASK);
  if (!(modifiers & ~GDK_SHIFT_MASK) &&
      (keyval == GDK_KEY_Tab || keyval == GDK_KEY_ISO_Left_Tab || keyval == GDK_KEY_space || keyval == GDK_KEY_Return))
    return GDK_EVENT_PROPAGATE;
  if (gdk_key_event_is_modifier (event))
    return GDK_EVENT_STOP;
  if (keyval != GDK_KEY_Escape || modifiers)
    {
      gdk_key_event_get_match (event, &keyval, &modifiers);
      accelerator = gtk_accelerator_name (keyval, modifiers);
      add (self, accelerator);
    }
  gtk_toggle_button_set_active (self->press, FALSE);
  return GDK_EVENT_STOP;
}

/* --- the class --- */

static void
dio_keyboard_dialog_dispose (GObject *object)
{
  DioKeyboardDialog *self = DIO_KEYBOARD_DIALOG (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->list);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_KEYBOARD_DIALOG);
  G_OBJECT_CLASS (dio_keyboard_dialog_parent_class)->dispose (object);
}

static void
dio_keyboard_dialog_class_init (DioKeyboardDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_keyboard_dialog_dispose;
  g_type_ensure (DIO_TYPE_KEY_RECORDER);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/keyboard-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioKeyboardDialog, when);
  gtk_widget_class_bind_template_child (widget_class, DioKeyboardDialog, kept);
  gtk_widget_class_bind_template_child (widget_class, DioKeyboardDialog, reset);
  gtk_widget_class_bind_template_child (widget_class, DioKeyboardDialog, entry);
  gtk_widget_class_bind_template_child (widget_class, DioKeyboardDialog, press);
  gtk_widget_class_bind_template_callback (widget_class, on_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_bind_template_callback (widget_class, on_key_pressed);
}

static void
dio_keyboard_dialog_init (DioKeyboardDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  self->list = dio_shortcut_list_new ();
  self->rows = g_ptr_array_new ();
  g_settings_bind_with_mapping (self->settings, "grab-shortcuts", self->when, "selected", G_SETTINGS_BIND_DEFAULT,
                                get_when, set_when, NULL, NULL);
  g_signal_connect_object (self->list, "changed", G_CALLBACK (update_rows), self, G_CONNECT_SWAPPED);
  update_rows (self);
}

DioKeyboardDialog *
dio_keyboard_dialog_new (void)
{
  return g_object_new (DIO_TYPE_KEYBOARD_DIALOG, NULL);
}
