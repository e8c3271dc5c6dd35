/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-startup.h"

#include "ui/choice-row.h"

#include <glib/gi18n.h>

struct _DioSettingsStartup
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  GPtrArray *rows; /* (unowned), of ORDER */

  /* template */
  AdwSwitchRow *autostart;
  AdwPreferencesGroup *order;
  AdwActionRow *order_empty;
  AdwSwitchRow *boot_menu;
  DioChoiceRow *firmware;
  AdwSwitchRow *tpm;
};

G_DEFINE_FINAL_TYPE (DioSettingsStartup, dio_settings_startup, ADW_TYPE_PREFERENCES_PAGE)

static DioMachineConfig *
get_config (DioSettingsStartup *self)
{
  return dio_machine_settings_get_config (self->settings);
}

/* --- firmware --- */

static void
set_firmware_choices (DioSettingsStartup *self)
{
  const DioChoice choices[] = {
    { DIO_FIRMWARE_BIOS, _ ("Classic"),
      _ ("For older systems. A system that was installed with another choice does not start with this one (BIOS)") },
    { DIO_FIRMWARE_UEFI, _ ("Modern"),
      _ ("For today’s systems. A system that was installed with “Classic” does not start with it (UEFI)") },
    { DIO_FIRMWARE_UEFI_SECURE, _ ("Modern, Signed Systems Only"),
      _ ("Starts only systems that their makers have signed; Windows 11 wants it (UEFI with Secure Boot)") },
  };

  dio_choice_row_set_choices (self->firmware, choices, G_N_ELEMENTS (choices));
}

/* --- order --- */

static void
move (DioSettingsStartup *self, guint from, guint to)
{
  GPtrArray *old = dio_machine_config_get_disks (get_config (self));
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();

  if (from >= old->len || to >= old->len || from == to)
    return;
  for (guint i = 0; i < old->len; i++)
    if (i != from)
      g_ptr_array_add (disks, old->pdata[i]);
  g_ptr_array_insert (disks, (int) to, old->pdata[from]);
  dio_machine_config_set_disks (get_config (self), disks);
  gtk_widget_child_focus (self->rows->pdata[to], GTK_DIR_TAB_FORWARD);
}

static void
on_up (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint i = g_variant_get_uint32 (parameter);

  if (i > 0)
    move (DIO_SETTINGS_STARTUP (widget), i, i - 1);
}

static void
on_down (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guint i = g_variant_get_uint32 (parameter);

  move (DIO_SETTINGS_STARTUP (widget), i, i + 1);
}

static GdkContentProvider *
on_drag_prepare (DioSettingsStartup *self, double x, double y, GtkDragSource *source)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source));
  g_autoptr (GdkPaintable) icon = gtk_widget_paintable_new (row);
  guint i;

  if (!g_ptr_array_find (self->rows, row, &i))
    return NULL;
  gtk_drag_source_set_icon (source, icon, (int) x, (int) y);
  return gdk_content_provider_new_typed (G_TYPE_UINT, i);
}

static gboolean
on_drop (DioSettingsStartup *self, const GValue *value, double x, double y, GtkDropTarget *target)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target));
  guint i;

  if (!g_ptr_array_find (self->rows, row, &i))
    return FALSE;
  move (self, g_value_get_uint (value), i);
  return TRUE;
}

static GtkWidget *
new_move_button (const char *icon, const char *tooltip, const char *action, guint i, gboolean usable)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  if (usable)
    {
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "u", i);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
    }
  gtk_widget_set_sensitive (button, usable);
  return button;
}

static GtkWidget *
new_row (DioSettingsStartup *self, const DioDisk *disk, guint i, guint n)
{
  GtkWidget *row = adw_action_row_new (), *handle = gtk_image_new_from_icon_name ("list-drag-handle-symbolic");
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_UINT, GDK_ACTION_MOVE);
  g_autofree char *shown = disk->path ? dio_machine_settings_dup_shown_path (self->settings, disk->path) : NULL;
  g_autofree char *up = NULL, *down = NULL;
  g_autofree char *title = shown ? g_path_get_basename (shown) : g_strdup (_ ("Empty CD Drive"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), disk->cdrom ? _ ("CD drive") : _ ("Disk"));
  up = g_strdup_printf (_ ("Move %s Up"), title);
  down = g_strdup_printf (_ ("Move %s Down"), title);
  gtk_widget_add_css_class (handle, "dimmed");
  gtk_accessible_update_state (GTK_ACCESSIBLE (handle), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), handle);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_move_button ("go-up-symbolic", up, "order.up", i, i > 0));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             new_move_button ("go-down-symbolic", down, "order.down", i, i + 1 < n));
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect_object (source, "prepare", G_CALLBACK (on_drag_prepare), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (target));
  return row;
}

static void
update_order (DioSettingsStartup *self)
{
  GPtrArray *disks = dio_machine_config_get_disks (get_config (self));

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->order, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < disks->len; i++)
    {
      GtkWidget *row = new_row (self, disks->pdata[i], i, disks->len);

      adw_preferences_group_add (self->order, row);
      g_ptr_array_add (self->rows, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->order_empty), disks->len == 0);
}

static void
dio_settings_startup_dispose (GObject *object)
{
  DioSettingsStartup *self = DIO_SETTINGS_STARTUP (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_STARTUP);
  G_OBJECT_CLASS (dio_settings_startup_parent_class)->dispose (object);
}

static void
dio_settings_startup_class_init (DioSettingsStartupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CHOICE_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_startup_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-startup.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, autostart);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, order);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, order_empty);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, boot_menu);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, firmware);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsStartup, tpm);
  gtk_widget_class_install_action (widget_class, "order.up", "u", on_up);
  gtk_widget_class_install_action (widget_class, "order.down", "u", on_down);
}

static void
dio_settings_startup_init (DioSettingsStartup *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  set_firmware_choices (self);
}

GtkWidget *
dio_settings_startup_new (DioMachineSettings *settings)
{
  DioSettingsStartup *self = g_object_new (DIO_TYPE_SETTINGS_STARTUP, NULL);
  DioMachineConfig *config = dio_machine_settings_get_config (settings);

  self->settings = g_object_ref (settings);
  g_object_bind_property (dio_machine_settings_get_definition (settings), "autostart", self->autostart, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  dio_machine_settings_bind (settings, "boot-menu", self->boot_menu, "active");
  dio_machine_settings_bind (settings, "firmware", self->firmware, "value");
  dio_machine_settings_bind (settings, "tpm", self->tpm, "active");
  g_signal_connect_object (config, "notify::disks", G_CALLBACK (update_order), self, G_CONNECT_SWAPPED);
  update_order (self);
  return GTK_WIDGET (self);
}
