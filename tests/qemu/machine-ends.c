/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioMachine with a real QEMU: the ways in which it ends. */
#include "machine-fixture.h"

#include "vm/machine-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* --- ends --- */

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Killed");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpint (kill (dio_machine_get_pid (machine), SIGKILL), ==, 0);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_CRASHED);
  assert_failure (machine, "signal 9");
  g_assert_cmpint (dio_machine_get_pid (machine), ==, 0);

  dio_machine_start (machine);
  g_assert_null (dio_machine_get_failure (machine));
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpint (kill (dio_machine_get_pid (machine), SIGTERM), ==, 0);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_CRASHED);
  assert_failure (machine, "unexpectedly");
}

static void
test_bad_disk (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Bad disk");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *path = g_build_filename (fixture->dir, "gone.img", NULL);

  dio_machine_config_add_disk (config, path, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "gone.img” is missing");
  g_assert_nonnull (strchr (dio_machine_get_failure (machine)->message, '\n'));

  path = (g_free (path), make_image (fixture, "gone.img", 1024 * 1024));
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
}

static void
test_bad_format (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Bad format");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *path = make_image (fixture, "x.img", 1024 * 1024);

  dio_machine_config_add_disk (config, path, "qcow2", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "“x.img” cannot be used. It is not the disk image (qcow2) that it should be");
}

static void
test_locked (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_image (fixture, "shared.img", 1024 * 1024);
  g_autoptr (DioMachineConfig) first_config = small_config ("First"), second_config = small_config ("Second");
  g_autoptr (DioMachine) first = new_machine (fixture, first_config), second = new_machine (fixture, second_config);

  dio_machine_config_add_disk (first_config, path, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_config_add_disk (second_config, path, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_start (first);
  wait_for_state (first, DIO_MACHINE_RUNNING);
  dio_machine_start (second);
  wait_for (dio_machine_get_state (second) == DIO_MACHINE_FAILED);
  assert_failure (second, "“shared.img” is in use by the machine “First”");
  stop (first);
  dio_machine_start (second);
  wait_for_state (second, DIO_MACHINE_RUNNING);
  stop (second);
}

static void
test_bad_argument (Fixture *fixture, gconstpointer data)
{
  const char *const extra[] = { "-no-such-option", NULL };
  g_autoptr (DioMachineConfig) config = small_config ("Bad argument");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  g_object_set (config, "extra-arguments", extra, NULL);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "extra argument");
  dio_machine_force_off (machine);
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STOPPED);
}

/* --- a QEMU that misbehaves --- */

static void
test_flood (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Flood");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *tail = NULL, *log = NULL;
  gsize length;

  use_fake_qemu (fixture, "yes 'flood, flood and flood' | head -c 20000000 >&2; echo last words >&2");
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  /* A newer QEMU may have a warning to add. */
  wait_for (strstr (tail = (g_free (tail), dio_machine_dup_log_tail (machine)), "last words\n"));
  g_assert_cmpuint (strlen (tail), <=, 64 * 1024);
  stop (machine);
  g_assert_true (g_file_get_contents (dio_machine_get_log_path (machine), &log, &length, NULL));
  g_assert_cmpuint (length, <, 4200 * 1024);
  g_assert_cmpuint (length, >, 4000 * 1024);
  g_assert_nonnull (strstr (log + length - 100, "was cut"));
}

/* It says nothing and will not go. */
static void
test_deaf (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Deaf");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  gint64 began;
  pid_t pid;

  use_fake_qemu (fixture, "trap '' TERM; exec sleep 1000");
  dio_machine_start (machine);
  wait_for (dio_machine_get_pid (machine) > 0);
  pid = dio_machine_get_pid (machine);
  began = g_get_monotonic_time ();
  stop (machine);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (kill (pid, 0), ==, -1);
  g_assert_cmpint (errno, ==, ESRCH);
}

/* A stopped QEMU cannot obey "quit". */
static void
test_hanging (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Hanging");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  gint64 began;

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpint (kill (dio_machine_get_pid (machine), SIGSTOP), ==, 0);
  began = g_get_monotonic_time ();
  stop (machine);
  g_assert_cmpint (g_get_monotonic_time () - began, <, 10 * G_USEC_PER_SEC);
}

static void
test_dies_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Dies");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  use_fake_qemu (fixture, "echo 'no such luck' >&2; exit 7");
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "no such luck");
  use_fake_qemu (fixture, "exit 7");
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "status 7");
}

/* The machine is dropped while it starts, and while it runs: nothing stays. */
static void
test_dropped (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Dropped");
  DioMachine *machine = new_machine (fixture, config);
  pid_t pid;

  dio_machine_start (machine);
  dio_machine_force_off (machine);
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STOPPED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STOPPED);

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  pid = dio_machine_get_pid (machine);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (machine);
  wait_for (kill (pid, 0) != 0);
}

/* It is turned off while its files are being made: it has ended when nobody writes there any more. */
static void
test_early (Fixture *fixture, gconstpointer data)
{
  g_autofree char *vars = g_build_filename (fixture->dir, "vars.qcow2", NULL),
                  *part = g_strconcat (vars, ".part", NULL);
  g_autoptr (DioMachineConfig) config = small_config ("Early");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, "uefi-vars", vars, NULL);
  dio_machine_start (machine);
  wait_for (machine->helpers != NULL);
  dio_machine_force_off (machine);
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STOPPING);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_STOPPED);
  g_assert_true (g_file_test (vars, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_null (machine->process);
  stop (machine);
  g_unlink (vars);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  MACHINE_TEST ("killed", test_killed);
  MACHINE_TEST ("bad-disk", test_bad_disk);
  MACHINE_TEST ("bad-format", test_bad_format);
  MACHINE_TEST ("locked", test_locked);
  MACHINE_TEST ("bad-argument", test_bad_argument);
  MACHINE_TEST ("flood", test_flood);
  MACHINE_TEST ("deaf", test_deaf);
  MACHINE_TEST ("hanging", test_hanging);
  MACHINE_TEST ("dies-at-once", test_dies_at_once);
  MACHINE_TEST ("dropped", test_dropped);
  MACHINE_TEST ("early", test_early);
  return g_test_run ();
}
