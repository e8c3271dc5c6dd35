/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-dialog.h"

#include "ui/machine-settings.h"
#include "ui/settings-advanced.h"
#include "ui/settings-disks.h"
#include "ui/settings-display.h"
#include "ui/settings-general.h"
#include "ui/settings-network.h"
#include "ui/settings-processor.h"
#include "ui/settings-restart.h"
#include "ui/settings-sharing.h"
#include "ui/settings-sound.h"
#include "ui/settings-startup.h"
#include "ui/settings-usb.h"

#include <glib/gi18n.h>

struct _DioSettingsDialog
{
  AdwDialog parent_instance;

  DioMachineSettings *settings;
  guint shown; /* which page */

  GtkWidget *focus; /* (nullable) (weak): what had it before there was a problem */

  /* template */
  AdwToastOverlay *toasts;
  AdwNavigationSplitView *split;
  AdwNavigationPage *sidebar;
  AdwNavigationPage *content;
  GtkListBox *list;
  AdwBanner *problem;
  AdwBanner *unsaved;
  AdwBanner *restart;
  GtkStack *pages;
};

G_DEFINE_FINAL_TYPE (DioSettingsDialog, dio_settings_dialog, ADW_TYPE_DIALOG)

/* --- pages --- */

static const struct
{
  const char *name, *title, *icon;
  GtkWidget *(*make) (DioMachineSettings *settings);
} pages[] = {
  { "general", N_ ("General"), "computer-symbolic", dio_settings_general_new },
  { "processor", N_ ("Processor & Memory"), "power-profile-performance-symbolic", dio_settings_processor_new },
  { "disks", N_ ("Disks"), "drive-harddisk-symbolic", dio_settings_disks_new },
  { "display", N_ ("Display"), "video-display-symbolic", dio_settings_display_new },
  { "sound", N_ ("Sound"), "audio-speakers-symbolic", dio_settings_sound_new },
  { "network", N_ ("Network"), "network-wired-symbolic", dio_settings_network_new },
  { "usb", N_ ("USB"), "diorama-usb-symbolic", dio_settings_usb_new },
  { "sharing", N_ ("Sharing"), "folder-publicshare-symbolic", dio_settings_sharing_new },
  { "startup", N_ ("Startup"), "system-shutdown-symbolic", dio_settings_startup_new },
  { "advanced", N_ ("Advanced"), "applications-engineering-symbolic", dio_settings_advanced_new },
};

static GtkWidget *
new_list_row (guint i)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *icon = gtk_image_new_from_icon_name (pages[i].icon), *label = gtk_label_new (_ (pages[i].title));

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_accessible_update_state (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, _ (pages[i].title), -1);
  return row;
}

static void
show_page (DioSettingsDialog *self, guint i)
{
  GtkWidget *page = gtk_stack_get_child_by_name (self->pages, pages[i].name);

  if (!page)
    {
      page = pages[i].make (self->settings);
      gtk_stack_add_named (self->pages, page, pages[i].name);
    }
  gtk_widget_set_sensitive (page, dio_machine_settings_get_problem (self->settings) == NULL);
  gtk_stack_set_visible_child (self->pages, page);
  adw_navigation_page_set_title (self->content, _ (pages[i].title));
  self->shown = i;
}

static void
on_row_selected (DioSettingsDialog *self, GtkListBoxRow *row)
{
  if (row)
    show_page (self, (guint) gtk_list_box_row_get_index (row));
}

static void
on_row_activated (DioSettingsDialog *self, GtkListBoxRow *row)
{
  show_page (self, (guint) gtk_list_box_row_get_index (row));
  adw_navigation_split_view_set_show_content (self->split, TRUE);
}

static void
select_page (DioSettingsDialog *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_strcmp0 (pages[i].name, name) == 0)
      {
        gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, (int) i));
        adw_navigation_split_view_set_show_content (self->split, TRUE);
        return;
      }
  gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, 0));
}

/* --- what is told --- */

/* What passes, as a file that somebody is writing, does not cost the keyboard its place. */
static void
update_problem (DioSettingsDialog *self)
{
  const char *problem = dio_machine_settings_get_problem (self->settings);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;

  if (problem && focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->pages)))
    g_set_weak_pointer (&self->focus, focus);
  if (problem)
    adw_banner_set_title (self->problem, problem);
  adw_banner_set_revealed (self->problem, problem != NULL);
  for (GtkWidget *page = gtk_widget_get_first_child (GTK_WIDGET (self->pages)); page;
       page = gtk_widget_get_next_sibling (page))
    gtk_widget_set_sensitive (page, !problem);
  if (!problem && self->focus && !focus)
    gtk_widget_grab_focus (self->focus);
  if (!problem)
    g_clear_weak_pointer (&self->focus);
}

static void
update_unsaved (DioSettingsDialog *self)
{
  const char *error = dio_machine_settings_get_save_error (self->settings);

  if (error)
    adw_banner_set_title (self->unsaved, error);
  adw_banner_set_button_label (self->unsaved,
                               dio_machine_settings_is_stale (self->settings) ? _ ("_Read Again") : _ ("_Try Again"));
  adw_banner_set_revealed (self->unsaved, error != NULL);
  adw_dialog_set_can_close (ADW_DIALOG (self), !error || dio_machine_settings_is_stale (self->settings));
}

static void
update_restart (DioSettingsDialog *self)
{
  const char *const *pending = dio_machine_settings_get_pending (self->settings);
  guint n = pending ? g_strv_length ((GStrv) pending) : 0;
  g_autofree char *text =
      g_strdup_printf (g_dngettext (NULL, "Restart to apply %u change", "Restart to apply %u changes", n), n);

  if (n > 0)
    adw_banner_set_title (self->restart, text);
  adw_banner_set_revealed (self->restart, n > 0);
}

static void
on_told (DioSettingsDialog *self, const char *sentence)
{
  AdwToast *toast = adw_toast_new (sentence);

  /* It may carry names of files and messages of others. */
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* Shows what another program has written in the place of this. */
static void
reopen (DioSettingsDialog *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  dio_settings_dialog_present_page (GTK_WIDGET (root), dio_machine_settings_get_application (self->settings),
                                    dio_machine_settings_get_machine (self->settings), pages[self->shown].name);
  adw_dialog_force_close (ADW_DIALOG (self));
}

static void
on_try_again (DioSettingsDialog *self)
{
  if (dio_machine_settings_is_stale (self->settings))
    reopen (self);
  else
    dio_machine_settings_save (self->settings);
}

static void
on_restart (DioSettingsDialog *self)
{
  dio_settings_restart_ask (GTK_WIDGET (self), self->settings);
}

/* --- the end --- */

static void
on_close_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  DioSettingsDialog *self = user_data;

  if (g_str_equal (response, "close"))
    adw_dialog_force_close (ADW_DIALOG (self));
  else
    dio_machine_settings_save (self->settings);
}

static void
on_close_attempt (DioSettingsDialog *self)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Changes Are Not Saved"), NULL);

  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (dialog), _ ("%s They hold until Diorama quits."),
                                dio_machine_settings_get_save_error (self->settings));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close Without Saving"), "again",
                                  _ ("_Try Again"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "close", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "again");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "again");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_close_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_closed (DioSettingsDialog *self)
{
  /* What waits for another key press. */
  dio_machine_settings_save (self->settings);
}

static void
dio_settings_dialog_dispose (GObject *object)
{
  DioSettingsDialog *self = DIO_SETTINGS_DIALOG (object);

  g_clear_object (&self->settings);
  g_clear_weak_pointer (&self->focus);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_DIALOG);
  G_OBJECT_CLASS (dio_settings_dialog_parent_class)->dispose (object);
}

static void
dio_settings_dialog_class_init (DioSettingsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_settings_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, toasts);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, split);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, sidebar);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, content);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, list);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, unsaved);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, restart);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsDialog, pages);
  gtk_widget_class_bind_template_callback (widget_class, on_row_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again);
  gtk_widget_class_bind_template_callback (widget_class, on_restart);
  gtk_widget_class_bind_template_callback (widget_class, on_close_attempt);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
}

static void
dio_settings_dialog_init (DioSettingsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_list_box_append (self->list, new_list_row (i));
}

static void
follow (DioSettingsDialog *self, const char *property, gpointer update)
{
  g_autofree char *signal = g_strconcat ("notify::", property, NULL);

  g_signal_connect_object (self->settings, signal, G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  ((void (*) (DioSettingsDialog *)) update) (self);
}

static DioSettingsDialog *
new_dialog (DioApplication *app, DioLibraryMachine *machine, DioDefinition *definition, const char *page)
{
  DioSettingsDialog *self = g_object_new (DIO_TYPE_SETTINGS_DIALOG, NULL);
  g_autofree char *title = g_strdup_printf (_ ("Settings of %s"), dio_library_machine_get_name (machine));

  self->settings = dio_machine_settings_new (app, machine, definition);
  g_object_bind_property (machine, "name", self->sidebar, "title", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (self->settings, "told", G_CALLBACK (on_told), self, G_CONNECT_SWAPPED);
  follow (self, "problem", update_problem);
  follow (self, "save-error", update_unsaved);
  follow (self, "pending", update_restart);
  adw_dialog_set_title (ADW_DIALOG (self), title);
  select_page (self, page);
  return self;
}

/* --- opening --- */

typedef struct
{
  GtkWidget *parent;
  DioApplication *app;
  char *page;
} Request;

static void
request_free (Request *request)
{
  g_clear_object (&request->parent);
  g_clear_object (&request->app);
  g_free (request->page);
  g_free (request);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  DioLibraryMachine *machine = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (machine, result, &error);
  GtkRoot *root = gtk_widget_get_root (request->parent);

  /* The window may have closed meanwhile. */
  if (!GTK_IS_WINDOW (root))
    return;
  if (definition)
    adw_dialog_present (ADW_DIALOG (new_dialog (request->app, machine, definition, request->page)), request->parent);
  else
    dio_application_report (request->app, GTK_WINDOW (root), _ ("Could Not Read the Settings"), error->message);
}

void
dio_settings_dialog_present_page (GtkWidget *parent, DioApplication *app, DioLibraryMachine *machine, const char *page)
{
  Request *request = g_new0 (Request, 1);

  g_return_if_fail (GTK_IS_WIDGET (parent) && DIO_IS_LIBRARY_MACHINE (machine));

  request->parent = g_object_ref (parent);
  request->app = g_object_ref (app);
  request->page = g_strdup (page);
  dio_library_machine_load_async (machine, NULL, on_loaded, request);
}

void
dio_settings_dialog_present (GtkWidget *parent, DioApplication *app, DioLibraryMachine *machine)
{
  dio_settings_dialog_present_page (parent, app, machine, NULL);
}
