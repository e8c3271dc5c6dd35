/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
/* It would make open64() of each open(). */
#undef _FILE_OFFSET_BITS

#include "library-fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

/* These stand before the C library's: a place that does not answer, a folder that may not be opened. */
static const char *silent_place, *closed_place;
static GMutex mutex;
static GCond answer;

DIR *
opendir (const char *path)
{
  int fd;

  g_mutex_lock (&mutex);
  while (g_strcmp0 (path, silent_place) == 0)
    g_cond_wait (&answer, &mutex);
  g_mutex_unlock (&mutex);
  fd = openat (AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd >= 0 ? fdopendir (fd) : NULL;
}

int
open64 (const char *path, int flags, ...)
{
  mode_t mode = 0;
  va_list args;

  va_start (args, flags);
  if (flags & (O_CREAT | O_TMPFILE))
    mode = va_arg (args, mode_t);
  va_end (args);
  if (!closed_place || !g_str_has_prefix (path, closed_place) || g_str_equal (path, closed_place))
    return openat (AT_FDCWD, path, flags, mode);
  errno = EACCES;
  return -1;
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
test_names (void)
{
  g_autofree char *place = make_place ("names"), *path = make_machine (place, "Debian");
  g_autofree char *longest = g_strnfill (200, 'a'), *longer = g_strnfill (201, 'a');
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (GError) error = NULL;

  g_assert_true (dio_library_has_name (library, "Debian"));
  g_assert_false (dio_library_has_name (library, "debian"));
  g_assert_true (dio_library_check_name (library, "debian", &error));
  g_assert_true (dio_library_check_name (library, longest, &error));
  g_assert_no_error (error);
  g_assert_false (dio_library_check_name (library, "Debian", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (dio_library_check_name (library, "", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (dio_library_check_name (library, longer, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
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

/* --- what others do --- */

static void
test_others (void)
{
  g_autofree char *place = make_place ("others"), *second = make_place ("second"), *path = NULL;
  g_autoptr (DioLibrary) library = dio_library_new ((const char *const[]) { place, second, NULL });
  g_autoptr (DioLibraryMachine) machine = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  g_autofree char *text = NULL, *moved = NULL;
  g_autoptr (GBytes) bytes = NULL;

  WAIT_UNTIL (!dio_library_get_loading (library));
  g_assert_cmpuint (count (library), ==, 0);
  path = make_machine (place, "Debian");
  WAIT_UNTIL (count (library) == 1);
  machine = g_list_model_get_item (G_LIST_MODEL (library), 0);
  definition = load (machine, NULL);

  /* It is the same machine wherever it is. */
  rename_folder (path, place, "Renamed.diorama");
  WAIT_UNTIL (g_str_has_suffix (dio_library_machine_get_folder (machine), "/Renamed.diorama"));
  g_assert_true (get_only (library) == machine);
  g_assert_true (g_str_has_suffix (dio_definition_get_folder (definition), "/Renamed.diorama"));
  moved = g_strdup (dio_library_machine_get_folder (machine));
  rename_folder (moved, second, "Moved.diorama");
  WAIT_UNTIL (g_str_has_prefix (dio_library_machine_get_folder (machine), second));
  g_assert_true (get_only (library) == machine);

  /* And changed by others. */
  g_object_set (definition, "group", "Servers", NULL);
  bytes = dio_definition_to_bytes (definition);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_free (moved);
  moved = g_strdup (dio_library_machine_get_folder (machine));
  WAIT_UNTIL (!dio_library_machine_watch (machine));
  write_file (moved, DIO_DEFINITION_FILE, text);
  WAIT_UNTIL (g_strcmp0 (dio_library_machine_get_group (machine), "Servers") == 0);

  remove_folder (moved);
  WAIT_UNTIL (count (library) == 0);
}

static void
count_change (gpointer object, gpointer other, gpointer count)
{
  ++*(guint *) count;
}

static void
note_end (gpointer ended)
{
  *(gboolean *) ended = TRUE;
}

/* A program that writes in place, and takes its time: half of it is no damaged definition. */
static void
test_half_written (void)
{
  g_autofree char *place = make_place ("half"), *path = make_machine (place, "Debian");
  g_autofree char *file = g_build_filename (path, DIO_DEFINITION_FILE, NULL), *text = NULL;
  g_autoptr (DioLibraryMachine) machine = dio_library_machine_new (dio_folder_look (path, NULL));
  g_autoptr (DioDefinition) definition = load (machine, NULL);
  g_autoptr (GBytes) bytes = NULL;
  gboolean ended = FALSE;
  guint changes = 0;
  int fd;

  g_object_set (definition, "group", "Servers", NULL);
  bytes = dio_definition_to_bytes (definition);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_true (dio_library_machine_watch (machine));
  g_signal_connect (machine, "notify::state", G_CALLBACK (count_change), &changes);
  fd = open (file, O_WRONLY | O_TRUNC | O_CLOEXEC);
  g_assert_cmpint (write (fd, text, 9), ==, 9);
  g_timeout_add_once (100, note_end, &ended);
  WAIT_UNTIL (ended);
  g_assert_cmpint (write (fd, text + 9, strlen (text) - 9), ==, (gssize) strlen (text) - 9);
  g_assert_cmpint (close (fd), ==, 0);
  WAIT_UNTIL (g_strcmp0 (dio_library_machine_get_group (machine), "Servers") == 0);
  g_assert_cmpuint (changes, ==, 0);

  /* What stays half is one. */
  fd = open (file, O_WRONLY | O_TRUNC | O_CLOEXEC);
  g_assert_cmpint (write (fd, text, 9), ==, 9);
  g_assert_cmpint (close (fd), ==, 0);
  WAIT_UNTIL (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_DAMAGED);
}

/* A change that was made on what is not there any more is not written over what is. */
static void
test_conflict (void)
{
  g_autofree char *place = make_place ("conflict"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) one = open_library (place), other = open_library (place);
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) mine = load (get_only (one), NULL), theirs = load (get_only (other), NULL), again = NULL;

  g_object_set (mine, "group", "mine", NULL);
  g_assert_true (save (get_only (one), &error));
  g_object_set (theirs, "notes", "theirs", NULL);
  g_assert_false (save (get_only (other), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  g_clear_error (&error);
  again = load (get_only (other), &error);
  g_assert_no_error (error);
  g_assert_true (again != theirs);
  g_assert_cmpstr (dio_definition_get_group (again), ==, "mine");
  g_object_set (again, "notes", "theirs", NULL);
  g_assert_true (save (get_only (other), &error));
  g_clear_object (&mine);
  mine = load (get_only (one), NULL);
  g_assert_cmpstr (dio_definition_get_notes (mine), ==, "theirs");
}

/* --- bad definitions --- */

static void
test_damaged (void)
{
  g_autofree char *place = make_place ("damaged"), *path = make_machine (place, "Debian"), *uuid = NULL, *text = NULL;
  g_autofree char *kept = g_build_filename (path, DIO_DEFINITION_DAMAGED, NULL);
  g_autofree char *second = g_strconcat (kept, "-2", NULL);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  DioLibraryMachine *machine;

  write_file (path, DIO_DEFINITION_FILE, "{\"diorama\": 1, \"name\":");
  library = open_library (place);
  machine = get_only (library);
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_DAMAGED);
  g_assert_cmpstr (dio_library_machine_get_name (machine), ==, "Debian");
  g_assert_null (dio_library_machine_get_uuid (machine));
  g_assert_nonnull (strstr (dio_library_machine_get_message (machine), "damaged"));
  g_assert_null (load (machine, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);

  dio_library_machine_restore_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  g_assert_true (dio_library_machine_restore_finish (machine, result, &error));
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_READY);
  g_assert_nonnull (dio_library_machine_get_uuid (machine));
  g_assert_null (dio_library_machine_get_message (machine));
  g_assert_true (g_file_get_contents (kept, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"diorama\": 1, \"name\":");

  /* While it is in the list, it is who it is. */
  uuid = g_strdup (dio_library_machine_get_uuid (machine));
  write_file (path, DIO_DEFINITION_FILE, "");
  dio_library_refresh (library, place);
  WAIT_UNTIL (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_DAMAGED);
  g_assert_cmpstr (dio_library_machine_get_uuid (machine), ==, uuid);
  g_assert_true (get_only (library) == machine);

  /* What was damaged before is kept too. */
  g_clear_object (&result);
  dio_library_machine_restore_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  g_assert_true (dio_library_machine_restore_finish (machine, result, &error));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (kept, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"diorama\": 1, \"name\":");
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
}

/* Neither copy is any good: it is told, and nothing is made worse. */
static void
test_damaged_twice (void)
{
  g_autofree char *place = make_place ("twice"), *path = make_machine (place, "Debian"), *text = NULL;
  g_autofree char *file = g_build_filename (path, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  write_file (path, DIO_DEFINITION_FILE, "one");
  write_file (path, DIO_DEFINITION_LAST_GOOD, "two");
  library = open_library (place);
  dio_library_machine_restore_async (get_only (library), on_result, &result);
  WAIT_UNTIL (result);
  g_assert_false (dio_library_machine_restore_finish (get_only (library), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "one");
}

static void
test_newer (void)
{
  g_autofree char *place = make_place ("newer"), *path = make_machine (place, "Debian"), *after = NULL;
  g_autofree char *file = g_build_filename (path, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  g_autoptr (GError) error = NULL;
  static const char text[] = "{\"diorama\": 2, \"name\": \"New\", \"uuid\": "
                             "\"11111111-2222-4333-8444-555555555555\", \"machine\": {}}";

  write_file (path, DIO_DEFINITION_FILE, text);
  library = open_library (place);
  g_assert_cmpint (dio_library_machine_get_state (get_only (library)), ==, DIO_LIBRARY_MACHINE_NEWER);
  definition = load (get_only (library), &error);
  g_assert_no_error (error);
  g_object_set (definition, "group", "x", NULL);
  g_assert_false (save (get_only (library), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
  g_assert_true (g_file_get_contents (file, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, text);
}

/* What cannot be read again is not written. */
static void
test_unwritable (void)
{
  g_autofree char *place = make_place ("unwritable"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioDefinition) definition = load (get_only (library), NULL);
  g_autoptr (GError) error = NULL;

  g_object_set (dio_definition_get_config (definition), "name", "", NULL);
  g_assert_false (save (get_only (library), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_object_set (dio_definition_get_config (definition), "name", "Debian", NULL);
  g_assert_true (save (get_only (library), &error));
}

/* Folders that are no machines, and things that are no folders. */
static void
test_strangers (void)
{
  g_autofree char *place = make_place ("strangers"), *empty = g_build_filename (place, "Empty.diorama", NULL);
  g_autofree char *device = g_build_filename (place, "Device.diorama", NULL);
  g_autofree char *fifo = g_build_filename (device, DIO_DEFINITION_FILE, NULL);
  g_autofree char *loop = g_build_filename (place, "Loop.diorama", NULL);
  g_autofree char *bytes = g_build_filename (place, "\xff\xfe.diorama", NULL);
  g_autoptr (DioLibrary) library = NULL;

  write_file (place, "Archive.diorama", "tar");
  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (device, 0700), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_cmpint (symlink (loop, loop), ==, 0);
  g_assert_cmpint (g_mkdir (bytes, 0700), ==, 0);
  write_file (bytes, "disk-1.raw", "x");
  library = open_library (place);
  g_assert_cmpuint (count (library), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioLibraryMachine) machine = g_list_model_get_item (G_LIST_MODEL (library), i);

      g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_DAMAGED);
      g_assert_true (g_utf8_validate (dio_library_machine_get_name (machine), -1, NULL));
      g_assert_true (g_utf8_validate (dio_library_machine_get_message (machine), -1, NULL));
    }
}

/* --- who is who --- */

static void
test_copies (void)
{
  g_autofree char *place = make_place ("copies"), *path = make_machine (place, "Debian"), *uuid = NULL;
  g_autofree char *copy = g_build_filename (place, "Copy.diorama", NULL);
  g_autofree char *link = g_build_filename (place, "Link.diorama", NULL);
  g_autoptr (DioLibrary) library = open_library (place), second = NULL;
  g_autoptr (DioLibraryMachine) original = g_object_ref (get_only (library)), other = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = NULL;

  g_assert_cmpint (g_mkdir (copy, 0700), ==, 0);
  copy_file (path, copy, DIO_DEFINITION_FILE);
  WAIT_UNTIL (count (library) == 2);
  other = g_list_model_get_item (G_LIST_MODEL (library), 1);
  uuid = g_strdup (dio_library_machine_get_uuid (other));
  g_assert_true (g_uuid_string_is_valid (uuid));
  g_assert_cmpstr (uuid, !=, dio_library_machine_get_uuid (original));
  g_assert_null (dio_library_find (library, "Debian", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, uuid));
  g_clear_error (&error);
  g_assert_true (dio_library_find (library, uuid, NULL) == other);

  /* It has it for good when it is saved. */
  definition = load (other, NULL);
  g_assert_cmpstr (dio_machine_config_get_uuid (dio_definition_get_config (definition)), ==, uuid);
  g_assert_true (save (other, &error));
  g_clear_object (&library);
  second = open_library (place);
  g_assert_nonnull (dio_library_find (second, uuid, NULL));
  g_assert_nonnull (dio_library_find (second, dio_library_machine_get_uuid (original), NULL));

  /* Another name of a folder is no other machine. */
  g_assert_cmpint (symlink (path, link), ==, 0);
  dio_library_refresh (second, place);
  WAIT_UNTIL (!dio_library_get_scanning (second));
  g_assert_cmpuint (count (second), ==, 2);
}

static void
test_find (void)
{
  g_autofree char *place = make_place ("find"), *path = make_machine (place, "Debian");
  g_autofree char *inside = g_build_filename (path, "disk-1.qcow2", NULL), *beside = g_strconcat (path, "x", NULL);
  g_autofree char *upper = NULL;
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (GFile) folder = g_file_new_for_path (path), disk = g_file_new_for_path (inside);
  g_autoptr (GFile) other = g_file_new_for_path (beside), web = g_file_new_for_uri ("https://example.org/x");
  g_autoptr (GFile) outside = g_file_new_for_path ("/images/x.iso");
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  DioLibraryMachine *machine = get_only (library);

  upper = g_ascii_strup (dio_library_machine_get_uuid (machine), -1);
  g_assert_true (dio_library_find (library, upper, NULL) == machine);
  g_assert_null (dio_library_find (library, "debian", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_true (dio_library_find_file (library, folder) == machine);
  g_assert_true (dio_library_find_file (library, disk) == machine);
  g_assert_null (dio_library_find_file (library, other));
  g_assert_null (dio_library_find_file (library, web));
  g_assert_null (dio_library_find_file (library, outside));
  definition = load (machine, NULL);
  dio_machine_config_add_cdrom (dio_definition_get_config (definition), "/images/x.iso");
  g_assert_true (dio_library_find_file (library, outside) == machine);
}

/* What is there is remembered, some time after it was seen. */
static gboolean
is_indexed (void)
{
  g_autofree char *file = g_build_filename (g_get_user_cache_dir (), "diorama", "library-index", NULL);

  return g_file_test (file, G_FILE_TEST_EXISTS);
}

static void
test_offline (void)
{
  g_autofree char *place = make_place ("drive"), *path = make_machine (place, "Debian"), *away = NULL;
  g_autoptr (DioLibrary) library = open_library (place), later = NULL;
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (GError) error = NULL;

  away = g_strconcat (place, "-away", NULL);
  g_assert_true (dio_library_is_online (library, place));
  WAIT_UNTIL (is_indexed ());
  g_assert_cmpint (g_rename (place, away), ==, 0);
  WAIT_UNTIL (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_OFFLINE);
  g_assert_false (dio_library_is_online (library, place));
  g_assert_nonnull (dio_library_machine_get_message (machine));
  g_assert_null (load (machine, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_cmpstr (error->message, ==, dio_library_machine_get_message (machine));

  /* It is remembered. */
  later = open_library (place);
  g_assert_cmpint (dio_library_machine_get_state (get_only (later)), ==, DIO_LIBRARY_MACHINE_OFFLINE);
  g_assert_cmpstr (dio_library_machine_get_uuid (get_only (later)), ==, dio_library_machine_get_uuid (machine));

  g_assert_cmpint (g_rename (away, place), ==, 0);
  WAIT_UNTIL (dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_READY);
  WAIT_UNTIL (dio_library_machine_get_state (get_only (later)) == DIO_LIBRARY_MACHINE_READY);
  g_assert_true (get_only (library) == machine);

  /* A place that is not the user's any more takes its machines along. */
  dio_library_set_places (library, (const char *const[]) { NULL });
  WAIT_UNTIL (count (library) == 0);
}

/* A place that does not answer does not keep the others waiting. */
static void
test_silent (void)
{
  g_autofree char *place = make_place ("good"), *silent = make_place ("silent"), *path = make_machine (place, "Good");
  g_autofree char *other = make_machine (silent, "Silent");
  g_autoptr (DioLibrary) library = NULL;

  silent_place = silent;
  library = dio_library_new ((const char *const[]) { place, silent, NULL });
  WAIT_UNTIL (!dio_library_get_loading (library));
  g_assert_cmpuint (count (library), ==, 1);
  g_assert_false (dio_library_is_online (library, silent));
  /* Nor is it asked again and again. */
  dio_library_refresh (library, place);
  WAIT_UNTIL (!dio_library_get_scanning (library));
  g_mutex_lock (&mutex);
  silent_place = NULL;
  g_cond_broadcast (&answer);
  g_mutex_unlock (&mutex);
  WAIT_UNTIL (count (library) == 2);
  g_assert_true (dio_library_is_online (library, silent));
}

/* Machines whose folders may not be opened any more are there still. */
static void
test_closed (void)
{
  g_autofree char *place = make_place ("closed"), *path = make_machine (place, "Debian");
  g_autofree char *second = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) one = g_list_model_get_item (G_LIST_MODEL (library), 0);
  g_autoptr (DioLibraryMachine) other = g_list_model_get_item (G_LIST_MODEL (library), 1);

  closed_place = place;
  dio_library_refresh (library, place);
  WAIT_UNTIL (dio_library_machine_get_state (one) == DIO_LIBRARY_MACHINE_DAMAGED &&
              dio_library_machine_get_state (other) == DIO_LIBRARY_MACHINE_DAMAGED);
  g_assert_cmpuint (count (library), ==, 2);
  g_assert_cmpstr (dio_library_machine_get_name (one), ==, "Debian");
  g_assert_nonnull (strstr (dio_library_machine_get_message (one), "permission"));
  closed_place = NULL;
  dio_library_refresh (library, place);
  WAIT_UNTIL (dio_library_machine_get_state (one) == DIO_LIBRARY_MACHINE_READY &&
              dio_library_machine_get_state (other) == DIO_LIBRARY_MACHINE_READY);
}

/* The index is a cache, and hostile. */
static void
test_index (void)
{
  g_autofree char *place = make_place ("index"), *path = make_machine (place, "Debian"), *bytes = NULL;
  g_autofree char *file = g_build_filename (g_get_user_cache_dir (), "diorama", "library-index", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  gsize length;

  {
    g_autoptr (DioLibrary) library = open_library (place);

    WAIT_UNTIL (is_indexed ());
  }
  g_assert_true (g_file_get_contents (file, &bytes, &length, NULL));
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *copy = g_memdup2 (bytes, length);
      g_autoptr (DioLibrary) library = NULL;

      for (guint j = 0; j < 3; j++)
        copy[g_rand_int_range (rand, 0, (gint32) length)] = (char) g_rand_int (rand);
      g_assert_true (g_file_set_contents_full (file, copy, (gssize) (i % 10 ? length : MIN (i, length)),
                                               G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      library = open_library (place);
      g_assert_cmpint (dio_library_machine_get_state (get_only (library)), ==, DIO_LIBRARY_MACHINE_READY);
      g_assert_true (g_utf8_validate (dio_library_machine_get_name (get_only (library)), -1, NULL));
    }
  {
    g_autoptr (DioLibrary) library = NULL;

    /* A definition that was changed is read, whatever the index has. */
    g_assert_true (g_file_set_contents (file, bytes, (gssize) length, NULL));
    write_file (path, DIO_DEFINITION_FILE, "{}");
    library = open_library (place);
    g_assert_cmpint (dio_library_machine_get_state (get_only (library)), ==, DIO_LIBRARY_MACHINE_DAMAGED);
  }
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  *(guint *) user_data += 1;
}

static void
test_many (void)
{
  g_autofree char *place = make_place ("many"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  guint n_changes = 0;

  g_signal_connect (library, "items-changed", G_CALLBACK (on_items_changed), &n_changes);
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.diorama", i), *folder = g_build_filename (place, name, NULL);

      g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
      copy_file (path, folder, DIO_DEFINITION_FILE);
    }
  WAIT_UNTIL (count (library) == 201);
  g_assert_cmpuint (n_changes, <, 20);
  remove_folder (place);
  g_assert_cmpint (g_mkdir (place, 0700), ==, 0);
  n_changes = 0;
  WAIT_UNTIL (count (library) == 0);
  g_assert_cmpuint (n_changes, <, 60);
}

static gboolean
make_in_job (DioJob *job, gpointer place, GCancellable *cancellable, GError **error)
{
  g_autofree char *path = make_machine (place, "Made");

  dio_job_set_result (job, path);
  return TRUE;
}

static void
test_job (void)
{
  g_autofree char *place = make_place ("job");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioJob) job = dio_job_new ("Making “Made”", make_in_job, place, NULL);

  dio_library_add_job (library, job);
  g_assert_cmpint (dio_library_machine_get_state (get_only (library)), ==, DIO_LIBRARY_MACHINE_WORKING);
  g_assert_true (dio_library_machine_get_job (get_only (library)) == job);
  g_assert_cmpstr (dio_library_machine_get_name (get_only (library)), ==, "Making “Made”");
  g_assert_null (dio_library_machine_get_folder (get_only (library)));
  g_assert_null (dio_library_machine_dup_picture_path (get_only (library)));
  g_assert_null (dio_library_find (library, "Making “Made”", NULL));
  dio_job_start (job);
  WAIT_UNTIL (count (library) == 1 && dio_library_machine_get_job (get_only (library)) == NULL);
  g_assert_cmpstr (dio_library_machine_get_name (get_only (library)), ==, "Made");
}

/* --- running --- */

static void
test_trash (void)
{
  g_autofree char *place = make_place ("trash"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place);
  g_autoptr (DioLibraryMachine) machine = g_object_ref (get_only (library));
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_trash_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  g_assert_true (dio_library_machine_trash_finish (machine, result, &error));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count (library), ==, 0);
}

/* A definition that only its owner may read stays so. */
static void
test_permissions (void)
{
  g_autofree char *place = make_place ("permissions"), *path = make_machine (place, "Debian");
  g_autofree char *file = g_build_filename (path, DIO_DEFINITION_FILE, NULL);
  g_autoptr (DioLibrary) library = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  GStatBuf status;

  g_assert_cmpint (g_chmod (file, 0600), ==, 0);
  library = open_library (place);
  definition = load (get_only (library), NULL);
  g_object_set (definition, "notes", "secret", NULL);
  g_assert_true (save (get_only (library), NULL));
  g_assert_cmpint (g_stat (file, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
}

/* Many saves become few, and each ends when its change is written. */
static void
test_saves (void)
{
  g_autofree char *place = make_place ("saves"), *path = make_machine (place, "Debian");
  g_autoptr (DioLibrary) library = open_library (place), other = NULL;
  DioLibraryMachine *machine = get_only (library);
  g_autoptr (DioDefinition) definition = load (machine, NULL), written = NULL;
  GAsyncResult *results[50] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      g_object_set (dio_definition_get_config (definition), "cpus", i + 1, NULL);
      dio_library_machine_save_async (machine, on_result, &results[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    {
      WAIT_UNTIL (results[i]);
      g_assert_true (dio_library_machine_save_finish (machine, results[i], NULL));
      g_clear_object (&results[i]);
    }
  other = open_library (place);
  written = load (get_only (other), NULL);
  g_assert_cmpuint (dio_machine_config_get_cpus (dio_definition_get_config (written)), ==, 50);
}

/* The clock was wrong when it was used: it is not newer than now. */
static void
test_clock (void)
{
  g_autofree char *place = make_place ("clock"), *path = make_machine (place, "Debian");
  g_autofree char *lock = g_build_filename (path, ".lock", NULL);
  struct utimbuf future = { G_MAXINT32, G_MAXINT32 };
  g_autoptr (DioLibrary) library = NULL;

  g_assert_cmpint (g_utime (lock, &future), ==, 0);
  library = open_library (place);
  g_assert_cmpint (dio_library_machine_get_last_used (get_only (library)), <=, g_get_real_time () / G_USEC_PER_SEC);
}

static void
test_measure (void)
{
  g_autofree char *place = make_place ("measure"), *path = make_machine (place, "Debian");
  g_autofree char *content = g_strnfill (200000, 'x');
  g_autoptr (DioLibrary) library = open_library (place);

  write_file (path, "disk-1.raw", content);
  g_assert_cmpint (dio_library_machine_get_disk_use (get_only (library)), ==, -1);
  dio_library_machine_measure (get_only (library));
  WAIT_UNTIL (dio_library_machine_get_disk_use (get_only (library)) >= 200000);
}

/* The list and its machines go when they are not held any more, whatever is under way. */
static void
test_freed (void)
{
  g_autofree char *place = make_place ("freed"), *path = make_machine (place, "Debian");
  DioLibrary *library = open_library (place);
  DioLibraryMachine *machine = get_only (library);

  g_object_add_weak_pointer (G_OBJECT (library), (gpointer *) &library);
  g_object_add_weak_pointer (G_OBJECT (machine), (gpointer *) &machine);
  dio_library_refresh (library, place);
  dio_library_machine_measure (machine);
  g_object_unref (library);
  WAIT_UNTIL (library == NULL && machine == NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/library/new", test_new);
  g_test_add_func ("/library/names", test_names);
  g_test_add_func ("/library/save", test_save);
  g_test_add_func ("/library/others", test_others);
  g_test_add_func ("/library/half-written", test_half_written);
  g_test_add_func ("/library/conflict", test_conflict);
  g_test_add_func ("/library/damaged", test_damaged);
  g_test_add_func ("/library/damaged-twice", test_damaged_twice);
  g_test_add_func ("/library/newer", test_newer);
  g_test_add_func ("/library/unwritable", test_unwritable);
  g_test_add_func ("/library/strangers", test_strangers);
  g_test_add_func ("/library/copies", test_copies);
  g_test_add_func ("/library/find", test_find);
  g_test_add_func ("/library/offline", test_offline);
  g_test_add_func ("/library/silent", test_silent);
  g_test_add_func ("/library/closed", test_closed);
  g_test_add_func ("/library/index", test_index);
  g_test_add_func ("/library/many", test_many);
  g_test_add_func ("/library/job", test_job);
  g_test_add_func ("/library/trash", test_trash);
  g_test_add_func ("/library/permissions", test_permissions);
  g_test_add_func ("/library/saves", test_saves);
  g_test_add_func ("/library/clock", test_clock);
  g_test_add_func ("/library/measure", test_measure);
  g_test_add_func ("/library/freed", test_freed);
  return g_test_run ();
}
