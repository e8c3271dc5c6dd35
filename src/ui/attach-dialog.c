/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/attach-dialog.h"

#include <glib/gi18n.h>

struct _DioAttachDialog
{
  AdwDialog parent_instance;

  DioApplication *application;
  GCancellable *cancellable;

  /* template */
  AdwEntryRow *address;
  GtkWidget *attach;
  GtkLabel *problem;
};

G_DEFINE_FINAL_TYPE (DioAttachDialog, dio_attach_dialog, ADW_TYPE_DIALOG)

static void
on_attached (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioAttachDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioSession) session = dio_session_new_attach_finish (result, &error);

  if (session)
    {
      dio_application_show_session (self->application, session);
      adw_dialog_force_close (ADW_DIALOG (self));
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  gtk_label_set_text (self->problem, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), error->message, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  gtk_widget_set_sensitive (self->attach, TRUE);
}

static void
on_attach (DioAttachDialog *self)
{
  const char *address = gtk_editable_get_text (GTK_EDITABLE (self->address));

  if (!gtk_widget_get_sensitive (self->attach))
    return;
  gtk_widget_set_sensitive (self->attach, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  dio_session_new_attach_async (*address ? address : NULL, self->cancellable, on_attached, g_object_ref (self));
}

static void
on_closed (DioAttachDialog *self)
{
  g_cancellable_cancel (self->cancellable);
}

static void
dio_attach_dialog_dispose (GObject *object)
{
  DioAttachDialog *self = DIO_ATTACH_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->application);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_ATTACH_DIALOG);
  G_OBJECT_CLASS (dio_attach_dialog_parent_class)->dispose (object);
}

static void
dio_attach_dialog_class_init (DioAttachDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_attach_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/attach-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioAttachDialog, address);
  gtk_widget_class_bind_template_child (widget_class, DioAttachDialog, attach);
  gtk_widget_class_bind_template_child (widget_class, DioAttachDialog, problem);
  gtk_widget_class_bind_template_callback (widget_class, on_attach);
  gtk_widget_class_bind_template_callback (widget_class, on_closed);
}

static void
dio_attach_dialog_init (DioAttachDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

DioAttachDialog *
dio_attach_dialog_new (DioApplication *application)
{
  DioAttachDialog *self = g_object_new (DIO_TYPE_ATTACH_DIALOG, NULL);

  self->application = g_object_ref (application);
  return self;
}
