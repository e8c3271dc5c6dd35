/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/new-machine-media.h"

#include "provision/download.h"

#include <glib/gi18n.h>

#define ARCH "x86_64"

struct _DioNewMachineMedia
{
  AdwNavigationPage parent_instance;

  DioOs *os;
  GListModel *media;
  GCancellable *cancellable;

  /* template */
  GtkWidget *downloads;
  GtkListBox *list;
  GtkLabel *problem;
};

enum
{
  CHOSEN,
  CHOOSE_FILE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioNewMachineMedia, dio_new_machine_media, ADW_TYPE_NAVIGATION_PAGE)

void
dio_new_machine_media_tell (DioNewMachineMedia *self, const char *message)
{
  gtk_label_set_text (self->problem, message ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), message != NULL);
  if (message)
    gtk_accessible_announce (GTK_ACCESSIBLE (self), message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

DioOs *
dio_new_machine_media_get_os (DioNewMachineMedia *self)
{
  return self->os;
}

/* --- rows --- */

static void
describe (AdwActionRow *row, DioOsMedia *media, guint64 size)
{
  g_autofree char *shown = size > 0 ? g_format_size (size) : NULL;
  g_autofree char *subtitle = NULL;
  const char *kind = dio_os_media_get_live (media) ? _ ("Can be tried without installing it") : NULL;

  if (kind && shown)
    subtitle = g_strdup_printf ("%s · %s\n%s", shown, kind, dio_os_media_get_details (media));
  else if (kind || shown)
    subtitle = g_strdup_printf ("%s\n%s", kind ? kind : shown, dio_os_media_get_details (media));
  else
    subtitle = g_strdup (dio_os_media_get_details (media));
  adw_action_row_set_subtitle (row, subtitle);
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) row = user_data;
  GtkWidget *list = gtk_widget_get_parent (row);
  guint64 size = dio_download_measure_finish (result, NULL);
  DioNewMachineMedia *self =
      list ? DIO_NEW_MACHINE_MEDIA (gtk_widget_get_ancestor (list, DIO_TYPE_NEW_MACHINE_MEDIA)) : NULL;
  g_autoptr (DioOsMedia) media = NULL;

  if (!self || size == 0)
    return;
  media = g_list_model_get_item (self->media, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)));
  describe (ADW_ACTION_ROW (row), media, size);
}

static GtkWidget *
new_row (gpointer item, gpointer user_data)
{
  DioNewMachineMedia *self = user_data;
  DioOsMedia *media = item;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name ("folder-download-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), dio_os_media_get_name (media));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 3);
  describe (ADW_ACTION_ROW (row), media, dio_os_media_get_size (media));
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Download"), -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), icon);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  if (dio_os_media_get_size (media) == 0)
    dio_download_measure_async (dio_os_media_get_url (media), self->cancellable, on_measured, g_object_ref (row));
  return row;
}

static void
on_media (DioNewMachineMedia *self, GtkListBoxRow *row)
{
  g_autoptr (DioOsMedia) media = g_list_model_get_item (self->media, gtk_list_box_row_get_index (row));

  g_signal_emit (self, signals[CHOSEN], 0, media);
}

static void
on_choose (DioNewMachineMedia *self)
{
  g_signal_emit (self, signals[CHOOSE_FILE], 0);
}

/* --- object --- */

DioNewMachineMedia *
dio_new_machine_media_new (DioOsDatabase *database, DioOs *os)
{
  DioNewMachineMedia *self = g_object_new (DIO_TYPE_NEW_MACHINE_MEDIA, "title", dio_os_get_name (os), NULL);

  self->os = g_object_ref (os);
  self->media = dio_os_database_get_media (database, os, ARCH);
  gtk_list_box_bind_model (self->list, self->media, new_row, self, NULL);
  gtk_widget_set_visible (self->downloads, g_list_model_get_n_items (self->media) > 0);
  return self;
}

static void
dio_new_machine_media_dispose (GObject *object)
{
  DioNewMachineMedia *self = DIO_NEW_MACHINE_MEDIA (object);

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_NEW_MACHINE_MEDIA);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->media);
  g_clear_object (&self->os);
  G_OBJECT_CLASS (dio_new_machine_media_parent_class)->dispose (object);
}

static void
dio_new_machine_media_class_init (DioNewMachineMediaClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GType type = DIO_TYPE_NEW_MACHINE_MEDIA;

  G_OBJECT_CLASS (klass)->dispose = dio_new_machine_media_dispose;
  signals[CHOSEN] =
      g_signal_new ("chosen", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, DIO_TYPE_OS_MEDIA);
  signals[CHOOSE_FILE] = g_signal_new ("choose-file", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/new-machine-media.ui");
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineMedia, downloads);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineMedia, list);
  gtk_widget_class_bind_template_child (widget_class, DioNewMachineMedia, problem);
  gtk_widget_class_bind_template_callback (widget_class, on_media);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
}

static void
dio_new_machine_media_init (DioNewMachineMedia *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
