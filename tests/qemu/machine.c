/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioMachine with a real QEMU: its life, and the ways in which it ends. */
#include "harness.h"
#include "vm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct
{
  char *dir;
  guint n_ready;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  use_test_qemu ();
  dio_kvm_set_failed (FALSE);
  fixture->dir = g_dir_make_tmp ("diorama-test-XXXXXX", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (fixture->dir);
  g_free (fixture->dir);
}

static void
on_ready (DioMachine *machine, gpointer user_data)
{
  ((Fixture *) user_data)->n_ready++;
}

static DioMachine *
new_machine (Fixture *fixture, DioMachineConfig *config)
{
  DioMachine *machine = dio_machine_new (config);

  g_signal_connect (machine, "ready", G_CALLBACK (on_ready), fixture);
  return machine;
}

static char *
make_image (Fixture *fixture, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  return g_steal_pointer (&path);
}

/* A QEMU that does SCRIPT, a piece of shell, when it is to run a machine, and then is the real one ("$@" in the script
 * are the arguments). Asked what it can do, it is the real one at once. */
static void
use_fake_qemu (Fixture *fixture, const char *script)
{
  const char *named = g_getenv ("DIORAMA_TEST_QEMU");
  g_autofree char *real =
      named != NULL && *named != '\0' ? g_strdup (named) : g_find_program_in_path ("qemu-system-x86_64");
  g_autofree char *path = g_build_filename (fixture->dir, "qemu-system-x86_64", NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n"
                                           "case \"$*\" in *'-machine none'*|*'-audiodev help'*) ;; *)\n"
                                           "%s\n"
                                           ";; esac\n"
                                           "exec '%s' \"$@\"\n",
                                           script, real);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
  g_setenv ("DIORAMA_QEMU", path, TRUE);
}

static void
assert_failure (DioMachine *machine, const char *word)
{
  const GError *failure = dio_machine_get_failure (machine);

  g_assert_nonnull (failure);
  g_test_message ("%s", failure->message);
  if (!strstr (failure->message, word))
    g_error ("“%s” is not in: %s", word, failure->message);
}

/* --- life --- */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

typedef void (*Command) (DioMachine *machine, GAsyncReadyCallback callback, gpointer user_data);

static void
run_command (DioMachine *machine, Command command)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  command (machine, keep_result, &result);
  wait_for (result != NULL);
  g_assert_true (dio_machine_command_finish (machine, result, &error));
  g_assert_no_error (error);
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("A life, “quoted”");
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *command_line = NULL, *log = NULL;
  DioMachine *machine = new_machine (fixture, config);

  g_assert_null (dio_machine_dup_command_line (machine));
  dio_machine_pause_async (machine, keep_result, &refused);
  wait_for (refused != NULL);
  g_assert_false (dio_machine_command_finish (machine, refused, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
  g_clear_object (&refused);

  dio_machine_start (machine);
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STARTING);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpuint (fixture->n_ready, ==, 1);
  g_assert_true (dio_machine_get_emulated (machine));
  g_assert_null (dio_machine_get_notice (machine));
  g_assert_cmpint (dio_machine_get_pid (machine), >, 0);
  command_line = dio_machine_dup_command_line (machine);
  g_assert_nonnull (strstr (command_line, "'guest=A life,, “quoted”,debug-threads=on'"));
  g_assert_true (g_file_get_contents (dio_machine_get_log_path (machine), &log, NULL, NULL));
  g_assert_true (g_str_has_prefix (log, command_line));

  run_command (machine, dio_machine_pause_async);
  wait_for_state (machine, DIO_MACHINE_PAUSED);
  run_command (machine, dio_machine_resume_async);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  run_command (machine, dio_machine_reset_async);
  run_command (machine, dio_machine_power_down_async);
  wait_for_state (machine, DIO_MACHINE_STOPPING);
  run_command (machine, dio_machine_reset_async);
  wait_for_state (machine, DIO_MACHINE_RUNNING);

  stop (machine);
  g_assert_null (dio_machine_get_failure (machine));
  g_assert_null (dio_machine_get_qmp (machine));
  g_assert_cmpint (dio_machine_get_pid (machine), ==, 0);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpuint (fixture->n_ready, ==, 2);
  stop (machine);
  g_assert_finalize_object (machine);
}

/* A guest that shuts down, as QEMU's own "quit" does, is no crash. */
static void
test_quit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Quit");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  dio_qmp_execute_async (dio_machine_get_qmp (machine), "quit", NULL, -1, NULL, NULL, NULL);
  wait_for_state (machine, DIO_MACHINE_STOPPED);
  g_assert_null (dio_machine_get_failure (machine));
}

static void
test_display (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Display");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (GAsyncResult) first = NULL, second = NULL, late = NULL;
  g_autoptr (GError) error = NULL;
  g_autofd int fd = -1, other_fd = -1;
  struct pollfd poll_fd;
  char answer[64] = "";

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  dio_machine_open_display_async (machine, NULL, keep_result, &first);
  dio_machine_open_display_async (machine, NULL, keep_result, &second);
  wait_for (first != NULL && second != NULL);
  fd = dio_machine_open_display_finish (machine, first, &error);
  g_assert_no_error (error);
  other_fd = dio_machine_open_display_finish (machine, second, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);

  /* QEMU is the server of D-Bus's handshake. */
  g_assert_cmpint (send (other_fd, "\0AUTH\r\n", 7, MSG_NOSIGNAL), ==, 7);
  poll_fd = (struct pollfd) { other_fd, POLLIN, 0 };
  g_assert_cmpint (poll (&poll_fd, 1, DEADLINE * 1000), ==, 1);
  g_assert_cmpint (recv (other_fd, answer, sizeof answer - 1, 0), >, 0);
  g_assert_true (g_str_has_prefix (answer, "REJECTED"));

  stop (machine);
  dio_machine_open_display_async (machine, NULL, keep_result, &late);
  wait_for (late != NULL);
  g_assert_cmpint (dio_machine_open_display_finish (machine, late, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED);
}

/* Everything that a machine may have, as the real QEMU takes it. */
static void
test_all_devices (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Everything, “and” more\n");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *socket_path = NULL;

  g_object_set (config, "audio", TRUE, "network", DIO_NETWORK_NAT, "touch", TRUE, "clock-local", TRUE, "cpus", 4,
                "memory", 256, "control-port", "test, port", NULL);
  for (guint i = 0; i < 8; i++)
    {
      g_autofree char *name = g_strdup_printf ("sata, \"%u\" ä.img", i);
      g_autofree char *path = make_image (fixture, name, 1024 * 1024);

      dio_machine_config_add_disk (config, path, "raw", DIO_DISK_BUS_SATA, FALSE);
    }
  for (DioDiskBus bus = DIO_DISK_BUS_VIRTIO; bus <= DIO_DISK_BUS_USB; bus++)
    for (guint read_only = 0; read_only < 2; read_only++)
      {
        g_autofree char *name = g_strdup_printf ("%d-%u.img", bus, read_only);
        g_autofree char *path = make_image (fixture, name, 1024 * 1024);

        if (bus != DIO_DISK_BUS_SATA)
          dio_machine_config_add_disk (config, path, "raw", bus, read_only);
        else if (read_only)
          dio_machine_config_add_cdrom (config, path);
      }
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  socket_path = g_strdup (dio_machine_get_control_socket (machine));
  g_assert_true (g_file_test (socket_path, G_FILE_TEST_EXISTS));
  stop (machine);
  g_assert_false (g_file_test (socket_path, G_FILE_TEST_EXISTS));
}

static void
test_uefi (Fixture *fixture, gconstpointer data)
{
  const DioFirmware kinds[] = { DIO_FIRMWARE_UEFI, DIO_FIRMWARE_UEFI_SECURE };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (DioMachineConfig) config = small_config ("UEFI");
      g_autoptr (DioMachine) machine = new_machine (fixture, config);

      g_object_set (config, "firmware", kinds[i], "memory", 256, NULL);
      dio_machine_start (machine);
      wait_for (dio_machine_get_state (machine) != DIO_MACHINE_STARTING);
      if (dio_machine_get_failure (machine) != NULL && strstr (dio_machine_get_failure (machine)->message, "ovmf"))
        {
          g_test_skip (dio_machine_get_failure (machine)->message);
          return;
        }
      wait_for_state (machine, DIO_MACHINE_RUNNING);
      stop (machine);
    }
}

/* Two of the same definition at once do not get into each other's way. */
static void
test_twins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Twin");
  g_autoptr (DioMachine) first = new_machine (fixture, config), second = new_machine (fixture, config);

  g_object_set (config, "control-port", "test", NULL);
  dio_machine_start (first);
  dio_machine_start (second);
  wait_for_state (first, DIO_MACHINE_RUNNING);
  wait_for_state (second, DIO_MACHINE_RUNNING);
  g_assert_cmpstr (dio_machine_get_control_socket (first), !=, dio_machine_get_control_socket (second));
  stop (first);
  g_assert_true (g_file_test (dio_machine_get_control_socket (second), G_FILE_TEST_EXISTS));
  stop (second);
}

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
  assert_failure (machine, "qemu-img info");
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
  assert_failure (second, "Another program");
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
  g_assert_cmpint (g_get_monotonic_time () - began, <, 3 * G_USEC_PER_SEC);
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
  g_assert_cmpint (g_get_monotonic_time () - began, <, 3 * G_USEC_PER_SEC);
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

/* --- which QEMU --- */

static void
test_no_qemu (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("None");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *path = make_image (fixture, "no-program", 512);

  g_setenv ("DIORAMA_QEMU", "/nonexistent/qemu", TRUE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "DIORAMA_QEMU");
  g_setenv ("DIORAMA_QEMU", path, TRUE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "qemu-system-x86");
  g_setenv ("DIORAMA_QEMU", "/bin/false", TRUE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "qemu-system-x86");
}

static void
test_engine (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Engine");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  DioEngine *engine;

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  engine = dio_machine_get_engine (machine);
  g_test_message ("%s %s, %s", dio_engine_get_binary (engine), dio_engine_get_version (engine),
                  dio_engine_get_origin (engine));
  g_assert_true (dio_engine_has_device (engine, "virtio-vga"));
  g_assert_false (dio_engine_has_device (engine, "no-such-device"));
  g_assert_true (dio_engine_has_option (engine, "dbus-display"));
  g_assert_true (dio_engine_has_option (engine, "sandbox"));
  g_assert_true (dio_engine_has_option (engine, "slirp"));
  g_assert_true (dio_engine_has_option (engine, "tcg"));
  g_assert_true (dio_engine_has_option (engine, "audio-none"));
  g_assert_nonnull (dio_engine_get_firmware (engine, "bios"));
  stop (machine);
}

/* --- KVM --- */

static gboolean
skip_without_kvm (void)
{
  DioKvmFacts facts;
  g_autofree char *why = NULL;

  dio_kvm_probe (&facts);
  why = dio_kvm_explain (&facts);
  if (why != NULL)
    g_test_skip (why);
  return why != NULL;
}

/* What this computer's KVM does, with its own kernel as guest where there is one: it works or it is replaced. */
static void
test_kvm_here (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("KVM");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  if (skip_without_kvm ())
    return;
  g_object_set (config, "accel", DIO_ACCEL_AUTO, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_test_message ("%s", dio_machine_get_emulated (machine) ? dio_machine_get_notice (machine) : "KVM is used");
  g_assert_true (dio_machine_get_emulated (machine) == (dio_machine_get_notice (machine) != NULL));
  g_assert_true (dio_machine_get_emulated (machine) == dio_kvm_get_failed ());
  stop (machine);
}

static void
check_fallback (Fixture *fixture, const char *script)
{
  g_autoptr (DioMachineConfig) config = small_config ("Fallback");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *wrapped = g_strdup_printf ("case \"$*\" in *'-accel kvm'*) %s ;; esac", script);

  use_fake_qemu (fixture, wrapped);
  fixture->n_ready = 0;
  dio_kvm_set_failed (FALSE);
  g_object_set (config, "accel", DIO_ACCEL_AUTO, NULL);
  dio_machine_start (machine);
  wait_for (dio_machine_get_emulated (machine));
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_cmpuint (fixture->n_ready, ==, 1);
  g_assert_true (dio_kvm_get_failed ());
  g_assert_nonnull (strstr (dio_machine_get_notice (machine), "KVM does not work"));
  g_assert_null (dio_machine_get_failure (machine));
  stop (machine);
}

static void
test_kvm_fallback (Fixture *fixture, gconstpointer data)
{
  if (skip_without_kvm ())
    return;
  check_fallback (fixture, "kill -ABRT $$");
  check_fallback (fixture, "echo 'KVM internal error. Suberror: 1' >&2; exit 1");
  check_fallback (fixture, "exec sleep 1000"); /* silent for more than 10 s */
}

/* Other failures are not KVM's. */
static void
test_kvm_innocent (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Innocent");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  if (skip_without_kvm ())
    return;
  use_fake_qemu (fixture, "echo 'no luck' >&2; exit 1");
  g_object_set (config, "accel", DIO_ACCEL_AUTO, NULL);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  g_assert_false (dio_kvm_get_failed ());
}

#define add(name, function) g_test_add ("/machine/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  add ("life", test_life);
  add ("quit", test_quit);
  add ("display", test_display);
  add ("all-devices", test_all_devices);
  add ("uefi", test_uefi);
  add ("twins", test_twins);
  add ("killed", test_killed);
  add ("bad-disk", test_bad_disk);
  add ("bad-format", test_bad_format);
  add ("locked", test_locked);
  add ("bad-argument", test_bad_argument);
  add ("flood", test_flood);
  add ("deaf", test_deaf);
  add ("hanging", test_hanging);
  add ("dies-at-once", test_dies_at_once);
  add ("dropped", test_dropped);
  add ("no-qemu", test_no_qemu);
  add ("engine", test_engine);
  add ("kvm-here", test_kvm_here);
  add ("kvm-fallback", test_kvm_fallback);
  add ("kvm-innocent", test_kvm_innocent);
  return g_test_run ();
}
