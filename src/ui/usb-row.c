/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-row.h"

#include "ui/application.h"
#include "ui/usb-connect.h"

#include <glib/gi18n.h>

struct _DioUsbRow
{
  AdwActionRow parent_instance;

  DioUsbManager *manager;
  DioSession *session;
  DioUsbDevice *device;
  GSimpleActionGroup *actions;
  gboolean updating; /* it is us who turns the switch */
  guint update_id;

  /* template */
  GtkImage *icon;
  GtkWidget *spinner;
  GtkSwitch *connected;
  GtkWidget *menu_button;
};

G_DEFINE_FINAL_TYPE (DioUsbRow, dio_usb_row, ADW_TYPE_ACTION_ROW)

static DioUsbRules *
get_rules (DioUsbRow *self)
{
  return dio_usb_options_get_rules (dio_usb_manager_get_options (self->manager, self->session));
}

/* --- what is told --- */

static DioUsbGuard
get_guard (DioUsbRow *self)
{
  DioUsbSource *source = dio_usb_manager_get_source (self->manager);

  return source ? dio_usb_source_get_guard (source, self->device) : DIO_USB_GUARD_NONE;
}

/* (transfer full) */
static char *
describe_state (DioUsbRow *self, DioUsbGuard guard)
{
  const char *holder = dio_usb_device_get_holder (self->device);

  switch (dio_usb_device_get_state (self->device))
    {
    case DIO_USB_DEVICE_CONNECTING:
      return g_strdup (_ ("Connecting…"));
    case DIO_USB_DEVICE_CONNECTED:
      /* Translators: where a USB device is: in a machine. */
      return g_strdup_printf (_ ("In “%s”"), holder ? holder : "");
    case DIO_USB_DEVICE_DISCONNECTING:
      return g_strdup (_ ("Disconnecting…"));
    case DIO_USB_DEVICE_FREE:
    default:
      return g_strdup (guard == DIO_USB_GUARD_NONE ? _ ("On this computer") : dio_usb_guard_get_sentence (guard));
    }
}

/* (transfer full): what it is, as far as that is known. */
static char *
describe_device (DioUsbDevice *device)
{
  g_autoptr (GStrvBuilder) parts = g_strv_builder_new ();
  const char *kind = dio_usb_device_get_kind_name (device), *speed = dio_usb_device_get_speed_name (device);
  const char *port = dio_usb_device_get_port (device);
  g_auto (GStrv) all = NULL;

  if (g_strcmp0 (kind, dio_usb_device_get_name (device)) != 0)
    g_strv_builder_add (parts, kind);
  if (speed)
    g_strv_builder_add (parts, speed);
  if (port)
    /* Translators: where on the computer a USB device is plugged in, such as “port 1-4”. */
    g_strv_builder_take (parts, g_strdup_printf (_ ("port %s"), port));
  all = g_strv_builder_end (parts);
  return g_strjoinv (" · ", all);
}

static void
set_switch (DioUsbRow *self, gboolean on, gboolean settled)
{
  self->updating = TRUE;
  gtk_switch_set_active (self->connected, on);
  /* On its way, the knob is there already, and the colour is not. */
  gtk_switch_set_state (self->connected, settled ? on : !on);
  self->updating = FALSE;
}

static void
update_state (DioUsbRow *self)
{
  DioUsbDeviceState state = dio_usb_device_get_state (self->device);
  gboolean busy = state == DIO_USB_DEVICE_CONNECTING || state == DIO_USB_DEVICE_DISCONNECTING;
  gboolean ours = dio_usb_manager_get_session (self->manager, self->device) == self->session;
  gboolean on = ours && (state == DIO_USB_DEVICE_CONNECTING || state == DIO_USB_DEVICE_CONNECTED);
  DioUsbGuard guard = get_guard (self);
  g_autofree char *where = describe_state (self, guard), *what = describe_device (self->device);
  g_autofree char *subtitle = *what ? g_strjoin ("\n", where, what, NULL) : g_strdup (where);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  set_switch (self, on, !busy);
  gtk_widget_set_visible (self->spinner, busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->connected), !busy && guard != DIO_USB_GUARD_HUB);
  gtk_widget_set_visible (self->menu_button, guard != DIO_USB_GUARD_HUB);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_BUSY, busy, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->connected), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, where, -1);
}

static void
on_update_due (gpointer user_data)
{
  DioUsbRow *self = user_data;

  self->update_id = 0;
  update_state (self);
}

static gboolean
on_switched (DioUsbRow *self, gboolean on)
{
  if (self->updating)
    return GDK_EVENT_PROPAGATE;
  if (on)
    dio_usb_connect (GTK_WIDGET (self), self->manager, self->session, self->device);
  else
    dio_usb_disconnect (GTK_WIDGET (self), self->manager, self->device);
  /* As it is, not as somebody wants it to be: what has to be asked first may take long. Not in this handler: GTK would
   * go on to tell screen readers what was wanted. */
  g_clear_handle_id (&self->update_id, g_source_remove);
  self->update_id = g_idle_add_once (on_update_due, self);
  return GDK_EVENT_STOP;
}

/* --- what is remembered --- */

static void
set_action (DioUsbRow *self, const char *name, gboolean on, gboolean enabled)
{
  GSimpleAction *action = G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name));

  g_simple_action_set_state (action, g_variant_new_boolean (on));
  g_simple_action_set_enabled (action, enabled);
}

static void
update_rule (DioUsbRow *self)
{
  DioUsbRule *rule = dio_usb_rules_find (get_rules (self), self->device);
  DioUsbAction action = rule ? dio_usb_rule_get_action (rule) : DIO_USB_ACTION_ASK;

  set_action (self, "always", action == DIO_USB_ACTION_CONNECT, TRUE);
  set_action (self, "never-ask", action == DIO_USB_ACTION_KEEP, TRUE);
  set_action (self, "only-here", rule && dio_usb_rule_get_port (rule),
              rule && dio_usb_device_get_port (self->device) != NULL);
}

static void
remember (DioUsbRow *self, DioUsbAction action)
{
  DioUsbRule *rule = dio_usb_rules_find (get_rules (self), self->device);
  gboolean at_port = rule && dio_usb_rule_get_port (rule) && action != DIO_USB_ACTION_ASK;

  dio_usb_rules_remember (get_rules (self), self->device, action, at_port);
}

static void
on_always (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  remember (user_data, g_variant_get_boolean (state) ? DIO_USB_ACTION_CONNECT : DIO_USB_ACTION_ASK);
}

static void
on_never_ask (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  remember (user_data, g_variant_get_boolean (state) ? DIO_USB_ACTION_KEEP : DIO_USB_ACTION_ASK);
}

static void
on_only_here (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  DioUsbRow *self = user_data;
  DioUsbAction present = dio_usb_rules_match (get_rules (self), self->device);

  if (present != DIO_USB_ACTION_ASK)
    dio_usb_rules_remember (get_rules (self), self->device, present, g_variant_get_boolean (state));
}

/* --- */

static void
dio_usb_row_dispose (GObject *object)
{
  DioUsbRow *self = DIO_USB_ROW (object);

  g_clear_handle_id (&self->update_id, g_source_remove);
  g_clear_object (&self->actions);
  g_clear_object (&self->manager);
  g_clear_object (&self->session);
  g_clear_object (&self->device);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_USB_ROW);
  G_OBJECT_CLASS (dio_usb_row_parent_class)->dispose (object);
}

static void
dio_usb_row_class_init (DioUsbRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_usb_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/usb-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DioUsbRow, icon);
  gtk_widget_class_bind_template_child (widget_class, DioUsbRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, DioUsbRow, connected);
  gtk_widget_class_bind_template_child (widget_class, DioUsbRow, menu_button);
  gtk_widget_class_bind_template_callback (widget_class, on_switched);
}

static void
dio_usb_row_init (DioUsbRow *self)
{
  static const GActionEntry entries[] = {
    { .name = "always", .state = "false", .change_state = on_always },
    { .name = "only-here", .state = "false", .change_state = on_only_here },
    { .name = "never-ask", .state = "false", .change_state = on_never_ask },
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "device", G_ACTION_GROUP (self->actions));
}

void
dio_usb_row_refresh (DioUsbRow *self)
{
  g_return_if_fail (DIO_IS_USB_ROW (self));

  update_state (self);
}

GtkWidget *
dio_usb_row_new (DioUsbManager *manager, DioSession *session, DioUsbDevice *device)
{
  DioUsbRow *self = g_object_new (DIO_TYPE_USB_ROW, NULL);
  const char *name = dio_usb_device_get_name (device);
  g_autofree char *more = g_strdup_printf (_ ("More for “%s”"), name);

  self->manager = g_object_ref (manager);
  self->session = g_object_ref (session);
  self->device = g_object_ref (device);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  gtk_image_set_from_icon_name (self->icon, dio_usb_device_get_icon_name (device));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->connected), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, more, -1);
  g_signal_connect_object (device, "notify", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_rules (self), "changed", G_CALLBACK (update_rule), self, G_CONNECT_SWAPPED);
  update_state (self);
  update_rule (self);
  return GTK_WIDGET (self);
}
