/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioMachine with a real QEMU: images that somebody else may have, or that need a passphrase. */
#include "machine-fixture.h"

#include "image/passphrase.h"
#include "image/qemu-img.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSPHRASE "correct horse, battery=staple"

/* Turns the machine off: what QEMU's q35 has at ACPI's PM1a control register (SLP_EN, type 0). */
static const guint8 turn_off[] = { 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4, 0xeb, 0xfd };
/* Sleeps. */
static const guint8 stay[] = { 0xf4, 0xeb, 0xfd };

static void
write_sector (const char *path, const guint8 *code, gsize length)
{
  guint8 sector[512] = { 0 };
  g_autofd int fd = open (path, O_WRONLY | O_CLOEXEC);

  memcpy (sector, code, length);
  sector[510] = 0x55;
  sector[511] = 0xaa;
  g_assert_cmpint (pwrite (fd, sector, sizeof sector, 0), ==, sizeof sector);
}

/* An image that is encrypted with PASSPHRASE, and starts CODE. (transfer full) */
static char *
make_encrypted (Fixture *fixture, const char *name, const char *format, const guint8 *code, gsize length)
{
  g_autofree char *plain = make_image (fixture, "plain.img", 1024 * 1024);
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  gboolean luks = g_str_equal (format, "luks");
  g_autofree char *options = g_strdup_printf ("%s%s=key,%siter-time=10", luks ? "" : "encrypt.format=luks,",
                                              luks ? "key-secret" : "encrypt.key-secret", luks ? "" : "encrypt.");
  g_autofree char *program = dio_qemu_tool_find ("qemu-img", NULL);
  const char *const arguments[] = { program, "convert", "-f",       "raw",
                                    "-O",    format,    "--object", "secret,id=key,data=correct horse,, battery=staple",
                                    "-o",    options,   plain,      path,
                                    NULL };
  int status;

  write_sector (plain, code, length);
  g_assert_true (g_spawn_sync (NULL, (char **) arguments, NULL, 0, NULL, NULL, NULL, NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
  return g_steal_pointer (&path);
}

static DioMachineConfig *
new_config (const char *name, const char *path, const char *format)
{
  DioMachineConfig *config = small_config (name);
  g_autoptr (GPtrArray) disks = g_ptr_array_new ();
  DioDisk disk = { .path = (char *) path, .format = (char *) format, .bus = DIO_DISK_BUS_SATA, .encryption = "luks" };

  g_ptr_array_add (disks, &disk);
  dio_machine_config_set_disks (config, disks);
  return config;
}

static void
set_passphrase (DioMachine *machine, const char *path, const char *text)
{
  g_autoptr (GBytes) passphrase = dio_passphrase_new (text, strlen (text));

  dio_machine_set_passphrase (machine, path, passphrase);
}

static void
assert_locked (DioMachine *machine, const char *path, DioPassphraseError code)
{
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  g_test_message ("%s", dio_machine_get_failure (machine)->message);
  g_assert_error (dio_machine_get_failure (machine), DIO_PASSPHRASE_ERROR, (int) code);
  g_assert_cmpstr (dio_machine_get_locked_image (machine), ==, path);
}

static void
test_boot (Fixture *fixture, gconstpointer data)
{
  const char *format = data;
  g_autofree char *path = make_encrypted (fixture, "disk", format, turn_off, sizeof turn_off);
  g_autoptr (DioMachineConfig) config = new_config ("Encrypted", path, format);
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *line = NULL, *log = NULL;

  dio_machine_start (machine);
  assert_locked (machine, path, DIO_PASSPHRASE_ERROR_MISSING);
  set_passphrase (machine, path, "wrong");
  dio_machine_start (machine);
  assert_locked (machine, path, DIO_PASSPHRASE_ERROR_WRONG);
  /* The wrong one is forgotten. */
  dio_machine_start (machine);
  assert_locked (machine, path, DIO_PASSPHRASE_ERROR_MISSING);
  set_passphrase (machine, path, PASSPHRASE);
  dio_machine_start (machine);
  /* What it has inside is what runs. */
  wait_for_state (machine, DIO_MACHINE_STOPPED);
  g_assert_cmpuint (fixture->n_ready, ==, 1);
  g_assert_null (dio_machine_get_failure (machine));
  g_assert_null (dio_machine_get_locked_image (machine));
  line = dio_machine_dup_command_line (machine);
  g_assert_null (strstr (line, "horse"));
  g_assert_true (g_file_get_contents (dio_machine_get_log_path (machine), &log, NULL, NULL));
  g_assert_null (strstr (log, "horse"));
  /* The right one, too, is gone with the run. */
  dio_machine_start (machine);
  assert_locked (machine, path, DIO_PASSPHRASE_ERROR_MISSING);
}

/* Returns: how many files in memory that held passphrases QEMU has; none of them holds one any more. */
static guint
count_emptied (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *target = g_file_read_link (file, NULL);
      struct stat status;

      if (!target || !strstr (target, "memfd:diorama"))
        continue;
      g_assert_no_errno (stat (file, &status));
      g_assert_cmpint (status.st_size, ==, 0);
      n++;
    }
  return n;
}

/* What takes the place of the disk of a disposable machine has no name any more; QEMU has it open. Field: QEMU's
 * docs/interop/qcow2.rst, "crypt_method". */
static void
assert_overlay_encrypted (GPid pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd", (int) pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *target = g_file_read_link (file, NULL);
      g_autofd int fd = target && g_str_has_suffix (target, "disk0.qcow2 (deleted)") ? open (file, O_RDONLY) : -1;
      guint8 header[36];

      if (fd < 0)
        continue;
      g_assert_cmpint (pread (fd, header, sizeof header, 0), ==, sizeof header);
      g_assert_cmpmem (header, 4, "QFI\xfb", 4);
      g_assert_cmpmem (header + 32, 4, "\0\0\0\2", 4);
      n++;
    }
  g_assert_cmpuint (n, >=, 1);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(JsonNode **) user_data = dio_qmp_execute_finish (DIO_QMP (source), result, NULL);
}

static void
test_nothing_stays (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_encrypted (fixture, "disk", "qcow2", stay, sizeof stay);
  g_autoptr (DioMachineConfig) config = new_config ("Encrypted", path, "qcow2");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (JsonNode) objects = NULL;
  JsonObject *arguments = json_object_new ();
  gboolean disposable = GPOINTER_TO_INT (data);
  g_autofree char *text = NULL;

  g_object_set (config, "disposable", disposable, NULL);
  set_passphrase (machine, path, PASSPHRASE);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  wait_for (fixture->n_ready == 1);
  g_assert_cmpuint (count_emptied (dio_machine_get_pid (machine)), ==, disposable ? 2 : 1);
  if (disposable)
    assert_overlay_encrypted (dio_machine_get_pid (machine));
  json_object_set_string_member (arguments, "path", "/objects");
  dio_qmp_execute_async (dio_machine_get_qmp (machine), "qom-list", arguments, -1, NULL, on_answer, &objects);
  wait_for (objects);
  text = json_to_string (objects, FALSE);
  g_assert_nonnull (strstr (text, "\"mem\""));
  g_assert_null (strstr (text, "disk0-"));

  /* It is started again without being asked for it. */
  dio_machine_restart (machine);
  wait_for (fixture->n_ready == 2);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
}

/* --- whose an image is --- */

static void
test_race (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_image (fixture, "shared.img", 1024 * 1024);
  DioMachine *machines[2];
  guint n_running = 0;

  write_sector (path, stay, sizeof stay);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (DioMachineConfig) config = small_config (i == 0 ? "First" : "Second");

      dio_machine_config_add_disk (config, path, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
      machines[i] = new_machine (fixture, config);
    }
  for (guint i = 0; i < 2; i++)
    dio_machine_start (machines[i]);
  for (guint i = 0; i < 2; i++)
    wait_for (dio_machine_get_state (machines[i]) == DIO_MACHINE_RUNNING ||
              dio_machine_get_state (machines[i]) == DIO_MACHINE_FAILED);
  for (guint i = 0; i < 2; i++)
    if (dio_machine_get_state (machines[i]) == DIO_MACHINE_RUNNING)
      n_running++;
    else
      {
        g_assert_error (dio_machine_get_failure (machines[i]), G_IO_ERROR, G_IO_ERROR_BUSY);
        assert_failure (machines[i], i == 0 ? "in use by the machine “Second”" : "in use by the machine “First”");
      }
  g_assert_cmpuint (n_running, ==, 1);
  for (guint i = 0; i < 2; i++)
    {
      dio_machine_force_off (machines[i]);
      wait_for (dio_machine_get_state (machines[i]) == DIO_MACHINE_STOPPED);
    }
  /* It is free again for either. */
  dio_machine_start (machines[0]);
  wait_for_state (machines[0], DIO_MACHINE_RUNNING);
  stop (machines[0]);
  g_object_unref (machines[0]);
  g_object_unref (machines[1]);
}

/* A QEMU that somebody runs without us. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = make_image (fixture, "theirs.img", 1024 * 1024);
  g_autofree char *program = dio_qemu_tool_find ("qemu-storage-daemon", NULL);
  g_autofree char *file = g_strdup_printf ("driver=file,node-name=f,filename=%s", path);
  const char *socket = "type=nbd,id=e,node-name=f,writable=on";
  g_autofree char *server = g_strdup_printf ("addr.type=unix,addr.path=%s/nbd.sock", fixture->dir);
  /* Its monitor greets when all of it is open: the options count in their order. */
  const char *const arguments[] = { program, "--blockdev", file,         "--nbd-server", server, "--export",
                                    socket,  "--chardev",  "stdio,id=m", "--monitor",    "m",    NULL };
  g_autoptr (DioMachineConfig) config = small_config ("Ours");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (GSubprocess) theirs =
      g_subprocess_newv (arguments, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
  char byte;

  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (theirs), &byte, 1, NULL, NULL), ==, 1);
  dio_machine_config_add_disk (config, path, "raw", DIO_DISK_BUS_VIRTIO, FALSE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  g_assert_error (dio_machine_get_failure (machine), G_IO_ERROR, G_IO_ERROR_BUSY);
  assert_failure (machine, "in use by another program, “qemu-storage-da” (process ");
  assert_failure (machine, g_subprocess_get_identifier (theirs));
  g_subprocess_force_exit (theirs);
  g_subprocess_wait (theirs, NULL, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add ("/machine/encrypted-luks", Fixture, "luks", set_up, test_boot, tear_down);
  g_test_add ("/machine/encrypted-qcow2", Fixture, "qcow2", set_up, test_boot, tear_down);
  MACHINE_TEST ("encrypted-nothing-stays", test_nothing_stays);
  g_test_add ("/machine/encrypted-disposable", Fixture, GINT_TO_POINTER (TRUE), set_up, test_nothing_stays, tear_down);
  MACHINE_TEST ("race", test_race);
  MACHINE_TEST ("foreign", test_foreign);
  return g_test_run ();
}
