/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library-fixture.h"

#include <glib/gstdio.h>

void
dio_test_on_timeout (gpointer condition)
{
  g_error ("%s: nothing in %d seconds", (const char *) condition, TIMEOUT_S);
}

gboolean
dio_test_on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

char *
make_place (const char *name)
{
  g_autofree char *place = g_build_filename (g_get_home_dir (), name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  return g_steal_pointer (&place);
}

char *
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

DioLibrary *
open_library (const char *place)
{
  DioLibrary *library = dio_library_new ((const char *const[]) { place, NULL });

  WAIT_UNTIL (!dio_library_get_loading (library));
  return library;
}

guint
count (DioLibrary *library)
{
  return g_list_model_get_n_items (G_LIST_MODEL (library));
}

void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

DioDefinition *
load (DioLibraryMachine *machine, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_load_async (machine, NULL, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_load_finish (machine, result, error);
}

gboolean
save (DioLibraryMachine *machine, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_save_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_save_finish (machine, result, error);
}

DioLibraryMachine *
get_only (DioLibrary *library)
{
  DioLibraryMachine *machine;

  g_assert_cmpuint (count (library), ==, 1);
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  g_object_unref (machine);
  return machine;
}

void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

void
copy_file (const char *from, const char *to, const char *name)
{
  g_autofree char *source = g_build_filename (from, name, NULL), *text = NULL;

  g_assert_true (g_file_get_contents (source, &text, NULL, NULL));
  write_file (to, name, text);
}

void
remove_folder (const char *folder)
{
  const char *argv[] = { "rm", "-rf", folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

void
rename_folder (const char *from, const char *place, const char *name)
{
  g_autofree char *to = g_build_filename (place, name, NULL);

  g_assert_cmpint (g_rename (from, to), ==, 0);
}

DioMachine *
prepare (DioLibraryMachine *machine, gboolean disposable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_prepare_async (machine, disposable, NULL, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_prepare_finish (machine, result, error);
}

char *
read_lock (DioLibraryMachine *machine)
{
  g_autofree char *path = g_build_filename (dio_library_machine_get_folder (machine), ".lock", NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}
