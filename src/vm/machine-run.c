/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine that runs: what QEMU tells of it, and its end. */
#include "config.h"

#include "vm/machine-private.h"

#include "base/debug.h"
#include "image/host-path.h"
#include "vm/failure.h"
#include "vm/kvm.h"

#include <glib/gi18n-lib.h>

#define OFF_TIMEOUT 1500             /* ms for "quit" before SIGKILL */
#define END_TIMEOUT 2000             /* ms between the ends of process and QMP */
#define POWER_BUTTON_INTERVAL 5      /* s */
#define POWER_BUTTON_PRESSES 18      /* in all; then the guest is taken to refuse */
#define EARLY (120 * G_USEC_PER_SEC) /* KVM that fails after that long fails in the middle of work */

void
dio_machine_clear_run (DioMachine *self)
{
  g_clear_handle_id (&self->start_id, g_source_remove);
  g_clear_handle_id (&self->off_id, g_source_remove);
  g_clear_handle_id (&self->end_id, g_source_remove);
  g_clear_handle_id (&self->power_down_id, g_source_remove);
  g_clear_pointer (&self->kvm_watch, dio_kvm_watch_free);
  g_cancellable_cancel (self->starting);
  g_clear_object (&self->starting);
  dio_machine_drop_usb_ports (self);
  if (self->qmp != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->qmp, self);
      dio_qmp_close (self->qmp);
    }
  g_clear_object (&self->qmp);
  if (self->process != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->process, self);
      g_free (self->log_tail);
      self->log_tail = dio_process_dup_tail (self->process);
    }
  g_clear_object (&self->process);
  if (self->helpers != NULL)
    g_signal_handlers_disconnect_by_data (self->helpers, self);
  g_clear_object (&self->helpers);
  g_clear_pointer (&self->run_dir, dio_run_dir_free);
  dio_passphrases_settle (self->passphrases);
  dio_machine_set_guest_tools (self, DIO_GUEST_TOOLS_OUT);
  self->ready_time = 0;
  self->shut_down = FALSE;
  self->restarts = FALSE;
  self->restart_wanted = FALSE;
  self->kvm_broke = FALSE;
  self->start_timeout = FALSE;
  self->start_held = FALSE;
}

void
dio_machine_give_up (DioMachine *self, DioMachineState state, GError *failure)
{
  dio_machine_clear_run (self);
  /* Several may be needed for a start, and be found out one after the other. */
  if (state != DIO_MACHINE_FAILED)
    dio_passphrases_forget_all (self->passphrases);
  dio_machine_set_disk_notice (self, NULL);
  dio_machine_set_helper_notice (self, NULL);
  dio_machine_take_failure (self, failure);
  dio_machine_set_state (self, state);
}

void
dio_machine_give_up_locked (DioMachine *self, const char *path, DioPassphraseError code)
{
  g_autofree char *locked = g_strdup (path), *host = dio_path_dup_host (path);
  g_autofree char *shown = g_filename_display_basename (host);

  dio_machine_set_passphrase (self, locked, NULL);
  g_set_str (&self->locked_image, locked);
  dio_machine_give_up (self, DIO_MACHINE_FAILED,
                       g_error_new (DIO_PASSPHRASE_ERROR, code,
                                    code == DIO_PASSPHRASE_ERROR_WRONG
                                        ? _ ("The passphrase of the disk image “%s” is wrong. Start the machine again, "
                                             "and enter the one that it was encrypted with.")
                                        : _ ("The disk image “%s” is encrypted. Start the machine again, and enter its "
                                             "passphrase."),
                                    shown));
}

/* --- the end of a run --- */

static void
run_again (DioMachine *self)
{
  dio_machine_clear_run (self);
  dio_machine_set_disk_notice (self, NULL);
  dio_machine_set_state (self, DIO_MACHINE_STARTING);
  self->starting = g_cancellable_new ();
  dio_machine_launch (self);
}

static void
fall_back (DioMachine *self)
{
  dio_kvm_set_failed (TRUE);
  run_again (self);
}

static gboolean
may_fall_back (DioMachine *self)
{
  return self->accel == DIO_ACCEL_KVM && dio_machine_config_get_accel (self->config) == DIO_ACCEL_AUTO &&
         (self->ready_time == 0 || g_get_monotonic_time () - self->ready_time < EARLY);
}

static void
end_start (DioMachine *self, const char *output, const char *exit_text)
{
  gboolean kvm = dio_failure_is_kvm (output) || dio_process_get_signal (self->process) != 0 || self->start_timeout;
  g_autoptr (GError) failure = dio_failure_new_start (output, exit_text);
  g_autofree char *helper = dio_helpers_dup_failure (self->helpers, TRUE);
  const char *locked = dio_passphrases_find_wrong (self->config, output);

  if (locked != NULL)
    {
      dio_machine_give_up_locked (self, locked, DIO_PASSPHRASE_ERROR_WRONG);
      return;
    }
  if (kvm && may_fall_back (self))
    {
      fall_back (self);
      return;
    }
  if (self->start_timeout)
    {
      g_clear_error (&failure);
      failure =
          g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                       _ ("The machine did not start: QEMU does not answer. Start it again; its log tells more."));
    }
  else if (helper != NULL)
    {
      g_clear_error (&failure);
      failure = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, helper);
    }
  dio_machine_give_up (self, DIO_MACHINE_FAILED, g_steal_pointer (&failure));
}

/* Process and QMP have both ended. */
static void
end_run (DioMachine *self)
{
  g_autoptr (DioMachine) hold = g_object_ref (self);
  g_autofree char *output = dio_process_dup_tail (self->process);
  g_autofree char *exit_text = dio_process_dup_exit_text (self->process);
  gboolean kvm = self->accel == DIO_ACCEL_KVM && (self->kvm_broke || dio_failure_is_kvm (output));

  dio_debug (DIO_DEBUG_VM, "%s: %s", dio_machine_config_get_name (self->config), exit_text);
  if (self->off_wanted)
    dio_machine_give_up (self, DIO_MACHINE_STOPPED, NULL);
  else if (self->ready_time == 0)
    end_start (self, output, exit_text);
  else if (self->restart_wanted || (self->restarts && dio_process_succeeded (self->process)))
    run_again (self);
  else if (self->shut_down && dio_process_succeeded (self->process))
    dio_machine_give_up (self, DIO_MACHINE_STOPPED, NULL);
  else if (kvm && may_fall_back (self))
    fall_back (self);
  else if (kvm)
    {
      dio_kvm_set_failed (TRUE);
      dio_machine_give_up (
          self, DIO_MACHINE_CRASHED,
          g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                       _ ("This computer's KVM failed while the machine ran. Started again, it will run in slow "
                          "emulation.")));
    }
  else
    dio_machine_give_up (self, DIO_MACHINE_CRASHED, dio_failure_new_crash (output, exit_text));
}

static gboolean
on_end_timeout (gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  self->end_id = 0;
  if (dio_process_is_running (self->process))
    dio_process_end (self->process, 0); /* "exited" follows */
  else
    end_run (self);
  return G_SOURCE_REMOVE;
}

/* The last events (SHUTDOWN) are still to be read when the process ends, its last words when QMP ends: the second of
 * the two to end is the end. */
void
dio_machine_check_end (DioMachine *self)
{
  gboolean running = dio_process_is_running (self->process);
  gboolean talking = self->starting == NULL && self->qmp != NULL && dio_qmp_is_open (self->qmp);

  if (!running && !talking)
    {
      g_clear_handle_id (&self->end_id, g_source_remove);
      end_run (self);
    }
  else if (self->end_id == 0)
    self->end_id = g_timeout_add (END_TIMEOUT, on_end_timeout, self);
}

static void
on_qmp_closed (DioQmp *qmp, const GError *error, gpointer user_data)
{
  dio_debug (DIO_DEBUG_VM, "QMP: %s", error->message);
  dio_machine_check_end (DIO_MACHINE (user_data));
}

/* --- a running machine --- */

/* A button that is pressed before the guest's system listens to it is not remembered: while that may still be starting,
 * it is pressed again. Later not: that would be an answer to what the guest then asks its user. */
static gboolean
on_power_button_due (gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  if (++self->power_presses < POWER_BUTTON_PRESSES)
    {
      if (self->state == DIO_MACHINE_STOPPING && !self->off_wanted && g_get_monotonic_time () - self->boot_time < EARLY)
        dio_qmp_execute_async (self->qmp, "system_powerdown", NULL, -1, NULL, NULL, NULL);
      return G_SOURCE_CONTINUE;
    }
  self->power_down_id = 0;
  if (self->state == DIO_MACHINE_STOPPING && !self->off_wanted)
    dio_machine_set_state (self, DIO_MACHINE_RUNNING);
  return G_SOURCE_REMOVE;
}

/* The guest was asked to shut down: STOPPING, until it does or a minute and a half has passed. */
static void
expect_power_down (DioMachine *self)
{
  if (self->ready_time == 0 || self->off_wanted || self->power_down_id != 0)
    return;
  self->power_presses = 0;
  self->power_down_id = g_timeout_add_seconds (POWER_BUTTON_INTERVAL, on_power_button_due, self);
  dio_machine_set_state (self, DIO_MACHINE_STOPPING);
}

void
dio_machine_set_running (DioMachine *self, gboolean running)
{
  if (self->off_wanted || self->ready_time == 0)
    return;
  if (running)
    dio_machine_set_disk_notice (self, NULL);
  else
    g_clear_pointer (&self->kvm_watch, dio_kvm_watch_free); /* it could not tell that from being stuck */
  if (running && self->power_down_id != 0)
    dio_machine_set_state (self, DIO_MACHINE_STOPPING);
  else
    dio_machine_set_state (self, running ? DIO_MACHINE_RUNNING : DIO_MACHINE_PAUSED);
}

void
dio_machine_announce (DioMachine *self)
{
  JsonObject *arguments = json_object_new ();

  /* Milliseconds between one and the next: QEMU may need a moment to let passt in. */
  json_object_set_int_member (arguments, "initial", 50);
  json_object_set_int_member (arguments, "max", 2000);
  json_object_set_int_member (arguments, "rounds", 6);
  json_object_set_int_member (arguments, "step", 400);
  dio_qmp_execute_async (self->qmp, "announce-self", arguments, -1, NULL, NULL, NULL);
}

/* KVM told QEMU something that it cannot handle, or the guest got nowhere: it is lost. */
void
dio_machine_give_up_kvm (gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  self->kvm_broke = TRUE;
  g_clear_pointer (&self->kvm_watch, dio_kvm_watch_free);
  dio_process_end (self->process, 0);
}

static void
on_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachine) self = DIO_MACHINE (user_data);
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, NULL);
  const char *status = NULL;

  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    status = json_object_get_string_member_with_default (json_node_get_object (answer), "status", NULL);
  if (status == NULL || DIO_QMP (source) != self->qmp)
    return;

  dio_debug (DIO_DEBUG_VM, "status: %s", status);
  if (g_str_equal (status, "internal-error"))
    dio_machine_give_up_kvm (self);
  else if (g_str_equal (status, "running"))
    dio_machine_set_running (self, TRUE);
  else if (!g_str_equal (status, "shutdown"))
    dio_machine_set_running (self, FALSE);
}

static void
query_status (DioMachine *self)
{
  dio_qmp_execute_async (self->qmp, "query-status", NULL, -1, NULL, on_status, g_object_ref (self));
}

static const char *
get_string (JsonObject *data, const char *name)
{
  JsonNode *node = data != NULL ? json_object_get_member (data, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "";
  return json_node_get_string (node);
}

static void
on_disk_error (DioMachine *self, JsonObject *data)
{
  JsonNode *node = data != NULL ? json_object_get_member (data, "nospace") : NULL;
  gboolean full = node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
  const char *words = get_string (data, "reason");
  g_autofree char *reason = g_utf8_make_valid (words, (gssize) strnlen (words, 200));
  g_autofree char *notice = NULL;

  if (!g_str_equal (get_string (data, "action"), "stop"))
    return; /* the guest is told, and knows better what it means */
  if (full)
    notice =
        g_strdup (_ ("The machine is paused because this computer's disk is full. Free some space, then resume it."));
  else
    notice = g_strdup_printf (_ ("The machine is paused because one of its disk images cannot be used (%s). Look after "
                                 "the drive, then resume the machine."),
                              reason);
  dio_machine_set_disk_notice (self, notice);
}

/* An installer that is done restarts the machine, or turns it off. Whoever resets the machine before has it start over.
 */
static void
end_install (DioMachine *self, const char *reason)
{
  gboolean kernel = dio_machine_config_get_kernel (self->config) != NULL;

  if (g_str_equal (reason, "guest-reset") && kernel)
    self->restarts = dio_machine_config_end_install (self->config);
  else if (g_str_equal (reason, "host-qmp-system-reset"))
    self->restarts = dio_machine_config_get_install_folder (self->config) != NULL;
  else if (g_str_equal (reason, "guest-shutdown"))
    dio_machine_config_end_install (self->config);
}

static void
on_qmp_event (DioQmp *qmp, const char *name, JsonObject *data, gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  dio_debug (DIO_DEBUG_VM, "event %s", name);
  if (g_str_equal (name, "STOP") || g_str_equal (name, "RESUME"))
    query_status (self); /* why it stopped is not in the event */
  else if (g_str_equal (name, "SHUTDOWN"))
    {
      end_install (self, get_string (data, "reason"));
      self->shut_down = !g_str_has_prefix (get_string (data, "reason"), "host-signal") &&
                        !g_str_has_prefix (get_string (data, "reason"), "host-error");
    }
  else if (g_str_equal (name, "POWERDOWN"))
    expect_power_down (self);
  if (g_str_equal (name, "RESET"))
    self->boot_time = g_get_monotonic_time ();
  if ((g_str_equal (name, "RESET") || g_str_equal (name, "SUSPEND")) && self->power_down_id != 0)
    {
      /* It restarted, or went to sleep, instead. */
      g_clear_handle_id (&self->power_down_id, g_source_remove);
      dio_machine_set_running (self, TRUE);
    }
  else if (g_str_equal (name, "BLOCK_IO_ERROR"))
    on_disk_error (self, data);
}

void
dio_machine_listen (DioMachine *self)
{
  g_signal_connect_object (self->qmp, "event", G_CALLBACK (on_qmp_event), self, 0);
  g_signal_connect_object (self->qmp, "closed", G_CALLBACK (on_qmp_closed), self, 0);
}

/* --- ending --- */

static gboolean
on_off_timeout (gpointer user_data)
{
  DioMachine *self = DIO_MACHINE (user_data);

  self->off_id = 0;
  dio_process_end (self->process, 0);
  return G_SOURCE_REMOVE;
}

static void
quit (DioMachine *self)
{
  dio_qmp_execute_async (self->qmp, "quit", NULL, -1, NULL, NULL, NULL);
  if (self->off_id == 0)
    self->off_id = g_timeout_add (OFF_TIMEOUT, on_off_timeout, self);
}

void
dio_machine_restart (DioMachine *self)
{
  g_return_if_fail (DIO_IS_MACHINE (self));

  if (self->ready_time == 0 || self->off_wanted || !dio_qmp_is_open (self->qmp))
    return;
  self->restart_wanted = TRUE;
  quit (self);
}

void
dio_machine_force_off (DioMachine *self)
{
  g_return_if_fail (DIO_IS_MACHINE (self));

  if (self->state == DIO_MACHINE_STOPPED || self->off_wanted)
    return;
  if (self->process == NULL && self->helpers == NULL)
    {
      dio_machine_give_up (self, DIO_MACHINE_STOPPED, NULL);
      return;
    }
  self->off_wanted = TRUE;
  if (self->process == NULL)
    {
      /* Its files are being made, in a thread, which others must not touch before that has seen it. */
      g_cancellable_cancel (self->starting);
      dio_machine_set_state (self, DIO_MACHINE_STOPPING);
      return;
    }
  g_clear_handle_id (&self->start_id, g_source_remove);
  if (self->qmp != NULL && dio_qmp_is_open (self->qmp))
    quit (self);
  else
    {
      g_cancellable_cancel (self->starting);
      g_clear_object (&self->starting);
      dio_process_end (self->process, 0);
    }
  dio_machine_set_state (self, DIO_MACHINE_STOPPING);
}
