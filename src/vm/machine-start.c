/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine that starts: which QEMU, on which processor, with which files, until it answers. */
#include "config.h"

#include "vm/graphics-card.h"
#include "vm/machine-private.h"

#include "base/debug.h"
#include "vm/argv.h"
#include "vm/kvm.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define KVM_START_TIMEOUT 10000 /* ms that QEMU may be silent while it starts */
#define TCG_START_TIMEOUT 60000

G_GNUC_PRINTF (2, 3)
static void
forget_secret (DioMachine *self, const char *format, ...)
{
  JsonObject *arguments = json_object_new ();
  g_autofree char *name = NULL;
  va_list values;

  va_start (values, format);
  name = g_strdup_vprintf (format, values);
  va_end (values);
  json_object_set_string_member (arguments, "id", name);
  dio_qmp_execute_async (self->qmp, "object-del", arguments, -1, NULL, NULL, NULL);
}

/* QEMU opens its images before it answers: it has the keys, and needs neither the passphrases nor what it made of them.
 */
static void
forget_secrets (DioMachine *self)
{
  gboolean disposable = dio_machine_config_get_disposable (self->config);

  dio_passphrases_settle (self->passphrases);
  for (guint i = 0; self->qmp != NULL && i < dio_machine_config_get_n_disks (self->config); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (self->config, i);

      if (disk->encryption != NULL)
        forget_secret (self, "disk%u-key", i);
      if (disk->encryption != NULL && disposable && self->qmp != NULL)
        forget_secret (self, "disk%u-overlay-key", i);
    }
}

static void
on_first_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachine) self = DIO_MACHINE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  const char *status = "";

  if (DIO_QMP (source) != self->qmp || answer == NULL || self->off_wanted)
    return;
  if (JSON_NODE_HOLDS_OBJECT (answer))
    status = json_object_get_string_member_with_default (json_node_get_object (answer), "status", "");

  g_clear_handle_id (&self->start_id, g_source_remove);
  if (g_str_equal (status, "internal-error"))
    {
      dio_machine_give_up_kvm (self);
      return;
    }
  self->ready_time = self->boot_time = g_get_monotonic_time ();
  if (self->accel == DIO_ACCEL_KVM && dio_machine_config_get_accel (self->config) == DIO_ACCEL_AUTO)
    self->kvm_watch = dio_kvm_watch_new (self->qmp, dio_machine_give_up_kvm, self);
  dio_machine_set_running (self, g_str_equal (status, "running"));
  if (self->helpers != NULL)
    dio_helpers_settle (self->helpers);
  forget_secrets (self);
  if (self->qmp != NULL && dio_machine_config_get_network (self->config) == DIO_NETWORK_PASST)
    dio_machine_announce (self);
  if (self->qmp != NULL)
    dio_machine_emit_ready (self);
}

static void
on_qmp_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachine) self = DIO_MACHINE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioQmp) qmp = dio_qmp_new_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* the run is gone, or another one */
  g_clear_object (&self->starting);
  if (qmp == NULL)
    {
      dio_debug (DIO_DEBUG_VM, "QMP: %s", error->message);
      dio_machine_check_end (self);
      return;
    }
  self->qmp = g_steal_pointer (&qmp);
  dio_machine_listen (self);
  dio_qmp_execute_async (self->qmp, "query-status", NULL, -1, NULL, on_first_status, g_object_ref (self));
}

static gboolean
on_start_timeout (gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  self->start_id = 0;
  self->start_timeout = TRUE;
  g_cancellable_cancel (self->starting);
  g_clear_object (&self->starting);
  if (self->qmp != NULL)
    dio_qmp_close (self->qmp);
  dio_process_end (self->process, 0);
  return G_SOURCE_REMOVE;
}

/* Whether somebody listens at PATH: a socket that was left behind would keep QEMU from starting. */
static gboolean
is_served (const char *path)
{
  g_autofd int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  return fd >= 0 && g_strlcpy (address.sun_path, path, sizeof address.sun_path) < sizeof address.sun_path &&
         connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
}

static const char *
choose_audio (DioEngine *engine)
{
  const char *runtime = g_get_user_runtime_dir ();
  const char *remote = g_getenv ("PIPEWIRE_REMOTE");
  g_autofree char *pipewire =
      g_build_filename (runtime, remote != NULL && *remote != '\0' ? remote : "pipewire-0", NULL);
  g_autofree char *pulse = g_build_filename (runtime, "pulse", "native", NULL);

  if (dio_engine_has_option (engine, "audio-pipewire") && is_served (pipewire))
    return "pipewire";
  if (dio_engine_has_option (engine, "audio-pa") && (g_getenv ("PULSE_SERVER") != NULL || is_served (pulse)))
    return "pa";
  return "none";
}

/* The argument list, and in FDS what the child gets: QMP, then what the helpers are reached by. */
static gboolean
build_argv (DioMachine *self, GArray *fds, GError **error)
{
  g_autofree char *render_node = dio_graphics_card_find ();
  DioRunPaths paths = { .qmp_fd = DIO_PROCESS_FIRST_FD,
                        .control_socket = dio_run_dir_get_control_socket (self->run_dir),
                        .audio = choose_audio (self->engine),
                        .render_node = render_node,
                        .shares_memory = dio_graphics_card_shares_memory () };

  dio_helpers_hand_over (self->helpers, &paths, DIO_PROCESS_FIRST_FD, fds);
  g_clear_pointer (&self->argv, g_strfreev);
  if (!dio_passphrases_hand_over (self->passphrases, self->config, dio_helpers_get_overlay_keys (self->helpers), &paths,
                                  DIO_PROCESS_FIRST_FD, fds, error))
    return FALSE;
  self->argv = dio_argv_build (self->config, self->engine, &paths, self->accel, error);
  return self->argv != NULL;
}

/* Returns: the log, after the command line, or -1. */
static int
open_log (DioMachine *self)
{
  g_autofree char *line = dio_machine_dup_command_line (self);
  int fd = dio_run_dir_open_log (self->run_dir, TRUE);

  if (fd >= 0)
    dprintf (fd, "%s\n", line);
  return fd;
}

static void
close_all (GArray *fds)
{
  for (guint i = 0; i < fds->len; i++)
    g_clear_fd (&g_array_index (fds, int, i), NULL);
}

static gboolean
spawn (DioMachine *self, int *qmp_fd, GError **error)
{
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The machine did not start: %s. Close some windows."), g_strerror (errno));
      return FALSE;
    }
  g_array_append_val (fds, pair[1]);
  *qmp_fd = pair[0];
  if (build_argv (self, fds, error))
    self->process = dio_process_new ((const char *const *) self->argv, (int *) (gpointer) fds->data, fds->len,
                                     open_log (self), error);
  close_all (fds);
  if (self->process == NULL)
    g_clear_fd (qmp_fd, NULL);
  return self->process != NULL;
}

static char *
explain_without_kvm (DioMachine *self)
{
  g_autofree char *why = NULL;
  DioKvmFacts facts;

  if (!dio_engine_has_option (self->engine, "kvm"))
    return g_strdup (_ ("This QEMU was built without KVM, so the machine runs in slow emulation."));
  dio_kvm_probe (&facts);
  if (facts.status == DIO_KVM_USABLE && !facts.smm &&
      dio_machine_config_get_firmware (self->config) == DIO_FIRMWARE_UEFI_SECURE)
    return g_strdup (
        _ ("This computer's KVM lacks what Secure Boot needs (SMM), so the machine runs in slow emulation. "
           "With UEFI without Secure Boot it is fast."));
  why = dio_kvm_explain (&facts);
  return why != NULL ? g_strdup_printf (_ ("%s Until then the machine runs in slow emulation."), why) : NULL;
}

/* Chooses how the guest's instructions are run and says so. Returns: FALSE when that is impossible as asked. */
static gboolean
choose_accel (DioMachine *self, GError **error)
{
  DioAccel wanted = dio_machine_config_get_accel (self->config);
  g_autofree char *why_not = NULL;

  self->accel = wanted == DIO_ACCEL_TCG ? DIO_ACCEL_TCG : DIO_ACCEL_KVM;
  if (wanted != DIO_ACCEL_TCG)
    {
      if (wanted == DIO_ACCEL_AUTO && dio_kvm_get_failed ())
        why_not = g_strdup (_ ("This computer's KVM does not work, so the machine runs in slow emulation."));
      else
        why_not = explain_without_kvm (self);
    }
  if (why_not != NULL && wanted == DIO_ACCEL_KVM)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, why_not);
      return FALSE;
    }
  if (why_not != NULL)
    self->accel = DIO_ACCEL_TCG;
  dio_machine_set_emulated (self, self->accel == DIO_ACCEL_TCG);
  dio_machine_set_accel_notice (self, why_not);
  return TRUE;
}

static void
on_trouble (DioHelpers *helpers, const char *sentence, gpointer user_data)
{
  dio_machine_set_helper_notice (DIO_MACHINE (user_data), sentence);
}

static void
on_helpers_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachine) self = DIO_MACHINE (user_data);
  g_autoptr (GError) error = NULL;
  gboolean ready = dio_helpers_prepare_finish (DIO_HELPERS (source), result, &error);
  int qmp_fd = -1;

  if (DIO_HELPERS (source) != self->helpers)
    return; /* the run is gone, or another one */
  if (self->off_wanted)
    {
      dio_machine_give_up (self, DIO_MACHINE_STOPPED, NULL);
      return;
    }
  if (!ready || !spawn (self, &qmp_fd, &error))
    {
      dio_machine_give_up (self, DIO_MACHINE_FAILED, g_steal_pointer (&error));
      return;
    }
  dio_machine_set_helper_notice (self, dio_helpers_get_notice (self->helpers));
  g_signal_connect_object (self->helpers, "trouble", G_CALLBACK (on_trouble), self, 0);
  g_signal_connect_object (self->process, "exited", G_CALLBACK (dio_machine_check_end), self, G_CONNECT_SWAPPED);
  self->start_id =
      g_timeout_add (self->accel == DIO_ACCEL_KVM ? KVM_START_TIMEOUT : TCG_START_TIMEOUT, on_start_timeout, self);
  dio_qmp_new_async (qmp_fd, self->starting, on_qmp_ready, g_object_ref (self));
  dio_machine_emit_spawned (self);
}

/* A fallback's log is appended to that of what went before. */
static gboolean
make_run_dir (DioMachine *self, GError **error)
{
  gboolean append = dio_kvm_get_failed () && self->accel == DIO_ACCEL_TCG && self->log_tail != NULL;
  g_autofd int fd = -1;

  self->run_dir = dio_run_dir_new (dio_machine_config_get_name (self->config),
                                   dio_machine_config_get_uuid (self->config), self->log_folder, error);
  if (self->run_dir == NULL)
    return FALSE;
  g_set_str (&self->log_path, dio_run_dir_get_log_path (self->run_dir));
  fd = dio_run_dir_open_log (self->run_dir, append);
  return TRUE;
}

void
dio_machine_launch (DioMachine *self)
{
  g_autoptr (GError) error = NULL;

  if (!choose_accel (self, &error) || !make_run_dir (self, &error))
    {
      dio_machine_give_up (self, DIO_MACHINE_FAILED, g_steal_pointer (&error));
      return;
    }
  self->helpers = dio_helpers_new (self->config, self->engine, dio_run_dir_get_path (self->run_dir), self->log_path);
  dio_helpers_prepare_async (self->helpers, self->starting, on_helpers_ready, g_object_ref (self));
}

static void
on_engine (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachine) self = DIO_MACHINE (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioEngine) engine = dio_engine_probe_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_set_object (&self->engine, engine);
  if (engine == NULL)
    dio_machine_give_up (self, DIO_MACHINE_FAILED, g_steal_pointer (&error));
  else
    dio_machine_launch (self);
}

static gboolean
has_passphrases (DioMachine *self)
{
  const char *path = dio_passphrases_find_missing (self->passphrases, self->config);

  if (path == NULL)
    return TRUE;
  dio_machine_give_up_locked (self, path, DIO_PASSPHRASE_ERROR_MISSING);
  return FALSE;
}

static void
begin_start (DioMachine *self)
{
  if (!has_passphrases (self))
    return;
  self->starting = g_cancellable_new ();
  dio_engine_probe_async (dio_machine_config_get_arch (self->config), self->starting, on_engine, g_object_ref (self));
}

void
dio_machine_start (DioMachine *self)
{
  g_return_if_fail (DIO_IS_MACHINE (self));

  if (self->state != DIO_MACHINE_STOPPED && self->state != DIO_MACHINE_FAILED && self->state != DIO_MACHINE_CRASHED)
    return;
  self->off_wanted = FALSE;
  g_clear_pointer (&self->locked_image, g_free);
  g_clear_pointer (&self->log_tail, g_free);
  dio_machine_take_failure (self, NULL);
  dio_machine_set_state (self, DIO_MACHINE_STARTING);
  /* Who was told may not have wanted it, or not yet. */
  if (self->state == DIO_MACHINE_STARTING && !self->start_held)
    begin_start (self);
}

void
dio_machine_hold_start (DioMachine *self)
{
  g_return_if_fail (DIO_IS_MACHINE (self) && self->state == DIO_MACHINE_STARTING && !self->starting && !self->process);

  self->start_held = TRUE;
}

void
dio_machine_continue_start (DioMachine *self)
{
  g_return_if_fail (DIO_IS_MACHINE (self));

  if (!self->start_held)
    return;
  self->start_held = FALSE;
  begin_start (self);
}

void
dio_machine_refuse_start (DioMachine *self, GError *error)
{
  g_return_if_fail (DIO_IS_MACHINE (self) && self->state == DIO_MACHINE_STARTING && !self->process);

  dio_machine_give_up (self, DIO_MACHINE_FAILED, error);
}
