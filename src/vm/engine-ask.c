/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/engine-ask.h"

#include "qmp/qmp.h"
#include "vm/process.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#define TIMEOUT 60     /* s; the first frame of a window may keep us busy for half of it where OpenGL is slow */
#define MAX_OUTPUT 500 /* bytes that are quoted */

/* One question and answer after another; the task owns this. */
typedef struct
{
  DioEngineAnswers *answers;
  DioProcess *process;
  DioQmp *qmp;
  GSubprocess *audio; /* lists the sound drivers: QMP cannot be asked for those in modules */
  GCancellable *cancellable;
  gulong cancel_id;
  guint timeout_id;
  guint n_waiting;
  GError *error;
} Ask;

void
dio_engine_answers_free (DioEngineAnswers *self)
{
  g_ptr_array_unref (self->devices);
  g_ptr_array_unref (self->options);
  g_free (self);
}

static void
ask_free (Ask *ask)
{
  g_clear_handle_id (&ask->timeout_id, g_source_remove);
  if (ask->qmp != NULL)
    dio_qmp_close (ask->qmp);
  if (ask->process != NULL)
    dio_process_end (ask->process, 0);
  if (ask->audio != NULL)
    g_subprocess_force_exit (ask->audio);
  g_clear_pointer (&ask->answers, dio_engine_answers_free);
  g_clear_object (&ask->process);
  g_clear_object (&ask->qmp);
  g_clear_object (&ask->audio);
  g_clear_object (&ask->cancellable);
  g_clear_error (&ask->error);
  g_free (ask);
}

static void
add (GPtrArray *names, const char *name)
{
  g_ptr_array_add (names, g_strdup (name));
}

/* --- reading answers; they come from a program that we chose, but are checked all the same --- */

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
get_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static const char *
get_string (JsonObject *object, const char *name)
{
  return object != NULL ? json_object_get_string_member_with_default (object, name, "") : "";
}

static gboolean
array_has (JsonArray *array, const char *text)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && g_strcmp0 (json_node_get_string (node), text) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
read_devices (DioEngineAnswers *answers, JsonArray *types)
{
  for (guint i = 0; i < json_array_get_length (types); i++)
    add (answers->devices, get_string (get_element (types, i), "name"));
}

static void
read_objects (DioEngineAnswers *answers, JsonArray *types)
{
  static const char *const wanted[][2] = {
    { "dbus-display", "dbus-display" },
    { "kvm-accel", "kvm" },
    { "tcg-accel", "tcg" },
    { "tpm-emulator", "tpm-emulator" },
    { "chardev-dbus", "dbus-chardev" },
    { "memory-backend-memfd", "memory-backend-memfd" },
  };

  for (guint i = 0; i < json_array_get_length (types); i++)
    for (guint j = 0; j < G_N_ELEMENTS (wanted); j++)
      if (g_str_equal (get_string (get_element (types, i), "name"), wanted[j][0]))
        add (answers->options, wanted[j][1]);
}

static void
read_command_line (DioEngineAnswers *answers, JsonArray *options)
{
  for (guint i = 0; i < json_array_get_length (options); i++)
    {
      JsonObject *option = get_element (options, i);
      const char *name = get_string (option, "option");
      JsonArray *parameters = option != NULL ? get_array (option, "parameters") : NULL;

      if (g_str_equal (name, "sandbox") && parameters != NULL && json_array_get_length (parameters) > 0)
        add (answers->options, "sandbox");
      for (guint j = 0; g_str_equal (name, "run-with") && parameters != NULL && j < json_array_get_length (parameters);
           j++)
        if (g_str_equal (get_string (get_element (parameters, j), "name"), "exit-with-parent"))
          add (answers->options, "exit-with-parent");
    }
}

/* Type names are masked in the schema: the enumeration of network back ends is the one that has "hubport". */
static void
read_schema (DioEngineAnswers *answers, JsonArray *schema)
{
  for (guint i = 0; i < json_array_get_length (schema); i++)
    {
      JsonObject *type = get_element (schema, i);
      JsonArray *values = g_str_equal (get_string (type, "meta-type"), "enum") ? get_array (type, "values") : NULL;

      if (array_has (values, "hubport") && array_has (values, "nic") && array_has (values, "user"))
        add (answers->options, "slirp");
    }
}

/* --- asking --- */

static void
step_done (GTask *task, const GError *error)
{
  Ask *ask = g_task_get_task_data (task);

  if (error != NULL && ask->error == NULL)
    {
      g_autofree char *output = dio_process_dup_tail (ask->process);

      /* As a library that it misses. */
      ask->error = g_error_new (error->domain, error->code, "%s%s%.*s", error->message,
                                *g_strstrip (output) != '\0' ? " " : "", MAX_OUTPUT, output);
      g_cancellable_cancel (ask->cancellable);
    }
  if (--ask->n_waiting > 0)
    return;

  g_clear_handle_id (&ask->timeout_id, g_source_remove);
  g_cancellable_disconnect (g_task_get_cancellable (task), ask->cancel_id);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (ask->error != NULL)
    g_task_return_error (task, g_steal_pointer (&ask->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&ask->answers), (GDestroyNotify) dio_engine_answers_free);
}

typedef void (*ReadFunc) (DioEngineAnswers *answers, JsonArray *array);

typedef struct
{
  GTask *task;
  ReadFunc read;
} Question;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Question *question = user_data;
  g_autoptr (GTask) task = question->task;
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    question->read (ask->answers, json_node_get_array (node));
  step_done (task, error);
}

static void
put_question (GTask *task, const char *command, JsonObject *arguments, ReadFunc read)
{
  Ask *ask = g_task_get_task_data (task);
  Question *question = g_new0 (Question, 1);

  question->task = g_object_ref (task);
  question->read = read;
  ask->n_waiting++;
  dio_qmp_execute_async (ask->qmp, command, arguments, -1, ask->cancellable, on_answer, question);
}

static void
on_qmp (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  JsonObject *arguments;

  ask->qmp = dio_qmp_new_finish (result, &error);
  if (ask->qmp != NULL)
    {
      dio_qmp_get_version (ask->qmp, ask->answers->version);
      arguments = json_object_new ();
      json_object_set_string_member (arguments, "implements", "device");
      put_question (task, "qom-list-types", arguments, read_devices);
      put_question (task, "qom-list-types", NULL, read_objects);
      put_question (task, "query-command-line-options", NULL, read_command_line);
      put_question (task, "query-qmp-schema", NULL, read_schema);
    }
  step_done (task, error);
}

/* "Available audio drivers:" and then one a line. */
static void
on_audio (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Ask *ask = g_task_get_task_data (task);
  g_autofree char *output = NULL;

  if (g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, &output, NULL, NULL) && output != NULL)
    {
      g_auto (GStrv) lines = g_strsplit (output, "\n", 64);

      for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
        if (*g_strstrip (lines[i]) != '\0')
          g_ptr_array_add (ask->answers->options, g_strconcat ("audio-", lines[i], NULL));
    }
  step_done (task, NULL); /* a machine without sound is one all the same */
}

static gboolean
on_timeout (gpointer user_data)
{
  Ask *ask = g_task_get_task_data (G_TASK (user_data));

  ask->timeout_id = 0;
  if (ask->error == NULL)
    ask->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("It did not answer within 10 seconds."));
  g_cancellable_cancel (ask->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_task_cancelled (GCancellable *cancellable, GCancellable *inner)
{
  g_cancellable_cancel (inner);
}

static gboolean
start (Ask *ask, const char *binary, int *qmp_fd, GError **error)
{
  const char *const argv[] = { binary,
                               "-machine",
                               "none",
                               "-nodefaults",
                               "-no-user-config",
                               "-display",
                               "none",
                               "-chardev",
                               "socket,id=qmp,fd=3",
                               "-mon",
                               "chardev=qmp,mode=control",
                               NULL };
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("There are too many open files (%s)."),
                   g_strerror (errno));
      return FALSE;
    }
  ask->process = dio_process_new (argv, &pair[1], 1, -1, error);
  *qmp_fd = pair[0];
  if (ask->process == NULL)
    g_clear_fd (qmp_fd, NULL);
  return ask->process != NULL;
}

void
dio_engine_ask_async (const char *binary, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Ask *ask = g_new0 (Ask, 1);
  g_autoptr (GError) error = NULL;
  int qmp_fd = -1;

  g_task_set_source_tag (task, dio_engine_ask_async);
  g_task_set_static_name (task, "Ask QEMU");
  g_task_set_task_data (task, ask, (GDestroyNotify) ask_free);
  ask->answers = g_new0 (DioEngineAnswers, 1);
  ask->answers->devices = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  ask->answers->options = g_ptr_array_new_null_terminated (0, g_free, TRUE);
  ask->cancellable = g_cancellable_new ();

  if (!start (ask, binary, &qmp_fd, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  ask->n_waiting = 1;
  ask->audio = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL, binary,
                                 "-audiodev", "help", NULL);
  if (ask->audio != NULL)
    {
      ask->n_waiting++;
      g_subprocess_communicate_utf8_async (ask->audio, NULL, ask->cancellable, on_audio, g_object_ref (task));
    }
  dio_qmp_new_async (qmp_fd, ask->cancellable, on_qmp, g_object_ref (task));
  ask->timeout_id = g_timeout_add_seconds (TIMEOUT, on_timeout, task);
  if (cancellable != NULL)
    ask->cancel_id = g_cancellable_connect (cancellable, G_CALLBACK (on_task_cancelled),
                                            g_object_ref (ask->cancellable), g_object_unref);
}

DioEngineAnswers *
dio_engine_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
