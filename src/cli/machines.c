/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/machines.h"

#include "cli/command.h"
#include "service/machine-client.h"

#include <glib/gi18n.h>
#include <string.h>

DioLibrary *
dio_machines_load (void)
{
  g_autoptr (GSettings) settings = g_settings_new (DIO_APPLICATION_ID);
  g_auto (GStrv) places = g_settings_get_strv (settings, "places");
  const char *standard[] = { dio_library_get_default_place (), NULL };
  DioLibrary *library = dio_library_new (places[0] ? (const char *const *) places : standard);

  while (dio_library_get_loading (library))
    g_main_context_iteration (NULL, TRUE);
  return library;
}

DioLibraryMachine *
dio_machines_find (DioLibrary *library, const char *word)
{
  g_autoptr (GError) error = NULL;
  DioLibraryMachine *machine = dio_library_find (library, word, &error);

  if (!machine && strchr (word, G_DIR_SEPARATOR))
    {
      g_autoptr (GFile) file = g_file_new_for_commandline_arg (word);

      machine = dio_library_find_file (library, file);
    }
  if (!machine)
    dio_command_fail (error);
  return machine;
}

int
dio_machines_check_idle (DioLibraryMachine *machine)
{
  DioLibraryMachineState state = dio_library_machine_get_state (machine);

  if (state == DIO_LIBRARY_MACHINE_READY || state == DIO_LIBRARY_MACHINE_NEWER)
    return DIO_EXIT_OK;
  dio_command_warn ("%s", dio_library_machine_get_message (machine));
  return DIO_EXIT_STATE;
}

DioDefinition *
dio_machines_load_definition (DioLibraryMachine *machine, gboolean idle, int *ret_status)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DioDefinition *definition;

  if (idle && dio_machines_check_idle (machine) != DIO_EXIT_OK)
    {
      *ret_status = DIO_EXIT_STATE;
      return NULL;
    }
  dio_library_machine_load_async (machine, NULL, dio_command_take_result, &result);
  definition = dio_library_machine_load_finish (machine, dio_command_wait (&result), &error);
  if (!definition)
    *ret_status = dio_command_fail (error);
  return definition;
}

const char *
dio_machines_get_state (DioLibraryMachine *machine, GDBusConnection **bus)
{
  const char *uuid = dio_library_machine_get_uuid (machine);
  const char *state = NULL;

  switch (dio_library_machine_get_state (machine))
    {
    case DIO_LIBRARY_MACHINE_DAMAGED:
      return "damaged";
    case DIO_LIBRARY_MACHINE_OFFLINE:
      return "offline";
    case DIO_LIBRARY_MACHINE_WORKING:
      return "working";
    case DIO_LIBRARY_MACHINE_IN_USE:
      if (uuid && !*bus)
        *bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
      state = uuid ? dio_machine_client_get_state (*bus, uuid) : NULL;
      return state ? state : "in-use";
    case DIO_LIBRARY_MACHINE_READY:
    case DIO_LIBRARY_MACHINE_NEWER:
    default:
      return "stopped";
    }
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  g_autofree char *valid = text ? g_utf8_make_valid (text, -1) : NULL;

  if (valid)
    json_object_set_string_member (object, member, valid);
  else
    json_object_set_null_member (object, member);
}

JsonObject *
dio_machines_describe (DioLibraryMachine *machine, GDBusConnection **bus)
{
  JsonObject *object = json_object_new ();
  DioLibraryMachineState state = dio_library_machine_get_state (machine);

  set_text (object, "name", dio_library_machine_get_name (machine));
  set_text (object, "uuid", dio_library_machine_get_uuid (machine));
  set_text (object, "state", dio_machines_get_state (machine, bus));
  set_text (object, "message", dio_library_machine_get_message (machine));
  json_object_set_boolean_member (object, "writable", state == DIO_LIBRARY_MACHINE_READY);
  set_text (object, "folder", dio_library_machine_get_folder (machine));
  set_text (object, "os", dio_library_machine_get_os (machine));
  set_text (object, "os-name", dio_library_machine_get_os_name (machine));
  set_text (object, "icon", dio_library_machine_get_icon (machine));
  set_text (object, "group", dio_library_machine_get_group (machine));
  json_object_set_int_member (object, "last-used", dio_library_machine_get_last_used (machine));
  return object;
}

JsonNode *
dio_machines_to_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

int
dio_machines_tell_new (const char *folder, gboolean json)
{
  const char *place[] = { NULL, NULL };
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (DioLibrary) library = NULL;
  DioLibraryMachine *machine;

  if (!json)
    {
      dio_command_print ("%s\n", folder);
      return DIO_EXIT_OK;
    }
  place[0] = parent;
  library = dio_library_new (place);
  while (dio_library_get_loading (library))
    g_main_context_iteration (NULL, TRUE);
  machine = dio_library_find_file (library, file);
  if (!machine)
    {
      dio_command_warn (_ ("“%s” was made, but is gone again."), folder);
      return DIO_EXIT_FAILED;
    }
  dio_command_print_json (dio_machines_to_node (dio_machines_describe (machine, &bus)));
  return DIO_EXIT_OK;
}
