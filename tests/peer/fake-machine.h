/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "fake-qemu.h"

#include "session/session.h"

G_BEGIN_DECLS

/* A machine of ours whose QEMU is played: QMP and D-Bus of what is plugged in while it runs. */
typedef struct
{
  DioMachine *machine;
  DioSession *session;

  FakeQemu *qemu; /* NULL while it does not run */
  int qmp_fd;
  guint qmp_watch;
  GString *input;
  GHashTable *chardevs; /* id → FakeChardev */
  GHashTable *devices;  /* id → id of its chardev */

  const char *silent;        /* this command is never answered, NULL: all are */
  const char *refused;       /* this command is an error */
  gboolean guest_hangs;      /* device_del is obeyed by fake_machine_let_go() */
  gboolean register_refused; /* Register is an error, */
  gboolean register_silent;  /* is not answered, */
  gboolean register_closes;  /* closes the stream at once */
  guint n_commands;
  guint n_ports;         /* that were there at once, at most */
  GPtrArray *unanswered; /* of Register */
} FakeMachine;

FakeMachine *fake_machine_new (const char *name);
void fake_machine_free (FakeMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeMachine, fake_machine_free)

/* A QEMU is there and its display attached. */
void fake_machine_start (FakeMachine *self);
/* QEMU is gone, without warning; the machine does not know yet. */
void fake_machine_kill (FakeMachine *self);
/* It is, and the machine is in STATE. */
void fake_machine_end (FakeMachine *self, DioMachineState state);
/* The guest lets go of all that it was told to. */
void fake_machine_let_go (FakeMachine *self);
/* What QEMU says by itself. */
void fake_machine_say_deleted (FakeMachine *self, const char *id);
/* QEMU closes the streams. */
void fake_machine_close_streams (FakeMachine *self);
/* Character devices, and devices, that QEMU has. */
guint fake_machine_count_chardevs (FakeMachine *self);
guint fake_machine_count_devices (FakeMachine *self);

G_END_DECLS
