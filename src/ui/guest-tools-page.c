/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/guest-tools-page.h"

#include "ui/application.h"

#include <glib/gi18n.h>

struct _DioGuestToolsPage
{
  AdwNavigationPage parent_instance;

  /* template */
  AdwToastOverlay *toasts;
  AdwPreferencesGroup *linux_group;
  AdwPreferencesGroup *windows_group;
};

G_DEFINE_FINAL_TYPE (DioGuestToolsPage, dio_guest_tools_page, ADW_TYPE_NAVIGATION_PAGE)

/* SPICE's agent is "spice-vdagent" wherever it is packaged. Names of systems are not translated. */
static const struct
{
  const char *systems, *command;
} families[] = {
  { "Debian, Ubuntu, Linux Mint", "sudo apt install spice-vdagent" },
  { "Fedora, AlmaLinux, Rocky Linux", "sudo dnf install spice-vdagent" },
  { "openSUSE", "sudo zypper install spice-vdagent" },
  { "Arch Linux, Manjaro", "sudo pacman -S spice-vdagent" },
};

#define WINDOWS_ADDRESS                                                                                                \
  "https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/stable-virtio/virtio-win-guest-tools.exe"

static void
on_copy (DioGuestToolsPage *self, GtkWidget *button)
{
  AdwActionRow *row = ADW_ACTION_ROW (gtk_widget_get_ancestor (button, ADW_TYPE_ACTION_ROW));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), adw_action_row_get_subtitle (row));
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("Copied")));
}

static GtkWidget *
new_button (const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static void
add_row (DioGuestToolsPage *self, AdwPreferencesGroup *group, const char *title, const char *text)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *copy = new_button ("edit-copy-symbolic", _ ("Copy"));
  GtkWidget *type = new_button ("input-keyboard-symbolic", _ ("Type into the Machine…"));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_selectable (ADW_ACTION_ROW (row), TRUE);
  gtk_widget_add_css_class (row, "property");
  g_signal_connect_object (copy, "clicked", G_CALLBACK (on_copy), self, G_CONNECT_SWAPPED);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (type), "win.type-string");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (type), "s", text);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), copy);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), type);
  adw_preferences_group_add (group, row);
}

/* What comes of it is told in the window. */
static void
on_insert (DioGuestToolsPage *self)
{
  GtkWidget *dialog = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_DIALOG);

  if (dialog)
    adw_dialog_force_close (ADW_DIALOG (dialog));
}

static void
dio_guest_tools_page_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_GUEST_TOOLS_PAGE);
  G_OBJECT_CLASS (dio_guest_tools_page_parent_class)->dispose (object);
}

static void
dio_guest_tools_page_class_init (DioGuestToolsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_guest_tools_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/guest-tools-page.ui");
  gtk_widget_class_bind_template_child (widget_class, DioGuestToolsPage, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioGuestToolsPage, linux_group);
  gtk_widget_class_bind_template_child (widget_class, DioGuestToolsPage, windows_group);
  gtk_widget_class_bind_template_callback (widget_class, on_insert);
}

static void
dio_guest_tools_page_init (DioGuestToolsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    add_row (self, self->linux_group, families[i].systems, families[i].command);
  add_row (self, self->windows_group, _ ("To download"), WINDOWS_ADDRESS);
}

AdwNavigationPage *
dio_guest_tools_page_new (void)
{
  return g_object_new (DIO_TYPE_GUEST_TOOLS_PAGE, NULL);
}
