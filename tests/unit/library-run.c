/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What becomes of the definition of a machine that runs. */
#include "library-fixture.h"

#include "library/durable-file.h"
#include "vm/machine-private.h"

#include <glib/gstdio.h>

/* A machine that fails to start, as there is no such QEMU. Returns: its folder. */
static char *
make_failing (const char *place)
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
  g_autofree char *place = g_build_filename (g_get_home_dir (), "place", NULL), *folder = make_failing (place);
  g_autofree char *path = g_build_filename (folder, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioLibrary) library = dio_library_new ((const char *const[]) { place, NULL });
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (DioDefinition) changed = NULL;
  g_autoptr (DioMachine) running = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  WAIT_UNTIL (!dio_library_get_loading (library));
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  running = prepare (machine, FALSE, NULL);
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
  g_autofree char *place = g_build_filename (g_get_home_dir (), "place", NULL), *folder = make_failing (place);
  g_autofree char *install = g_build_filename (folder, "install", NULL);
  g_autofree char *kernel = g_build_filename (install, "linux", NULL);
  g_autoptr (DioLibrary) library = dio_library_new ((const char *const[]) { place, NULL });
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
  running = prepare (machine, FALSE, NULL);
  g_assert_false (dio_library_machine_is_busy (machine));
  g_assert_true (dio_machine_config_end_install (dio_machine_get_config (running)));
  WAIT_UNTIL (!dio_library_machine_is_busy (machine));
  g_assert_false (g_file_test (install, G_FILE_TEST_EXISTS));
  g_clear_object (&definition);
  definition = dio_folder_read_definition (folder, NULL, NULL);
  g_assert_null (dio_machine_config_get_kernel (dio_definition_get_config (definition)));
}

static void
test_prepare (void)
{
  g_autofree char *place = make_place ("prepare"), *path = make_machine (place, "Debian"), *vars = NULL, *lock = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) first = NULL, second = NULL;
  DioMachineConfig *config;

  g_object_set (dio_definition_get_config (definition), "firmware", DIO_FIRMWARE_UEFI, "tpm", TRUE, NULL);
  g_assert_true (save (machine, &error));
  first = prepare (machine, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (dio_library_machine_get_machine (machine) == first);
  config = dio_machine_get_config (first);
  vars = g_build_filename (path, "uefi-vars.qcow2", NULL);
  g_assert_true (config != dio_definition_get_config (definition));
  g_assert_cmpstr (dio_machine_config_get_uefi_vars (config), ==, vars);
  g_assert_true (g_str_has_suffix (dio_machine_config_get_tpm_state (config), "/Debian.diorama/tpm"));
  g_assert_true (dio_machine_config_get_disposable (config));
  g_assert_null (dio_machine_config_get_uefi_vars (dio_definition_get_config (definition)));
  lock = read_lock (machine);
  g_assert_nonnull (strstr (lock, "host"));
  WAIT_UNTIL (dio_library_machine_get_last_used (machine) > 0);
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_READY);

  /* It was never started: another takes its place. */
  second = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (second != first);
  g_assert_false (dio_machine_config_get_disposable (dio_machine_get_config (second)));
  g_assert_null (dio_library_machine_dup_pending (machine));
}

/* A machine that fails to start gives its lock back, and can be started again. */
static void
test_run (void)
{
  g_autofree char *place = make_place ("run"), *path = make_machine (place, "Debian"), *lock = NULL, *log = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) running = NULL;
  g_autoptr (GAsyncResult) trashed = NULL, prepared = NULL, saved = NULL;
  g_auto (GStrv) pending = NULL;

  g_object_set (dio_definition_get_config (definition), "arch", "pdp11", NULL);
  g_assert_true (save (machine, &error));
  running = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
  dio_machine_start (running);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_STARTING);
  log = g_build_filename (path, "log", NULL);
  g_assert_cmpstr (running->log_folder, ==, log);
  g_object_set (dio_definition_get_config (definition), "cpus", 5, "name", "New", NULL);
  pending = dio_library_machine_dup_pending (machine);
  g_assert_cmpuint (g_strv_length (pending), ==, 1);
  g_assert_cmpstr (pending[0], ==, "cpus");
  dio_library_machine_trash_async (machine, on_result, &trashed);
  dio_library_machine_prepare_async (machine, FALSE, NULL, on_result, &prepared);
  /* Saved while it runs, under its own lock; the folder keeps its name. */
  dio_library_machine_save_async (machine, on_result, &saved);
  WAIT_UNTIL (trashed && prepared && saved);
  g_assert_false (dio_library_machine_trash_finish (machine, trashed, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_null (dio_library_machine_prepare_finish (machine, prepared, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (dio_library_machine_save_finish (machine, saved, &error));
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));

  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);
  g_assert_true (dio_library_machine_get_machine (machine) == running);
  lock = read_lock (machine);
  g_assert_cmpstr (lock, ==, "");
  g_clear_object (&running);
  running = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
}

/* Its folder is deleted while it runs: it stays until it has ended. */
static void
test_gone (void)
{
  g_autofree char *place = make_place ("gone"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) running = prepare (machine, FALSE, &error);

  g_assert_no_error (error);
  dio_machine_start (running);
  remove_folder (path);
  g_assert_false (save (machine, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  dio_library_refresh (library, place);
  dio_machine_force_off (running);
  WAIT_UNTIL (count (library) == 0);
}

/* Its folder is renamed while it runs: it is the same machine there, and its lock went along. */
static void
test_moved_running (void)
{
  g_autofree char *place = make_place ("moved-running"), *path = make_machine (place, "Debian"), *lock = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) running = NULL, again = NULL;

  g_object_set (dio_definition_get_config (definition), "arch", "pdp11", "firmware", DIO_FIRMWARE_UEFI, NULL);
  g_assert_true (save (machine, &error));
  running = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
  dio_machine_start (running);
  rename_folder (path, place, "Other.diorama");
  WAIT_UNTIL (g_str_has_suffix (dio_library_machine_get_folder (machine), "/Other.diorama") &&
              dio_machine_get_state (running) == DIO_MACHINE_FAILED);
  g_assert_true (get_only (library) == machine);
  lock = read_lock (machine);
  g_assert_cmpstr (lock, ==, "");
  again = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (dio_machine_config_get_uefi_vars (dio_machine_get_config (again)), "/Other.diorama/"));
}

static void
test_in_use (void)
{
  g_autofree char *place = make_place ("in-use"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DioDefinition) definition = NULL;

  WAIT_UNTIL (!dio_library_machine_watch (machine));
  write_file (path, ".lock", "{\"host\": \"other\", \"user\": \"anna\", \"name\": \"desk\"}");
  WAIT_UNTIL (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_IN_USE);
  g_assert_nonnull (strstr (dio_library_machine_get_message (machine), "anna"));
  g_assert_null (prepare (machine, FALSE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  definition = load (machine, &error);
  g_assert_no_error (error);
  g_assert_false (save (machine, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_clear_error (&error);
  dio_library_machine_break_lock_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  g_assert_true (dio_library_machine_break_lock_finish (machine, result, &error));
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_READY);
  g_assert_true (save (machine, &error));
}

/* It is started right after it was renamed: by its new name. What is changed then is saved, too. */
static void
test_renamed (void)
{
  g_autofree char *place = make_place ("renamed"), *path = make_machine (place, "Debian"), *text = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GAsyncResult) first = NULL, second = NULL, prepared = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioMachine) running = NULL;

  g_object_set (dio_definition_get_config (definition), "name", "Other", "firmware", DIO_FIRMWARE_UEFI, NULL);
  dio_library_machine_save_async (machine, on_result, &first);
  dio_library_machine_prepare_async (machine, FALSE, NULL, on_result, &prepared);
  WAIT_UNTIL (first);
  g_object_set (dio_definition_get_config (definition), "name", "Third", "cpus", 7, NULL);
  dio_library_machine_save_async (machine, on_result, &second);
  WAIT_UNTIL (second && prepared);
  g_assert_true (dio_library_machine_save_finish (machine, first, NULL));
  dio_library_machine_save_finish (machine, second, &error);
  g_assert_no_error (error);
  running = dio_library_machine_prepare_finish (machine, prepared, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (dio_library_machine_get_folder (machine), "/Other.diorama"));
  g_assert_nonnull (strstr (dio_machine_config_get_uefi_vars (dio_machine_get_config (running)), "/Other.diorama/"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  text = read_lock (machine);
  g_assert_nonnull (strstr (text, "host"));
}

/* A machine that has been started and has failed, as its window has it. */
static DioMachine *
fail (DioLibraryMachine *machine, DioDefinition *definition)
{
  g_autoptr (GError) error = NULL;
  DioMachine *running;

  g_object_set (dio_definition_get_config (definition), "arch", "pdp11", NULL);
  g_assert_true (save (machine, &error));
  running = prepare (machine, FALSE, &error);
  g_assert_no_error (error);
  dio_machine_start (running);
  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);
  return running;
}

/* Started from its window while its settings are being saved, it waits for them, and has them. */
static void
test_start_while_saved (void)
{
  g_autofree char *place = make_place ("while-saved"), *path = make_machine (place, "Debian"), *lock = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (DioMachine) running = fail (machine, definition);
  g_autoptr (GAsyncResult) saved = NULL, again = NULL;

  g_object_set (dio_definition_get_config (definition), "cpus", 5, NULL);
  dio_library_machine_save_async (machine, on_result, &saved);
  dio_machine_start (running);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_STARTING);
  g_assert_true (dio_library_machine_is_active (machine));
  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);
  g_assert_nonnull (strstr (dio_machine_get_failure (running)->message, "pdp11"));
  g_assert_true (saved && dio_library_machine_save_finish (machine, saved, NULL));
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_machine_get_config (running)), ==, 5);

  /* It may be turned off meanwhile. */
  dio_library_machine_save_async (machine, on_result, &again);
  dio_machine_start (running);
  dio_machine_force_off (running);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_STOPPED);
  WAIT_UNTIL (again);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_STOPPED);
  g_assert_false (dio_library_machine_is_active (machine));
  lock = read_lock (machine);
  g_assert_cmpstr (lock, ==, "");
}

/* One that another has is not started from its window; and can be, when the other is done. */
static void
test_start_in_use (void)
{
  g_autofree char *place = make_place ("start-in-use"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (DioMachine) running = fail (machine, definition);

  dio_machine_force_off (running);
  write_file (path, ".lock", "{\"host\": \"other\", \"user\": \"anna\", \"name\": \"desk\"}");
  dio_machine_start (running);
  g_assert_cmpint (dio_machine_get_state (running), ==, DIO_MACHINE_FAILED);
  g_assert_nonnull (strstr (dio_machine_get_failure (running)->message, "anna"));
  g_assert_false (dio_library_machine_is_active (machine));
  write_file (path, ".lock", "");
  dio_machine_start (running);
  WAIT_UNTIL (dio_machine_get_state (running) == DIO_MACHINE_FAILED);
  g_assert_nonnull (strstr (dio_machine_get_failure (running)->message, "pdp11"));
}

/* Its folder has another name by then. */
static void
test_trash_renamed (void)
{
  g_autofree char *place = make_place ("trash-renamed"), *path = make_machine (place, "Debian");
  g_autofree char *other = g_build_filename (place, "Other.diorama", NULL);
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GAsyncResult) saved = NULL, trashed = NULL;
  g_autoptr (GError) error = NULL;

  g_object_set (dio_definition_get_config (definition), "name", "Other", NULL);
  dio_library_machine_save_async (machine, on_result, &saved);
  dio_library_machine_trash_async (machine, on_result, &trashed);
  WAIT_UNTIL (trashed);
  dio_library_machine_trash_finish (machine, trashed, &error);
  g_assert_no_error (error);
  g_assert_true (saved && dio_library_machine_save_finish (machine, saved, NULL));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (other, G_FILE_TEST_EXISTS));
  WAIT_UNTIL (count (library) == 0);
}

/* As if QEMU ran. */
static DioMachine *
run (DioLibraryMachine *machine)
{
  g_autoptr (GError) error = NULL;
  DioMachine *running = prepare (machine, FALSE, &error);

  g_assert_no_error (error);
  dio_machine_set_state (running, DIO_MACHINE_RUNNING);
  return running;
}

/* Its place is none of the library's any more: it stays until it has ended, and nothing is wrong with it. */
static void
test_left_out (void)
{
  g_autofree char *place = make_place ("left-out"), *other = make_place ("other");
  g_autofree char *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (DioMachine) running = run (machine);

  dio_library_set_places (library, (const char *const[]) { other, NULL });
  WAIT_UNTIL (!dio_library_get_scanning (library));
  g_assert_true (get_only (library) == machine);
  g_assert_null (dio_library_machine_get_message (machine));
  dio_machine_set_state (running, DIO_MACHINE_STOPPED);
  WAIT_UNTIL (count (library) == 0);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
}

/* Its folder is gone while it runs, and a copy of that is there: what it has open is not the copy. */
static void
test_copied_running (void)
{
  g_autofree char *place = make_place ("copied-running"), *path = make_machine (place, "Debian");
  g_autofree char *copy = g_build_filename (place, "Copy.diorama", NULL);
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (DioMachine) running = run (machine);

  WAIT_UNTIL (!dio_library_get_scanning (library));
  g_assert_cmpint (g_mkdir (copy, 0700), ==, 0);
  copy_file (path, copy, DIO_DEFINITION_FILE);
  remove_folder (path);
  dio_library_refresh (library, place);
  WAIT_UNTIL (count (library) == 2 && dio_library_machine_get_message (machine));
  g_assert_cmpstr (dio_library_machine_get_folder (machine), ==, path);
  g_assert_nonnull (strstr (dio_library_machine_get_message (machine), "moved or deleted"));
  dio_machine_set_state (running, DIO_MACHINE_STOPPED);
  WAIT_UNTIL (count (library) == 1);
  g_assert_cmpstr (dio_library_machine_get_folder (get_only (library)), ==, copy);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/library-run/changed", test_changed);
  g_test_add_func ("/library-run/installed", test_installed);
  g_test_add_func ("/library-run/prepare", test_prepare);
  g_test_add_func ("/library-run/run", test_run);
  g_test_add_func ("/library-run/gone", test_gone);
  g_test_add_func ("/library-run/moved-running", test_moved_running);
  g_test_add_func ("/library-run/in-use", test_in_use);
  g_test_add_func ("/library-run/start-while-saved", test_start_while_saved);
  g_test_add_func ("/library-run/start-in-use", test_start_in_use);
  g_test_add_func ("/library-run/trash-renamed", test_trash_renamed);
  g_test_add_func ("/library-run/renamed", test_renamed);
  g_test_add_func ("/library-run/left-out", test_left_out);
  g_test_add_func ("/library-run/copied-running", test_copied_running);
  return g_test_run ();
}
