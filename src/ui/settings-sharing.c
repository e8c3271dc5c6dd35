/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-sharing.h"

#include "ui/clipboard-group.h"
#include "ui/share-group.h"

#include <glib/gi18n.h>

/* Characters of what a guest calls a folder (DioShare). */
#define TAG_MAX 31
#define TAG_DEFAULT "share"
#define TAG_EXTRA "-_"

struct _DioSettingsSharing
{
  AdwPreferencesPage parent_instance;

  DioMachineSettings *settings;
  GPtrArray *groups; /* (unowned), ours; one for each folder */

  /* template */
  AdwPreferencesGroup *first;
  DioClipboardGroup *clipboard;
};

G_DEFINE_FINAL_TYPE (DioSettingsSharing, dio_settings_sharing, ADW_TYPE_PREFERENCES_PAGE)

static DioMachineConfig *
get_config (DioSettingsSharing *self)
{
  return dio_machine_settings_get_config (self->settings);
}

/* (transfer full): to be changed and set. */
static GPtrArray *
copy_shares (DioSettingsSharing *self)
{
  GPtrArray *old = dio_machine_config_get_shares (get_config (self));
  GPtrArray *shares = g_ptr_array_new_with_free_func ((GDestroyNotify) dio_share_free);

  for (guint i = 0; i < old->len; i++)
    g_ptr_array_add (shares, dio_share_copy (old->pdata[i]));
  return shares;
}

/* --- what a guest calls it --- */

static gboolean
tag_is_taken (GPtrArray *shares, const char *tag)
{
  for (guint i = 0; i < shares->len; i++)
    if (g_str_equal (((DioShare *) shares->pdata[i])->tag, tag))
      return TRUE;
  return FALSE;
}

/* A tag made from the name of the folder at PATH. (transfer full) */
static char *
make_tag (GPtrArray *shares, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *ascii = g_str_to_ascii (name, "C");
  g_autoptr (GString) tag = g_string_new (NULL);
  g_autofree char *stem = NULL;

  for (const char *c = ascii; *c && tag->len < TAG_MAX - 4; c++)
    if (g_ascii_isalnum (*c) || strchr (TAG_EXTRA, *c))
      g_string_append_c (tag, g_ascii_tolower (*c));
  if (tag->len == 0)
    g_string_assign (tag, TAG_DEFAULT);
  stem = g_strdup (tag->str);
  for (guint i = 2; tag_is_taken (shares, tag->str) && i < 1000; i++)
    g_string_printf (tag, "%s%u", stem, i);
  return g_strdup (tag->str);
}

/* --- the list --- */

static void
update_shares (DioSettingsSharing *self)
{
  GPtrArray *shares = dio_machine_config_get_shares (get_config (self));

  if (self->groups->len > shares->len)
    gtk_widget_child_focus (GTK_WIDGET (self->first), GTK_DIR_TAB_FORWARD);
  while (self->groups->len > shares->len)
    adw_preferences_page_remove (ADW_PREFERENCES_PAGE (self),
                                 g_ptr_array_steal_index (self->groups, self->groups->len - 1));
  while (self->groups->len < shares->len)
    {
      DioShareGroup *group = dio_share_group_new (self->settings);

      adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), ADW_PREFERENCES_GROUP (group));
      g_ptr_array_add (self->groups, group);
    }
  for (guint i = 0; i < shares->len; i++)
    dio_share_group_set_index (self->groups->pdata[i], i);
}

/* --- adding --- */

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioSettingsSharing) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) folder = gtk_file_dialog_select_folder_finish (GTK_FILE_DIALOG (source), result, &error);
  g_autoptr (GPtrArray) shares = NULL;
  DioShare *share;

  if (!self->settings)
    return;
  if (!folder)
    {
      dio_machine_settings_tell_error (self->settings, error);
      return;
    }
  if (!g_file_peek_path (folder))
    {
      dio_machine_settings_tell (self->settings, _ ("Only folders of this computer can be shared"));
      return;
    }
  shares = copy_shares (self);
  share = g_new0 (DioShare, 1);
  share->path = g_file_get_path (folder);
  share->tag = make_tag (shares, share->path);
  g_ptr_array_add (shares, share);
  dio_machine_config_set_shares (get_config (self), shares);
}

static void
on_add (DioSettingsSharing *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Share a Folder"));
  gtk_file_dialog_set_accept_label (dialog, _ ("_Share"));
  gtk_file_dialog_select_folder (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_folder_chosen,
                                 g_object_ref (self));
}

static void
dio_settings_sharing_dispose (GObject *object)
{
  DioSettingsSharing *self = DIO_SETTINGS_SHARING (object);

  g_clear_pointer (&self->groups, g_ptr_array_unref);
  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SETTINGS_SHARING);
  G_OBJECT_CLASS (dio_settings_sharing_parent_class)->dispose (object);
}

static void
dio_settings_sharing_class_init (DioSettingsSharingClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CLIPBOARD_GROUP);
  G_OBJECT_CLASS (klass)->dispose = dio_settings_sharing_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-sharing.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsSharing, first);
  gtk_widget_class_bind_template_child (widget_class, DioSettingsSharing, clipboard);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
}

static void
dio_settings_sharing_init (DioSettingsSharing *self)
{
  self->groups = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
dio_settings_sharing_new (DioMachineSettings *settings)
{
  DioSettingsSharing *self = g_object_new (DIO_TYPE_SETTINGS_SHARING, NULL);
  g_autoptr (DioClipboardOptions) options = NULL;

  self->settings = g_object_ref (settings);
  options = dio_clipboard_options_new (dio_machine_config_get_uuid (get_config (self)));
  dio_clipboard_group_set_options (self->clipboard, options);
  g_signal_connect_object (dio_machine_settings_get_config (settings), "notify::shares", G_CALLBACK (update_shares),
                           self, G_CONNECT_SWAPPED);
  update_shares (self);
  return GTK_WIDGET (self);
}
