/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioMachine with a real QEMU: its life, which QEMU it is, and KVM. */
#include "machine-fixture.h"

#include "vm/kvm.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

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
count_power_downs (DioQmp *qmp, const char *name, JsonObject *data, gpointer user_data)
{
  guint *n = user_data;

  *n += g_str_equal (name, "POWERDOWN");
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("A life, “quoted”");
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *command_line = NULL, *log = NULL;
  DioMachine *machine = new_machine (fixture, config);
  guint n_power_downs = 0;

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
  g_signal_connect (dio_machine_get_qmp (machine), "event", G_CALLBACK (count_power_downs), &n_power_downs);
  run_command (machine, dio_machine_power_down_async);
  wait_for_state (machine, DIO_MACHINE_STOPPING);
  wait_for (n_power_downs == 2); /* nobody listens yet, nor will */
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_STOPPING);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  MACHINE_TEST ("life", test_life);
  MACHINE_TEST ("quit", test_quit);
  MACHINE_TEST ("display", test_display);
  MACHINE_TEST ("all-devices", test_all_devices);
  MACHINE_TEST ("uefi", test_uefi);
  MACHINE_TEST ("twins", test_twins);
  MACHINE_TEST ("no-qemu", test_no_qemu);
  MACHINE_TEST ("engine", test_engine);
  MACHINE_TEST ("kvm-here", test_kvm_here);
  MACHINE_TEST ("kvm-fallback", test_kvm_fallback);
  MACHINE_TEST ("kvm-innocent", test_kvm_innocent);
  return g_test_run ();
}
