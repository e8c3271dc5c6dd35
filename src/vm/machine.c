/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/machine-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

G_DEFINE_FINAL_TYPE (DioMachine, dio_machine, G_TYPE_OBJECT)

G_DEFINE_ENUM_TYPE (DioMachineState, dio_machine_state, G_DEFINE_ENUM_VALUE (DIO_MACHINE_STOPPED, "stopped"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_STARTING, "starting"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_PAUSED, "paused"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_STOPPING, "stopping"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (DIO_MACHINE_CRASHED, "crashed"))

enum
{
  PROP_CONFIG = 1,
  PROP_STATE,
  PROP_EMULATED,
  PROP_NOTICE,
  PROP_FAILURE,
  PROP_GUEST_TOOLS,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_SPAWNED,
  SIGNAL_READY,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_QUARK (dio - passphrase - error - quark, dio_passphrase_error)

DioMachine *
dio_machine_new (DioMachineConfig *config)
{
  g_return_val_if_fail (DIO_IS_MACHINE_CONFIG (config), NULL);

  return g_object_new (DIO_TYPE_MACHINE, "config", config, NULL);
}

/* --- state --- */

void
dio_machine_set_state (DioMachine *self, DioMachineState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
dio_machine_set_emulated (DioMachine *self, gboolean emulated)
{
  if (self->emulated == emulated)
    return;
  self->emulated = emulated;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EMULATED]);
}

void
dio_machine_set_guest_tools (DioMachine *self, DioGuestTools guest_tools)
{
  if (self->guest_tools == guest_tools)
    return;
  self->guest_tools = guest_tools;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_GUEST_TOOLS]);
}

DioGuestTools
dio_machine_get_guest_tools (DioMachine *self)
{
  return self->guest_tools;
}

static void
set_notice (DioMachine *self, char **field, const char *notice)
{
  g_autofree char *before = g_strdup (dio_machine_get_notice (self));

  g_set_str (field, notice);
  if (g_strcmp0 (before, dio_machine_get_notice (self)) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_NOTICE]);
}

void
dio_machine_set_accel_notice (DioMachine *self, const char *notice)
{
  set_notice (self, &self->accel_notice, notice);
}

void
dio_machine_set_disk_notice (DioMachine *self, const char *notice)
{
  set_notice (self, &self->disk_notice, notice);
}

void
dio_machine_set_helper_notice (DioMachine *self, const char *notice)
{
  set_notice (self, &self->helper_notice, notice);
}

void
dio_machine_take_failure (DioMachine *self, GError *failure)
{
  if (self->failure == NULL && failure == NULL)
    return;
  g_clear_error (&self->failure);
  self->failure = failure;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FAILURE]);
}

void
dio_machine_emit_spawned (DioMachine *self)
{
  g_signal_emit (self, signals[SIGNAL_SPAWNED], 0);
}

void
dio_machine_emit_ready (DioMachine *self)
{
  g_signal_emit (self, signals[SIGNAL_READY], 0);
}

DioMachineState
dio_machine_get_state (DioMachine *self)
{
  return self->state;
}

DioMachineConfig *
dio_machine_get_config (DioMachine *self)
{
  return self->config;
}

gboolean
dio_machine_get_emulated (DioMachine *self)
{
  return self->emulated;
}

const char *
dio_machine_get_notice (DioMachine *self)
{
  if (self->disk_notice != NULL)
    return self->disk_notice;
  return self->helper_notice != NULL ? self->helper_notice : self->accel_notice;
}

const GError *
dio_machine_get_failure (DioMachine *self)
{
  return self->failure;
}

void
dio_machine_set_passphrase (DioMachine *self, const char *path, GBytes *passphrase)
{
  g_return_if_fail (DIO_IS_MACHINE (self) && path != NULL);

  dio_passphrases_set (self->passphrases, path, passphrase);
}

const char *
dio_machine_get_locked_image (DioMachine *self)
{
  return self->locked_image;
}

DioQmp *
dio_machine_get_qmp (DioMachine *self)
{
  return self->qmp;
}

DioEngine *
dio_machine_get_engine (DioMachine *self)
{
  return self->engine;
}

GPid
dio_machine_get_pid (DioMachine *self)
{
  return self->process != NULL ? dio_process_get_pid (self->process) : 0;
}

/* --- commands --- */

static void
on_command_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (answer != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

GTask *
dio_machine_new_task (DioMachine *self, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  if (self->qmp != NULL && dio_qmp_is_open (self->qmp))
    return g_steal_pointer (&task);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                           _ ("The machine is not running. Start it first."));
  return NULL;
}

static void
send_command (DioMachine *self, gpointer tag, const char *command, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = dio_machine_new_task (self, tag, NULL, callback, user_data);

  if (task != NULL)
    dio_qmp_execute_async (self->qmp, command, NULL, -1, NULL, on_command_done, task);
}

void
dio_machine_pause_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  send_command (self, dio_machine_pause_async, "stop", callback, user_data);
}

void
dio_machine_resume_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  send_command (self, dio_machine_resume_async, "cont", callback, user_data);
}

void
dio_machine_reset_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  send_command (self, dio_machine_reset_async, "system_reset", callback, user_data);
}

void
dio_machine_power_down_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data)
{
  /* A guest that stands still cannot hear the button. */
  if (self->state == DIO_MACHINE_PAUSED && self->qmp != NULL)
    dio_qmp_execute_async (self->qmp, "cont", NULL, -1, NULL, NULL, NULL);
  self->power_presses = 0;
  send_command (self, dio_machine_power_down_async, "system_powerdown", callback, user_data);
}

gboolean
dio_machine_command_finish (DioMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- display --- */

/* Our end of a display's socket on its way through QMP. */
typedef struct
{
  int fd;
  char *name;
} Display;

static void
display_free (Display *display)
{
  g_clear_fd (&display->fd, NULL);
  g_free (display->name);
  g_free (display);
}

static void
on_client_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Display *display = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (answer == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, g_memdup2 (&(Display) { g_steal_fd (&display->fd), NULL }, sizeof (Display)),
                           (GDestroyNotify) display_free);
}

static void
on_fd_passed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Display *display = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  JsonObject *arguments;

  if (answer == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  arguments = json_object_new ();
  json_object_set_string_member (arguments, "protocol", "@dbus-display");
  json_object_set_string_member (arguments, "fdname", display->name);
  dio_qmp_execute_async (DIO_QMP (source), "add_client", arguments, -1, g_task_get_cancellable (task), on_client_added,
                         g_object_ref (task));
}

void
dio_machine_open_display_async (DioMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  static guint counter;
  GTask *task = dio_machine_new_task (self, dio_machine_open_display_async, cancellable, callback, user_data);
  g_autofd int theirs = -1;
  Display *display;
  JsonObject *arguments;
  int pair[2];

  if (task == NULL)
    return;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno),
                               _ ("The display cannot be opened (%s)."), g_strerror (errno));
      g_object_unref (task);
      return;
    }
  theirs = pair[1];
  display = g_new0 (Display, 1);
  display->fd = pair[0];
  display->name = g_strdup_printf ("display-%u", counter++);
  g_task_set_task_data (task, display, (GDestroyNotify) display_free);

  arguments = json_object_new ();
  json_object_set_string_member (arguments, "fdname", display->name);
  dio_qmp_execute_async (self->qmp, "getfd", arguments, theirs, cancellable, on_fd_passed, task);
}

int
dio_machine_open_display_finish (DioMachine *self, GAsyncResult *result, GError **error)
{
  Display *display;
  int fd;

  g_return_val_if_fail (g_task_is_valid (result, self), -1);

  display = g_task_propagate_pointer (G_TASK (result), error);
  if (display == NULL)
    return -1;
  fd = g_steal_fd (&display->fd);
  display_free (display);
  return fd;
}

/* --- troubleshooting --- */

char *
dio_machine_dup_command_line (DioMachine *self)
{
  g_autoptr (GString) line = g_string_new (NULL);

  if (self->argv == NULL)
    return NULL;
  for (guint i = 0; self->argv[i] != NULL; i++)
    {
      g_autofree char *quoted = g_shell_quote (self->argv[i]);
      gboolean plain =
          strspn (self->argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=,./:@+") ==
              strlen (self->argv[i]) &&
          self->argv[i][0] != '\0';

      if (i > 0)
        g_string_append_c (line, ' ');
      g_string_append (line, plain ? self->argv[i] : quoted);
    }
  return g_string_free_and_steal (g_steal_pointer (&line));
}

const char *
dio_machine_get_log_path (DioMachine *self)
{
  return self->log_path;
}

void
dio_machine_set_log_folder (DioMachine *self, const char *log_folder)
{
  g_return_if_fail (DIO_IS_MACHINE (self));

  g_set_str (&self->log_folder, log_folder);
}

char *
dio_machine_dup_log_tail (DioMachine *self)
{
  if (self->process != NULL)
    return dio_process_dup_tail (self->process);
  return g_strdup (self->log_tail != NULL ? self->log_tail : "");
}

const char *
dio_machine_get_control_socket (DioMachine *self)
{
  if (self->run_dir == NULL || dio_machine_config_get_control_port (self->config) == NULL)
    return NULL;
  return dio_run_dir_get_control_socket (self->run_dir);
}

/* --- object --- */

static void
dio_machine_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  DioMachine *self = DIO_MACHINE (object);

  switch (property_id)
    {
    case PROP_CONFIG:
      g_value_set_object (value, self->config);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_EMULATED:
      g_value_set_boolean (value, self->emulated);
      break;
    case PROP_NOTICE:
      g_value_set_string (value, dio_machine_get_notice (self));
      break;
    case PROP_FAILURE:
      g_value_set_boxed (value, self->failure);
      break;
    case PROP_GUEST_TOOLS:
      g_value_set_uint (value, self->guest_tools);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dio_machine_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  DioMachine *self = DIO_MACHINE (object);

  if (property_id == PROP_CONFIG)
    self->config = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
dio_machine_dispose (GObject *object)
{
  dio_machine_clear_run (DIO_MACHINE (object));
  G_OBJECT_CLASS (dio_machine_parent_class)->dispose (object);
}

static void
dio_machine_finalize (GObject *object)
{
  DioMachine *self = DIO_MACHINE (object);

  g_clear_object (&self->config);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->accel_notice, g_free);
  g_clear_pointer (&self->disk_notice, g_free);
  g_clear_pointer (&self->helper_notice, g_free);
  g_clear_pointer (&self->passphrases, dio_passphrases_free);
  g_clear_pointer (&self->locked_image, g_free);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->argv, g_strfreev);
  g_clear_pointer (&self->log_folder, g_free);
  g_clear_pointer (&self->log_path, g_free);
  g_clear_pointer (&self->log_tail, g_free);
  G_OBJECT_CLASS (dio_machine_parent_class)->finalize (object);
}

static void
dio_machine_class_init (DioMachineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = dio_machine_get_property;
  object_class->set_property = dio_machine_set_property;
  object_class->dispose = dio_machine_dispose;
  object_class->finalize = dio_machine_finalize;

  props[PROP_CONFIG] = g_param_spec_object ("config", NULL, NULL, DIO_TYPE_MACHINE_CONFIG,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, DIO_TYPE_MACHINE_STATE, DIO_MACHINE_STOPPED, flags);
  props[PROP_EMULATED] = g_param_spec_boolean ("emulated", NULL, NULL, FALSE, flags);
  props[PROP_NOTICE] = g_param_spec_string ("notice", NULL, NULL, NULL, flags);
  props[PROP_FAILURE] = g_param_spec_boxed ("failure", NULL, NULL, G_TYPE_ERROR, flags);
  props[PROP_GUEST_TOOLS] = g_param_spec_uint ("guest-tools", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  signals[SIGNAL_SPAWNED] =
      g_signal_new ("spawned", DIO_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_READY] =
      g_signal_new ("ready", DIO_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
dio_machine_init (DioMachine *self)
{
  self->passphrases = dio_passphrases_new ();
}
