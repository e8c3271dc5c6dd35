/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/library.h"

#include <glib/gstdio.h>
#include <string.h>

#define TIMEOUT_S 60

static void
on_timeout (gpointer user_data)
{
  g_error ("%s: nothing in %d seconds", (const char *) user_data, TIMEOUT_S);
}

/* Waits until CONDITION holds. */
#define WAIT_UNTIL(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, on_timeout, (gpointer) #condition);                      \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (timeout_id);                                                                                      \
  }                                                                                                                    \
  G_STMT_END

static char *
make_place (const char *name)
{
  g_autofree char *place = g_build_filename (g_get_home_dir (), name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  return g_steal_pointer (&place);
}

static char *
make_machine (const char *place, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioNewFolder) folder = dio_new_folder_new (place, &error);
  g_autoptr (DioDefinition) definition = NULL;
  char *path;

  g_assert_no_error (error);
  definition = dio_definition_new (name, dio_new_folder_get_path (folder));
  path = dio_new_folder_commit (folder, definition, &error);
  g_assert_no_error (error);
  return path;
}

static DioLibrary *
open_library (const char *place)
{
  DioLibrary *library = dio_library_new ((const char *const[]){ place, NULL });

  WAIT_UNTIL (!dio_library_get_loading (library));
  return library;
}

static guint
count (DioLibrary *library)
{
  return g_list_model_get_n_items (G_LIST_MODEL (library));
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static DioDefinition *
load (DioLibraryMachine *machine, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_load_async (machine, NULL, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_load_finish (machine, result, error);
}

static gboolean
save (DioLibraryMachine *machine, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_save_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_save_finish (machine, result, error);
}

static void
test_new (void)
{
  g_autofree char *place = make_place ("new"), *path = make_machine (place, "Debian"), *wanted = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autofree char *second = NULL;

  wanted = g_build_filename (place, "Debian.diorama", NULL);
  g_assert_cmpstr (path, ==, wanted);
  g_assert_cmpuint (count (library), ==, 1);
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  g_assert_cmpstr (dio_library_machine_get_name (machine), ==, "Debian");
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_READY);
  g_assert_cmpint (dio_library_machine_get_last_used (machine), ==, 0);
  second = make_machine (place, "Debian");
  g_assert_true (g_str_has_suffix (second, "/Debian 2.diorama"));
  WAIT_UNTIL (count (library) == 2);
}

static void
test_save (void)
{
  g_autofree char *place = make_place ("save"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (GError) error = NULL;
  DioLibraryMachine *machine = dio_library_find (library, "Debian", &error);
  g_autoptr (DioDefinition) definition = NULL, again = NULL;

  g_assert_no_error (error);
  definition = load (machine, &error);
  g_assert_no_error (error);
  g_object_set (dio_definition_get_config (definition), "name", "Arch", "cpus", 7, NULL);
  g_assert_true (save (machine, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (dio_library_machine_get_name (machine), ==, "Arch");
  g_assert_true (g_str_has_suffix (dio_library_machine_get_folder (machine), "/Arch.diorama"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  again = load (machine, &error);
  g_assert_no_error (error);
  g_assert_true (again == definition);
  g_assert_cmpuint (count (library), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/library/new", test_new);
  g_test_add_func ("/library/save", test_save);
  return g_test_run ();
}
