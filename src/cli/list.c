/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"

#include <glib/gi18n.h>
#include <string.h>

static int
compare (gconstpointer a, gconstpointer b)
{
  DioLibraryMachine *one = *(DioLibraryMachine *const *) a, *other = *(DioLibraryMachine *const *) b;
  int order = g_utf8_collate (dio_library_machine_get_name (one), dio_library_machine_get_name (other));

  /* Equal names in the same order each time. */
  return order ? order : g_strcmp0 (dio_library_machine_get_folder (one), dio_library_machine_get_folder (other));
}

static GPtrArray *
sort (DioLibrary *library)
{
  GPtrArray *machines = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++)
    g_ptr_array_add (machines, g_list_model_get_item (G_LIST_MODEL (library), i));
  g_ptr_array_sort (machines, compare);
  return machines;
}

static void
print_json (GPtrArray *machines)
{
  JsonArray *array = json_array_new ();
  g_autoptr (GDBusConnection) bus = NULL;

  for (guint i = 0; i < machines->len; i++)
    json_array_add_object_element (array, dio_machines_describe (machines->pdata[i], &bus));
  dio_command_print_json (json_node_init_array (json_node_alloc (), array));
  json_array_unref (array);
}

static void
print_padded (const char *text, guint width)
{
  g_autofree char *printable = dio_command_dup_printable (text ? text : "–");
  guint length = g_utf8_strlen (printable, -1);

  dio_command_print ("%s%*s", printable, length < width ? (int) (width - length) + 2 : 2, "");
}

/* Names come last: they may be of any length, and in any script. */
static void
print_table (GPtrArray *machines)
{
  g_autoptr (GDBusConnection) bus = NULL;
  guint width = 0;

  for (guint i = 0; i < machines->len; i++)
    {
      const char *system = dio_library_machine_get_os_name (machines->pdata[i]);

      width = MAX (width, system ? (guint) g_utf8_strlen (system, -1) : 1);
    }
  for (guint i = 0; i < machines->len; i++)
    {
      DioLibraryMachine *machine = machines->pdata[i];
      g_autofree char *name = dio_command_dup_printable (dio_library_machine_get_name (machine));

      print_padded (dio_machines_get_state (machine, &bus), strlen ("stopping"));
      print_padded (dio_library_machine_get_uuid (machine), 36);
      print_padded (dio_library_machine_get_os_name (machine), MIN (width, 32));
      dio_command_print ("%s\n", name);
    }
}

int
dio_command_list (int argc, char **argv)
{
  gboolean json = FALSE, names = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an array of objects, one a machine"), NULL },
    { "names", 0, 0, G_OPTION_ARG_NONE, &names, N_ ("Print names only, one a line"), NULL },
    { 0 },
  };
  const DioUsage usage = { "list", N_ ("[--json|--names]"),
                           N_ ("Lists the machines of the library: what each does, its UUID, system and name."), NULL };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GPtrArray) machines = NULL;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (json && names)
    {
      dio_command_warn (_ ("“--json” and “--names” exclude each other."));
      return DIO_EXIT_NOT_UNDERSTOOD;
    }
  library = dio_machines_load ();
  machines = sort (library);
  if (json)
    print_json (machines);
  else if (!names)
    print_table (machines);
  for (guint i = 0; names && i < machines->len; i++)
    {
      g_autofree char *name = dio_command_dup_printable (dio_library_machine_get_name (machines->pdata[i]));

      dio_command_print ("%s\n", name);
    }
  return DIO_EXIT_OK;
}
