/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/place.h"
#include "provision/duplicate.h"

#include <glib/gi18n.h>

int
dio_command_duplicate (int argc, char **argv)
{
  gboolean json = FALSE, linked = FALSE;
  g_autofree char *name = NULL, *folder = NULL, *place = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an object"), NULL },
    { "linked", 0, 0, G_OPTION_ARG_NONE, &linked,
      N_ ("Both share what is on the disks now, and keep only what will differ"), NULL },
    { "name", 0, 0, G_OPTION_ARG_FILENAME, &name, N_ ("What to call the copy"), N_ ("NAME") },
    { "place", 0, 0, G_OPTION_ARG_FILENAME, &place, N_ ("Which of your places it goes to (where the first is)"),
      N_ ("FOLDER") },
    { 0 },
  };
  const DioUsage usage = { "duplicate",
                           N_ ("NAME|UUID"),
                           N_ ("Copies a machine that does not run, and prints the folder of the copy."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (DioJob) job = NULL;
  DioLibraryMachine *machine;

  if (!operands || !dio_command_check_name (name))
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (dio_machines_check_idle (machine) != DIO_EXIT_OK)
    return DIO_EXIT_STATE;
  folder = place ? dio_place_choose (library, place) : g_path_get_dirname (dio_library_machine_get_folder (machine));
  if (!folder)
    return DIO_EXIT_NOT_UNDERSTOOD;
  job = dio_duplicate_machine (dio_library_machine_get_folder (machine), name,
                               linked ? DIO_DUPLICATE_LINKED : DIO_DUPLICATE_FULL, folder);
  return dio_place_run_job (job, json);
}
