/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/headless.h"
#include "cli/machines.h"
#include "service/machine-client.h"

#include <glib/gi18n.h>

/* Somebody runs it already: its window comes to the front. */
static int
show (DioLibraryMachine *machine)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GError) error = NULL;

  if (dio_machine_client_show (bus, dio_library_machine_get_uuid (machine), &error))
    return DIO_EXIT_OK;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return dio_machines_check_idle (machine);
  dio_command_fail (error);
  return DIO_EXIT_STATE;
}

int
dio_command_start (int argc, char **argv)
{
  gboolean headless = FALSE;
  g_autofree char *passphrase_file = NULL;
  const GOptionEntry entries[] = {
    { "headless", 0, 0, G_OPTION_ARG_NONE, &headless,
      N_ ("Without a window: runs it here until it has ended; Ctrl+C asks it to shut down, twice ends it at once"),
      NULL },
    { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file,
      N_ ("With “--headless”: where the passphrase of encrypted disks is; “-”: on standard input"), N_ ("FILE") },
    { 0 },
  };
  const DioUsage usage = { "start",
                           N_ ("[--headless [--passphrase-file=FILE]] NAME|UUID"),
                           N_ ("Starts a machine in a window, or shows the window of one that runs."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = NULL;
  g_autoptr (DioLibrary) library = NULL;
  DioLibraryMachine *machine;
  int status;

  operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (passphrase_file && !headless)
    {
      dio_command_warn (_ ("“--passphrase-file” only goes with “--headless”: a window asks for the passphrase."));
      return DIO_EXIT_NOT_UNDERSTOOD;
    }
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (!headless && dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_IN_USE)
    return show (machine);
  status = dio_machines_check_idle (machine);
  if (status != DIO_EXIT_OK)
    return status;
  if (headless)
    return dio_headless_run (machine, passphrase_file);
  /* The application opens a machine's folder like any file. */
  argv[0] = g_strdup (dio_library_machine_get_folder (machine));
  argv[1] = NULL;
  return -1;
}
