/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/place.h"
#include "provision/import-file.h"

#include <glib/gi18n.h>

static gboolean
parse_mode (const char *word, DioImportMode *ret_mode)
{
  static const char *const words[] = { "copy", "in-place", "linked" };

  *ret_mode = DIO_IMPORT_COPY;
  for (guint i = 0; word && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (word, words[i]))
      {
        *ret_mode = (DioImportMode) i;
        return TRUE;
      }
  if (word)
    dio_command_warn (_ ("“--mode” takes “copy”, “in-place” or “linked”."));
  return !word;
}

int
dio_command_import (int argc, char **argv)
{
  gboolean json = FALSE;
  g_autofree char *name = NULL, *place = NULL, *word = NULL, *folder = NULL, *path = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an object"), NULL },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &word,
      N_ ("Of a disk image: copy it (the default), let the machine write it where it is, or write over it into a file "
          "of "
          "its own, so that it stays as it is"),
      N_ ("copy|in-place|linked") },
    { "name", 0, 0, G_OPTION_ARG_FILENAME, &name, N_ ("What to call the machine (as the file says)"), N_ ("NAME") },
    { "place", 0, 0, G_OPTION_ARG_FILENAME, &place, N_ ("Which of your places it goes to (the first)"), N_ ("FOLDER") },
    { 0 },
  };
  const DioUsage usage = { "import",
                           N_ ("FILE"),
                           N_ ("Makes a machine from an archive of Diorama's, an appliance (OVA, OVF) or a disk image, "
                               "and prints its folder."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, TRUE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (DioJob) job = NULL;
  g_autoptr (GError) error = NULL;
  DioImportMode mode;

  if (!operands || !dio_command_check_name (name) || !parse_mode (word, &mode))
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  folder = dio_place_choose (library, place);
  if (!folder)
    return DIO_EXIT_NOT_UNDERSTOOD;
  path = g_canonicalize_filename (operands[0], NULL);
  job = dio_import_file (library, path, name, mode, folder, &error);
  return job ? dio_place_run_job (job, json) : dio_command_fail (error);
}
