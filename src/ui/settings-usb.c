/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-usb.h"

#include "ui/console-window-usb.h"
#include "ui/usb-list.h"

#include <glib/gi18n.h>

#define UNDO_S 10

struct _DioSettingsUsb
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  DioUsbOptions *options;
  DioSession *session; /* (unowned) (nullable): whose devices are shown; to be compared only */

  /* template */
  AdwSwitchRow *asks;
  AdwPreferencesGroup *devices;
  AdwBin *list;
  AdwPreferencesGroup *remembered;
  GtkListBox *rules;
  GtkWidget *none;
};

G_DEFINE_FINAL_TYPE (DioSettingsUsb, dio_settings_usb, ADW_TYPE_PREFERENCES_PAGE)

/* --- what is remembered --- */

typedef struct
{
  DioSettingsUsb *page; /* (unowned): outlives the toast's handler */
  DioUsbRule *rule;
} Removed;

static void
removed_free (gpointer data, GClosure *closure)
{
  Removed *removed = data;

  g_object_unref (removed->page);
  g_object_unref (removed->rule);
  g_free (removed);
}

static void
on_undo (AdwToast *toast, Removed *removed)
{
  if (removed->page->options)
    dio_usb_rules_restore (dio_usb_options_get_rules (removed->page->options), removed->rule);
}

static void
on_remove (GtkWidget *button, DioUsbRule *rule)
{
  DioSettingsUsb *self = DIO_SETTINGS_USB (gtk_widget_get_ancestor (button, DIO_TYPE_SETTINGS_USB));
  GtkWidget *toasts = gtk_widget_get_ancestor (button, ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *title = g_strdup_printf (_ ("“%s” is not remembered any more"), dio_usb_rule_get_name (rule));
  AdwToast *toast = adw_toast_new (title);
  Removed *removed = g_new0 (Removed, 1);

  removed->page = g_object_ref (self);
  removed->rule = g_object_ref (rule);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_timeout (toast, UNDO_S);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), removed, removed_free, 0);
  /* The row, and the button with the keyboard's focus, go. */
  gtk_widget_grab_focus (GTK_WIDGET (self->asks));
  dio_usb_rules_forget (dio_usb_options_get_rules (self->options), rule);
  if (toasts)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (toasts), toast);
  else
    g_object_unref (g_object_ref_sink (toast));
}

/* (transfer full) */
static char *
describe (DioUsbRule *rule)
{
  const char *port = dio_usb_rule_get_port (rule);
  gboolean connects = dio_usb_rule_get_action (rule) == DIO_USB_ACTION_CONNECT;

  if (port)
    return g_strdup_printf (connects ? _ ("Always connected, at port %s") : _ ("Stays on this computer, at port %s"),
                            port);
  return g_strdup (connects ? _ ("Always connected") : _ ("Stays on this computer"));
}

static GtkWidget *
new_rule_row (gpointer item, gpointer user_data)
{
  DioUsbRule *rule = item;
  GtkWidget *row = adw_action_row_new (), *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
  const char *name = dio_usb_rule_get_name (rule);
  g_autofree char *subtitle = describe (rule), *forget = g_strdup_printf (_ ("Forget “%s”"), name);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_tooltip_text (remove, _ ("Forget"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, forget, -1);
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (remove, "flat");
  g_signal_connect_object (remove, "clicked", G_CALLBACK (on_remove), rule, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), remove);
  return row;
}

static void
update_rules (DioSettingsUsb *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (dio_usb_options_get_rules (self->options))) > 0;

  gtk_widget_set_visible (GTK_WIDGET (self->rules), any);
  gtk_widget_set_visible (self->none, !any);
}

/* --- the devices, while it runs --- */

static void
update_devices (DioSettingsUsb *self)
{
  DioApplication *application = dio_machine_settings_get_application (self->settings);
  DioMachine *machine = dio_machine_settings_get_running (self->settings);
  DioSession *session = machine ? dio_console_window_find_session (application, machine) : NULL;

  if (self->session == session)
    return;
  self->session = session;
  adw_bin_set_child (self->list,
                     session ? dio_usb_list_new (dio_application_get_usb_manager (application), session) : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->devices), session != NULL);
}

static void
dio_settings_usb_dispose (GObject *object)
{
  DioSettingsUsb *self = DIO_SETTINGS_USB (object);

  g_clear_object (&self->options);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_USB);
  G_OBJECT_CLASS (dio_settings_usb_parent_class)->dispose (object);
}

static void
dio_settings_usb_class_init (DioSettingsUsbClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_settings_usb_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-usb.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, asks);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, devices);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, list);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, remembered);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, rules);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsUsb, none);
}

static void
dio_settings_usb_init (DioSettingsUsb *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
dio_settings_usb_new (DioMachineSettings *settings)
{
  DioSettingsUsb *self = g_object_new (DIO_TYPE_SETTINGS_USB, NULL);
  GListModel *rules;

  self->settings = g_object_ref (settings);
  self->options = dio_usb_options_new (dio_machine_config_get_uuid (dio_machine_settings_get_config (settings)));
  rules = G_LIST_MODEL (dio_usb_options_get_rules (self->options));
  g_object_bind_property (self->options, "asks", self->asks, "active", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_list_box_bind_model (self->rules, rules, new_rule_row, NULL, NULL);
  g_signal_connect_object (rules, "items-changed", G_CALLBACK (update_rules), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "notify::running", G_CALLBACK (update_devices), self, G_CONNECT_SWAPPED);
  update_rules (self);
  update_devices (self);
  return GTK_WIDGET (self);
}
