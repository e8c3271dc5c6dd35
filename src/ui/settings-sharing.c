/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/settings-sharing.h"

#include "ui/entry-check.h"

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
  gboolean updating; /* the change comes from a row */

  /* template */
  AdwPreferencesGroup *first;
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
tag_is_taken (GPtrArray *shares, const char *tag, guint except)
{
  for (guint i = 0; i < shares->len; i++)
    if (i != except && g_str_equal (((DioShare *) shares->pdata[i])->tag, tag))
      return TRUE;
  return FALSE;
}

/* Returns: what is wrong with TAG for the folder at I, or NULL. */
static const char *
check_tag (GPtrArray *shares, const char *tag, guint i)
{
  gsize length = strlen (tag);

  if (length == 0)
    return _ ("The folder needs a name in the machine.");
  if (length > TAG_MAX)
    return _ ("This name is too long: 31 characters at most.");
  for (const char *c = tag; *c; c++)
    if (!g_ascii_isalnum (*c) && !strchr (TAG_EXTRA, *c))
      return _ ("Only the letters A to Z, digits, “-” and “_” can be in this name.");
  if (tag_is_taken (shares, tag, i))
    return _ ("Another shared folder has this name. Choose another one.");
  return NULL;
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
  for (guint i = 2; tag_is_taken (shares, tag->str, G_MAXUINT) && i < 1000; i++)
    g_string_printf (tag, "%s%u", stem, i);
  return g_strdup (tag->str);
}

/* --- one folder --- */

static guint
index_of (DioSettingsSharing *self, GtkWidget *widget)
{
  GtkWidget *group = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_GROUP);
  guint i = G_MAXUINT;

  g_ptr_array_find (self->groups, group, &i);
  return i;
}

static void
set_shares (DioSettingsSharing *self, GPtrArray *shares)
{
  self->updating = TRUE;
  dio_machine_config_set_shares (get_config (self), shares);
  self->updating = FALSE;
}

static void
on_read_only (DioSettingsSharing *self, GParamSpec *pspec, AdwSwitchRow *row)
{
  g_autoptr (GPtrArray) shares = copy_shares (self);
  guint i = index_of (self, GTK_WIDGET (row));

  if (i >= shares->len)
    return;
  ((DioShare *) shares->pdata[i])->read_only = adw_switch_row_get_active (row);
  set_shares (self, shares);
}

/* Each guest has its own way. (transfer full) */
static char *
get_linux_command (const DioShare *share)
{
  return g_strdup_printf ("sudo mkdir -p /mnt/%s && (sudo mount -t virtiofs %s /mnt/%s || "
                          "sudo mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576 %s /mnt/%s)",
                          share->tag, share->tag, share->tag, share->tag, share->tag);
}

static void
on_copy_command (DioSettingsSharing *self, GtkWidget *button)
{
  GPtrArray *shares = dio_machine_config_get_shares (get_config (self));
  guint i = index_of (self, button);
  g_autofree char *command = NULL;

  if (i >= shares->len)
    return;
  command = get_linux_command (shares->pdata[i]);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), command);
  dio_machine_settings_tell (self->settings, _ ("Command copied: run it in a terminal in the machine"));
}

static void
on_remove (DioSettingsSharing *self, GtkWidget *row)
{
  g_autoptr (GPtrArray) shares = copy_shares (self);
  guint i = index_of (self, row);

  if (i >= shares->len)
    return;
  g_ptr_array_remove_index (shares, i);
  dio_machine_config_set_shares (get_config (self), shares);
  gtk_widget_child_focus (GTK_WIDGET (self->first), GTK_DIR_TAB_FORWARD);
}

static void
on_tag_changed (DioSettingsSharing *self, AdwEntryRow *row)
{
  AdwActionRow *note = ADW_ACTION_ROW (gtk_widget_get_next_sibling (GTK_WIDGET (row)));
  guint i = index_of (self, GTK_WIDGET (row));

  dio_entry_check_show (
      GTK_WIDGET (row), note,
      check_tag (dio_machine_config_get_shares (get_config (self)), gtk_editable_get_text (GTK_EDITABLE (row)), i));
}

static void update_instructions (GtkWidget *group, const DioShare *share);

static void
on_tag_apply (DioSettingsSharing *self, AdwEntryRow *row)
{
  g_autoptr (GPtrArray) shares = copy_shares (self);
  guint i = index_of (self, GTK_WIDGET (row));
  const char *tag = gtk_editable_get_text (GTK_EDITABLE (row));

  if (i >= shares->len || check_tag (shares, tag, i))
    return;
  g_set_str (&((DioShare *) shares->pdata[i])->tag, tag);
  set_shares (self, shares);
  update_instructions (self->groups->pdata[i], shares->pdata[i]);
}

/* --- the list --- */

static AdwActionRow *
new_property_row (const char *title, const char *text)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, text);
  adw_action_row_set_subtitle_selectable (row, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (row), "property");
  return row;
}

static void
update_instructions (GtkWidget *group, const DioShare *share)
{
  AdwActionRow *row = g_object_get_data (G_OBJECT (group), "linux");
  g_autofree char *command = get_linux_command (share);

  adw_action_row_set_subtitle (row, command);
}

static GtkWidget *
new_instructions (DioSettingsSharing *self, GtkWidget *group)
{
  GtkWidget *expander = adw_expander_row_new (), *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  AdwActionRow *linux_row = new_property_row (_ ("Linux: run this in a terminal"), "");
  AdwActionRow *windows_row = new_property_row (
      _ ("Windows"), _ ("Install WinFsp and the guest tools’ disc (virtio-win), then start the service “VirtIO-FS "
                        "Service”: the folder is drive Z:. Where this computer has no virtiofsd, "
                        "Windows cannot see it."));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander), _ ("How the Machine Sees It"));
  gtk_widget_set_tooltip_text (button, _ ("Copy the Command"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_copy_command), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (linux_row, button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), GTK_WIDGET (linux_row));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), GTK_WIDGET (windows_row));
  g_object_set_data (G_OBJECT (group), "linux", linux_row);
  return expander;
}

static GtkWidget *
new_tag_row (DioSettingsSharing *self, const DioShare *share)
{
  GtkWidget *row = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Name in the Machine"));
  gtk_editable_set_text (GTK_EDITABLE (row), share->tag);
  adw_entry_row_set_show_apply_button (ADW_ENTRY_ROW (row), TRUE);
  g_signal_connect_object (row, "changed", G_CALLBACK (on_tag_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (row, "apply", G_CALLBACK (on_tag_apply), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
new_group (DioSettingsSharing *self, const DioShare *share)
{
  GtkWidget *group = adw_preferences_group_new (), *note = adw_action_row_new ();
  GtkWidget *read_only = adw_switch_row_new (), *remove = adw_button_row_new ();
  g_autofree char *path = g_filename_display_name (share->path);

  gtk_widget_set_visible (note, FALSE);
  gtk_widget_add_css_class (note, "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (read_only), _ ("Read Only"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (read_only), _ ("The machine can change nothing in it"));
  adw_switch_row_set_active (ADW_SWITCH_ROW (read_only), share->read_only);
  g_signal_connect_object (read_only, "notify::active", G_CALLBACK (on_read_only), self, G_CONNECT_SWAPPED);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (remove), _ ("Stop Sharing"));
  g_signal_connect_object (remove, "activated", G_CALLBACK (on_remove), self, G_CONNECT_SWAPPED);

  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group),
                             GTK_WIDGET (new_property_row (_ ("Folder of This Computer"), path)));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), new_tag_row (self, share));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), note);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), read_only);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), new_instructions (self, group));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), remove);
  update_instructions (group, share);
  return group;
}

static void
update_shares (DioSettingsSharing *self)
{
  GPtrArray *shares = dio_machine_config_get_shares (get_config (self));

  if (self->updating)
    return;
  for (guint i = 0; i < self->groups->len; i++)
    adw_preferences_page_remove (ADW_PREFERENCES_PAGE (self), self->groups->pdata[i]);
  g_ptr_array_set_size (self->groups, 0);
  for (guint i = 0; i < shares->len; i++)
    {
      GtkWidget *group = new_group (self, shares->pdata[i]);

      g_ptr_array_add (self->groups, group);
      adw_preferences_page_add (ADW_PREFERENCES_PAGE (self), ADW_PREFERENCES_GROUP (group));
    }
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

  G_OBJECT_CLASS (klass)->dispose = dio_settings_sharing_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/settings-sharing.ui");
  gtk_widget_class_bind_template_child (widget_class, DioSettingsSharing, first);
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

  self->settings = g_object_ref (settings);
  g_signal_connect_object (dio_machine_settings_get_config (settings), "notify::shares", G_CALLBACK (update_shares),
                           self, G_CONNECT_SWAPPED);
  update_shares (self);
  return GTK_WIDGET (self);
}
