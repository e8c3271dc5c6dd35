/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/command.h"
#include "cli/machines.h"
#include "service/machine-client.h"
#include "usb/error.h"
#include "usb/find.h"
#include "usb/source.h"

#include <glib/gi18n.h>
#include <string.h>

/* A sandbox's portal tells of its devices in a moment. */
#define PATIENCE_MS 2000

/* --- who has what --- */

/* Machines of the library that somebody in this session runs, and can be asked. */
static GPtrArray *
list_running (DioLibrary *library, GDBusConnection *bus)
{
  GPtrArray *running = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (library), i);
      const char *uuid = dio_library_machine_get_uuid (machine);

      if (uuid && dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_IN_USE &&
          dio_machine_client_get_state (bus, uuid))
        g_ptr_array_add (running, g_steal_pointer (&machine));
    }
  return running;
}

/* By identifiers of devices, the DioLibraryMachine that has it. */
static GHashTable *
find_holders (GDBusConnection *bus, GPtrArray *running)
{
  GHashTable *holders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < running->len; i++)
    {
      g_auto (GStrv) ids = dio_machine_client_list_usb (bus, dio_library_machine_get_uuid (running->pdata[i]));

      for (guint n = 0; ids && ids[n]; n++)
        g_hash_table_insert (holders, g_strdup (ids[n]), running->pdata[i]);
    }
  return holders;
}

/* --- list --- */

static gboolean
on_late (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static DioUsbSource *
open_source (void)
{
  DioUsbSource *source = dio_usb_source_new_default ();
  gboolean sandboxed = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS), late = FALSE;
  guint timeout = sandboxed ? g_timeout_add (PATIENCE_MS, on_late, &late) : 0;

  while (sandboxed && !late && !dio_usb_source_get_trouble (source) &&
         g_list_model_get_n_items (G_LIST_MODEL (source)) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_clear_handle_id (&timeout, g_source_remove);
  return source;
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text)
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

/* Words and figures for scripts (diorama.1). */
static const char *const guards[] = {
  [DIO_USB_GUARD_INPUT] = "input",
  [DIO_USB_GUARD_SYSTEM] = "system",
  [DIO_USB_GUARD_NETWORK] = "network",
  [DIO_USB_GUARD_HUB] = "hub",
};
static const char *const kinds[] = {
  [DIO_USB_KIND_HUB] = "hub",
  [DIO_USB_KIND_STORAGE] = "storage",
  [DIO_USB_KIND_PHONE] = "phone",
  [DIO_USB_KIND_CAMERA] = "camera",
  [DIO_USB_KIND_AUDIO] = "audio",
  [DIO_USB_KIND_PRINTER] = "printer",
  [DIO_USB_KIND_NETWORK] = "network",
  [DIO_USB_KIND_SERIAL] = "serial",
  [DIO_USB_KIND_BLUETOOTH] = "bluetooth",
  [DIO_USB_KIND_SMART_CARD] = "smart-card",
  [DIO_USB_KIND_KEYBOARD] = "keyboard",
  [DIO_USB_KIND_POINTER] = "pointer",
  [DIO_USB_KIND_GAME_CONTROLLER] = "game-controller",
  [DIO_USB_KIND_OTHER] = "other",
};
static const double speeds[] = {
  [DIO_USB_SPEED_LOW] = 1.5,    [DIO_USB_SPEED_FULL] = 12,          [DIO_USB_SPEED_HIGH] = 480,
  [DIO_USB_SPEED_SUPER] = 5000, [DIO_USB_SPEED_SUPER_PLUS] = 10000, [DIO_USB_SPEED_SUPER_PLUS_2] = 20000,
};

static JsonObject *
describe (DioUsbSource *source, DioUsbDevice *device, DioLibraryMachine *holder)
{
  JsonObject *object = json_object_new ();
  g_autofree char *vendor = g_strdup_printf ("%04x", dio_usb_device_get_vendor (device));
  g_autofree char *product = g_strdup_printf ("%04x", dio_usb_device_get_product (device));
  DioUsbKind kind = dio_usb_device_get_kind (device);
  DioUsbSpeed speed = dio_usb_device_get_speed (device);
  DioUsbGuard guard = dio_usb_source_get_guard (source, device);

  set_text (object, "id", dio_usb_device_get_id (device));
  set_text (object, "name", dio_usb_device_get_name (device));
  set_text (object, "kind", kind < G_N_ELEMENTS (kinds) ? kinds[kind] : "other");
  set_text (object, "vendor", vendor);
  set_text (object, "product", product);
  set_text (object, "serial", dio_usb_device_get_serial (device));
  set_text (object, "port", dio_usb_device_get_port (device));
  if (speed > DIO_USB_SPEED_UNKNOWN && speed < G_N_ELEMENTS (speeds))
    json_object_set_double_member (object, "speed", speeds[speed]);
  else
    json_object_set_null_member (object, "speed");
  set_text (object, "guard", guard < G_N_ELEMENTS (guards) ? guards[guard] : NULL);
  set_text (object, "machine", holder ? dio_library_machine_get_name (holder) : NULL);
  set_text (object, "machine-uuid", holder ? dio_library_machine_get_uuid (holder) : NULL);
  return object;
}

/* Names come last: they may be of any length, and in any script. */
static void
print_line (DioUsbDevice *device, DioLibraryMachine *holder)
{
  g_autofree char *name = dio_command_dup_printable (dio_usb_device_get_name (device));
  g_autofree char *machine = holder ? dio_command_dup_printable (dio_library_machine_get_name (holder)) : NULL;
  const char *port = dio_usb_device_get_port (device);

  dio_command_print ("%-8s  %04x:%04x  %s", port ? port : "–", dio_usb_device_get_vendor (device),
                     dio_usb_device_get_product (device), name);
  if (machine)
    /* Translators: behind the name of a USB device: which machine has it. */
    dio_command_print (_ (" (in “%s”)"), machine);
  dio_command_print ("\n");
}

static int
list (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print an array of objects, one a device"), NULL },
    { 0 },
  };
  const DioUsage usage = { "usb list", N_ ("[--json]"),
                           N_ ("Lists the USB devices of this computer: port, numbers, name, and which machine of this "
                               "session has it."),
                           NULL };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (DioUsbSource) source = NULL;
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (GPtrArray) running = NULL;
  g_autoptr (GHashTable) holders = NULL;
  g_autoptr (JsonArray) array = json_array_new ();

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  source = open_source ();
  if (dio_usb_source_get_trouble (source))
    {
      dio_command_warn ("%s", dio_usb_source_get_trouble (source));
      return DIO_EXIT_FAILED;
    }
  library = dio_machines_load ();
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  running = list_running (library, bus);
  holders = find_holders (bus, running);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (source)); i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (G_LIST_MODEL (source), i);
      DioLibraryMachine *holder = g_hash_table_lookup (holders, dio_usb_device_get_id (device));

      if (json)
        json_array_add_object_element (array, describe (source, device, holder));
      else
        print_line (device, holder);
    }
  if (json)
    dio_command_print_json (json_node_init_array (json_node_alloc (), array));
  return DIO_EXIT_OK;
}

/* --- connect --- */

static int
fail (const GError *error)
{
  const char *option = NULL;

  if (error->domain != DIO_USB_ERROR)
    return dio_command_fail (error);
  switch (error->code)
    {
    case DIO_USB_ERROR_GUARDED:
      option = "--insist";
      break;
    case DIO_USB_ERROR_MOUNTED:
      option = "--unmount";
      break;
    case DIO_USB_ERROR_HELD:
      option = "--take";
      break;
    case DIO_USB_ERROR_GONE:
      dio_command_fail (error);
      return DIO_EXIT_NO_DEVICE;
    default:
      return dio_command_fail (error);
    }
  /* Translators: a sentence that says what is in the way, then the option that overrides it. */
  dio_command_warn (_ ("%s “%s” does it nevertheless."), error->message, option);
  return DIO_EXIT_WANTED;
}

static int
connect_device (int argc, char **argv)
{
  gboolean always = FALSE, insist = FALSE, unmount = FALSE, take = FALSE;
  const GOptionEntry entries[] = {
    { "always", 0, 0, G_OPTION_ARG_NONE, &always, N_ ("From now on by itself, whenever it is plugged in"), NULL },
    { "insist", 0, 0, G_OPTION_ARG_NONE, &insist, N_ ("Although this computer needs it"), NULL },
    { "unmount", 0, 0, G_OPTION_ARG_NONE, &unmount, N_ ("Unmount what this computer has open of it"), NULL },
    { "take", 0, 0, G_OPTION_ARG_NONE, &take, N_ ("Take it from another machine"), NULL },
    { 0 },
  };
  const DioUsage usage = { "usb connect",
                           N_ ("[--always] [--insist] [--unmount] [--take] NAME|UUID DEVICE"),
                           N_ ("Hands a USB device to a machine that runs in a window. DEVICE is its port (1-2), its "
                               "numbers (0781:5581), its serial number or its name, as “diorama usb list” tells them."),
                           NULL,
                           2,
                           2 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, entries, argc, argv, FALSE);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) how = NULL;
  DioLibraryMachine *machine;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  if (always)
    g_strv_builder_add (words, "always");
  if (insist)
    g_strv_builder_add (words, "insist");
  if (unmount)
    g_strv_builder_add (words, "unmount");
  if (take)
    g_strv_builder_add (words, "take");
  how = g_strv_builder_end (words);
  library = dio_machines_load ();
  machine = dio_machines_find (library, operands[0]);
  if (!machine)
    return DIO_EXIT_NO_MACHINE;
  if (dio_library_machine_get_state (machine) != DIO_LIBRARY_MACHINE_IN_USE)
    {
      dio_command_warn (_ ("“%s” does not run."), dio_library_machine_get_name (machine));
      return DIO_EXIT_STATE;
    }
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  if (dio_machine_client_connect_usb (bus, dio_library_machine_get_uuid (machine), operands[1],
                                      (const char *const *) how, &error))
    return DIO_EXIT_OK;
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return fail (error);
  dio_command_warn (_ ("The machine cannot be reached from here. %s"), error->message);
  return DIO_EXIT_STATE;
}

/* --- disconnect --- */

static int
disconnect_device (int argc, char **argv)
{
  const DioUsage usage = { "usb disconnect",
                           N_ ("DEVICE"),
                           N_ ("Takes a USB device back from the machine that has it. Eject storage in the machine "
                               "before."),
                           NULL,
                           1,
                           1 };
  g_auto (GStrv) operands = dio_usage_parse (&usage, NULL, argc, argv, FALSE);
  g_autoptr (GDBusConnection) bus = NULL;
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GPtrArray) running = NULL;
  g_autoptr (GError) error = NULL;

  if (!operands)
    return DIO_EXIT_NOT_UNDERSTOOD;
  library = dio_machines_load ();
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  running = list_running (library, bus);
  for (guint i = 0; i < running->len; i++)
    {
      g_clear_error (&error);
      if (dio_machine_client_disconnect_usb (bus, dio_library_machine_get_uuid (running->pdata[i]), operands[0],
                                             &error))
        return DIO_EXIT_OK;
      if (!g_error_matches (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE))
        return fail (error);
    }
  if (error && running->len == 1)
    return fail (error);
  dio_command_warn (_ ("No machine that runs in this session has the USB device “%s”."), operands[0]);
  return DIO_EXIT_NO_DEVICE;
}

/* --- */

int
dio_command_usb (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    int (*run) (int argc, char **argv);
  } commands[] = { { "list", list }, { "connect", connect_device }, { "disconnect", disconnect_device } };
  static const char *const summary =
      N_ ("Lists the USB devices of this computer, hands one to a machine that runs, and "
          "takes it back. “diorama usb connect --help” tells more.");
  const DioUsage usage = { "usb", "list|connect|disconnect …", summary, NULL, 1, 1 };
  g_auto (GStrv) operands = NULL;

  /* Its errors have names on the bus from here on. */
  dio_usb_error_quark ();
  for (guint i = 0; argc > 1 && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      return commands[i].run (argc - 1, argv + 1);
  operands = dio_usage_parse (&usage, NULL, argc, argv, FALSE);
  if (operands)
    {
      g_autofree char *word = dio_command_dup_printable (operands[0]);

      dio_command_warn (_ ("There is no “usb %s”. “diorama usb --help” tells more."), word);
    }
  return DIO_EXIT_NOT_UNDERSTOOD;
}
