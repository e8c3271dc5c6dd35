/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/disk-size-dialog.h"

#include "ui/number-row.h"

#include <glib/gi18n.h>

#define GB 1000000000ull
/* GB; what disk images can have is more than what drives have. */
#define MOST 16000

typedef struct
{
  DioNumberRow *row; /* (unowned), of the dialog */
  DioDiskSizeFunc func;
  GObject *owner;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_response (AdwAlertDialog *dialog, const char *response, gpointer user_data)
{
  Question *question = user_data;

  if (!g_str_equal (response, "do"))
    return;
  question->func (dio_number_row_get_value (question->row) * GB, question->owner);
}

void
dio_disk_size_dialog_present (GtkWidget *parent, const char *heading, const char *body, const char *action,
                              guint64 least, guint64 suggested, DioDiskSizeFunc func, GObject *owner)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, body);
  guint from = (guint) MAX ((least + GB - 1) / GB, 1);
  DioNumberRow *row = dio_number_row_new (_ ("Size in GB"), MIN (from, MOST), MOST);
  GtkWidget *group = adw_preferences_group_new ();
  Question *question = g_new0 (Question, 1);
  GClosure *closure = NULL;

  dio_number_row_set_value (row, (guint) MIN (suggested / GB, MOST));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (row));
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), group);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "do", action, NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "do", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "do");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  *question = (Question) { row, func, owner };
  closure = g_cclosure_new (G_CALLBACK (on_response), question, question_free);
  g_object_watch_closure (owner, closure);
  g_signal_connect_closure (dialog, "response", closure, FALSE);
  adw_dialog_present (dialog, parent);
}
