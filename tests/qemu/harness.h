/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

/* What the tests with a real QEMU share. The QEMU is $DIORAMA_TEST_QEMU, or the one of PATH. */
#define DEADLINE 240 /* s; a computer may be busy */

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("%s did not happen within %d s", (const char *) user_data, DEADLINE);
  return G_SOURCE_REMOVE;
}

#define wait_for(condition)                                                                                            \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint deadline_id = g_timeout_add_seconds (DEADLINE, on_deadline, (gpointer) #condition);                          \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (deadline_id);                                                                                     \
  }                                                                                                                    \
  G_STMT_END

static inline void
use_test_qemu (void)
{
  const char *binary = g_getenv ("DIORAMA_TEST_QEMU");

  g_setenv ("DIORAMA_EMBEDDED_QEMU", "", TRUE);
  if (binary != NULL && *binary != '\0')
    g_setenv ("DIORAMA_QEMU", binary, TRUE);
  else
    g_unsetenv ("DIORAMA_QEMU");
}

static inline DioMachineConfig *
small_config (const char *name)
{
  DioMachineConfig *config = dio_machine_config_new (name);

  g_object_set (config, "accel", DIO_ACCEL_TCG, "memory", 64, "cpus", 1, "audio", FALSE, "network", DIO_NETWORK_NONE,
                NULL);
  return config;
}

/* Waits until MACHINE is in STATE; says why when it fails instead. */
static inline void
wait_for_state (DioMachine *machine, DioMachineState state)
{
  wait_for (dio_machine_get_state (machine) == state || dio_machine_get_state (machine) == DIO_MACHINE_FAILED ||
            dio_machine_get_state (machine) == DIO_MACHINE_CRASHED);
  if (dio_machine_get_state (machine) != state)
    {
      const GError *failure = dio_machine_get_failure (machine);

      g_error ("state is %d, not %d: %s", dio_machine_get_state (machine), state,
               failure != NULL ? failure->message : "");
    }
}

static inline void
stop (DioMachine *machine)
{
  dio_machine_force_off (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_STOPPED);
}
