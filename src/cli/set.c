/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/properties.h"

#include <glib/gi18n.h>

static int
save (DioLibraryMachine *machine)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dio_library_machine_save_async (machine, dio_command_take_result, &result);
  if (dio_library_machine_save_finish (machine, dio_command_wait (&result), &error))
    return DIO_EXIT_OK;
  return dio_command_fail (error);
}

int
dio_command_set (int argc, char **argv)
{
  g_autofree char *description = dio_properties_dup_help ();
  const DioUsage usage = { "set",
                           N_ ("NAME|UUID PROPERTY=VALUE…"),
                           N_ ("Changes a machine that does not run, as in “diorama set Debian memory=4G "
                               "network=isolated”: all that is said, or nothing if one is wrong."),
                           description,
                           2,
                           G_MAXUINT };
  g_auto (GStrv) operands = dio_usage_parse (&usage, NULL, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  DioLibraryMachine *machine;
  int status;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  definition = dio_machines_load_definition (machine, TRUE, &status);
  if (!definition)
    return status;
  if (!dio_definition_get_writable (definition))
    {
      dio_command_warn (_ ("A newer Diorama has changed this machine. Update Diorama to change it here."));
      return DIO_EXIT_STATE;
    }
  if (!dio_properties_set (definition, (const char *const *) operands + 1, &error))
    return dio_command_fail (error);
  return save (machine);
}
