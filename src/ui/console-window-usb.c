/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/console-window-usb.h"

#include "ui/console-window-library.h"
#include "ui/console-window-private.h"
#include "ui/usb-connect.h"
#include "ui/usb-list.h"

#include <glib/gi18n.h>

#define LIST_WIDTH 400
#define LIST_MAX_HEIGHT 480

static DioUsbManager *
get_manager (DioConsoleWindow *self)
{
  return dio_application_get_usb_manager (DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
}

/* --- the list --- */

static void
on_usb_settings (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_console_window_present_settings (user_data, "usb");
}

static GtkWidget *
new_list (DioConsoleWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  gtk_box_append (GTK_BOX (box), dio_usb_list_new (get_manager (self), self->session));
  if (self->library_machine)
    {
      GtkWidget *settings = gtk_button_new_with_mnemonic (_ ("_Remembered Devices…"));

      gtk_actionable_set_action_name (GTK_ACTIONABLE (settings), "win.usb-settings");
      gtk_widget_add_css_class (settings, "flat");
      gtk_box_append (GTK_BOX (box), settings);
    }
  return box;
}

static GtkWidget *
new_scrolled (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scrolled), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scrolled), LIST_MAX_HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  return scrolled;
}

/* Only when it is wanted: a window that opens does not pay for it. */
static void
create_popover (GtkMenuButton *button, gpointer user_data)
{
  DioConsoleWindow *self = user_data;
  GtkWidget *popover, *list;

  if (gtk_menu_button_get_popover (button))
    return;
  list = new_list (self);
  gtk_widget_set_size_request (list, LIST_WIDTH, -1);
  popover = gtk_popover_new ();
  gtk_widget_add_css_class (popover, "usb-popover");
  gtk_accessible_update_property (GTK_ACCESSIBLE (popover), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("USB Devices"), -1);
  gtk_popover_set_child (GTK_POPOVER (popover), new_scrolled (list));
  gtk_menu_button_set_popover (button, popover);
}

/* Where the window is too narrow for its button, it is a sheet from below. */
static AdwDialog *
new_dialog (DioConsoleWindow *self)
{
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *view = adw_toolbar_view_new (), *toasts = adw_toast_overlay_new (), *list = new_list (self);

  gtk_widget_add_css_class (list, "usb-sheet");
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), new_scrolled (list));
  adw_toast_overlay_set_child (ADW_TOAST_OVERLAY (toasts), view);
  adw_dialog_set_child (dialog, toasts);
  adw_dialog_set_title (dialog, _ ("USB Devices"));
  adw_dialog_set_content_width (dialog, LIST_WIDTH);
  return dialog;
}

static void
on_usb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioConsoleWindow *self = user_data;

  if (gtk_widget_get_mapped (GTK_WIDGET (self->usb_button)))
    {
      adw_toolbar_view_set_reveal_top_bars (self->toolbar_view, TRUE);
      gtk_menu_button_popup (self->usb_button);
    }
  else
    dio_console_window_present_dialog (self, new_dialog (self));
}

/* --- how many it has --- */

static void
update_count (DioConsoleWindow *self)
{
  guint n = dio_usb_manager_count (get_manager (self), self->session);
  g_autofree char *count = g_strdup_printf ("%u", n);
  g_autofree char *text =
      n > 0 ? g_strdup_printf (
                  ngettext ("USB Devices: %u is in this machine", "USB Devices: %u are in this machine", n), n)
            : g_strdup (_ ("USB Devices"));

  gtk_label_set_text (self->usb_count, count);
  gtk_widget_set_visible (GTK_WIDGET (self->usb_count), n > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->usb_button), text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->usb_button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

/* What happened without the user's doing it here is told: a rule, or a command elsewhere. */
static void
on_state (DioConsoleWindow *self, GParamSpec *pspec, DioUsbDevice *device)
{
  g_autofree char *text = NULL;

  if (!self->session)
    return;
  update_count (self);
  if (dio_usb_device_get_state (device) != DIO_USB_DEVICE_CONNECTED || dio_usb_connect_is_under_way (device) ||
      dio_usb_manager_get_session (get_manager (self), device) != self->session ||
      !dio_console_window_is_the_one (self))
    return;
  text = g_strdup_printf (_ ("“%s” is connected to this machine"), dio_usb_device_get_name (device));
  dio_console_window_tell (self, text);
}

static void
on_items_changed (DioConsoleWindow *self, guint position, guint removed, guint added, GListModel *devices)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (devices, i);

      g_signal_handlers_disconnect_by_func (device, on_state, self);
      g_signal_connect_object (device, "notify::state", G_CALLBACK (on_state), self, G_CONNECT_SWAPPED);
    }
  if (self->session)
    update_count (self);
}

/* --- what the manager asks and tells --- */

static void
on_question (DioConsoleWindow *self, DioSession *session, DioUsbDevice *device)
{
  if (session == self->session && dio_console_window_is_the_one (self))
    dio_usb_card_ask (self->usb_card, get_manager (self), session, dio_console_window_get_name (self), device);
}

static void
on_failed (DioConsoleWindow *self, DioSession *session, DioUsbDevice *device, const char *why)
{
  if (session == self->session && why && dio_console_window_is_the_one (self))
    dio_console_window_tell (self, why);
}

/* Which of the application's windows is in use changes in two steps, in either order. */
static void
on_active (DioConsoleWindow *self)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  DioSession *session = NULL;

  if (!application)
    return;
  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && gtk_window_is_active (l->data) && DIO_CONSOLE_WINDOW (l->data)->machine)
      session = DIO_CONSOLE_WINDOW (l->data)->session;
  dio_usb_manager_set_active (dio_application_get_usb_manager (DIO_APPLICATION (application)), session);
}

DioSession *
dio_console_window_find_session (DioApplication *application, DioMachine *machine)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (application)); l; l = l->next)
    if (DIO_IS_CONSOLE_WINDOW (l->data) && DIO_CONSOLE_WINDOW (l->data)->machine == machine)
      return DIO_CONSOLE_WINDOW (l->data)->session;
  return NULL;
}

void
dio_console_window_setup_usb (DioConsoleWindow *self)
{
  static const GActionEntry entries[] = {
    { .name = "usb", .activate = on_usb },
    { .name = "usb-settings", .activate = on_usb_settings },
  };
  DioUsbManager *manager;

  gtk_widget_set_visible (GTK_WIDGET (self->usb_button), self->machine != NULL);
  if (!self->machine)
    return;
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  manager = get_manager (self);
  gtk_menu_button_set_create_popup_func (self->usb_button, create_popover, self, NULL);
  g_signal_connect_object (manager, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "question", G_CALLBACK (on_question), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (on_active), NULL);
  on_items_changed (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (manager)), G_LIST_MODEL (manager));
  if (self->number == 0)
    dio_usb_manager_add_session (manager, self->session);
}
