/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-general.h"

#include "provision/os-database.h"
#include "ui/entry-check.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* A folder's name has to have room for what is added to it. */
#define NAME_MAX_BYTES 200
/* In the machine's folder; pixels of its longer side. */
#define ICON_FILE "icon.png"
#define ICON_SIZE 256

struct _DioSettingsGeneral
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  DioOsDatabase *oses; /* NULL until it is read */
  gboolean updating;

  /* template */
  AdwEntryRow *name;
  AdwActionRow *name_note;
  AdwComboRow *os;
  AdwEntryRow *group;
  AdwActionRow *icon;
  GtkPicture *icon_preview;
  GtkWidget *icon_reset;
  GtkTextView *notes;
  AdwActionRow *folder;
};

G_DEFINE_FINAL_TYPE (DioSettingsGeneral, dio_settings_general, ADW_TYPE_PREFERENCES_PAGE)

/* --- words --- */

/* Returns: what is wrong with NAME, or NULL. */
static const char *
check_name (const char *name)
{
  if (!*name)
    return _ ("A machine needs a name.");
  if (strlen (name) > NAME_MAX_BYTES)
    return _ ("This name is too long for a folder. Shorten it.");
  for (const char *c = name; *c; c = g_utf8_next_char (c))
    if (g_unichar_iscntrl (g_utf8_get_char (c)))
      return _ ("A name is one line of text. Remove what is not.");
  return NULL;
}

static void
on_name_changed (DioSettingsGeneral *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name))));

  dio_entry_check_show (GTK_WIDGET (self->name), self->name_note, check_name (name));
}

static void
on_name_apply (DioSettingsGeneral *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name))));

  if (!check_name (name))
    g_object_set (dio_machine_settings_get_config (self->settings), "name", name, NULL);
}

/* An empty text is none. */
static void
set_text (DioSettingsGeneral *self, const char *property, const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  g_object_set (dio_machine_settings_get_definition (self->settings), property, *stripped ? stripped : NULL, NULL);
}

static void
on_group_apply (DioSettingsGeneral *self)
{
  set_text (self, "group", gtk_editable_get_text (GTK_EDITABLE (self->group)));
}

static void
on_notes_changed (DioSettingsGeneral *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->notes);
  GtkTextIter start, end;
  g_autofree char *text = NULL;

  if (self->updating)
    return;
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_object_set (dio_machine_settings_get_definition (self->settings), "notes", *text ? text : NULL, NULL);
}

/* --- operating system --- */

/* The first choice is none, or what the definition says and nobody knows. */
static void
update_os (DioSettingsGeneral *self)
{
  DioDefinition *definition = dio_machine_settings_get_definition (self->settings);
  GListModel *oses = self->oses ? dio_os_database_get_oses (self->oses) : NULL;
  const char *id = dio_definition_get_os (definition), *name = dio_definition_get_os_name (definition);
  DioOs *known = self->oses && id ? dio_os_database_find (self->oses, id) : NULL;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  gtk_string_list_append (names, !known && name ? name : _ ("Not Known"));
  for (guint i = 0; oses && i < g_list_model_get_n_items (oses); i++)
    {
      g_autoptr (DioOs) os = g_list_model_get_item (oses, i);

      gtk_string_list_append (names, dio_os_get_name (os));
      if (os == known)
        selected = i + 1;
    }
  self->updating = TRUE;
  adw_combo_row_set_model (self->os, G_LIST_MODEL (names));
  adw_combo_row_set_selected (self->os, selected);
  self->updating = FALSE;
}

static void
on_os_selected (DioSettingsGeneral *self)
{
  guint selected = adw_combo_row_get_selected (self->os);
  g_autoptr (DioOs) os = NULL;

  if (self->updating || !self->oses || selected == GTK_INVALID_LIST_POSITION)
    return;
  if (selected > 0)
    os = g_list_model_get_item (dio_os_database_get_oses (self->oses), selected - 1);
  g_object_set (dio_machine_settings_get_definition (self->settings), "os", os ? dio_os_get_id (os) : NULL, "os-name",
                os ? dio_os_get_name (os) : NULL, NULL);
}

static void
on_oses_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSettingsGeneral) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioOsDatabase) oses = dio_os_database_load_finish (result, &error);

  if (!self->settings)
    return;
  if (!oses)
    dio_machine_settings_tell_error (self->settings, error);
  else if (g_set_object (&self->oses, oses))
    update_os (self);
}

/* --- icon --- */

static void
update_icon (DioSettingsGeneral *self)
{
  DioDefinition *definition = dio_machine_settings_get_definition (self->settings);
  const char *icon = dio_definition_get_icon (definition);
  gboolean own = g_strcmp0 (icon, ICON_FILE) == 0;
  g_autofree char *path = own ? g_build_filename (dio_definition_get_folder (definition), ICON_FILE, NULL) : NULL;

  /* Our own file, made small by us. */
  gtk_picture_set_filename (self->icon_preview, path);
  gtk_widget_set_visible (GTK_WIDGET (self->icon_preview), own);
  gtk_widget_set_visible (self->icon_reset, icon != NULL);
}

static void
on_icon_reset (DioSettingsGeneral *self)
{
  g_object_set (dio_machine_settings_get_definition (self->settings), "icon", NULL, NULL);
}

typedef struct
{
  char *source, *target;
} IconCopy;

static void
icon_copy_free (IconCopy *copy)
{
  g_free (copy->source);
  g_free (copy->target);
  g_free (copy);
}

static void
copy_icon (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  IconCopy *copy = task_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_file_at_scale (copy->source, ICON_SIZE, ICON_SIZE, TRUE, &error);
  g_autofree char *part = g_strconcat (copy->target, ".part", NULL);

  if (!pixbuf || !gdk_pixbuf_save (pixbuf, part, "png", &error, NULL))
    {
      g_autofree char *shown = g_filename_display_basename (copy->source);

      g_unlink (part);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("“%s” could not be used: %s. Choose another picture."), shown, error->message);
    }
  else if (g_rename (part, copy->target) != 0)
    {
      g_unlink (part);
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED,
                               _ ("The picture could not be put into the machine’s folder."));
    }
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_icon_copied (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DioSettingsGeneral *self = DIO_SETTINGS_GENERAL (source);
  g_autoptr (GError) error = NULL;

  if (!self->settings)
    return;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      dio_machine_settings_tell_error (self->settings, error);
      return;
    }
  g_object_set (dio_machine_settings_get_definition (self->settings), "icon", ICON_FILE, NULL);
  update_icon (self);
}

static void
on_icon_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSettingsGeneral) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);
  g_autoptr (GTask) task = NULL;
  IconCopy *copy;

  if (!self->settings)
    return;
  if (!file || !g_file_peek_path (file))
    {
      if (error)
        dio_machine_settings_tell_error (self->settings, error);
      return;
    }
  copy = g_new0 (IconCopy, 1);
  copy->source = g_file_get_path (file);
  copy->target = g_build_filename (dio_definition_get_folder (dio_machine_settings_get_definition (self->settings)),
                                   ICON_FILE, NULL);
  task = g_task_new (self, NULL, on_icon_copied, NULL);
  g_task_set_source_tag (task, on_icon_chosen);
  g_task_set_task_data (task, copy, (GDestroyNotify) icon_copy_free);
  g_task_run_in_thread (task, copy_icon);
}

static void
on_icon_choose (DioSettingsGeneral *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr (GtkFileFilter) pictures = gtk_file_filter_new ();

  gtk_file_filter_set_name (pictures, _ ("Pictures"));
  gtk_file_filter_add_pixbuf_formats (pictures);
  gtk_file_dialog_set_default_filter (dialog, pictures);
  gtk_file_dialog_set_title (dialog, _ ("Choose a Picture"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_icon_chosen,
                        g_object_ref (self));
}

/* --- folder --- */

static void
on_folder_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachineSettings) settings = user_data;
  g_autoptr (GError) error = NULL;

  if (!gtk_file_launcher_launch_finish (GTK_FILE_LAUNCHER (source), result, &error))
    dio_machine_settings_tell_error (settings, error);
}

static void
on_folder_show (DioSettingsGeneral *self)
{
  g_autoptr (GFile) folder =
      g_file_new_for_path (dio_library_machine_get_folder (dio_machine_settings_get_machine (self->settings)));
  g_autoptr (GtkFileLauncher) launcher = gtk_file_launcher_new (folder);

  gtk_file_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_folder_shown,
                            g_object_ref (self->settings));
}

static void
update_folder (DioSettingsGeneral *self)
{
  const char *folder = dio_library_machine_get_folder (dio_machine_settings_get_machine (self->settings));
  g_autofree char *shown = folder ? g_filename_display_name (folder) : NULL;

  adw_action_row_set_subtitle (self->folder, shown ? shown : "");
}

/* --- all of it --- */

static void
show_text (gpointer row, const char *text)
{
  /* What somebody is writing stays. */
  if (!gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (row)))))
    gtk_editable_set_text (GTK_EDITABLE (row), text ? text : "");
}

static void
update_texts (DioSettingsGeneral *self)
{
  DioDefinition *definition = dio_machine_settings_get_definition (self->settings);

  show_text (self->name, dio_machine_config_get_name (dio_definition_get_config (definition)));
  show_text (self->group, dio_definition_get_group (definition));
  update_icon (self);
}

static void
show_notes (DioSettingsGeneral *self)
{
  const char *notes = dio_definition_get_notes (dio_machine_settings_get_definition (self->settings));

  self->updating = TRUE;
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->notes), notes ? notes : "", -1);
  self->updating = FALSE;
}

static void
dio_settings_general_dispose (GObject *object)
{
  DioSettingsGeneral *self = DIO_SETTINGS_GENERAL (object);

  g_clear_object (&self->oses);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_GENERAL);
  G_OBJECT_CLASS (dio_settings_general_parent_class)->dispose (object);
}

static void
dio_settings_general_class_init (DioSettingsGeneralClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_settings_general_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-general.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, name);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, name_note);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, os);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, group);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, icon);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, icon_preview);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, icon_reset);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, notes);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsGeneral, folder);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_name_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_os_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_group_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_notes_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_icon_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_icon_reset);
  gtk_widget_class_bind_template_callback (widget_class, on_folder_show);
}

static void
dio_settings_general_init (DioSettingsGeneral *self)
{
  self->updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->updating = FALSE;
}

GtkWidget *
dio_settings_general_new (DioMachineSettings *settings)
{
  DioSettingsGeneral *self = g_object_new (DIO_TYPE_SETTINGS_GENERAL, NULL);
  DioDefinition *definition = dio_machine_settings_get_definition (settings);

  self->settings = g_object_ref (settings);
  g_signal_connect_object (definition, "notify", G_CALLBACK (update_texts), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dio_definition_get_config (definition), "notify::name", G_CALLBACK (update_texts), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (dio_machine_settings_get_machine (settings), "notify::folder", G_CALLBACK (update_folder),
                           self, G_CONNECT_SWAPPED);
  update_texts (self);
  update_os (self);
  show_notes (self);
  update_folder (self);
  dio_os_database_load_async (NULL, on_oses_read, g_object_ref (self));
  return GTK_WIDGET (self);
}
