/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "service/machine-client.h"

#include <glib/gi18n.h>

typedef struct
{
  gboolean gone;
  gboolean late;
} Wait;

static void
on_name_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
  ((Wait *) user_data)->gone = TRUE;
}

static gboolean
on_late (gpointer user_data)
{
  ((Wait *) user_data)->late = TRUE;
  return G_SOURCE_CONTINUE;
}

/* SECONDS: 0: for as long as it takes. */
static int
wait_until_gone (GDBusConnection *bus, const char *uuid, double seconds)
{
  g_autofree char *name = dio_machine_service_dup_bus_name (uuid);
  Wait wait = { 0 };
  guint watch =
      g_bus_watch_name_on_connection (bus, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_name_vanished, &wait, NULL);
  guint timeout = seconds > 0 ? g_timeout_add ((guint) (seconds * 1000), on_late, &wait) : 0;

  while (!wait.gone && !wait.late)
    g_main_context_iteration (NULL, TRUE);
  g_bus_unwatch_name (watch);
  g_clear_handle_id (&timeout, g_source_remove);
  if (wait.gone)
    return DIO_EXIT_OK;
  dio_command_warn (_ ("The machine still runs. Its system may ask something, or ignore the request; “diorama stop "
                       "--force” ends it at once."));
  return DIO_EXIT_TIMEOUT;
}

static int
stop (DioLibraryMachine *machine, gboolean force, gboolean wait, double timeout)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  const char *uuid = dio_library_machine_get_uuid (machine);
  const char *message = dio_library_machine_get_message (machine);
  g_autoptr (GError) error = NULL;

  if (dio_machine_client_stop (bus, uuid, force ? DIO_MACHINE_STOP_FORCE : DIO_MACHINE_STOP_SHUT_DOWN, &error))
    return wait ? wait_until_gone (bus, uuid, timeout) : DIO_EXIT_OK;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return dio_command_fail (error);
  /* Who has it, the lock tells. */
  dio_command_warn (_ ("The machine cannot be stopped from here. %s %s"), error->message, message ? message : "");
  return DIO_EXIT_STATE;
}

int
dio_command_stop (int argc, char **argv)
{
  gboolean force = FALSE, wait = FALSE;
  double timeout = 0;
  const GOptionEntry entries[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("End it at once: what is not saved in it is lost"), NULL },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &wait, N_ ("Wait until it has ended"), NULL },
    { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout, N_ ("Wait no longer than that"), N_ ("SECONDS") },
    { 0 },
  };
  const DioUsage usage = { "stop",
                           N_ ("[--force] [--wait] [--timeout=SECONDS] NAME|UUID"),
                           N_ ("Asks a machine's system to shut down, whoever in this session runs it."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  DioLibraryMachine *machine;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (!(timeout >= 0 && timeout <= 86400))
    {
      dio_command_warn (_ ("“--timeout” takes 0 to 86400 seconds."));
      return DIO_EXIT_NOT_UNDERSTOOD;
    }
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_IN_USE)
    return stop (machine, force, wait || timeout > 0, timeout);
  if (dio_machines_check_idle (machine) == DIO_EXIT_OK)
    dio_command_warn (_ ("“%s” does not run."), dio_library_machine_get_name (machine));
  return DIO_EXIT_STATE;
}
