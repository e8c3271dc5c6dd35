/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What becomes of the definition of a machine that runs. */
#include "library/durable-file.h"
#include "library/library-private.h"

#include <glib/gstdio.h>

#define TIMEOUT_S 240

static void
on_timeout (gpointer user_data)
{
  g_error ("%s: nothing in %d seconds", (const char *) user_data, TIMEOUT_S);
}

#define WAIT_UNTIL(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, on_timeout, (gpointer) #condition);                      \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (timeout_id);                                                                                      \
  }                                                                                                                    \
  G_STMT_END

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* A machine that fails to start, as there is no such QEMU. Returns: its folder. */
static char *
make_machine (const char *place)
{
  g_autoptr (DioNewFolder) folder = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  g_autoptr (GError) error = NULL;
  char *path;

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  folder = dio_new_folder_new (place, &error);
  g_assert_no_error (error);
  definition = dio_definition_new ("Debian", dio_new_folder_get_path (folder));
  g_object_set (dio_definition_get_config (definition), "arch", "pdp11", "cpus", 3, NULL);
  path = dio_new_folder_commit (folder, definition, &error);
  g_assert_no_error (error);
  return path;
}

static DioMachine *
prepare (DioLibraryMachine *machine)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DioMachine *prepared;

  dio_library_machine_prepare_async (machine, FALSE, NULL, on_result, &result);
  WAIT_UNTIL (result);
  prepared = dio_library_machine_prepare_finish (machine, result, &error);
  g_assert_no_error (error);
  return prepared;
}

/* As another program does it. */
static void
write_text (const char *folder, DioDefinition *definition)
{
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autoptr (GBytes) text = dio_definition_to_bytes (definition);
  g_autoptr (DioFolderLock) lock = dio_folder_lock_take (folder, DIO_LOCK_QUIET, NULL);

  g_assert_nonnull (lock);
  g_assert_true (dio_durable_write (path, text, NULL, "", NULL));
}

static void
assert_refused (DioMachine *machine)
{
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_FAILED);
  g_assert_nonnull (strstr (dio_machine_get_failure (machine)->message, "definition"));
}

/* Started again from its window, it starts with what another program wrote while it had no lock. */
static void
test_changed (void)
{
  g_autofree char *place = g_build_filename (g_get_home_dir (), "place", NULL), *folder = make_machine (place);
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioLibrary) library = dio_library_new ((const char *const[]){ place, NULL });
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (DioDefinition) changed = NULL;
  g_autoptr (DioMachine) running = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  WAIT_UNTIL (!dio_library_get_loading (library));
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  running = prepare (machine);
  dio_machine_start (running);
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_machine_get_config (running)), ==, 3);
  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);

  changed = dio_folder_read_definition (folder, NULL, NULL);
  g_object_set (dio_definition_get_config (changed), "cpus", 7, NULL);
  write_text (folder, changed);
  dio_machine_start (running);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_STARTING);
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_machine_get_config (running)), ==, 7);
  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);

  /* Damaged, it does not start as it was. */
  g_assert_true (g_file_set_contents (path, "{", -1, NULL));
  dio_machine_start (running);
  assert_refused (running);
  /* A start that went on would end as FAILED after its engine was looked for, with another sentence. */
  dio_engine_probe_async ("x86_64", NULL, on_result, &result);
  WAIT_UNTIL (result);
  assert_refused (running);
}

/* What it was installed from goes, and whoever ends the process can wait for that. */
static void
test_installed (void)
{
  g_autofree char *place = g_build_filename (g_get_home_dir (), "place", NULL), *folder = make_machine (place);
  g_autofree char *install = g_build_filename (folder, "install", NULL);
  g_autofree char *kernel = g_build_filename (install, "linux", NULL);
  g_autoptr (DioLibrary) library = dio_library_new ((const char *const[]){ place, NULL });
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  g_autoptr (DioMachine) running = NULL;

  g_assert_cmpint (g_mkdir (install, 0700), ==, 0);
  g_assert_true (g_file_set_contents (kernel, "x", -1, NULL));
  definition = dio_folder_read_definition (folder, NULL, NULL);
  g_object_set (dio_definition_get_config (definition), "kernel", kernel, "install-folder", install, NULL);
  write_text (folder, definition);
  WAIT_UNTIL (!dio_library_get_loading (library));
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  running = prepare (machine);
  g_assert_false (dio_library_machine_is_busy (machine));
  g_assert_true (dio_machine_config_end_install (dio_machine_get_config (running)));
  WAIT_UNTIL (!dio_library_machine_is_busy (machine));
  g_assert_false (g_file_test (install, G_FILE_TEST_EXISTS));
  g_clear_object (&definition);
  definition = dio_folder_read_definition (folder, NULL, NULL);
  g_assert_null (dio_machine_config_get_kernel (dio_definition_get_config (definition)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/library-run/changed", test_changed);
  g_test_add_func ("/library-run/installed", test_installed);
  return g_test_run ();
}
