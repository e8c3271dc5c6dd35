/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"

#include <glib/gi18n.h>

static gboolean
may_go (DioLibraryMachine *machine)
{
  /* A damaged one can be thrown away, too. */
  return dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_DAMAGED ||
         dio_machines_check_idle (machine) == DIO_EXIT_OK;
}

int
dio_command_delete (int argc, char **argv)
{
  const DioUsage usage = { "delete",
                           N_ ("NAME|UUID"),
                           N_ ("Moves a machine that does not run to the Trash, with all that is in its folder."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, NULL, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DioLibraryMachine *machine;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (!may_go (machine))
    return DIO_EXIT_STATE;
  dio_library_machine_trash_async (machine, dio_command_take_result, &result);
  if (dio_library_machine_trash_finish (machine, dio_command_wait (&result), &error))
    return DIO_EXIT_OK;
  return dio_command_fail (error);
}
