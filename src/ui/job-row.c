/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/job-row.h"

#include "ui/application.h"

/* How often a job that does not know how far it is moves its bar. */
#define PULSE_MS 200

struct _DioJobRow
{
  AdwPreferencesRow parent_instance;

  DioJob *job;
  guint pulse_id;

  /* template */
  GtkLabel *title;
  GtkProgressBar *progress;
  GtkLabel *detail;
};

G_DEFINE_FINAL_TYPE (DioJobRow, dio_job_row, ADW_TYPE_PREFERENCES_ROW)

static gboolean
on_pulse (gpointer user_data)
{
  gtk_progress_bar_pulse (DIO_JOB_ROW (user_data)->progress);
  return G_SOURCE_CONTINUE;
}

static void
update (DioJobRow *self)
{
  double progress = self->job ? dio_job_get_progress (self->job) : 0;
  const char *detail = self->job ? dio_job_get_detail (self->job) : NULL;

  gtk_label_set_text (self->detail, detail ? detail : "");
  gtk_widget_set_visible (GTK_WIDGET (self->detail), detail != NULL);
  if (progress >= 0)
    {
      g_clear_handle_id (&self->pulse_id, g_source_remove);
      gtk_progress_bar_set_fraction (self->progress, progress);
    }
  else if (!self->pulse_id)
    self->pulse_id = g_timeout_add (PULSE_MS, on_pulse, self);
}

void
dio_job_row_set_job (DioJobRow *self, DioJob *job)
{
  g_return_if_fail (DIO_IS_JOB_ROW (self));

  if (self->job)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_set_object (&self->job, job);
  gtk_widget_set_visible (GTK_WIDGET (self), job != NULL);
  if (job)
    {
      gtk_label_set_text (self->title, dio_job_get_title (job));
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      dio_job_get_title (job), -1);
      g_signal_connect_object (job, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    }
  update (self);
}

static void
on_cancel (DioJobRow *self)
{
  if (self->job)
    dio_job_cancel (self->job);
}

static void
dio_job_row_dispose (GObject *object)
{
  DioJobRow *self = DIO_JOB_ROW (object);

  g_clear_handle_id (&self->pulse_id, g_source_remove);
  g_clear_object (&self->job);
  gtk_widget_dispose_template (GTK_WIDGET (self), DIO_TYPE_JOB_ROW);
  G_OBJECT_CLASS (dio_job_row_parent_class)->dispose (object);
}

static void
dio_job_row_class_init (DioJobRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dio_job_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, DIO_RESOURCE_PATH "/job-row.ui");
  gtk_widget_class_bind_template_child (widget_class, DioJobRow, title);
  gtk_widget_class_bind_template_child (widget_class, DioJobRow, progress);
  gtk_widget_class_bind_template_child (widget_class, DioJobRow, detail);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
dio_job_row_init (DioJobRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
