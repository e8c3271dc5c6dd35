/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "ui/host-share.h"

#include "ui/console-window.h"

#include <sched.h>
#include <sys/sysinfo.h>

#define MIB (1024 * 1024)

static void
find_host (DioHostShare *share)
{
  struct sysinfo info;
  cpu_set_t set;

  if (sysinfo (&info) == 0)
    share->memory = (guint) MIN ((guint64) info.totalram * info.mem_unit / MIB, G_MAXINT);
  if (sched_getaffinity (0, sizeof set, &set) == 0)
    share->cpus = (guint) CPU_COUNT (&set);
  else
    share->cpus = g_get_num_processors ();
}

static gboolean
is_on (DioMachine *machine)
{
  DioMachineState state = dio_machine_get_state (machine);

  return state == DIO_MACHINE_STARTING || state == DIO_MACHINE_RUNNING || state == DIO_MACHINE_PAUSED ||
         state == DIO_MACHINE_STOPPING;
}

void
dio_host_share_find (DioHostShare *share, GtkApplication *application, DioMachine *except)
{
  *share = (DioHostShare) { 0 };
  find_host (share);
  for (GList *l = gtk_application_get_windows (application); l; l = l->next)
    {
      DioMachine *machine = DIO_IS_CONSOLE_WINDOW (l->data) ? dio_console_window_get_machine (l->data) : NULL;

      if (!machine || machine == except || !is_on (machine))
        continue;
      share->memory_taken += dio_machine_config_get_memory (dio_machine_get_config (machine));
      share->cpus_taken += dio_machine_config_get_cpus (dio_machine_get_config (machine));
      share->others++;
    }
}
