/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/passphrase-dialog.h"

#include "image/host-path.h"
#include "image/passphrase.h"

#include <glib/gi18n.h>
#include <string.h>

struct _DioPassphraseDialog
{
  AdwDialog parent_instance;

  /* template */
  AdwPreferencesGroup *group;
  AdwPasswordEntryRow *entry;
  AdwSwitchRow *remember;
  GtkWidget *unlock;

  GTask *task; /* NULL: it was answered */
};

G_DEFINE_FINAL_TYPE (DioPassphraseDialog, dio_passphrase_dialog, ADW_TYPE_DIALOG)

typedef struct
{
  GBytes *passphrase;
  gboolean remember;
} Answer;

static void
answer_free (Answer *answer)
{
  g_clear_pointer (&answer->passphrase, g_bytes_unref);
  g_free (answer);
}

static void
on_changed (DioPassphraseDialog *self)
{
  gtk_widget_set_sensitive (self->unlock, *gtk_editable_get_text (GTK_EDITABLE (self->entry)) != '\0');
}

static void
on_unlock (DioPassphraseDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  Answer *answer;

  if (!task)
    return;
  answer = g_new0 (Answer, 1);
  answer->passphrase = dio_passphrase_new (text, strlen (text));
  answer->remember = adw_switch_row_get_active (self->remember);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  adw_dialog_close (ADW_DIALOG (self));
  g_task_return_pointer (task, answer, (GDestroyNotify) answer_free);
}

static void
on_closed (DioPassphraseDialog *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  if (task)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("The disk stays locked."));
}

static void
dio_passphrase_dialog_dispose (GObject *object)
{
  DioPassphraseDialog *self = DIO_PASSPHRASE_DIALOG (object);

  on_closed (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_PASSPHRASE_DIALOG);
  G_OBJECT_CLASS (dio_passphrase_dialog_parent_class)->dispose (object);
}

static void
dio_passphrase_dialog_class_init (DioPassphraseDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_passphrase_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/passphrase-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DioPassphraseDialog, group);
  gtk_widget_class_bind_template_child (widget_class, DioPassphraseDialog, entry);
  gtk_widget_class_bind_template_child (widget_class, DioPassphraseDialog, remember);
  gtk_widget_class_bind_template_child (widget_class, DioPassphraseDialog, unlock);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_unlock);
}

static void
dio_passphrase_dialog_init (DioPassphraseDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "closed", G_CALLBACK (on_closed), NULL);
}

static void
on_cancelled (GCancellable *cancellable, gpointer self)
{
  adw_dialog_force_close (self);
}

void
dio_passphrase_dialog_ask_async (GtkWidget *parent, const char *path, gboolean wrong, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  DioPassphraseDialog *self = g_object_new (DIO_TYPE_PASSPHRASE_DIALOG, NULL);
  g_autofree char *host = dio_path_dup_host (path), *shown = g_filename_display_basename (host);
  g_autofree char *told =
      wrong ? g_strdup_printf (_ ("That passphrase does not fit “%s”. Check Caps Lock and the keyboard layout, and try "
                                  "again."),
                               shown)
            : g_strdup_printf (_ ("“%s” is encrypted. Enter the passphrase that it was encrypted with."), shown);
  g_autofree char *markup = g_markup_escape_text (told, -1);

  self->task = g_task_new (parent, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, dio_passphrase_dialog_ask_async);
  adw_preferences_group_set_description (self->group, markup);
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  if (cancellable)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), self, 0);
  adw_dialog_present (ADW_DIALOG (self), parent);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), told, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

GBytes *
dio_passphrase_dialog_ask_finish (GAsyncResult *result, gboolean *ret_remember, GError **error)
{
  Answer *answer = g_task_propagate_pointer (G_TASK (result), error);
  GBytes *passphrase;

  if (!answer)
    return NULL;
  passphrase = g_steal_pointer (&answer->passphrase);
  if (ret_remember)
    *ret_remember = answer->remember;
  answer_free (answer);
  return passphrase;
}
