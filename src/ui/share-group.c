/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/share-group.h"

#include "ui/entry-check.h"

#include <glib/gi18n.h>

struct _DioShareGroup
{
  AdwPreferencesGroup parent_instance;

  DioMachineSettings *settings;
  guint index;
  gboolean updating;

  /* template */
  AdwActionRow *path;
  AdwEntryRow *tag;
  AdwActionRow *tag_note;
  AdwSwitchRow *read_only;
  AdwActionRow *command;
};

G_DEFINE_FINAL_TYPE (DioShareGroup, dio_share_group, ADW_TYPE_PREFERENCES_GROUP)

static GPtrArray *
get_shares (DioShareGroup *self)
{
  return dio_machine_config_get_shares (dio_machine_settings_get_config (self->settings));
}

/* (nullable) */
static const DioShare *
get_share (DioShareGroup *self)
{
  GPtrArray *shares = self->settings ? get_shares (self) : NULL;

  return shares && self->index < shares->len ? shares->pdata[self->index] : NULL;
}

/* Puts CHANGED (nullable: nothing) in the place of what is shown. */
static void
replace (DioShareGroup *self, const DioShare *changed)
{
  GPtrArray *old = get_shares (self);
  g_autoptr (GPtrArray) shares = g_ptr_array_new ();

  for (guint i = 0; i < old->len; i++)
    if (i != self->index)
      g_ptr_array_add (shares, old->pdata[i]);
    else if (changed)
      g_ptr_array_add (shares, (gpointer) changed);
  dio_machine_config_set_shares (dio_machine_settings_get_config (self->settings), shares);
}

/* Returns: what is wrong with TAG, or NULL. */
static const char *
check_tag (DioShareGroup *self, const char *tag)
{
  GPtrArray *shares = get_shares (self);

  if (!*tag)
    return _ ("The folder needs a name in the machine.");
  if (!dio_share_tag_is_valid (tag))
    return _ ("At most 31 letters (A to Z), digits, “-” and “_” can be in this name.");
  for (guint i = 0; i < shares->len; i++)
    if (i != self->index && g_str_equal (((DioShare *) shares->pdata[i])->tag, tag))
      return _ ("Another shared folder has this name. Choose another one.");
  return NULL;
}

static void
on_tag_changed (DioShareGroup *self)
{
  if (get_share (self))
    dio_entry_check_show (GTK_WIDGET (self->tag), self->tag_note,
                          check_tag (self, gtk_editable_get_text (GTK_EDITABLE (self->tag))));
}

static void
on_tag_apply (DioShareGroup *self)
{
  const char *tag = gtk_editable_get_text (GTK_EDITABLE (self->tag));
  g_autoptr (DioShare) changed = NULL;

  if (!get_share (self) || check_tag (self, tag))
    return;
  changed = dio_share_copy (get_share (self));
  g_set_str (&changed->tag, tag);
  replace (self, changed);
}

static void
on_read_only (DioShareGroup *self)
{
  g_autoptr (DioShare) changed = NULL;

  if (self->updating || !get_share (self))
    return;
  changed = dio_share_copy (get_share (self));
  changed->read_only = adw_switch_row_get_active (self->read_only);
  replace (self, changed);
}

static void
on_copy (DioShareGroup *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (self->command));
  dio_machine_settings_tell (self->settings, _ ("Command copied: run it in a terminal in the machine"));
}

static void
on_remove (DioShareGroup *self)
{
  if (get_share (self))
    replace (self, NULL);
}

static void
dio_share_group_dispose (GObject *object)
{
  DioShareGroup *self = DIO_SHARE_GROUP (object);

  g_clear_object (&self->settings);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_SHARE_GROUP);
  G_OBJECT_CLASS (dio_share_group_parent_class)->dispose (object);
}

static void
dio_share_group_class_init (DioShareGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_share_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/share-group.ui");
  gtk_widget_class_bind_template_child (widget_class, DioShareGroup, path);
  gtk_widget_class_bind_template_child (widget_class, DioShareGroup, tag);
  gtk_widget_class_bind_template_child (widget_class, DioShareGroup, tag_note);
  gtk_widget_class_bind_template_child (widget_class, DioShareGroup, read_only);
  gtk_widget_class_bind_template_child (widget_class, DioShareGroup, command);
  gtk_widget_class_bind_template_callback (widget_class, on_tag_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_tag_apply);
  gtk_widget_class_bind_template_callback (widget_class, on_read_only);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
  gtk_widget_class_bind_template_callback (widget_class, on_remove);
}

static void
dio_share_group_init (DioShareGroup *self)
{
  self->index = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioShareGroup *
dio_share_group_new (DioMachineSettings *settings)
{
  DioShareGroup *self = g_object_new (DIO_TYPE_SHARE_GROUP, NULL);

  self->settings = g_object_ref (settings);
  return self;
}

void
dio_share_group_set_index (DioShareGroup *self, guint index)
{
  const DioShare *share;
  g_autofree char *path = NULL, *command = NULL;

  g_return_if_fail (DIO_IS_SHARE_GROUP (self));

  self->index = index;
  share = get_share (self);
  if (!share)
    return;
  self->updating = TRUE;
  path = g_filename_display_name (share->path);
  /* Whichever of the two this computer offers the folder by. */
  command = g_strdup_printf ("sudo mkdir -p /mnt/%s && { sudo mount -t virtiofs %s /mnt/%s || "
                             "sudo mount -t 9p -o trans=virtio,version=9p2000.L,msize=1048576 %s /mnt/%s; }",
                             share->tag, share->tag, share->tag, share->tag, share->tag);
  adw_action_row_set_subtitle (self->path, path);
  /* What somebody is writing stays. */
  if (!gtk_widget_has_focus (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (self->tag)))))
    gtk_editable_set_text (GTK_EDITABLE (self->tag), share->tag);
  adw_switch_row_set_active (self->read_only, share->read_only);
  adw_action_row_set_subtitle (self->command, command);
  self->updating = FALSE;
}
