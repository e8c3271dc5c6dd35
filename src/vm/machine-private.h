/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/helpers.h"
#include "vm/kvm-watch.h"
#include "vm/machine.h"
#include "vm/passphrases.h"
#include "vm/process.h"
#include "vm/run-dir.h"

G_BEGIN_DECLS

struct _DioMachine
{
  GObject parent_instance;

  /* What the properties show; machine.c */
  DioMachineConfig *config;
  DioMachineState state;
  gboolean emulated;
  char *accel_notice;  /* why it is emulated */
  char *disk_notice;   /* why it stands still; goes with it */
  char *helper_notice; /* what it lacks; goes with the run */
  GError *failure;

  DioPassphrases *passphrases;
  char *locked_image; /* whose passphrase is missing, or wrong */

  /* The present run; machine-start.c, machine-run.c */
  DioEngine *engine;
  GCancellable *starting; /* non-NULL until the machine runs */
  DioRunDir *run_dir;
  DioHelpers *helpers;
  GQueue forwardings; /* GTasks: changes that passt is restarted for, one after another; machine-live.c */
  DioProcess *process;
  DioQmp *qmp;
  DioAccel accel;
  DioGuestTools guest_tools;
  guint guest_tools_drive; /* while they are in one */
  GPtrArray *usb_ports;    /* (nullable): usb-port.c */
  DioKvmWatch *kvm_watch;
  gint64 ready_time;       /* µs, monotonic; 0 while it starts */
  gint64 boot_time;        /* µs, monotonic: when its system began to start */
  gboolean off_wanted;     /* force_off() */
  gboolean shut_down;      /* by the guest or by QMP */
  gboolean start_held;     /* it waits for somebody before anything is begun */
  gboolean restarts;       /* it has ended because the guest restarts, after installing */
  gboolean restart_wanted; /* restart() */
  gboolean kvm_broke;      /* seen while it ran */
  gboolean start_timeout;  /* it was silent for too long */
  guint start_id;          /* waits for QMP */
  guint off_id;            /* waits for the process to obey */
  guint end_id;            /* waits for the process, or QMP, to follow the other into the end */
  guint power_down_id;     /* waits for the guest to obey */
  guint power_presses;     /* of its button again, since */

  /* What stays of it until the next. */
  guint usb_port_number; /* of the next one */
  char **argv;
  char *log_folder; /* (nullable): see dio_machine_set_log_folder() */
  char *log_path;
  char *log_tail;
};

void dio_machine_set_state (DioMachine *self, DioMachineState state);
void dio_machine_set_emulated (DioMachine *self, gboolean emulated);
/* Each notifies "notice" when what shows differs. */
void dio_machine_set_accel_notice (DioMachine *self, const char *notice);
void dio_machine_set_disk_notice (DioMachine *self, const char *notice);
void dio_machine_set_helper_notice (DioMachine *self, const char *notice);
void dio_machine_take_failure (DioMachine *self, GError *failure);
/* For a command to QEMU; when there is none to tell it to, the caller is told so and this is NULL. (transfer full) */
GTask *dio_machine_new_task (DioMachine *self, gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
void dio_machine_emit_spawned (DioMachine *self);
void dio_machine_emit_ready (DioMachine *self);
void dio_machine_set_guest_tools (DioMachine *self, DioGuestTools guest_tools);

/* machine-live.c: as dio_machine_change_disc_async(), but the machine's configuration stays as it is. */
void dio_machine_put_disc_async (DioMachine *self, guint disk, const char *path, gboolean force,
                                 GAsyncReadyCallback callback, gpointer user_data);

/* usb-port.c: QEMU has gone, and all ports with it. */
void dio_machine_drop_usb_ports (DioMachine *self);

/* machine-start.c: starts QEMU, again after a fallback; "starting" is set. */
void dio_machine_launch (DioMachine *self);

/* machine-run.c */
/* Lets go of the run without waiting for anything: a process that is left is ended behind our back. */
void dio_machine_clear_run (DioMachine *self);
/* The same, for good: takes FAILURE (nullable) and shows it with STATE. */
void dio_machine_give_up (DioMachine *self, DioMachineState state, GError *failure);
/* The same because the passphrase of the image at PATH is missing or wrong. */
void dio_machine_give_up_locked (DioMachine *self, const char *path, DioPassphraseError code);
/* Follows what QMP says from now on. */
void dio_machine_listen (DioMachine *self);
/* Ends the run once both the process and QMP have ended, and sees to it that the one follows the other. */
void dio_machine_check_end (DioMachine *self);
/* QEMU runs or pauses the guest: the state follows. */
void dio_machine_set_running (DioMachine *self, gboolean running);
/* Has QEMU say to the network whose card the machine's is, as if the guest had. passt sends nothing to a card that has
 * never said anything, and a guest that only waits to be reached does not. */
void dio_machine_announce (DioMachine *self);
/* KVM told QEMU something that it cannot handle, or the guest got nowhere: it is lost. (DioKvmWatchFunc) */
void dio_machine_give_up_kvm (gpointer self);

G_END_DECLS
