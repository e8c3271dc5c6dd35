/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/job.h"

struct _DioJob
{
  GObject parent_instance;

  DioJobFunc func;
  gpointer data;
  GDestroyNotify free_data;
  GCancellable *cancellable;
  gboolean started;
  GPtrArray *waiting; /* GTasks */

  /* the main thread's */
  char *title;
  double progress;
  char *detail;
  gboolean running;
  GError *error;
  char *result;

  /* what the work has told and the main thread has not seen yet */
  GMutex mutex;
  double told_progress;
  char *told_detail;
  char *told_result;
  gboolean telling;
};

enum
{
  PROP_TITLE = 1,
  PROP_PROGRESS,
  PROP_DETAIL,
  PROP_RUNNING,
  N_PROPS
};

enum
{
  ENDED,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioJob, dio_job, G_TYPE_OBJECT)

/* --- what the work tells --- */

/* Takes over what was told since the last time. */
static void
take_told (DioJob *self)
{
  g_autofree char *detail = NULL;
  double progress;

  g_mutex_lock (&self->mutex);
  self->telling = FALSE;
  progress = self->told_progress;
  detail = g_strdup (self->told_detail);
  g_set_str (&self->result, self->told_result);
  g_mutex_unlock (&self->mutex);

  if (progress != self->progress)
    {
      self->progress = progress;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROGRESS]);
    }
  if (g_set_str (&self->detail, detail))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DETAIL]);
}

static gboolean
on_told (gpointer user_data)
{
  take_told (user_data);
  return G_SOURCE_REMOVE;
}

void
dio_job_tell (DioJob *self, double fraction, const char *detail)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->told_progress = fraction < 0 ? -1 : MIN (fraction, 1.0);
  g_set_str (&self->told_detail, detail);
  /* However often the work tells, the main thread looks when it has the time. */
  if (!self->telling)
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_told, g_object_ref (self), g_object_unref);
  self->telling = TRUE;
}

void
dio_job_set_result (DioJob *self, const char *result)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_set_str (&self->told_result, result);
}

/* --- running --- */

static void
run (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  DioJob *self = source;
  GError *error = NULL;

  if (self->func (self, self->data, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
end_waiting (DioJob *self, GTask *waiting)
{
  if (self->error)
    g_task_return_error (waiting, g_error_copy (self->error));
  else
    g_task_return_boolean (waiting, TRUE);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioJob) self = g_object_ref (DIO_JOB (source));
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  g_task_propagate_boolean (G_TASK (result), &self->error);
  take_told (self);
  if (self->error)
    g_clear_pointer (&self->result, g_free);
  if (self->free_data)
    g_clear_pointer (&self->data, self->free_data);
  self->running = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
  g_signal_emit (self, signals[ENDED], 0, self->error);
  for (guint i = 0; i < waiting->len; i++)
    end_waiting (self, waiting->pdata[i]);
}

void
dio_job_start (DioJob *self)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (DIO_IS_JOB (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  self->running = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RUNNING]);
  task = g_task_new (self, self->cancellable, on_done, NULL);
  g_task_set_source_tag (task, dio_job_start);
  /* Work that was done as it was cancelled is done: what it made is there. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, run);
}

void
dio_job_cancel (DioJob *self)
{
  g_return_if_fail (DIO_IS_JOB (self));

  g_cancellable_cancel (self->cancellable);
}

void
dio_job_wait_async (DioJob *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (DIO_IS_JOB (self));

  g_task_set_source_tag (task, dio_job_wait_async);
  if (self->waiting)
    g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  else
    end_waiting (self, task);
}

gboolean
dio_job_wait_finish (DioJob *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- object --- */

const char *
dio_job_get_title (DioJob *self)
{
  return self->title;
}

double
dio_job_get_progress (DioJob *self)
{
  return self->progress;
}

const char *
dio_job_get_detail (DioJob *self)
{
  return self->detail;
}

gboolean
dio_job_get_running (DioJob *self)
{
  return self->running;
}

const char *
dio_job_get_result (DioJob *self)
{
  return self->result;
}

const GError *
dio_job_get_error (DioJob *self)
{
  return self->error;
}

DioJob *
dio_job_new (const char *title, DioJobFunc func, gpointer data, GDestroyNotify free_data)
{
  DioJob *self = g_object_new (DIO_TYPE_JOB, NULL);

  g_return_val_if_fail (func != NULL, self);

  self->title = g_strdup (title);
  self->func = func;
  self->data = data;
  self->free_data = free_data;
  return self;
}

static void
dio_job_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioJob *self = DIO_JOB (object);

  switch (property_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_DETAIL:
      g_value_set_string (value, self->detail);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_job_finalize (GObject *object)
{
  DioJob *self = DIO_JOB (object);

  if (self->free_data)
    g_clear_pointer (&self->data, self->free_data);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->detail, g_free);
  g_clear_pointer (&self->told_detail, g_free);
  g_clear_pointer (&self->result, g_free);
  g_clear_pointer (&self->told_result, g_free);
  g_clear_error (&self->error);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (dio_job_parent_class)->finalize (object);
}

static void
dio_job_class_init (DioJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_job_get_property;
  object_class->finalize = dio_job_finalize;

  props[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  props[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, -1, 1, -1, flags);
  props[PROP_DETAIL] = g_param_spec_string ("detail", NULL, NULL, NULL, flags);
  props[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[ENDED] =
      g_signal_new ("ended", DIO_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dio_job_init (DioJob *self)
{
  g_mutex_init (&self->mutex);
  self->cancellable = g_cancellable_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->progress = -1;
  self->told_progress = -1;
}
