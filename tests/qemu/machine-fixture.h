/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "harness.h"

/* A folder for what a test needs, and how often its machine was ready. */
typedef struct
{
  char *dir;
  guint n_ready;
} Fixture;

void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);

#define MACHINE_TEST(name, function) g_test_add ("/machine/" name, Fixture, NULL, set_up, function, tear_down)

DioMachine *new_machine (Fixture *fixture, DioMachineConfig *config);
/* An empty file of SIZE bytes; returns its path. (transfer full) */
char *make_image (Fixture *fixture, const char *name, gsize size);
/* A QEMU that does SCRIPT, a piece of shell, when it is to run a machine, and then is the real one ("$@" in the script
 * are the arguments). Asked what it can do, it is the real one at once. */
void use_fake_qemu (Fixture *fixture, const char *script);
/* A TCP port of this computer that nobody has. It is none of those that the kernel gives to who connects: such a one
 * may be another program's when it is needed, and who tries to reach it before anybody listens may reach himself. */
guint16 find_port (void);
/* MACHINE has failed, and says WORD of it. */
void assert_failure (DioMachine *machine, const char *word);
