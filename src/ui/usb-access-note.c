/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/usb-access-note.h"

#include "ui/application.h"
#include "usb/access.h"

#include <glib/gi18n.h>

struct _DioUsbAccessNote
{
  AdwBin parent_instance;

  /* template */
  GtkLabel *command;
  GtkButton *copy;
};

G_DEFINE_FINAL_TYPE (DioUsbAccessNote, dio_usb_access_note, ADW_TYPE_BIN)

static void
on_copy (DioUsbAccessNote *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), gtk_label_get_text (self->command));
  gtk_button_set_icon_name (self->copy, "object-select-symbolic");
  gtk_accessible_announce (GTK_ACCESSIBLE (self), _ ("Command copied"), GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
dio_usb_access_note_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), DIO_TYPE_USB_ACCESS_NOTE);
  G_OBJECT_CLASS (dio_usb_access_note_parent_class)->dispose (object);
}

static void
dio_usb_access_note_class_init (DioUsbAccessNoteClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_usb_access_note_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/usb-access-note.ui");
  gtk_widget_class_bind_template_child (widget_class, DioUsbAccessNote, command);
  gtk_widget_class_bind_template_child (widget_class, DioUsbAccessNote, copy);
  gtk_widget_class_bind_template_callback (widget_class, on_copy);
}

static void
dio_usb_access_note_init (DioUsbAccessNote *self)
{
  g_autofree char *command = dio_usb_access_dup_command ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_label_set_text (self->command, command);
}

GtkWidget *
dio_usb_access_note_new (void)
{
  return g_object_new (DIO_TYPE_USB_ACCESS_NOTE, NULL);
}
