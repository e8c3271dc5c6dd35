/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/library-window-private.h"

#include "ui/console-window-private.h"
#include "ui/group-dialog.h"
#include "ui/machine-opener.h"
#include "ui/places-dialog.h"
#include "ui/settings-dialog.h"

#include <glib/gi18n.h>

/* --- what they are about --- */

GPtrArray *
dio_library_window_list_targets (DioLibraryWindow *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GtkBitset) selected = NULL;
  DioLibraryItem *current = self->target ? self->target : dio_machine_view_get_current (self->view);

  if (!dio_machine_view_get_selecting (self->view))
    {
      if (current)
        g_ptr_array_add (items, g_object_ref (current));
      return items;
    }
  selected = gtk_selection_model_get_selection (self->selection);
  for (guint i = 0; i < gtk_bitset_get_size (selected); i++)
    g_ptr_array_add (items, g_list_model_get_item (G_LIST_MODEL (self->selection), gtk_bitset_get_nth (selected, i)));
  return items;
}

/* --- what can be done with one --- */

static gboolean
can_start (DioLibraryItem *item)
{
  DioLook look = dio_library_item_get_look (item);

  return dio_library_item_get_machine (item) && (look == DIO_LOOK_OFF || look == DIO_LOOK_FAILED);
}

static gboolean
can_pause (DioLibraryItem *item)
{
  return dio_library_item_get_running (item) && dio_library_item_get_look (item) == DIO_LOOK_RUNNING;
}

static gboolean
can_resume (DioLibraryItem *item)
{
  return dio_library_item_get_running (item) && dio_library_item_get_look (item) == DIO_LOOK_PAUSED;
}

static gboolean
can_force_off (DioLibraryItem *item)
{
  return dio_library_item_get_running (item) && dio_library_item_get_window (item) &&
         dio_library_item_get_look (item) <= DIO_LOOK_PAUSED;
}

/* Of one that cannot be changed at present, too: it says why not. */
static gboolean
can_show_settings (DioLibraryItem *item)
{
  DioLook look = dio_library_item_get_look (item);

  return dio_library_item_get_machine (item) && look != DIO_LOOK_DAMAGED && look != DIO_LOOK_OFFLINE &&
         look != DIO_LOOK_WORKING;
}

static gboolean
can_restore (DioLibraryItem *item)
{
  return dio_library_item_get_look (item) == DIO_LOOK_DAMAGED;
}

static gboolean
can_change (DioLibraryItem *item)
{
  DioLibraryMachine *machine = dio_library_item_get_machine (item);

  return machine && dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_READY;
}

static gboolean
can_show (DioLibraryItem *item)
{
  DioLook look = dio_library_item_get_look (item);

  return dio_library_item_get_machine (item) && look != DIO_LOOK_OFFLINE && look != DIO_LOOK_WORKING;
}

static gboolean
can_set_up (DioLibraryItem *item)
{
  DioLibraryMachine *machine = dio_library_item_get_machine (item);

  return machine && dio_library_machine_get_state (machine) <= DIO_LIBRARY_MACHINE_NEWER;
}

/* Its disks stand still. */
static gboolean
can_copy (DioLibraryItem *item)
{
  return can_start (item) && can_set_up (item);
}

static gboolean
can_trash (DioLibraryItem *item)
{
  return can_start (item) || can_restore (item);
}

/* --- one after the other --- */

static DioApplication *
get_application (void)
{
  return DIO_APPLICATION (g_application_get_default ());
}

static void
start (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_machine_opener_open (get_application (), GTK_WINDOW (self), dio_library_item_get_machine (item), FALSE);
}

static void
try (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_machine_opener_open (get_application (), GTK_WINDOW (self), dio_library_item_get_machine (item), TRUE);
}

static void
on_paused (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_session_pause_finish (DIO_SESSION (source), result, &error))
    dio_library_window_report (self, _ ("Could Not Pause the Machine"), error);
}

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    dio_library_window_report (self, _ ("Could Not Resume the Machine"), error);
}

static void
pause_item (DioLibraryWindow *self, DioLibraryItem *item)
{
  DioConsoleWindow *window = dio_library_item_get_window (item);

  if (window)
    dio_session_pause_async (window->session, on_paused, g_object_ref (self));
}

static void
resume (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_machine_resume_async (dio_library_item_get_running (item), on_resumed, g_object_ref (self));
}

static void
shut_down (DioLibraryWindow *self, DioLibraryItem *item)
{
  if (dio_library_item_get_window (item))
    dio_console_window_shut_down (dio_library_item_get_window (item));
}

static void
force_off (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_console_window_ask_force_off (dio_library_item_get_window (item), GTK_WIDGET (self));
}

static void
on_restored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_library_machine_restore_finish (DIO_LIBRARY_MACHINE (source), result, &error))
    dio_library_window_report (self, _ ("Could Not Restore the Machine"), error);
}

static void
restore (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_library_machine_restore_async (dio_library_item_get_machine (item), on_restored, g_object_ref (self));
}

static void
on_shown_in_files (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioLibraryWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!gtk_file_launcher_open_containing_folder_finish (GTK_FILE_LAUNCHER (source), result, &error) &&
      !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    dio_library_window_report (self, _ ("Could Not Show the Folder"), error);
}

static void
show_in_files (DioLibraryWindow *self, DioLibraryItem *item)
{
  g_autoptr (GFile) folder = g_file_new_for_path (dio_library_machine_get_folder (dio_library_item_get_machine (item)));
  g_autoptr (GtkFileLauncher) launcher = gtk_file_launcher_new (folder);

  gtk_file_launcher_open_containing_folder (launcher, GTK_WINDOW (self), NULL, on_shown_in_files, g_object_ref (self));
}

static void
show_settings (DioLibraryWindow *self, DioLibraryItem *item)
{
  dio_settings_dialog_present (GTK_WIDGET (self), DIO_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))),
                               dio_library_item_get_machine (item));
}

/* The actions "machine.…": what is done with each of the machines that it can be done with. */
static const struct
{
  const char *name;
  gboolean (*can) (DioLibraryItem *item);
  void (*act) (DioLibraryWindow *self, DioLibraryItem *item); /* NULL: with all of them at once */
  gboolean one;                                               /* only with one */
} acts[] = {
  { "start", can_start, start, FALSE },
  { "try", can_start, try, FALSE },
  { "pause", can_pause, pause_item, FALSE },
  { "resume", can_resume, resume, FALSE },
  { "shut-down", can_pause, shut_down, FALSE },
  { "force-off", can_force_off, force_off, TRUE },
  { "restore", can_restore, restore, FALSE },
  { "rename", can_change, dio_library_window_rename, TRUE },
  { "group", can_change, NULL, FALSE },
  { "settings", can_show_settings, show_settings, TRUE },
  { "duplicate", can_copy, dio_library_window_duplicate, TRUE },
  { "clone", can_copy, dio_library_window_clone, TRUE },
  { "export-archive", can_copy, dio_library_window_export_archive, TRUE },
  { "export-appliance", can_copy, dio_library_window_export_appliance, TRUE },
  { "export-disk", can_copy, dio_library_window_export_disk, TRUE },
  { "show-in-files", can_show, show_in_files, TRUE },
  { "trash", can_trash, NULL, FALSE },
};

/* (transfer full) */
static GPtrArray *
list_able (DioLibraryWindow *self, guint act)
{
  GPtrArray *items = dio_library_window_list_targets (self);

  if (acts[act].one && items->len != 1)
    g_ptr_array_set_size (items, 0);
  for (guint i = items->len; i-- > 0;)
    if (!acts[act].can (items->pdata[i]))
      g_ptr_array_remove_index (items, i);
  return items;
}

static void
on_machine_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioLibraryWindow *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));

  for (guint act = 0; act < G_N_ELEMENTS (acts); act++)
    {
      g_autoptr (GPtrArray) items = g_str_equal (acts[act].name, name) ? list_able (self, act) : NULL;

      if (!items || items->len == 0)
        continue;
      if (g_str_equal (name, "trash"))
        dio_trash_queue_add (self->trash, items);
      else if (g_str_equal (name, "group"))
        dio_library_window_ask_group (self, items);
      else
        for (guint i = 0; i < items->len; i++)
          acts[act].act (self, items->pdata[i]);
    }
  if (!g_str_equal (name, "group"))
    dio_machine_view_set_selecting (self->view, FALSE);
}

void
dio_library_window_update_actions (DioLibraryWindow *self)
{
  for (guint act = 0; act < G_N_ELEMENTS (acts); act++)
    {
      g_autoptr (GPtrArray) items = list_able (self, act);

      g_simple_action_set_enabled (
          G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), acts[act].name)), items->len > 0);
    }
}

/* --- opening --- */

typedef struct
{
  DioLibraryWindow *window; /* (unowned): whose dialog it is */
  DioLibraryMachine *machine;
} Trouble;

static void
trouble_free (gpointer data, GClosure *closure)
{
  g_object_unref (((Trouble *) data)->machine);
  g_free (data);
}

static void
on_trouble_response (AdwAlertDialog *dialog, const char *response, Trouble *trouble)
{
  if (g_str_equal (response, "restore"))
    dio_library_machine_restore_async (trouble->machine, on_restored, g_object_ref (trouble->window));
  else if (g_str_equal (response, "break"))
    dio_machine_opener_take (get_application (), GTK_WINDOW (trouble->window), trouble->machine);
}

/* What is the matter with it, and what can be done. */
static void
tell_trouble (DioLibraryWindow *self, DioLibraryItem *item, DioLook look)
{
  const char *text = dio_library_machine_get_message (dio_library_item_get_machine (item));
  g_autofree char *heading = NULL;
  Trouble *trouble = g_new (Trouble, 1);
  AdwDialog *dialog;

  if (look == DIO_LOOK_DAMAGED)
    heading = g_strdup_printf (_ ("%s Is Damaged"), dio_library_item_get_name (item));
  else if (look == DIO_LOOK_IN_USE)
    heading = g_strdup_printf (_ ("%s Is in Use"), dio_library_item_get_name (item));
  else
    heading = g_strdup_printf (_ ("%s Is Not Here"), dio_library_item_get_name (item));
  dialog = adw_alert_dialog_new (heading, text);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  if (look == DIO_LOOK_DAMAGED)
    {
      adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "restore", _ ("_Restore Last Good Copy"));
      adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "restore", ADW_RESPONSE_SUGGESTED);
    }
  else if (look == DIO_LOOK_IN_USE)
    {
      adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "break", _ ("_Open Anyway"));
      adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "break", ADW_RESPONSE_DESTRUCTIVE);
    }
  *trouble = (Trouble) { self, g_object_ref (dio_library_item_get_machine (item)) };
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_trouble_response), trouble, trouble_free, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

void
dio_library_window_activate_item (DioLibraryWindow *self, DioLibraryItem *item)
{
  DioLook look = dio_library_item_get_look (item);

  if (dio_library_item_get_window (item) && look != DIO_LOOK_FAILED)
    gtk_window_present (GTK_WINDOW (dio_library_item_get_window (item)));
  else if (look == DIO_LOOK_DAMAGED || look == DIO_LOOK_IN_USE || look == DIO_LOOK_OFFLINE)
    tell_trouble (self, item, look);
  else if (can_start (item))
    start (self, item);
}

/* --- changes of definitions --- */

typedef struct
{
  DioLibraryWindow *window;
  const char *property;
  char *text;
} Change;

static void
change_free (Change *change)
{
  g_object_unref (change->window);
  g_free (change->text);
  g_free (change);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Change, change_free)

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  g_autoptr (GError) error = NULL;

  if (!dio_library_machine_save_finish (DIO_LIBRARY_MACHINE (source), result, &error))
    dio_library_window_report (change->window, _ ("Could Not Change the Machine"), error);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Change) change = user_data;
  DioLibraryMachine *machine = DIO_LIBRARY_MACHINE (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = dio_library_machine_load_finish (machine, result, &error);

  if (!definition)
    {
      dio_library_window_report (change->window, _ ("Could Not Change the Machine"), error);
      return;
    }
  if (g_str_equal (change->property, "name"))
    g_object_set (dio_definition_get_config (definition), "name", change->text, NULL);
  else
    g_object_set (definition, change->property, *change->text ? change->text : NULL, NULL);
  dio_library_machine_save_async (machine, on_changed, g_steal_pointer (&change));
}

void
dio_library_window_set_machine_text (DioLibraryWindow *self, DioLibraryItem *item, const char *property,
                                     const char *text)
{
  Change *change = g_new (Change, 1);

  change->window = g_object_ref (self);
  change->property = property;
  change->text = g_strdup (text);
  dio_library_machine_load_async (dio_library_item_get_machine (item), NULL, on_loaded, change);
}

void
dio_library_window_set_group (DioLibraryWindow *self, GPtrArray *items, const char *group)
{
  for (guint i = 0; i < items->len; i++)
    if (can_change (items->pdata[i]) && !g_str_equal (dio_library_item_get_group (items->pdata[i]), group))
      dio_library_window_set_machine_text (self, items->pdata[i], "group", group);
  dio_machine_view_set_selecting (self->view, FALSE);
}

/* The groups that there are, sorted. (transfer full) */
static GPtrArray *
list_groups (DioLibraryWindow *self)
{
  GPtrArray *groups = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->items)); i++)
    {
      g_autoptr (DioLibraryItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), i);
      const char *group = dio_library_item_get_group (item);

      if (*group && !g_ptr_array_find_with_equal_func (groups, group, g_str_equal, NULL))
        g_ptr_array_add (groups, g_strdup (group));
    }
  g_ptr_array_sort_values (groups, (GCompareFunc) g_utf8_collate);
  return groups;
}

typedef struct
{
  DioLibraryWindow *window; /* (unowned): whose dialog it is */
  GPtrArray *items;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  g_ptr_array_unref (((Question *) data)->items);
  g_free (data);
}

static void
on_group_chosen (DioGroupDialog *dialog, const char *group, Question *question)
{
  dio_library_window_set_group (question->window, question->items, group);
}

void
dio_library_window_ask_group (DioLibraryWindow *self, GPtrArray *items)
{
  g_autoptr (GPtrArray) groups = list_groups (self);
  DioGroupDialog *dialog = dio_group_dialog_new (groups, dio_library_item_get_group (items->pdata[0]));
  Question *question = g_new (Question, 1);

  question->window = self;
  question->items = g_ptr_array_ref (items);
  g_signal_connect_data (dialog, "chosen", G_CALLBACK (on_group_chosen), question, question_free, 0);
  adw_dialog_present (ADW_DIALOG (dialog), GTK_WIDGET (self));
}

/* --- the window's own --- */

static void
on_search (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioLibraryWindow *self = user_data;
  gboolean on = gtk_search_bar_get_search_mode (self->search_bar);

  if (!gtk_widget_get_visible (self->search_button))
    return;
  gtk_search_bar_set_search_mode (self->search_bar, !on);
}

static void
on_select (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioLibraryWindow *self = user_data;

  dio_machine_view_set_selecting (self->view, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_places (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  adw_dialog_present (ADW_DIALOG (dio_places_dialog_new ()), GTK_WIDGET (user_data));
}

/* Of keys, which do not wait until a menu says what can be done. */
static void
on_key_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DioLibraryWindow *self = user_data;
  const char *name = g_action_get_name (G_ACTION (action));

  g_clear_object (&self->target);
  dio_library_window_update_actions (self);
  g_action_group_activate_action (G_ACTION_GROUP (self->actions), name, NULL);
}

void
dio_library_window_add_actions (DioLibraryWindow *self)
{
  static const GActionEntry own[] = {
    { .name = "search", .activate = on_search },    { .name = "select", .activate = on_select },
    { .name = "places", .activate = on_places },    { .name = "rename", .activate = on_key_action },
    { .name = "trash", .activate = on_key_action }, { .name = "settings", .activate = on_key_action },
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GAction) sort = g_settings_create_action (self->settings, "library-sort");
  g_autoptr (GAction) reversed = g_settings_create_action (self->settings, "library-sort-reversed");

  g_action_map_add_action_entries (G_ACTION_MAP (group), own, G_N_ELEMENTS (own), self);
  g_action_map_add_action (G_ACTION_MAP (group), sort);
  g_action_map_add_action (G_ACTION_MAP (group), reversed);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "library", G_ACTION_GROUP (group));

  /* Not of the window's own group: GTK would leave those on the session bus for good. */
  self->actions = g_simple_action_group_new ();
  for (guint act = 0; act < G_N_ELEMENTS (acts); act++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (acts[act].name, NULL);

      g_signal_connect (action, "activate", G_CALLBACK (on_machine_action), self);
      g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (action));
    }
  gtk_widget_insert_action_group (GTK_WIDGET (self), "machine", G_ACTION_GROUP (self->actions));
}
