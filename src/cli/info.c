/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "cli/properties.h"

#include <glib/gi18n.h>

/* A machine whose definition cannot be had is told of without. */
static JsonObject *
describe (DioLibraryMachine *machine)
{
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  JsonObject *object = dio_machines_describe (machine, &bus);
  g_autoptr (DioDefinition) definition = NULL;

  dio_library_machine_load_async (machine, NULL, dio_command_take_result, &result);
  definition = dio_library_machine_load_finish (machine, dio_command_wait (&result), NULL);
  if (!definition)
    {
      json_object_set_null_member (object, "machine");
      return object;
    }
  json_object_set_int_member (object, "created", dio_definition_get_created (definition));
  json_object_set_boolean_member (object, "autostart", dio_definition_get_autostart (definition));
  json_object_set_string_member (object, "notes", dio_definition_get_notes (definition));
  json_object_set_object_member (object, "machine", dio_properties_to_json (dio_definition_get_config (definition)));
  return object;
}

int
dio_command_info (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an object"), NULL },
    { 0 },
  };
  const DioUsage usage = { "info",
                           N_ ("[--json] NAME|UUID"),
                           N_ ("Tells all about a machine: what it does, where it is, and its properties, which "
                               "“diorama set” changes."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioLibrary) library = NULL;
  DioLibraryMachine *machine;
  JsonNode *node;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  node = dio_machines_to_node (describe (machine));
  if (json)
    {
      dio_command_print_json (node);
      return DIO_EXIT_OK;
    }
  dio_command_print_object (json_node_get_object (node));
  json_node_unref (node);
  return DIO_EXIT_OK;
}
