/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/headless.h"

#include "cli/command.h"
#include "cli/unlock.h"
#include "service/machine-service.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

#define MAX_TRIES 3

typedef struct
{
  DioMachine *machine;
  gboolean asked; /* to shut down */
} Run;

static gboolean
is_up (DioMachine *machine)
{
  DioMachineState state = dio_machine_get_state (machine);

  return state != DIO_MACHINE_STOPPED && state != DIO_MACHINE_FAILED && state != DIO_MACHINE_CRASHED;
}

static void
on_notice (DioMachine *machine)
{
  if (dio_machine_get_notice (machine))
    dio_command_warn ("%s", dio_machine_get_notice (machine));
}

static void
on_powered_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    dio_command_warn ("%s", error->message);
}

static gboolean
on_signal (gpointer user_data)
{
  Run *run = user_data;

  if (run->asked)
    dio_machine_force_off (run->machine);
  else
    {
      dio_command_warn (_ ("The machine is asked to shut down. Press Ctrl+C once more to end it at once."));
      dio_machine_power_down_async (run->machine, on_powered_down, NULL);
    }
  run->asked = TRUE;
  return G_SOURCE_CONTINUE;
}

static int
run_until_ended (DioLibraryMachine *stored, DioMachine *machine)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
  Run run = { machine, FALSE };
  guint sources[G_N_ELEMENTS (numbers)];
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    sources[i] = g_unix_signal_add (numbers[i], on_signal, &run);
  dio_machine_start (machine);
  /* A machine that ends its installation is saved without what it was installed from. */
  while (is_up (machine) || dio_library_machine_is_busy (stored))
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);

  status = dio_machine_get_state (machine) == DIO_MACHINE_STOPPED ? DIO_EXIT_OK : DIO_EXIT_FAILED;
  if (status != DIO_EXIT_OK && dio_machine_get_failure (machine))
    dio_command_warn ("%s", dio_machine_get_failure (machine)->message);
  return status;
}

/* Three times at most, as others do, where somebody may know better. */
static int
run_unlocked (DioLibraryMachine *stored, DioMachine *machine, const char *passphrase_file)
{
  g_autoptr (GError) error = NULL;
  int status = DIO_EXIT_FAILED;

  for (guint i = 0; i < MAX_TRIES; i++)
    {
      if (!dio_unlock (machine, passphrase_file, i > 0, &error))
        return dio_command_fail (error);
      status = run_until_ended (stored, machine);
      if (passphrase_file || !isatty (STDIN_FILENO) ||
          !g_error_matches (dio_machine_get_failure (machine), DIO_PASSPHRASE_ERROR, DIO_PASSPHRASE_ERROR_WRONG))
        break;
    }
  return status;
}

int
dio_headless_run (DioLibraryMachine *machine, const char *passphrase_file)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) running = NULL;

  /* The machine outlives the session that it was started in. */
  if (bus)
    g_dbus_connection_set_exit_on_close (bus, FALSE);
  dio_library_machine_prepare_async (machine, FALSE, NULL, dio_command_take_result, &result);
  running = dio_library_machine_prepare_finish (machine, dio_command_wait (&result), &error);
  if (!running)
    return dio_command_fail (error);
  g_signal_connect (running, "notify::notice", G_CALLBACK (on_notice), NULL);
  dio_machine_service_export (running, NULL, NULL, NULL);
  return run_unlocked (machine, running, passphrase_file);
}
