/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* The search provider over a bus of its own, asked as GNOME Shell asks it. */
#include "service/search-provider.h"

#include <glib/gstdio.h>
#include <string.h>

#define PATH "/app/diorama/Test/SearchProvider"
#define INTERFACE "org.gnome.Shell.SearchProvider2"
#define UUID(n) "00000000-0000-4000-8000-00000000000" #n

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *ours, *shell;
  DioSearchProvider *provider;
  DioLibrary *library;
  char *place;
  DioLibraryMachine *chosen;
  GStrv searched;
} Fixture;

static void
add_machine (Fixture *fixture, const char *name, const char *uuid, const char *system)
{
  g_autofree char *folder = g_strdup_printf ("%s/%s.diorama", fixture->place, uuid);
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioDefinition) definition = dio_definition_new (name, folder);
  g_autoptr (GBytes) bytes = NULL;

  g_object_set (dio_definition_get_config (definition), "uuid", uuid, NULL);
  g_object_set (definition, "os-name", system, NULL);
  bytes = dio_definition_to_bytes (definition);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
}

static GDBusConnection *
connect_to (GTestDBus *bus)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL,
      &error);

  g_assert_no_error (error);
  return connection;
}

static DioLibrary *
get_library (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->library);
  fixture->library = dio_library_new ((const char *const[]) { fixture->place, NULL });
  return fixture->library;
}

static void
on_chosen (DioSearchProvider *provider, DioLibraryMachine *machine, Fixture *fixture)
{
  g_set_object (&fixture->chosen, machine);
}

static void
on_search (DioSearchProvider *provider, const char *const *terms, Fixture *fixture)
{
  g_strfreev (fixture->searched);
  fixture->searched = g_strdupv ((char **) terms);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->place = g_dir_make_tmp ("diorama-search-XXXXXX", NULL);
  add_machine (fixture, "Work horse", UUID (1), "Debian 13");
  add_machine (fixture, "Débian old", UUID (2), "Debian 12");
  add_machine (fixture, "שולחן עבודה", UUID (3), NULL);
  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  fixture->ours = connect_to (fixture->bus);
  fixture->shell = connect_to (fixture->bus);
  fixture->provider = dio_search_provider_new (get_library, fixture);
  g_signal_connect (fixture->provider, "chosen", G_CALLBACK (on_chosen), fixture);
  g_signal_connect (fixture->provider, "search", G_CALLBACK (on_search), fixture);
  dio_search_provider_export (fixture->provider, fixture->ours, PATH, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  const char *command[] = { "rm", "-rf", fixture->place, NULL };

  dio_search_provider_unexport (fixture->provider);
  g_assert_finalize_object (fixture->provider);
  g_clear_object (&fixture->chosen);
  g_clear_object (&fixture->library);
  g_clear_object (&fixture->ours);
  g_clear_object (&fixture->shell);
  g_test_dbus_down (fixture->bus);
  g_clear_object (&fixture->bus);
  g_strfreev (fixture->searched);
  g_assert_true (g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_free (fixture->place);
}

static void
take_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
ask (Fixture *fixture, GAsyncResult **result, const char *method, const char *parameters)
{
  g_autoptr (GVariant) words = g_variant_parse (NULL, parameters, NULL, NULL, NULL);

  g_assert_nonnull (words);
  g_dbus_connection_call (fixture->shell, g_dbus_connection_get_unique_name (fixture->ours), PATH, INTERFACE, method,
                          words, NULL, G_DBUS_CALL_FLAGS_NONE, 10000, NULL, take_result, result);
}

/* What is answered, as text. */
static char *
take_answer (Fixture *fixture, GAsyncResult **result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;

  while (!*result)
    g_main_context_iteration (NULL, TRUE);
  answer = g_dbus_connection_call_finish (fixture->shell, *result, &error);
  g_clear_object (result);
  g_assert_no_error (error);
  return g_variant_print (answer, FALSE);
}

static void
expect (Fixture *fixture, const char *method, const char *parameters, const char *expected)
{
  GAsyncResult *result = NULL;
  g_autofree char *answer = NULL;

  ask (fixture, &result, method, parameters);
  answer = take_answer (fixture, &result);
  g_assert_cmpstr (answer, ==, expected);
}

static void
test_results (Fixture *fixture, gconstpointer data)
{
  /* Those found by their name come before those found by their system. */
  expect (fixture, "GetInitialResultSet", "(['debian'],)", "(['" UUID (2) "', '" UUID (1) "'],)");
  expect (fixture, "GetInitialResultSet", "(['WORK', 'deb'],)", "(['" UUID (1) "'],)");
  expect (fixture, "GetInitialResultSet", "(['עבוד'],)", "(['" UUID (3) "'],)");
  expect (fixture, "GetInitialResultSet", "(['ebian'],)", "([],)");
  expect (fixture, "GetInitialResultSet", "(['', ' '],)", "([],)");
  expect (fixture, "GetInitialResultSet", "(@as [],)", "([],)");
  expect (fixture, "GetSubsearchResultSet", "(['" UUID (1) "'], ['13'])", "(['" UUID (1) "'],)");
}

static void
test_metas (Fixture *fixture, gconstpointer data)
{
  GAsyncResult *result = NULL;
  g_autofree char *answer = NULL;

  ask (fixture, &result, "GetResultMetas", "(['" UUID (3) "', 'no uuid', '', '" UUID (9) "', '" UUID (1) "'],)");
  answer = take_answer (fixture, &result);
  g_assert_nonnull (strstr (answer, "'id': <'" UUID (3) "'>, 'name': <'שולחן עבודה'>"));
  g_assert_nonnull (strstr (answer, "'name': <'Work horse'>"));
  g_assert_nonnull (strstr (answer, "'description': <'Debian 13'>"));
  g_assert_nonnull (strstr (answer, "'icon': <('themed'"));
  g_assert_null (strstr (answer, UUID (9)));
}

static void
test_actions (Fixture *fixture, gconstpointer data)
{
  expect (fixture, "ActivateResult", "('" UUID (9) "', ['x'], uint32 0)", "()");
  g_assert_null (fixture->chosen);
  expect (fixture, "ActivateResult", "('" UUID (1) "', ['x'], uint32 0)", "()");
  g_assert_cmpstr (dio_library_machine_get_name (fixture->chosen), ==, "Work horse");
  expect (fixture, "LaunchSearch", "(['two', 'words'], uint32 0)", "()");
  g_assert_cmpstrv (fixture->searched, ((const char *[]) { "two", "words", NULL }));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);

  g_test_add ("/search-provider/results", Fixture, NULL, set_up, test_results, tear_down);
  g_test_add ("/search-provider/metas", Fixture, NULL, set_up, test_metas, tear_down);
  g_test_add ("/search-provider/actions", Fixture, NULL, set_up, test_actions, tear_down);

  return g_test_run ();
}
