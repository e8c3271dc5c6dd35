/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/clipboard-dialog.h"

#include "ui/application.h"
#include "ui/clipboard-group.h"
#include "ui/guest-tools-page.h"

#include <glib/gi18n.h>

struct _DioClipboardDialog
{
  AdwPreferencesDialog parent_instance;

  DioSession *session;
  GdkClipboard *clipboard;
  GSignalGroup *agent; /* signals of the present one */

  /* template */
  AdwActionRow *state;
  GtkImage *state_icon;
  GtkWidget *install;
  DioClipboardGroup *choices;
  GtkWidget *send_copied;
};

G_DEFINE_FINAL_TYPE (DioClipboardDialog, dio_clipboard_dialog, ADW_TYPE_PREFERENCES_DIALOG)

static gboolean
takes_files (DioClipboardDialog *self)
{
  DioAgent *agent = dio_session_get_agent (self->session);

  return agent && dio_agent_get_open (agent);
}

static void
update_state (DioClipboardDialog *self)
{
  gboolean connected = FALSE, files = takes_files (self);
  const char *title, *subtitle;

  g_object_get (dio_session_get_clipboard (self->session), "connected", &connected, NULL);
  if (files)
    {
      title = _ ("Guest tools run");
      subtitle = _ ("Copying and pasting works, and files can be sent");
    }
  else if (connected)
    {
      title = _ ("Text can be copied and pasted");
      subtitle = _ ("Another program runs this machine: files cannot be sent");
    }
  else
    {
      title = _ ("Guest tools do not run");
      subtitle = _ ("Copying, pasting and sending files need them. They start when you log in to the machine.");
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state), title);
  adw_action_row_set_subtitle (self->state, subtitle);
  gtk_image_set_from_icon_name (self->state_icon,
                                connected || files ? "object-select-symbolic" : "dialog-information-symbolic");
  gtk_widget_set_visible (self->install, !connected && !files);
}

static void
update_copied (DioClipboardDialog *self)
{
  GdkContentFormats *formats = gdk_clipboard_get_formats (self->clipboard);

  gtk_widget_set_visible (self->send_copied, gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST) ||
                                                 gdk_content_formats_contain_mime_type (formats, "text/uri-list"));
}

static void
update_agent (DioClipboardDialog *self)
{
  g_signal_group_set_target (self->agent, dio_session_get_agent (self->session));
  update_state (self);
}

void
dio_clipboard_dialog_show_guest_tools (DioClipboardDialog *self)
{
  g_return_if_fail (DIO_IS_CLIPBOARD_DIALOG (self));

  adw_preferences_dialog_push_subpage (ADW_PREFERENCES_DIALOG (self), dio_guest_tools_page_new ());
}

static void
on_install (DioClipboardDialog *self)
{
  dio_clipboard_dialog_show_guest_tools (self);
}

/* What follows is to be seen: another dialog, or the picture. */
static void
leave_for (DioClipboardDialog *self, const char *action)
{
  g_autoptr (GtkWidget) window = g_object_ref (GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (self))));

  adw_dialog_force_close (ADW_DIALOG (self));
  gtk_widget_activate_action_variant (window, action, NULL);
}

static void
on_type_copied (DioClipboardDialog *self)
{
  leave_for (self, "win.type-copied");
}

static void
on_send (DioClipboardDialog *self)
{
  leave_for (self, "win.send-files");
}

static void
on_send_copied (DioClipboardDialog *self)
{
  leave_for (self, "win.send-copied-files");
}

static void
dio_clipboard_dialog_dispose (GObject *object)
{
  DioClipboardDialog *self = DIO_CLIPBOARD_DIALOG (object);

  g_clear_object (&self->agent);
  g_clear_object (&self->session);
  g_clear_object (&self->clipboard);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_CLIPBOARD_DIALOG);
  G_OBJECT_CLASS (dio_clipboard_dialog_parent_class)->dispose (object);
}

static void
dio_clipboard_dialog_class_init (DioClipboardDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (DIO_TYPE_CLIPBOARD_GROUP);
  G_OBJECT_CLASS (klass)->dispose = dio_clipboard_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/clipboard-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioClipboardDialog, state);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardDialog, state_icon);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardDialog, install);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardDialog, choices);
  gtk_widget_class_bind_template_child (widget_class, DioClipboardDialog, send_copied);
  gtk_widget_class_bind_template_callback (widget_class, on_install);
  gtk_widget_class_bind_template_callback (widget_class, on_type_copied);
  gtk_widget_class_bind_template_callback (widget_class, on_send);
  gtk_widget_class_bind_template_callback (widget_class, on_send_copied);
}

static void
dio_clipboard_dialog_init (DioClipboardDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->agent = g_signal_group_new (DIO_TYPE_AGENT);
  g_signal_group_connect_swapped (self->agent, "notify::open", G_CALLBACK (update_state), self);
}

DioClipboardDialog *
dio_clipboard_dialog_new (DioSession *session, GdkClipboard *clipboard)
{
  DioClipboardDialog *self = g_object_new (DIO_TYPE_CLIPBOARD_DIALOG, NULL);

  self->session = g_object_ref (session);
  self->clipboard = g_object_ref (clipboard);
  dio_clipboard_group_set_options (self->choices, dio_session_get_clipboard_options (session));
  g_signal_connect_object (session, "notify::agent", G_CALLBACK (update_agent), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dio_session_get_clipboard (session), "notify::connected", G_CALLBACK (update_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (clipboard, "changed", G_CALLBACK (update_copied), self, G_CONNECT_SWAPPED);
  update_agent (self);
  update_copied (self);
  return self;
}
