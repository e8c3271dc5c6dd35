/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/places-dialog.h"

#include "library/library.h"

#include <glib/gi18n.h>

#define KEY "places"

struct _DioPlacesDialog
{
  AdwDialog parent_instance;

  GSettings *settings;
  GVariant *before; /* the last one was removed */

  /* template */
  GtkListBox *list;
  AdwToastOverlay *toasts;
};

G_DEFINE_FINAL_TYPE (DioPlacesDialog, dio_places_dialog, ADW_TYPE_DIALOG)

/* --- the setting --- */

char **
dio_places_dup (GSettings *settings)
{
  g_auto (GStrv) places = g_settings_get_strv (settings, KEY);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; places[i]; i++)
    if (g_path_is_absolute (places[i]))
      g_strv_builder_add (builder, places[i]);
  g_strfreev (places);
  places = g_strv_builder_end (builder);
  if (!places[0])
    {
      g_strv_builder_add (builder, dio_library_get_default_place ());
      return g_strv_builder_end (builder);
    }
  return g_steal_pointer (&places);
}

void
dio_places_add (GSettings *settings, const char *path)
{
  g_auto (GStrv) places = dio_places_dup (settings);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (g_strv_contains ((const char *const *) places, path))
    return;
  g_strv_builder_addv (builder, (const char **) places);
  g_strv_builder_add (builder, path);
  g_strfreev (places);
  places = g_strv_builder_end (builder);
  g_settings_set_strv (settings, KEY, (const char *const *) places);
}

/* Takes PATH out, and where FIRST puts it in front. */
static void
move_place (GSettings *settings, const char *path, gboolean first)
{
  g_auto (GStrv) places = dio_places_dup (settings);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (first)
    g_strv_builder_add (builder, path);
  for (guint i = 0; places[i]; i++)
    if (!g_str_equal (places[i], path))
      g_strv_builder_add (builder, places[i]);
  g_strfreev (places);
  places = g_strv_builder_end (builder);
  g_settings_set_strv (settings, KEY, (const char *const *) places);
}

/* --- the rows --- */

static void
on_make_default (GtkButton *button, gpointer user_data)
{
  DioPlacesDialog *self = user_data;

  move_place (self->settings, gtk_widget_get_name (gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ACTION_ROW)),
              TRUE);
}

static void
on_undo (DioPlacesDialog *self)
{
  g_settings_set_value (self->settings, KEY, self->before);
}

static void
on_remove (GtkButton *button, gpointer user_data)
{
  DioPlacesDialog *self = user_data;
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ACTION_ROW);
  AdwToast *toast = adw_toast_new (_ ("Its machines stay in the folder"));

  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_clear_pointer (&self->before, g_variant_unref);
  self->before = g_settings_get_value (self->settings, KEY);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, G_CONNECT_SWAPPED);
  move_place (self->settings, gtk_widget_get_name (row), FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
add_button (GtkWidget *row, const char *icon, const char *tooltip, GCallback callback, gpointer data)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_object (button, "clicked", callback, data, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
add_row (DioPlacesDialog *self, const char *place, gboolean first, gboolean only)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *name = g_filename_display_basename (place);
  g_autofree char *path = g_filename_display_name (place);

  gtk_widget_set_name (row, place);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), path);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  if (first)
    {
      GtkWidget *label = gtk_label_new (_ ("For new machines"));

      gtk_widget_add_css_class (label, "dimmed");
      gtk_widget_add_css_class (label, "caption");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
    }
  else
    add_button (row, "starred-symbolic", _ ("Keep New Machines Here"), G_CALLBACK (on_make_default), self);
  if (!only)
    add_button (row, "list-remove-symbolic", _ ("Remove from the Library"), G_CALLBACK (on_remove), self);
  gtk_list_box_append (self->list, row);
}

static void
fill (DioPlacesDialog *self)
{
  g_auto (GStrv) places = dio_places_dup (self->settings);

  gtk_list_box_remove_all (self->list);
  for (guint i = 0; places[i]; i++)
    add_row (self, places[i], i == 0, !places[1]);
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioPlacesDialog) self = user_data;
  g_autoptr (GFile) folder = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autofree char *path = folder ? g_file_get_path (folder) : NULL;

  /* Settings are in UTF-8, which a folder's name need not be. */
  if (path && g_utf8_validate (path, -1, NULL))
    dio_places_add (self->settings, path);
  else if (folder)
    adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_ ("That folder cannot be used. Choose another one.")));
}

static void
on_add (DioPlacesDialog *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Add a Folder of Machines"));
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_folder_chosen,
                                 g_object_ref (self));
}

static void
dio_places_dialog_dispose (GObject *object)
{
  g_clear_object (&DIO_PLACES_DIALOG (object)->settings);
  g_clear_pointer (&DIO_PLACES_DIALOG (object)->before, g_variant_unref);
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_PLACES_DIALOG);
  G_OBJECT_CLASS (dio_places_dialog_parent_class)->dispose (object);
}

static void
dio_places_dialog_class_init (DioPlacesDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_places_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/places-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioPlacesDialog, list);
  gtk_widget_class_bind_template_child (widget_class, DioPlacesDialog, toasts);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
dio_places_dialog_init (DioPlacesDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = g_settings_new (DIO_APPLICATION_ID);
  g_signal_connect_object (self->settings, "changed::" KEY, G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  fill (self);
}

DioPlacesDialog *
dio_places_dialog_new (void)
{
  return g_object_new (DIO_TYPE_PLACES_DIALOG, NULL);
}
