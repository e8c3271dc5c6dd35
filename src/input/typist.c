/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "input/typist.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A keyboard's task, while there is one. */
#define TASK_KEY "dio-typist"
#define MAX_LISTED 40
/* Beyond this, timers do not count any more. */
#define MAX_PACE 1000

/* One text on its way; a task's data. */
typedef struct
{
  DioKeyboard *keyboard;
  DioKeyLayout *layout;
  char *text;
  const char *next; /* in the text */
  DioTypistFlags flags;
  guint interval; /* ms */
  DioTypistProgress progress;
  gpointer progress_data;
  gsize n_done;
  DioStrokes strokes; /* of the character that is being typed */
  guint next_stroke;
  gulong idle_handler;
  guint timer;
  gboolean caps_lock; /* was on, and is to be again */
  GSource *cancelled;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_signal_handler (&job->idle_handler, job->keyboard);
  g_clear_handle_id (&job->timer, g_source_remove);
  if (job->cancelled)
    g_source_destroy (job->cancelled);
  g_clear_pointer (&job->cancelled, g_source_unref);
  g_clear_object (&job->keyboard);
  g_clear_pointer (&job->layout, dio_key_layout_unref);
  g_free (job->text);
  g_free (job);
}

/* Takes the next character, which is a line's end once, and a letter with its mark if the layout has only both in one.
 */
static gunichar
take_character (DioKeyLayout *layout, const char **text)
{
  gunichar character = g_utf8_get_char (*text), both;
  DioStrokes strokes;

  *text = g_utf8_next_char (*text);
  if (character == '\r')
    {
      if (**text == '\n')
        (*text)++;
      return '\n';
    }
  if (**text && g_unichar_ismark (g_utf8_get_char (*text)) &&
      !dio_key_layout_find (layout, g_utf8_get_char (*text), &strokes) &&
      g_unichar_compose (character, g_utf8_get_char (*text), &both) && dio_key_layout_find (layout, both, &strokes))
    {
      *text = g_utf8_next_char (*text);
      return both;
    }
  return character;
}

static gboolean
check_text (const char *text, GError **error)
{
  if (g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                       _ ("This is not text that can be typed. Copy it again from where it came from."));
  return FALSE;
}

static void
list_once (GString *list, GHashTable *seen, gunichar character)
{
  if (g_unichar_iscntrl (character) || g_hash_table_size (seen) >= MAX_LISTED)
    return;
  if (g_hash_table_add (seen, GUINT_TO_POINTER (character)))
    g_string_append_unichar (list, character);
}

gboolean
dio_typist_survey (DioKeyLayout *layout, const char *text, DioTypistFlags flags, DioTypistSurvey *ret_survey,
                   GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  DioTypistSurvey survey = { 0 };
  DioStrokes strokes;

  g_return_val_if_fail (layout && text && ret_survey, FALSE);
  if (!check_text (text, error))
    return FALSE;
  while (*text)
    {
      gunichar character = take_character (layout, &text);

      survey.n_characters++;
      if (dio_key_layout_find (layout, character, &strokes))
        {
          survey.n_strokes += strokes.n_strokes;
          continue;
        }
      list_once (list, seen, character);
      if (flags & DIO_TYPIST_BY_NUMBER && dio_key_layout_find_by_number (layout, character, &strokes))
        {
          survey.n_numbered++;
          survey.n_strokes += strokes.n_strokes;
        }
      else
        {
          survey.n_missing++;
        }
    }
  survey.missing = g_string_free (g_steal_pointer (&list), FALSE);
  survey.numbers = dio_key_layout_find_by_number (layout, 0x10ffff, &strokes);
  *ret_survey = survey;
  return TRUE;
}

void
dio_typist_survey_clear (DioTypistSurvey *survey)
{
  g_clear_pointer (&survey->missing, g_free);
}

static gboolean
strike (Job *job, const DioStroke *stroke)
{
  return dio_keyboard_send_combination (job->keyboard, stroke->keys, stroke->n_keys);
}

/* Consumes ERROR; NULL: all is typed. */
static void
end (GTask *task, GError *error)
{
  Job *job = g_task_get_task_data (task);

  dio_keyboard_release_all (job->keyboard);
  if (job->caps_lock)
    dio_keyboard_sync_locks (job->keyboard, DIO_LOCK_CAPS, DIO_LOCK_CAPS);
  g_object_set_data (G_OBJECT (job->keyboard), TASK_KEY, NULL);
  g_clear_signal_handler (&job->idle_handler, job->keyboard);
  g_clear_handle_id (&job->timer, g_source_remove);
  if (job->cancelled)
    g_source_destroy (job->cancelled);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;

  g_cancellable_set_error_if_cancelled (cancellable, &error);
  end (task, g_steal_pointer (&error));
  return G_SOURCE_REMOVE;
}

/* Finds the next character that is typed. FALSE: there is none. */
static gboolean
prepare_character (Job *job)
{
  while (*job->next)
    {
      gunichar character = take_character (job->layout, &job->next);

      job->next_stroke = 0;
      if (dio_key_layout_find (job->layout, character, &job->strokes) ||
          (job->flags & DIO_TYPIST_BY_NUMBER && dio_key_layout_find_by_number (job->layout, character, &job->strokes)))
        return TRUE;
      job->n_done++;
    }
  return FALSE;
}

static void
tell_progress (Job *job)
{
  if (job->progress)
    job->progress (job->n_done, job->progress_data);
}

static gboolean type_on (gpointer user_data);

/* The next key; then a pause. */
static void
type_stroke (GTask *task)
{
  Job *job = g_task_get_task_data (task);

  /* Its source is about to end this. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    return;
  if (job->next_stroke >= job->strokes.n_strokes && !prepare_character (job))
    {
      tell_progress (job);
      end (task, NULL);
      return;
    }
  if (!strike (job, &job->strokes.strokes[job->next_stroke++]))
    {
      end (task,
           g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED,
                                _ ("The machine takes no more keys. Look how far the text came, then type the rest.")));
      return;
    }
  job->timer = g_timeout_add (job->interval, type_on, task);
  if (job->next_stroke == job->strokes.n_strokes)
    {
      job->n_done++;
      tell_progress (job);
    }
}

static void
on_idle (DioKeyboard *keyboard, GTask *task)
{
  Job *job = g_task_get_task_data (task);

  if (job->timer == 0)
    type_stroke (task);
}

static gboolean
type_on (gpointer user_data)
{
  GTask *task = user_data;
  Job *job = g_task_get_task_data (task);

  job->timer = 0;
  /* Else its answer lets us go on. */
  if (dio_keyboard_is_idle (job->keyboard))
    type_stroke (task);
  return G_SOURCE_REMOVE;
}

/* Who types and what, until all is done. */
static void
start (GTask *task, GCancellable *cancellable)
{
  Job *job = g_task_get_task_data (task);

  if (cancellable)
    {
      job->cancelled = g_cancellable_source_new (cancellable);
      g_task_attach_source (task, job->cancelled, G_SOURCE_FUNC (on_cancelled));
    }
  job->idle_handler = g_signal_connect (job->keyboard, "idle", G_CALLBACK (on_idle), task);
  dio_keyboard_release_all (job->keyboard);
  job->caps_lock = dio_keyboard_get_locks (job->keyboard) & DIO_LOCK_CAPS;
  if (job->caps_lock)
    dio_keyboard_sync_locks (job->keyboard, 0, DIO_LOCK_CAPS);
  job->timer = g_timeout_add (0, type_on, task);
}

void
dio_typist_type_async (DioKeyboard *keyboard, DioKeyLayout *layout, const char *text, DioTypistFlags flags, guint pace,
                       GCancellable *cancellable, DioTypistProgress progress, gpointer progress_data,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (keyboard, cancellable, callback, user_data);
  GError *error = NULL;
  Job *job;

  g_return_if_fail (DIO_IS_KEYBOARD (keyboard));
  g_return_if_fail (layout && text);

  g_task_set_source_tag (task, dio_typist_type_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (!check_text (text, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (g_object_get_data (G_OBJECT (keyboard), TASK_KEY))
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_PENDING, "%s",
                               _ ("Another text is being typed. Wait until that is done, or stop it."));
      return;
    }
  g_object_set_data (G_OBJECT (keyboard), TASK_KEY, task);

  job = g_new0 (Job, 1);
  job->keyboard = g_object_ref (keyboard);
  job->layout = dio_key_layout_ref (layout);
  job->next = job->text = g_strdup (text);
  job->flags = flags;
  pace = pace ? pace : DIO_TYPIST_PACE;
  job->interval = pace < MAX_PACE ? 1000 / pace : 0;
  job->progress = progress;
  job->progress_data = progress_data;
  g_task_set_task_data (task, job, job_free);
  start (g_steal_pointer (&task), cancellable);
}

gboolean
dio_typist_type_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == dio_typist_type_async, FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
