/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Every operation of the library on every bad day of a disk (faults.h), at each of its calls: no machine is ever lost,
 * each is the old or the new one, failures are sentences, and the next start leaves nothing behind. Each step is a
 * process of its own. */
#include "faults.h"
#include "ledger.h"

#include "library/durable-file.h"
#include "library/library.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_S 240
#define OLD_CPUS 2
#define NEW_CPUS 7

/* How a process of the test's ended. */
enum
{
  DONE = 0,
  FAILED = 1, /* the operation, with a sentence */
};

typedef struct
{
  const char *name;
  /* Makes what there is before, beside a machine “Debian” and another; (nullable). */
  void (*prepare) (const char *place);
  gboolean (*run) (const char *place, GError **error);
  /* What there may be after. DONE: that is what was said. */
  void (*check) (DioLibrary *library, gboolean done);
} Operation;

/* --- in the processes --- */

static void
on_timeout (gpointer user_data)
{
  g_error ("%s: nothing in %d seconds", (const char *) user_data, TIMEOUT_S);
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

#define WAIT_UNTIL(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint timeout_id = g_timeout_add_seconds_once (TIMEOUT_S, on_timeout, (gpointer) #condition);                      \
    guint tick_id = g_timeout_add (5, on_tick, NULL);                                                                  \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (tick_id);                                                                                         \
    g_source_remove (timeout_id);                                                                                      \
  }                                                                                                                    \
  G_STMT_END

static char *
make_machine (const char *place, const char *name, GError **error)
{
  g_autoptr (DioNewFolder) folder = dio_new_folder_new (place, error);
  g_autoptr (DioDefinition) definition = NULL;
  g_autofree char *disk = NULL;

  if (!folder)
    return NULL;
  disk = g_build_filename (dio_new_folder_get_path (folder), "disk-1.raw", NULL);
  if (!g_file_set_contents_full (disk, "disk", 4, G_FILE_SET_CONTENTS_NONE, 0644, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The disk cannot be made.");
      return NULL;
    }
  definition = dio_definition_new (name, dio_new_folder_get_path (folder));
  g_object_set (dio_definition_get_config (definition), "cpus", OLD_CPUS, NULL);
  dio_machine_config_add_disk (dio_definition_get_config (definition), disk, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  return dio_new_folder_commit (folder, definition, error);
}

static DioLibrary *
open_library (const char *place)
{
  DioLibrary *library = dio_library_new ((const char *const[]) { place, NULL });

  WAIT_UNTIL (!dio_library_get_loading (library));
  return library;
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

static DioLibraryMachine *
find (DioLibrary *library, const char *name)
{
  return dio_library_find (library, name, NULL);
}

/* --- the operations --- */

static gboolean
run_new (const char *place, GError **error)
{
  g_autofree char *path = make_machine (place, "New", error);

  return path != NULL;
}

static void
check_whole (DioLibraryMachine *machine, guint cpus)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *disk = NULL;
  g_autoptr (DioDefinition) definition = NULL;
  DioMachineConfig *config;

  g_assert_nonnull (machine);
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_READY);
  definition = load (machine, &error);
  g_assert_no_error (error);
  config = dio_definition_get_config (definition);
  g_assert_cmpuint (dio_machine_config_get_cpus (config), ==, cpus);
  g_assert_cmpuint (dio_machine_config_get_n_disks (config), ==, 1);
  g_file_get_contents (dio_machine_config_get_disk (config, 0)->path, &disk, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (disk, ==, "disk");
}

static guint
get_cpus (DioLibraryMachine *machine)
{
  g_autoptr (DioDefinition) definition = load (machine, NULL);

  return definition ? dio_machine_config_get_cpus (dio_definition_get_config (definition)) : 0;
}

static void
check_new (DioLibrary *library, gboolean done)
{
  DioLibraryMachine *machine = find (library, "New");

  check_whole (find (library, "Debian"), OLD_CPUS);
  if (done || machine)
    check_whole (machine, OLD_CPUS);
}

static gboolean
run_forgotten (const char *place, GError **error)
{
  g_autoptr (DioNewFolder) folder = dio_new_folder_new (place, error);
  g_autofree char *disk = NULL;

  if (!folder)
    return FALSE;
  disk = g_build_filename (dio_new_folder_get_path (folder), "disk-1.raw", NULL);
  g_file_set_contents_full (disk, "disk", 4, G_FILE_SET_CONTENTS_NONE, 0644, NULL);
  return TRUE;
}

static void
check_forgotten (DioLibrary *library, gboolean done)
{
  check_whole (find (library, "Debian"), OLD_CPUS);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (library)), ==, 2);
}

static gboolean
change (const char *place, const char *name, GError **error)
{
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (DioDefinition) definition = machine ? load (machine, error) : NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_nonnull (machine);
  if (!definition)
    return FALSE;
  g_object_set (dio_definition_get_config (definition), "cpus", NEW_CPUS, "name", name, NULL);
  dio_library_machine_save_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_save_finish (machine, result, error);
}

static gboolean
run_save (const char *place, GError **error)
{
  return change (place, "Debian", error);
}

static void
check_save (DioLibrary *library, gboolean done)
{
  DioLibraryMachine *machine = find (library, "Debian");

  g_assert_nonnull (machine);
  check_whole (machine, done || get_cpus (machine) == NEW_CPUS ? NEW_CPUS : OLD_CPUS);
}

static gboolean
run_rename (const char *place, GError **error)
{
  return change (place, "Renamed", error);
}

static void
check_rename (DioLibrary *library, gboolean done)
{
  DioLibraryMachine *old = find (library, "Debian"), *new = find (library, "Renamed");

  g_assert_true ((old != NULL) != (new != NULL));
  g_assert_true (new || !done);
  check_whole (old ? old : new, old ? OLD_CPUS : NEW_CPUS);
}

static void
damage (const char *place)
{
  g_autofree char *path = g_build_filename (place, "Debian.diorama", DIO_DEFINITION_FILE, NULL);

  g_assert_true (g_file_set_contents (path, "{\"diorama\": 1, \"name\": ", -1, NULL));
}

static gboolean
run_restore (const char *place, GError **error)
{
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_nonnull (machine);
  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_DAMAGED);
  dio_library_machine_restore_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_restore_finish (machine, result, error);
}

static void
check_restore (DioLibrary *library, gboolean done)
{
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (machine);
  if (!done && dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_DAMAGED)
    {
      /* It can be tried again. */
      dio_library_machine_restore_async (machine, on_result, &result);
      WAIT_UNTIL (result);
      dio_library_machine_restore_finish (machine, result, &error);
      g_assert_no_error (error);
    }
  check_whole (machine, OLD_CPUS);
}

static gboolean
run_trash (const char *place, GError **error)
{
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (GAsyncResult) result = NULL;

  dio_library_machine_trash_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_trash_finish (machine, result, error);
}

/* The Trash is the desktop's: whether it is durable is not ours to say. */
static void
check_trash (DioLibrary *library, gboolean done)
{
  g_autofree char *trashed =
      g_build_filename (g_get_user_data_dir (), "Trash", "files", "Debian.diorama", DIO_DEFINITION_FILE, NULL);

  if (find (library, "Debian"))
    check_whole (find (library, "Debian"), OLD_CPUS);
  else
    g_assert_true (g_file_test (trashed, G_FILE_TEST_IS_REGULAR));
}

static gboolean
run_start (const char *place, GError **error)
{
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (DioMachine) prepared = NULL;

  dio_library_machine_prepare_async (machine, FALSE, NULL, on_result, &result);
  WAIT_UNTIL (result);
  prepared = dio_library_machine_prepare_finish (machine, result, error);
  return prepared != NULL;
}

static void
check_start (DioLibrary *library, gboolean done)
{
  check_whole (find (library, "Debian"), OLD_CPUS);
}

static void
lock_elsewhere (const char *place)
{
  g_autofree char *path = g_build_filename (place, "Debian.diorama", ".lock", NULL);

  g_assert_true (g_file_set_contents (path, "{\"host\": \"other\", \"name\": \"desk\"}", -1, NULL));
}

static gboolean
run_break (const char *place, GError **error)
{
  g_autoptr (DioLibrary) library = open_library (place);
  DioLibraryMachine *machine = find (library, "Debian");
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_cmpint (dio_library_machine_get_state (machine), ==, DIO_LIBRARY_MACHINE_IN_USE);
  dio_library_machine_break_lock_async (machine, on_result, &result);
  WAIT_UNTIL (result);
  return dio_library_machine_break_lock_finish (machine, result, error);
}

static void
check_break (DioLibrary *library, gboolean done)
{
  DioLibraryMachine *machine = find (library, "Debian");

  if (!done && dio_library_machine_get_state (machine) == DIO_LIBRARY_MACHINE_IN_USE)
    return;
  check_whole (machine, OLD_CPUS);
}

static const Operation operations[] = {
  { "new", NULL, run_new, check_new },
  { "forgotten", NULL, run_forgotten, check_forgotten },
  { "save", NULL, run_save, check_save },
  { "rename", NULL, run_rename, check_rename },
  { "restore", damage, run_restore, check_restore },
  { "trash", NULL, run_trash, check_trash },
  { "start", NULL, run_start, check_start },
  { "break-lock", lock_elsewhere, run_break, check_break },
};

/* --- the processes --- */

typedef struct
{
  const Operation *operation;
  DioFault fault;
  guint at;
  const char *root, *place;
  gboolean done;
  int fd; /* for the number of calls */
} Try;

typedef int (*Step) (Try *try);

static int
run_step (Step step, Try *try)
{
  int status;
  pid_t pid;

  fflush (NULL);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    _exit (step (try));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (!WIFEXITED (status))
    g_error ("%s, %s at call %u: a process ended by signal %d", try->operation->name, dio_faults_name (try->fault),
             try->at, WTERMSIG (status));
  return WEXITSTATUS (status);
}

static int
step_prepare (Try *try)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *one = NULL, *other = NULL;

  dio_faults_arm (try->root, DIO_FAULT_NONE, 0);
  one = make_machine (try->place, "Debian", &error);
  g_assert_no_error (error);
  other = make_machine (try->place, "Other", &error);
  g_assert_no_error (error);
  if (try->operation->prepare)
    try->operation->prepare (try->place);
  return DONE;
}

/* What the user is told: what happened, and what to do. */
static void
check_sentence (const GError *error)
{
  g_assert_nonnull (error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_true (g_str_has_suffix (error->message, ".") || g_str_has_suffix (error->message, "!"));
  g_assert_cmpuint (strlen (error->message), >, 20);
}

static int
step_run (Try *try)
{
  g_autoptr (GError) error = NULL;
  gboolean done;
  guint n_calls;

  dio_faults_arm (try->root, try->fault, try->at);
  done = try->operation->run (try->place, &error);
  n_calls = dio_faults_count ();
  g_assert_cmpint (write (try->fd, &n_calls, sizeof n_calls), ==, sizeof n_calls);
  if (!done)
    check_sentence (error);
  /* What was said to be done is safe from now on. */
  if (try->fault == DIO_FAULT_CUT || try->fault == DIO_FAULT_CUT_NAMES)
    dio_ledger_undo (try->fault == DIO_FAULT_CUT);
  return done ? DONE : FAILED;
}

static gboolean
is_tidy_folder (const char *path)
{
  static const char *const names[] = { DIO_DEFINITION_FILE,    DIO_DEFINITION_LAST_GOOD,
                                       DIO_DEFINITION_DAMAGED, ".lock",
                                       "disk-1.raw",           NULL };
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (!g_strv_contains (names, name))
      return FALSE;
  return dir != NULL;
}

static gboolean
is_tidy (const char *place)
{
  g_autoptr (GDir) dir = g_dir_open (place, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (place, name, NULL);

      if (name[0] == '.' || !is_tidy_folder (path))
        return FALSE;
    }
  return TRUE;
}

static int
step_check (Try *try)
{
  g_autoptr (DioLibrary) library = NULL;

  dio_faults_arm (try->root, DIO_FAULT_NONE, 0);
  library = open_library (try->place);
  WAIT_UNTIL (is_tidy (try->place));
  check_whole (find (library, "Other"), OLD_CPUS);
  try->operation->check (library, try->done);
  return DONE;
}

/* Returns: whether the operation had as many calls. */
static gboolean
try_once (const Operation *operation, DioFault fault, guint at)
{
  g_autofree char *root = g_build_filename (g_get_home_dir (), "disk", NULL);
  g_autofree char *stash = g_strconcat (root, ".stash", NULL);
  g_autofree char *place = g_build_filename (root, "place", NULL);
  g_autofree char *trash = g_build_filename (g_get_user_data_dir (), "Trash", NULL);
  Try try = { operation, fault, at, root, place };
  guint n_calls = G_MAXUINT;
  int pipe_fds[2], result;

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  try.fd = pipe_fds[1];
  g_assert_cmpint (run_step (step_prepare, &try), ==, DONE);
  result = run_step (step_run, &try);
  close (pipe_fds[1]);
  if (read (pipe_fds[0], &n_calls, sizeof n_calls) == 0)
    g_assert_cmpint (result, ==, DIO_FAULTS_EXIT);
  close (pipe_fds[0]);
  try.done = result == DONE;
  if (run_step (step_check, &try) != DONE)
    g_error ("%s, %s at call %u", operation->name, dio_faults_name (fault), at);
  g_assert_true (dio_durable_remove_tree (root));
  g_assert_true (dio_durable_remove_tree (stash));
  dio_durable_remove_tree (trash);
  return n_calls >= at;
}

static void
test_operation (gconstpointer data)
{
  const Operation *operation = data;

  for (DioFault fault = DIO_FAULT_KILL; fault <= DIO_FAULT_ERROR; fault++)
    {
      guint at = 1;

      while (try_once (operation, fault, at))
        at++;
      g_test_message ("%s: %s at each of %u calls", operation->name, dio_faults_name (fault), at - 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      g_autofree char *path = g_strconcat ("/faults/library/", operations[i].name, NULL);

      g_test_add_data_func (path, &operations[i], test_operation);
    }
  return g_test_run ();
}
