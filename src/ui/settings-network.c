/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-network.h"

#include "ui/choice-row.h"
#include "ui/entry-check.h"
#include "ui/number-row.h"
#include "vm/machine-live.h"

#include <glib/gi18n.h>

/* The programs that one mode needs. */
#define PASST "passt"
#define NETWORK_NAME_MAX 64

struct _DioSettingsNetwork
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  GPtrArray *rows; /* (unowned), of FORWARDS */

  /* template */
  DioChoiceRow *mode;
  AdwEntryRow *network_name;
  AdwActionRow *name_note;
  DioChoiceRow *card;
  AdwActionRow *mac;
  AdwPreferencesGroup *forwards;
  AdwPreferencesGroup *new_forward_group;
  AdwExpanderRow *new_forward;
  DioChoiceRow *protocol;
  DioNumberRow *host_port;
  DioNumberRow *guest_port;
  AdwSwitchRow *everywhere;
  AdwActionRow *forward_note;
  GtkWidget *add;
};

G_DEFINE_FINAL_TYPE (DioSettingsNetwork, dio_settings_network, ADW_TYPE_PREFERENCES_PAGE)

static DioMachineConfig *
get_config (DioSettingsNetwork *self)
{
  return dio_machine_settings_get_config (self->settings);
}

/* --- the network --- */

static void
set_modes (DioSettingsNetwork *self)
{
  g_autofree char *passt = g_find_program_in_path (PASST);
  const DioChoice choices[] = {
    { DIO_NETWORK_NAT, _ ("This Computer’s"),
      _ ("The machine reaches what this computer reaches; others reach it through forwarded ports only (NAT)") },
    { DIO_NETWORK_ISOLATED, _ ("Between Machines"),
      _ ("Machines that have the same network’s name reach each other, and nothing else") },
    { DIO_NETWORK_NONE, _ ("None"), _ ("The machine is on its own") },
    { DIO_NETWORK_PASST, _ ("This Computer’s, Direct"),
      passt ? _ ("As “This Computer’s”, but faster, and the machine has this computer’s address (passt)")
            : _ ("Needs the program passt, which is not installed: install its package, or choose another network") },
  };
  /* It is kept where it was chosen already. */
  gboolean offered = passt || dio_machine_config_get_network (get_config (self)) == DIO_NETWORK_PASST;

  dio_choice_row_set_choices (self->mode, choices, G_N_ELEMENTS (choices) - (offered ? 0 : 1));
}

static void
set_other_choices (DioSettingsNetwork *self)
{
  const DioChoice cards[] = {
    { DIO_NETWORK_CARD_VIRTIO, _ ("Fast"), _ ("For systems that know machines, as every Linux does (virtio)") },
    { DIO_NETWORK_CARD_E1000E, _ ("Common"), _ ("Known to Windows and others without further drivers (e1000e)") },
    { DIO_NETWORK_CARD_RTL8139, _ ("Old"), _ ("For systems of the last century (rtl8139)") },
  };
  const DioChoice protocols[] = {
    { FALSE, _ ("TCP"), _ ("Web, remote login, nearly everything") },
    { TRUE, _ ("UDP"), _ ("Games, calls, name servers") },
  };

  dio_choice_row_set_choices (self->card, cards, G_N_ELEMENTS (cards));
  dio_choice_row_set_choices (self->protocol, protocols, G_N_ELEMENTS (protocols));
}

static void
update_mode (DioSettingsNetwork *self)
{
  DioNetwork mode = dio_machine_config_get_network (get_config (self));
  gboolean leads_out = mode == DIO_NETWORK_NAT || mode == DIO_NETWORK_PASST;

  gtk_widget_set_visible (GTK_WIDGET (self->network_name), mode == DIO_NETWORK_ISOLATED);
  gtk_widget_set_visible (GTK_WIDGET (self->card), mode != DIO_NETWORK_NONE);
  gtk_widget_set_visible (GTK_WIDGET (self->mac), mode != DIO_NETWORK_NONE);
  gtk_widget_set_visible (GTK_WIDGET (self->forwards), leads_out);
  gtk_widget_set_visible (GTK_WIDGET (self->new_forward_group), leads_out);
  if (mode != DIO_NETWORK_ISOLATED)
    dio_entry_check_show (GTK_WIDGET (self->network_name), self->name_note, NULL);
}

static void
update_network_name (DioSettingsNetwork *self)
{
  const char *name = dio_machine_config_get_network_name (get_config (self));

  if (!gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->network_name)))))
    gtk_editable_set_text (GTK_EDITABLE (self->network_name), name ? name : "");
}

static const char *
check_network_name (const char *name)
{
  if (strlen (name) > NETWORK_NAME_MAX)
    return _ ("This name is too long. Shorten it.");
  for (const char *c = name; *c; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return _ ("A name is one line of text. Remove what is not.");
  return NULL;
}

static void
on_network_name_changed (DioSettingsNetwork *self)
{
  dio_entry_check_show (GTK_WIDGET (self->network_name), self->name_note,
                        check_network_name (gtk_editable_get_text (GTK_EDITABLE (self->network_name))));
}

static void
on_network_name_apply (DioSettingsNetwork *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->network_name))));

  if (!check_network_name (name))
    g_object_set (get_config (self), "network-name", *name ? name : NULL, NULL);
}

static void
on_mac_copy (DioSettingsNetwork *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (self->mac));
  dio_machine_settings_tell (self->settings, _ ("Address copied"));
}

/* --- forwarded ports --- */

static void
set_forwards (DioSettingsNetwork *self, const DioForward *added, const DioForward *removed)
{
  GPtrArray *old = dio_machine_config_get_forwards (get_config (self));
  g_autoptr (GPtrArray) forwards = g_ptr_array_new ();

  for (guint i = 0; i < old->len; i++)
    if (!removed || !dio_forward_equal (old->pdata[i], removed))
      g_ptr_array_add (forwards, old->pdata[i]);
  if (added)
    g_ptr_array_add (forwards, (gpointer) added);
  dio_machine_config_set_forwards (get_config (self), forwards);
}

static const char *
get_host_address (const DioForward *forward)
{
  return forward->address ? forward->address : "127.0.0.1";
}

/* Whether two ask for the same port of this computer. */
static gboolean
collide (const DioForward *a, const DioForward *b)
{
  const char *any = "0.0.0.0";

  return a->udp == b->udp && a->host_port == b->host_port &&
         (g_str_equal (get_host_address (a), get_host_address (b)) || g_str_equal (get_host_address (a), any) ||
          g_str_equal (get_host_address (b), any));
}

/* Tries the port on this computer. Returns: FALSE with a sentence. */
static gboolean
try_port (const DioForward *forward, GError **error)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (get_host_address (forward));
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (inet, forward->host_port);
  g_autoptr (GSocket) socket =
      g_socket_new (G_SOCKET_FAMILY_IPV4, forward->udp ? G_SOCKET_TYPE_DATAGRAM : G_SOCKET_TYPE_STREAM,
                    G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GError) local = NULL;

  if (!socket)
    return FALSE;
  if (g_socket_bind (socket, address, !forward->udp, &local))
    return TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                 _ ("Another program uses port %u of this computer. End it, or choose another port."),
                 forward->host_port);
  else if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("Port %u of this computer is kept for the system. Choose one from 1024 on."), forward->host_port);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_forward (DioSettingsNetwork *self, const DioForward *forward, GError **error)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (get_config (self));

  for (guint i = 0; i < forwards->len; i++)
    if (collide (forwards->pdata[i], forward))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                     _ ("Port %u of this computer leads into this machine already. Choose another port."),
                     forward->host_port);
        return FALSE;
      }
  return try_port (forward, error);
}

/* The machine that runs has its ports forwarded as well as its definition says. (nullable) */
static DioMachine *
get_live (DioSettingsNetwork *self)
{
  DioMachine *machine = dio_machine_settings_get_running (self->settings);

  if (!machine)
    return NULL;
  switch (dio_machine_config_get_network (dio_machine_get_config (machine)))
    {
    case DIO_NETWORK_NAT:
    case DIO_NETWORK_PASST:
      return machine;
    case DIO_NETWORK_NONE:
    case DIO_NETWORK_ISOLATED:
    default:
      return NULL;
    }
}

static void
tell_new (DioSettingsNetwork *self, const GError *error)
{
  dio_entry_check_show (GTK_WIDGET (self->host_port), self->forward_note, error ? error->message : NULL);
  if (error)
    gtk_widget_grab_focus (GTK_WIDGET (self->host_port));
}

typedef struct
{
  DioSettingsNetwork *self;
  DioForward *forward;
} Change;

static void
change_free (Change *change)
{
  g_clear_object (&change->self);
  dio_forward_free (change->forward);
  g_free (change);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static Change *
change_new (DioSettingsNetwork *self, const DioForward *forward)
{
  Change *change = g_new0 (Change, 1);

  *change = (Change) { g_object_ref (self), dio_forward_copy (forward) };
  return change;
}

static void
finish_add (DioSettingsNetwork *self, const DioForward *forward)
{
  tell_new (self, NULL);
  set_forwards (self, forward, NULL);
  adw_expander_row_set_expanded (self->new_forward, FALSE);
  /* What had the focus is folded away. */
  gtk_widget_child_focus (GTK_WIDGET (self->new_forward), GTK_DIR_TAB_FORWARD);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  DioSettingsNetwork *self = change->self;
  g_autoptr (GError) error = NULL;
  gboolean added = dio_machine_command_finish (DIO_MACHINE (source), result, &error);

  if (!self->settings)
    return;
  gtk_widget_set_sensitive (self->add, TRUE);
  if (added)
    finish_add (self, change->forward);
  else
    tell_new (self, error);
}

static void
on_add (DioSettingsNetwork *self)
{
  DioMachine *live = get_live (self);
  g_autoptr (GError) error = NULL;
  DioForward forward = {
    .udp = dio_choice_row_get_value (self->protocol),
    .address = adw_switch_row_get_active (self->everywhere) ? (char *) "0.0.0.0" : NULL,
  };

  forward.host_port = (guint16) dio_number_row_get_value (self->host_port);
  forward.guest_port = (guint16) dio_number_row_get_value (self->guest_port);
  if (!check_forward (self, &forward, &error))
    {
      tell_new (self, error);
      return;
    }
  if (!live)
    {
      finish_add (self, &forward);
      return;
    }
  gtk_widget_set_sensitive (self->add, FALSE);
  dio_machine_add_forward_async (live, &forward, on_added, change_new (self, &forward));
}

static void
on_new_changed (DioSettingsNetwork *self)
{
  dio_entry_check_show (GTK_WIDGET (self->host_port), self->forward_note, NULL);
}

static void
finish_remove (DioSettingsNetwork *self, const DioForward *forward)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (get_config (self));
  guint i = 0;

  while (i < forwards->len && !dio_forward_equal (forwards->pdata[i], forward))
    i++;
  set_forwards (self, NULL, forward);
  /* The row that had the focus has gone. */
  gtk_widget_child_focus (i < self->rows->len ? self->rows->pdata[i] : GTK_WIDGET (self->new_forward),
                          GTK_DIR_TAB_FORWARD);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  g_autoptr (GError) error = NULL;
  gboolean removed = dio_machine_command_finish (DIO_MACHINE (source), result, &error);

  if (!change->self->settings)
    return;
  if (removed)
    finish_remove (change->self, change->forward);
  else
    dio_machine_settings_tell_error (change->self->settings, error);
}

/* Whether the machine that runs has it: it may have been added while that was off the network. */
static gboolean
is_live (DioMachine *machine, const DioForward *forward)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (dio_machine_get_config (machine));

  for (guint i = 0; i < forwards->len; i++)
    if (dio_forward_equal (forwards->pdata[i], forward))
      return TRUE;
  return FALSE;
}

static void
on_remove (GtkWidget *widget, const char *name, GVariant *parameter)
{
  DioSettingsNetwork *self = DIO_SETTINGS_NETWORK (widget);
  GPtrArray *forwards = dio_machine_config_get_forwards (get_config (self));
  DioMachine *live = get_live (self);
  guint i = g_variant_get_uint32 (parameter);
  g_autoptr (DioForward) forward = i < forwards->len ? dio_forward_copy (forwards->pdata[i]) : NULL;

  if (!forward)
    return;
  if (live && is_live (live, forward))
    dio_machine_remove_forward_async (live, forward, on_removed, change_new (self, forward));
  else
    finish_remove (self, forward);
}

static GtkWidget *
new_row (const DioForward *forward, guint i)
{
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: a forwarded port: TCP or UDP, its number on this computer, its number in the machine */
  g_autofree char *title =
      g_strdup_printf (_ ("%s %u → %u"), forward->udp ? _ ("UDP") : _ ("TCP"), forward->host_port, forward->guest_port);
  g_autofree char *label = g_strdup_printf (_ ("Stop Forwarding Port %u"), forward->host_port);
  g_autofree char *from = NULL;

  if (g_str_equal (get_host_address (forward), "127.0.0.1"))
    from = g_strdup (_ ("From this computer only"));
  else if (g_str_equal (get_host_address (forward), "0.0.0.0"))
    from = g_strdup (_ ("From all computers in the network"));
  else
    from = g_strdup_printf (_ ("On the address %s of this computer"), forward->address);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), from);
  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "forward.remove");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "u", i);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
update_forwards (DioSettingsNetwork *self)
{
  GPtrArray *forwards = dio_machine_config_get_forwards (get_config (self));

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->forwards, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < forwards->len; i++)
    {
      GtkWidget *row = new_row (forwards->pdata[i], i);

      adw_preferences_group_add (self->forwards, row);
      g_ptr_array_add (self->rows, row);
    }
}

/* --- GObject --- */

static void
dio_settings_network_dispose (GObject *object)
{
  DioSettingsNetwork *self = DIO_SETTINGS_NETWORK (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_NETWORK);
  G_OBJECT_CLASS (dio_settings_network_parent_class)->dispose (object);
}

static void
dio_settings_network_class_init (DioSettingsNetworkClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CHOICE_ROW);
  g_type_ensure (DIO_TYPE_NUMBER_ROW);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_network_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-network.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, mode);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, network_name);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, name_note);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, card);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, mac);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, forwards);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, new_forward_group);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, new_forward);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, protocol);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, host_port);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, guest_port);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, everywhere);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, forward_note);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsNetwork, add);
  gtk_widget_class_bind_template_callback (widget_class, on_network_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_network_name_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_mac_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_new_changed);
  gtk_widget_class_install_action (widget_class, "forward.remove", "u", on_remove);
}

static void
dio_settings_network_init (DioSettingsNetwork *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  set_other_choices (self);
}

GtkWidget *
dio_settings_network_new (DioMachineSettings *settings)
{
  DioSettingsNetwork *self = g_object_new (DIO_TYPE_SETTINGS_NETWORK, NULL);
  DioMachineConfig *config = dio_machine_settings_get_config (settings);
  g_autofree char *mac = dio_machine_config_dup_mac (config);

  self->settings = g_object_ref (settings);
  set_modes (self);
  dio_machine_settings_bind (settings, "network", self->mode, "value");
  dio_machine_settings_bind (settings, "network-card", self->card, "value");
  adw_action_row_set_subtitle (self->mac, mac);
  g_signal_connect_object (config, "notify::network", G_CALLBACK (update_mode), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (config, "notify::network-name", G_CALLBACK (update_network_name), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (config, "notify::forwards", G_CALLBACK (update_forwards), self, G_CONNECT_SWAPPED);
  update_mode (self);
  update_network_name (self);
  update_forwards (self);
  return GTK_WIDGET (self);
}
