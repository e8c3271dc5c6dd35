/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "qmp/qmp.h"
#include "vm/engine.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* One machine's run: a QEMU process, its QMP connection, its state. Main thread only.
 *
 * Properties (notify): "config", "state" (DioMachineState), "emulated" (boolean: runs without KVM), "notice" (string or
 * NULL: one sentence for a banner, as why KVM is not used and the remedy), "failure" (GError boxed or NULL: why the
 * machine ended, for the user; set before state becomes CRASHED or FAILED), "guest-tools" (uint: DioGuestTools).
 * Signals: "spawned" () each time that a QEMU was started, which has yet to answer;
 * "ready" () each time a new QEMU runs and its display can be attached (so again after a fallback). */
#define DIO_TYPE_MACHINE (dio_machine_get_type ())
G_DECLARE_FINAL_TYPE (DioMachine, dio_machine, DIO, MACHINE, GObject)

typedef enum
{
  DIO_MACHINE_STOPPED, /* not started, or shut down as asked */
  DIO_MACHINE_STARTING,
  DIO_MACHINE_RUNNING,
  DIO_MACHINE_PAUSED,
  DIO_MACHINE_STOPPING, /* asked to power off; may refuse */
  DIO_MACHINE_FAILED,   /* did not start */
  DIO_MACHINE_CRASHED,  /* QEMU ended by itself */
} DioMachineState;

#define DIO_TYPE_MACHINE_STATE (dio_machine_state_get_type ())
GType dio_machine_state_get_type (void) G_GNUC_CONST;

/* Of "failure": an encrypted disk image's passphrase; dio_machine_get_locked_image() is whose. */
#define DIO_PASSPHRASE_ERROR (dio_passphrase_error_quark ())
GQuark dio_passphrase_error_quark (void);
typedef enum
{
  DIO_PASSPHRASE_ERROR_MISSING, /* none was set */
  DIO_PASSPHRASE_ERROR_WRONG
} DioPassphraseError;

/* Where the disc of vm/guest-tools.h is. */
typedef enum
{
  DIO_GUEST_TOOLS_OUT,
  DIO_GUEST_TOOLS_IN_DRIVE,
  DIO_GUEST_TOOLS_ON_STICK,
} DioGuestTools;

DioMachine *dio_machine_new (DioMachineConfig *config);

/* Before a start: the passphrase of the encrypted disk image at PATH. It is kept until the machine ends, and handed to
 * QEMU in memory only. NULL: forget it. */
void dio_machine_set_passphrase (DioMachine *self, const char *path, GBytes *passphrase);
/* After a start failed with DIO_PASSPHRASE_ERROR: which image's passphrase is missing, or wrong. (nullable) */
const char *dio_machine_get_locked_image (DioMachine *self);

DioMachineState dio_machine_get_state (DioMachine *self);
DioMachineConfig *dio_machine_get_config (DioMachine *self);
gboolean dio_machine_get_emulated (DioMachine *self);
const char *dio_machine_get_notice (DioMachine *self);
const GError *dio_machine_get_failure (DioMachine *self);
DioGuestTools dio_machine_get_guest_tools (DioMachine *self);
DioQmp *dio_machine_get_qmp (DioMachine *self);       /* (nullable) */
DioEngine *dio_machine_get_engine (DioMachine *self); /* (nullable) */
GPid dio_machine_get_pid (DioMachine *self);          /* 0 when none */

/* Starts (again). The outcome is told by "state". Does nothing while it runs. */
void dio_machine_start (DioMachine *self);
/* For handlers of "notify::state" as it becomes STARTING: it does not start, and has FAILED with ERROR. Takes ERROR. */
void dio_machine_refuse_start (DioMachine *self, GError *error);
/* For the same: nothing is begun before dio_machine_continue_start(), which does nothing if it has been ended since. */
void dio_machine_hold_start (DioMachine *self);
void dio_machine_continue_start (DioMachine *self);
/* Each takes effect through QMP and is told by "state"; a refusal is reported by the finish function. */
void dio_machine_pause_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);
void dio_machine_resume_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);
void dio_machine_reset_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);
/* Presses the ACPI button, every few seconds until the guest obeys: STOPPING as long, a minute and a half at most. */
void dio_machine_power_down_async (DioMachine *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean dio_machine_command_finish (DioMachine *self, GAsyncResult *result, GError **error);
/* Ends QEMU at once, and starts it again with what the "config" is by then. Does nothing unless it runs. */
void dio_machine_restart (DioMachine *self);
/* Ends QEMU at once (quit, then SIGKILL after 2 s); never fails. State becomes STOPPED. */
void dio_machine_force_off (DioMachine *self);

/* A new peer-to-peer D-Bus display socket of the running QEMU (getfd + add_client @dbus-display). */
void dio_machine_open_display_async (DioMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
/* A socket for dio_dbus_connect_peer_async(), or -1. */
int dio_machine_open_display_finish (DioMachine *self, GAsyncResult *result, GError **error);

/* For the troubleshooting view: the command line as one shell-quoted string (NULL before a start), the path of the log
 * file (NULL before a start), and the last lines of it (at most 64 KiB). */
char *dio_machine_dup_command_line (DioMachine *self);
const char *dio_machine_get_log_path (DioMachine *self);
/* Where the logs of runs that begin from now on go, the last few of which are kept; NULL, as at first: elsewhere, and
 * only the last. */
void dio_machine_set_log_folder (DioMachine *self, const char *log_folder);
char *dio_machine_dup_log_tail (DioMachine *self);
/* Where the running machine's control port listens (a Unix socket); NULL when it has none. */
const char *dio_machine_get_control_socket (DioMachine *self);

G_END_DECLS
