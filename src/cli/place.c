/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/place.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/progress.h"

#include <glib/gi18n.h>

char *
dio_place_choose (DioLibrary *library, const char *word)
{
  const char *const *places = dio_library_get_places (library);
  g_autofree char *path = g_canonicalize_filename (word ? word : places[0], NULL);
  g_autofree char *shown = NULL;

  for (guint i = 0; places[i]; i++)
    {
      g_autofree char *place = g_canonicalize_filename (places[i], NULL);

      if (g_str_equal (place, path))
        return g_steal_pointer (&path);
    }
  shown = dio_command_dup_printable (path);
  dio_command_warn (_ ("“%s” is none of your places. Add it in the preferences of the library first."), shown);
  return NULL;
}

int
dio_place_run_job (DioJob *job, gboolean json)
{
  int status = dio_progress_run (job);

  return status == DIO_EXIT_OK ? dio_machines_tell_new (dio_job_get_result (job), json) : status;
}
