/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/application.h"

#include "ui/about.h"
#include "ui/attach-dialog.h"
#include "ui/command-line.h"
#include "ui/console-window.h"
#include "ui/image-opener.h"
#include "ui/library-window.h"
#include "ui/new-machine.h"
#include "ui/places-dialog.h"
#include "ui/quit.h"
#include "ui/renderer.h"
#include "ui/screens.h"
#include "ui/send-keys.h"
#include "ui/shell-search.h"
#include "vm/demo.h"

#include <glib/gi18n.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Two seconds in all. */
#define MAX_JOIN_TRIES 40
#define JOIN_PAUSE_US 50000

struct _DioApplication
{
  AdwApplication parent_instance;

  int exit_status;
  gboolean opens_library; /* no file and no command was given */
  GSettings *settings;
  DioLibrary *library;       /* NULL until it is asked for */
  DioUsbManager *usb;        /* the same */
  DioSearchProvider *search; /* (nullable): while there is a session bus */
};

G_DEFINE_FINAL_TYPE (DioApplication, dio_application, ADW_TYPE_APPLICATION)

/* --- the library --- */

static void
on_places_changed (DioApplication *self)
{
  g_auto (GStrv) places = dio_places_dup (self->settings);

  dio_library_set_places (self->library, (const char *const *) places);
}

DioLibrary *
dio_application_get_library (DioApplication *self)
{
  g_return_val_if_fail (DIO_IS_APPLICATION (self), NULL);

  if (!self->library)
    {
      g_auto (GStrv) places = dio_places_dup (self->settings);

      self->library = dio_library_new ((const char *const *) places);
      g_signal_connect_object (self->settings, "changed::places", G_CALLBACK (on_places_changed), self,
                               G_CONNECT_SWAPPED);
    }
  return self->library;
}

DioUsbManager *
dio_application_get_usb_manager (DioApplication *self)
{
  g_return_val_if_fail (DIO_IS_APPLICATION (self), NULL);

  if (!self->usb)
    self->usb = dio_usb_manager_new (NULL);
  return self->usb;
}

/* --- windows --- */

void
dio_application_show_library (DioApplication *self)
{
  GtkWindow *window = NULL;

  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l && !window; l = l->next)
    if (DIO_IS_LIBRARY_WINDOW (l->data))
      window = l->data;
  if (!window)
    window = GTK_WINDOW (dio_library_window_new (self));
  gtk_window_present (window);
}

void
dio_application_show_session (DioApplication *self, DioSession *session)
{
  gtk_window_present (GTK_WINDOW (dio_console_window_new (self, session, FALSE)));
}

/* Two of the same cannot run: the second would find the disk in use. */
static gboolean
show_again (DioApplication *self, DioMachineConfig *config)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    {
      DioMachine *machine = DIO_IS_CONSOLE_WINDOW (l->data) ? dio_console_window_get_machine (l->data) : NULL;

      if (machine && g_str_equal (dio_machine_config_get_uuid (dio_machine_get_config (machine)),
                                  dio_machine_config_get_uuid (config)))
        {
          dio_machine_start (machine);
          gtk_window_present (l->data);
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
dio_application_show_image (DioApplication *self, const char *path)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l; l = l->next)
    {
      DioMachine *machine = DIO_IS_CONSOLE_WINDOW (l->data) ? dio_console_window_get_machine (l->data) : NULL;
      GPtrArray *disks = machine ? dio_machine_config_get_disks (dio_machine_get_config (machine)) : NULL;

      for (guint i = 0; disks && i < disks->len; i++)
        if (g_strcmp0 (((DioDisk *) disks->pdata[i])->path, path) == 0)
          return show_again (self, dio_machine_get_config (machine));
    }
  return FALSE;
}

void
dio_application_start_machine (DioApplication *self, DioMachine *machine, gboolean disposable)
{
  g_autoptr (DioSession) session = NULL;

  if (show_again (self, dio_machine_get_config (machine)))
    return;
  session = dio_session_new_for_machine (machine);
  gtk_window_present (GTK_WINDOW (dio_console_window_new (self, session, disposable)));
  dio_machine_start (machine);
}

gboolean
dio_application_start_demo (DioApplication *self, DioGraphics graphics, GError **error)
{
  g_autoptr (DioMachineConfig) config = dio_demo_config_new (error);
  g_autoptr (DioMachine) machine = NULL;

  if (!config)
    return FALSE;
  g_object_set (config, "graphics", graphics, NULL);
  machine = dio_machine_new (config);
  dio_application_start_machine (self, machine, TRUE);
  return TRUE;
}

void
dio_application_report (DioApplication *self, GtkWindow *parent, const char *heading, const char *message)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, message);

  if (!parent)
    {
      dio_application_show_library (self);
      parent = gtk_application_get_active_window (GTK_APPLICATION (self));
    }
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_dialog_present (dialog, GTK_WIDGET (parent));
}

static gpointer
weak_ref_new (gpointer object)
{
  GWeakRef *ref = g_new (GWeakRef, 1);

  g_weak_ref_init (ref, object);
  return ref;
}

/* Returns: (transfer full) (nullable): what is left of the object. */
static gpointer
take_weak_ref (gpointer user_data)
{
  GWeakRef *ref = user_data;
  gpointer object = g_weak_ref_get (ref);

  g_weak_ref_clear (ref);
  g_free (ref);
  return object;
}

static void
on_image_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioApplication *self = DIO_APPLICATION (source);
  g_autoptr (GtkWindow) window = take_weak_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (!dio_image_opener_open_finish (self, result, &error))
    dio_application_report (self, window, _ ("Could Not Open the Disk Image"), error->message);
}

void
dio_application_open_images (DioApplication *self, GtkWindow *parent, GFile **files, guint n_files)
{
  dio_image_opener_open_async (self, parent, files, n_files, DIO_OPEN_ASK, DIO_GRAPHICS_2D, on_image_opened,
                               weak_ref_new (parent));
}

/* --- actions --- */

static void
on_library (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_application_show_library (user_data);
}

static void
on_demo (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioApplication *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_application_start_demo (self, DIO_GRAPHICS_2D, &error))
    dio_application_report (self, gtk_application_get_active_window (GTK_APPLICATION (self)),
                            _ ("Could Not Start the Demo"), error->message);
}

static void
on_files_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GListModel) chosen = gtk_file_dialog_open_multiple_finish (GTK_FILE_DIALOG (source), result, &error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (!chosen)
    {
      if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
        dio_application_report (self, parent, _ ("Could Not Choose a File"), error->message);
      return;
    }
  for (guint i = 0; i < g_list_model_get_n_items (chosen); i++)
    g_ptr_array_add (files, g_list_model_get_item (chosen, i));
  dio_application_open_images (self, parent, (GFile **) files->pdata, files->len);
}

static void
on_open (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioApplication *self = user_data;
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GListStore) filters = g_list_store_new (GTK_TYPE_FILE_FILTER);
  g_autoptr (GtkFileFilter) images = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) everything = gtk_file_filter_new ();
  static const char *suffixes[] = { "iso",  "qcow2", "qcow", "qed", "img", "raw", "vmdk", "vdi", "vhd",    "vpc",
                                    "vhdx", "ova",   "ovf",  "xz",  "gz",  "zst", "bz2",  "lz4", "diorama" };

  gtk_file_filter_set_name (images, _ ("Disk Images"));
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    gtk_file_filter_add_suffix (images, suffixes[i]);
  gtk_file_filter_set_name (everything, _ ("All Files"));
  gtk_file_filter_add_pattern (everything, "*");
  g_list_store_append (filters, images);
  g_list_store_append (filters, everything);
  gtk_file_dialog_set_filters (dialog, G_LIST_MODEL (filters));
  gtk_file_dialog_set_title (dialog, _ ("Open a Disk Image"));
  gtk_file_dialog_open_multiple (dialog, gtk_application_get_active_window (GTK_APPLICATION (self)), NULL,
                                 on_files_chosen, g_object_ref (self));
}

static void
on_new_machine (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_new_machine_present (user_data, NULL);
}

static void
on_attach (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioApplication *self = user_data;
  GtkWindow *parent = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (!parent)
    dio_application_show_library (self);
  parent = gtk_application_get_active_window (GTK_APPLICATION (self));
  adw_dialog_present (ADW_DIALOG (dio_attach_dialog_new (self)), GTK_WIDGET (parent));
}

static void
on_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_about_present (gtk_application_get_active_window (GTK_APPLICATION (user_data)));
}

static void
on_help_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  if (g_str_equal (response, "shortcuts"))
    g_action_group_activate_action (G_ACTION_GROUP (user_data), "shortcuts", NULL);
}

/* No viewer: what is most wanted of the help can be had without one. */
static void
on_help_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  AdwDialog *dialog;

  if (gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (source), result, &error) ||
      g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    return;
  g_debug ("The help is not shown: %s", error->message);
  dialog = adw_alert_dialog_new (_ ("Help Cannot Be Shown"), _ ("This computer has no program to read it with. Install "
                                                                "“Yelp”, the help viewer of GNOME, and try again."));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "shortcuts", _ ("_Keyboard Shortcuts"), "close",
                                  _ ("_Close"), NULL);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "close");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "close");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_help_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (gtk_application_get_active_window (GTK_APPLICATION (self))));
}

static void
on_help (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new ("help:diorama");

  gtk_uri_launcher_launch (launcher, gtk_application_get_active_window (GTK_APPLICATION (user_data)), NULL,
                           on_help_shown, g_object_ref (user_data));
}

static void
on_shortcuts (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (DIO_RESOURCE_PATH "/shortcuts.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  gtk_window_set_transient_for (window, gtk_application_get_active_window (GTK_APPLICATION (user_data)));
  gtk_window_present (window);
}

static void
on_quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  dio_quit (user_data);
}

void
dio_application_add_shortcuts (GtkWidget *window, const char *name)
{
  g_autofree char *path = g_strconcat (DIO_RESOURCE_PATH "/", name, ".ui", NULL);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource (path);

  gtk_widget_add_controller (window,
                             g_object_ref (GTK_EVENT_CONTROLLER (gtk_builder_get_object (builder, "shortcuts"))));
}

/* --- GApplication --- */

/* The same for all console windows; see menus.ui. */
static void
fill_menus (GtkApplication *application, GSettings *settings)
{
  GMenu *keys = gtk_application_get_menu_by_id (application, "console-keys");

  dio_send_keys_fill_menu (keys, settings);
  dio_screens_fill_menu (gtk_application_get_menu_by_id (application, "console-screens-section"));
  /* In narrow windows there is no button for them. */
  g_menu_append_submenu (gtk_application_get_menu_by_id (application, "console-keys-section"), _ ("S_end Keys"),
                         G_MENU_MODEL (keys));
}

static void
dio_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { .name = "library", .activate = on_library },
    { .name = "open", .activate = on_open },
    { .name = "demo", .activate = on_demo },
    { .name = "attach", .activate = on_attach },
    { .name = "about", .activate = on_about },
    { .name = "shortcuts", .activate = on_shortcuts },
    { .name = "help", .activate = on_help },
    { .name = "quit", .activate = on_quit },
    { .name = "new-machine", .activate = on_new_machine },
  };

  DioApplication *self = DIO_APPLICATION (application);

  self->settings = g_settings_new (DIO_APPLICATION_ID);
  /* It is looked through while GTK starts, so that the first frame has the machines. */
  if (self->opens_library)
    dio_application_get_library (self);
  G_APPLICATION_CLASS (dio_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions), application);
  fill_menus (GTK_APPLICATION (application), self->settings);
  gtk_window_set_default_icon_name (DIO_APPLICATION_ID);
}

static void
dio_application_activate (GApplication *application)
{
  dio_application_show_library (DIO_APPLICATION (application));
}

static void
dio_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  dio_application_open_images (DIO_APPLICATION (application), NULL, files, n_files);
}

static gboolean
on_idle_after_window (gpointer user_data)
{
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  return G_SOURCE_REMOVE;
}

static void
dio_application_window_removed (GtkApplication *application, GtkWindow *window)
{
  GTK_APPLICATION_CLASS (dio_application_parent_class)->window_removed (application, window);
  /* A window leaves several megabytes behind, in pieces all over the heap. glibc keeps those unless told. */
  g_idle_add_full (G_PRIORITY_LOW, on_idle_after_window, NULL, NULL);
}

/* A Diorama that ends just now has its name for a moment longer, and answers no more. */
static void
join_running (GApplication *application)
{
  for (guint i = 0; i < MAX_JOIN_TRIES; i++)
    {
      g_autoptr (GError) error = NULL;

      if (g_application_register (application, NULL, &error) ||
          !(g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
            g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)))
        return;
      g_usleep (JOIN_PAUSE_US);
    }
}

static int
dio_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  int status = dio_command_line_check (options);

  DIO_APPLICATION (application)->opens_library = !g_variant_dict_contains (options, G_OPTION_REMAINING);
  if (status < 0)
    join_running (application);
  return status;
}

static int
dio_application_command_line (GApplication *application, GApplicationCommandLine *command_line)
{
  return dio_command_line_run (DIO_APPLICATION (application), command_line);
}

/* Before the name is owned: whoever has the bus start us asks at once. */
static gboolean
dio_application_dbus_register (GApplication *application, GDBusConnection *bus, const char *path, GError **error)
{
  DioApplication *self = DIO_APPLICATION (application);
  g_autofree char *object_path = g_strconcat (path, "/SearchProvider", NULL);

  if (!G_APPLICATION_CLASS (dio_application_parent_class)->dbus_register (application, bus, path, error))
    return FALSE;
  self->search = dio_shell_search_new (self);
  return dio_search_provider_export (self->search, bus, object_path, error);
}

static void
dio_application_dbus_unregister (GApplication *application, GDBusConnection *bus, const char *path)
{
  DioApplication *self = DIO_APPLICATION (application);

  if (self->search)
    dio_search_provider_unexport (self->search);
  g_clear_object (&self->search);
  G_APPLICATION_CLASS (dio_application_parent_class)->dbus_unregister (application, bus, path);
}

static void
dio_application_dispose (GObject *object)
{
  g_clear_object (&DIO_APPLICATION (object)->usb);
  g_clear_object (&DIO_APPLICATION (object)->library);
  g_clear_object (&DIO_APPLICATION (object)->settings);
  G_OBJECT_CLASS (dio_application_parent_class)->dispose (object);
}

static void
dio_application_class_init (DioApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_application_dispose;
  GTK_APPLICATION_CLASS (klass)->window_removed = dio_application_window_removed;
  application_class->startup = dio_application_startup;
  application_class->activate = dio_application_activate;
  application_class->open = dio_application_open;
  application_class->handle_local_options = dio_application_handle_local_options;
  application_class->command_line = dio_application_command_line;
  application_class->dbus_register = dio_application_dbus_register;
  application_class->dbus_unregister = dio_application_dbus_unregister;
}

static void
dio_application_init (DioApplication *self)
{
  dio_command_line_add_options (G_APPLICATION (self));
}

DioApplication *
dio_application_new (void)
{
  dio_renderer_choose ();
  return g_object_new (DIO_TYPE_APPLICATION, "application-id", DIO_APPLICATION_ID, "resource-base-path",
                       DIO_RESOURCE_PATH, "flags", G_APPLICATION_HANDLES_COMMAND_LINE | G_APPLICATION_HANDLES_OPEN,
                       NULL);
}

int
dio_application_run (DioApplication *self, int argc, char **argv)
{
  int status = g_application_run (G_APPLICATION (self), argc, argv);

  return status != 0 ? status : self->exit_status;
}

void
dio_application_fail_command_line (DioApplication *self, GApplicationCommandLine *command_line, const char *message)
{
  g_application_command_line_printerr (command_line, "diorama: %s\n", message);
  /* GApplication passes this on to another process, but forgets it when the caller is this one. */
  g_application_command_line_set_exit_status (command_line, EXIT_FAILURE);
  if (!g_application_command_line_get_is_remote (command_line))
    self->exit_status = EXIT_FAILURE;
}
