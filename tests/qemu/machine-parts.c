/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What machines of the library have, with a real QEMU and no guest: disks, firmware variables, a TPM, networks, shared
 * folders; and what of it changes while they run. */
#include "machine-fixture.h"

#include "vm/guest-tools.h"
#include "vm/machine-live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- what the tests share --- */

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* MACHINE's command has ended: well, or with CODE and WORD in its sentence. */
static void
finish (DioMachine *machine, GAsyncResult **result, int code, const char *word)
{
  g_autoptr (GError) error = NULL;

  wait_for (*result != NULL);
  dio_machine_command_finish (machine, *result, &error);
  g_clear_object (result);
  if (word == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, G_IO_ERROR, code);
      if (strstr (error->message, word) == NULL)
        g_error ("“%s” is not in: %s", word, error->message);
    }
}

static JsonNode *
ask (DioMachine *machine, const char *command, JsonObject *arguments)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  JsonNode *answer;

  dio_qmp_execute_async (dio_machine_get_qmp (machine), command, arguments, -1, NULL, keep_result, &result);
  wait_for (result != NULL);
  answer = dio_qmp_execute_finish (dio_machine_get_qmp (machine), result, &error);
  g_assert_no_error (error);
  return answer;
}

static char *
ask_text (DioMachine *machine, const char *command)
{
  g_autoptr (JsonNode) answer = ask (machine, command, NULL);

  return json_to_string (answer, FALSE);
}

static void
write_disk (DioMachine *machine, const char *drive)
{
  g_autofree char *line = g_strdup_printf ("qemu-io -d %s \"write -P 7 0 4096\"", drive);
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *arguments = json_object_new ();

  json_object_set_string_member (arguments, "command-line", line);
  answer = ask (machine, "human-monitor-command", arguments);
  g_assert_cmpstr (json_node_get_string (answer), ==, "");
}

static gboolean
is_written (const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return memmem (bytes, length, "\7\7\7\7\7\7\7\7", 8) != NULL;
}

static void
make_qcow2 (const char *path, const char *backing)
{
  g_autofree char *name = g_find_program_in_path ("qemu-img");
  g_autoptr (GError) error = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL,
                               backing != NULL ? (char *[]) { name, (char *) "create", (char *) "-q", (char *) "-f",
                                                              (char *) "qcow2", (char *) "-F", (char *) "raw",
                                                              (char *) "-b", (char *) backing, (char *) path, NULL }
                                               : (char *[]) { name, (char *) "create", (char *) "-q", (char *) "-f",
                                                              (char *) "qcow2", (char *) path, (char *) "8M", NULL },
                               NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));
}

static void
set_disks (DioMachineConfig *config, const DioDisk *disks, guint n)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (array, (gpointer) &disks[i]);
  dio_machine_config_set_disks (config, array);
}

static void
set_share (DioMachineConfig *config, const char *path)
{
  DioShare share = { (char *) "docs", (char *) path, FALSE };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  g_ptr_array_add (array, &share);
  dio_machine_config_set_shares (config, array);
}

static void
set_forward (DioMachineConfig *config, guint port)
{
  DioForward forward = { FALSE, NULL, port, 22 };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();

  g_ptr_array_add (array, &forward);
  dio_machine_config_set_forwards (config, array);
}

/* Returns: a TCP socket, listening or connected, at PORT of this computer; -1 when that is refused. */
static int
use_port (guint16 *port, gboolean listening)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (*port) };
  socklen_t size = sizeof address;
  g_autofd int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int status;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  status = listening ? bind (fd, (struct sockaddr *) &address, size) : connect (fd, (struct sockaddr *) &address, size);
  if (status < 0 || (listening && listen (fd, 1) < 0))
    return -1;
  if (listening && getsockname (fd, (struct sockaddr *) &address, &size) == 0)
    *port = ntohs (address.sin_port);
  return g_steal_fd (&fd);
}

static gboolean
is_open (guint16 port)
{
  g_autofd int fd = use_port (&port, FALSE);

  return fd >= 0;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* For what no event tells of. */
#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint tick_id = g_timeout_add (20, on_tick, NULL);                                                                 \
    wait_for (condition);                                                                                              \
    g_source_remove (tick_id);                                                                                         \
  }                                                                                                                    \
  G_STMT_END

static gboolean
command_line_has (DioMachine *machine, const char *word)
{
  g_autofree char *line = dio_machine_dup_command_line (machine);

  return strstr (line, word) != NULL;
}

/* A program NAME of ours stands before those of the system. */
static void
use_fake_tool (Fixture *fixture, const char *name, const char *script)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", script);

  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
}

static void
prefix_path (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;

  set_up (fixture, data);
  path = g_strconcat (fixture->dir, ":/usr/sbin:/usr/bin:/sbin:/bin", NULL);
  g_setenv ("PATH", path, TRUE);
}

/* The process that MACHINE has beside QEMU. */
static GPid
find_child (const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
  g_autofree char *text = NULL;
  g_auto (GStrv) pids = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  pids = g_strsplit (text, " ", -1);
  for (guint i = 0; pids[i] != NULL && *pids[i] != '\0'; i++)
    {
      g_autofree char *file = g_strdup_printf ("/proc/%s/comm", pids[i]);
      g_autofree char *comm = NULL;

      if (g_file_get_contents (file, &comm, NULL, NULL) && g_str_has_prefix (comm, name))
        return (GPid) g_ascii_strtoll (pids[i], NULL, 10);
    }
  return 0;
}

static void
kill_child (const char *name)
{
  GPid pid = find_child (name);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
}

/* --- disks --- */

static void
test_disks (Fixture *fixture, gconstpointer data)
{
  g_autofree char *base = make_image (fixture, "base, “b”.img", 8 << 20), *own = make_image (fixture, "d.img", 8 << 20);
  g_autofree char *linked = g_build_filename (fixture->dir, "linked.qcow2", NULL);
  g_autofree char *drives = NULL;
  const char *const layers[] = { base, "raw", NULL };
  const DioDisk disks[] = {
    { linked, (char *) "qcow2", DIO_DISK_BUS_SCSI, .layers = (GStrv) layers },
    { own, (char *) "raw", DIO_DISK_BUS_VIRTIO, .cache = DIO_DISK_CACHE_FAST },
    { own, (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE },
  };
  g_autoptr (DioMachineConfig) config = small_config ("Disks"), second_config = small_config ("Disks too");
  g_autoptr (DioMachine) machine = new_machine (fixture, config), second = new_machine (fixture, second_config);

  make_qcow2 (linked, base);
  set_disks (config, disks, 2);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  write_disk (machine, "disk0-drive");
  write_disk (machine, "disk1-drive/virtio-backend");

  /* The lower layer may have other readers, the upper one not even one. */
  set_disks (second_config, disks, 1);
  dio_machine_start (second);
  wait_for (dio_machine_get_state (second) == DIO_MACHINE_FAILED);
  assert_failure (second, "linked.qcow2”");
  set_disks (second_config, &(DioDisk) { base, (char *) "raw", DIO_DISK_BUS_VIRTIO, TRUE }, 1);
  dio_machine_start (second);
  wait_for_state (second, DIO_MACHINE_RUNNING);
  stop (second);

  stop (machine);
  g_assert_false (is_written (base));
  g_assert_true (is_written (linked));
  g_assert_true (is_written (own));
}

static void
test_disposable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *raw = make_image (fixture, "kept, it is.img", 8 << 20);
  g_autofree char *linked = g_build_filename (fixture->dir, "linked.qcow2", NULL);
  g_autofree char *vars = g_build_filename (fixture->dir, "uefi-vars.qcow2", NULL);
  g_autofree char *place = g_build_filename (fixture->dir, "place", NULL);
  const char *const layers[] = { raw, "raw", NULL };
  const DioDisk disks[] = { { linked, (char *) "qcow2", DIO_DISK_BUS_VIRTIO, .layers = (GStrv) layers } };
  g_autoptr (DioMachineConfig) config = small_config ("Disposable");
  g_autoptr (DioMachine) machine = new_machine (fixture, config), twin = new_machine (fixture, config);

  make_qcow2 (linked, raw);
  g_assert_cmpint (g_mkdir (place, 0700), ==, 0);
  g_setenv ("TMPDIR", place, TRUE);
  set_disks (config, disks, 1);
  g_object_set (config, "disposable", TRUE, "firmware", DIO_FIRMWARE_UEFI, "uefi-vars", vars, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  /* Nothing is left that could stay behind. */
  g_assert_cmpint (g_rmdir (place), ==, 0);
  write_disk (machine, "disk0-drive/virtio-backend");

  /* There may be as many as one likes. */
  g_assert_cmpint (g_mkdir (place, 0700), ==, 0);
  dio_machine_start (twin);
  wait_for_state (twin, DIO_MACHINE_RUNNING);
  stop (twin);
  stop (machine);
  g_assert_cmpint (g_rmdir (place), ==, 0);
  g_unsetenv ("TMPDIR");
  g_assert_false (is_written (raw));
  g_assert_false (is_written (linked));
  g_assert_false (g_file_test (vars, G_FILE_TEST_EXISTS));

  g_object_set (config, "disposable", FALSE, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  write_disk (machine, "disk0-drive/virtio-backend");
  stop (machine);
  g_assert_true (is_written (linked));
}

static char *
get_disc (DioMachine *machine, const char *drive)
{
  g_autoptr (JsonNode) answer = ask (machine, "query-block", NULL);
  JsonArray *drives = json_node_get_array (answer);

  for (guint i = 0; i < json_array_get_length (drives); i++)
    {
      JsonObject *object = json_array_get_object_element (drives, i);
      JsonObject *inserted;

      if (g_strcmp0 (json_object_get_string_member_with_default (object, "qdev", NULL), drive) != 0 ||
          !json_object_has_member (object, "inserted"))
        continue;
      inserted = json_object_get_object_member (object, "inserted");
      return g_path_get_basename (json_object_get_string_member (inserted, "file"));
    }
  return NULL;
}

static void
assert_disc (DioMachine *machine, guint disk, const char *expected)
{
  g_autofree char *drive = g_strdup_printf ("cd%u-drive", disk);
  g_autofree char *disc = get_disc (machine, drive);
  const DioDisk *kept = dio_machine_config_get_disk (dio_machine_get_config (machine), disk);
  g_autofree char *name = kept->path != NULL ? g_path_get_basename (kept->path) : NULL;

  g_assert_cmpstr (disc, ==, expected);
  g_assert_cmpstr (name, ==, expected);
}

static void
test_discs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = make_image (fixture, "first, “1”.iso", 1 << 20),
                  *second = make_image (fixture, "2.iso", 1 << 20);
  g_autofree char *gone = g_build_filename (fixture->dir, "gone.iso", NULL), *nodes = NULL;
  const DioDisk disks[] = { { NULL, (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE },
                            { first, (char *) "raw", DIO_DISK_BUS_SCSI, TRUE, TRUE } };
  g_autoptr (DioMachineConfig) config = small_config ("Discs");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (GAsyncResult) result = NULL;

  set_disks (config, disks, G_N_ELEMENTS (disks));
  dio_machine_change_disc_async (machine, 0, first, FALSE, keep_result, &result);
  finish (machine, &result, G_IO_ERROR_NOT_CONNECTED, "not running");
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  assert_disc (machine, 0, NULL);
  assert_disc (machine, 1, "first, “1”.iso");

  dio_machine_change_disc_async (machine, 0, first, FALSE, keep_result, &result);
  finish (machine, &result, 0, NULL);
  dio_machine_change_disc_async (machine, 1, second, FALSE, keep_result, &result);
  finish (machine, &result, 0, NULL);
  assert_disc (machine, 0, "first, “1”.iso");
  assert_disc (machine, 1, "2.iso");
  /* What cannot be put in leaves what is there. */
  dio_machine_change_disc_async (machine, 0, gone, FALSE, keep_result, &result);
  finish (machine, &result, G_IO_ERROR_FAILED, "gone.iso” is missing");
  assert_disc (machine, 0, "first, “1”.iso");

  for (guint i = 0; i < 2; i++)
    {
      dio_machine_change_disc_async (machine, 1, NULL, FALSE, keep_result, &result);
      finish (machine, &result, 0, NULL);
      assert_disc (machine, 1, NULL);
    }
  /* Of what was taken out nothing stays open. */
  nodes = ask_text (machine, "query-named-block-nodes");
  g_assert_null (strstr (nodes, "2.iso"));
  g_assert_null (strstr (nodes, "gone.iso"));
  stop (machine);
}

static gboolean
has_tools (DioMachine *machine)
{
  g_autofree char *nodes = ask_text (machine, "query-named-block-nodes");

  return strstr (nodes, "diorama-guest-tools.iso") != NULL;
}

/* Changes whether they are in, and expects them in PLACE afterwards. */
static void
move_tools (DioMachine *machine, gboolean in, DioGuestTools place)
{
  g_autoptr (GAsyncResult) result = NULL;

  if (in)
    dio_machine_insert_guest_tools_async (machine, keep_result, &result);
  else
    dio_machine_take_out_guest_tools_async (machine, keep_result, &result);
  finish (machine, &result, 0, NULL);
  /* QEMU lets go of a stick a moment later. */
  wait_for (dio_machine_get_guest_tools (machine) == place);
  g_assert_cmpint (has_tools (machine), ==, place != DIO_GUEST_TOOLS_OUT);
}

/* The guest tools are put into an empty drive, or plugged in, and the machine's configuration knows nothing of that. */
static void
test_guest_tools (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = make_image (fixture, "other.iso", 1 << 20);
  const DioDisk drive = { NULL, (char *) "raw", DIO_DISK_BUS_SATA, TRUE, TRUE };
  g_autoptr (DioMachineConfig) config = small_config ("Tools");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *disc = NULL;

  set_disks (config, &drive, 1);
  dio_machine_insert_guest_tools_async (machine, keep_result, &result);
  finish (machine, &result, G_IO_ERROR_NOT_CONNECTED, "not running");
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  for (guint i = 0; i < 2; i++)
    {
      move_tools (machine, TRUE, DIO_GUEST_TOOLS_IN_DRIVE);
      move_tools (machine, FALSE, DIO_GUEST_TOOLS_OUT);
    }
  move_tools (machine, TRUE, DIO_GUEST_TOOLS_IN_DRIVE);
  disc = get_disc (machine, "cd0-drive");
  g_assert_cmpstr (disc, ==, "diorama-guest-tools.iso");
  g_assert_null (dio_machine_config_get_disk (config, 0)->path);

  /* Another disc takes their place, and keeps it. */
  dio_machine_change_disc_async (machine, 0, other, FALSE, keep_result, &result);
  finish (machine, &result, 0, NULL);
  g_assert_cmpint (dio_machine_get_guest_tools (machine), ==, DIO_GUEST_TOOLS_OUT);
  for (guint i = 0; i < 2; i++)
    {
      move_tools (machine, TRUE, DIO_GUEST_TOOLS_ON_STICK);
      assert_disc (machine, 0, "other.iso");
      move_tools (machine, FALSE, DIO_GUEST_TOOLS_OUT);
    }
  move_tools (machine, TRUE, DIO_GUEST_TOOLS_ON_STICK);
  stop (machine);
  g_assert_cmpint (dio_machine_get_guest_tools (machine), ==, DIO_GUEST_TOOLS_OUT);
}

/* --- firmware variables --- */

static char *
read_start (const char *path, gsize *length)
{
  char *bytes = NULL;

  g_assert_true (g_file_get_contents (path, &bytes, length, NULL));
  return bytes;
}

static void
test_vars (Fixture *fixture, gconstpointer data)
{
  g_autofree char *vars = g_build_filename (fixture->dir, "uefi, vars.qcow2", NULL);
  g_autofree char *secure = g_build_filename (fixture->dir, "uefi, vars-secure.qcow2", NULL);
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (DioMachineConfig) config = small_config ("Variables");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  gsize length, length_after;

  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, "uefi-vars", vars, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
  before = read_start (vars, &length);
  g_assert_cmpmem (before, 4, "QFI\xfb", 4);
  g_assert_false (g_file_test (secure, G_FILE_TEST_EXISTS));

  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI_SECURE, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
  g_assert_true (g_file_test (secure, G_FILE_TEST_EXISTS));
  after = read_start (vars, &length_after);
  g_assert_cmpmem (before, length, after, length_after);

  /* Damaged: another thing, cut off, of another size. None is overwritten. */
  g_object_set (config, "firmware", DIO_FIRMWARE_UEFI, NULL);
  g_assert_true (g_file_set_contents (vars, "nothing of the kind, and long enough for a sector at that", -1, NULL));
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "firmware's variables");
  g_assert_true (g_file_set_contents (vars, before, 4096, NULL));
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "firmware's variables");
  make_qcow2 (vars, NULL);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "firmware's variables");
}

/* --- the TPM --- */

/* Whether the firmware has told MACHINE's guest of a TPM 2.0: an ACPI table, near the end of its 64 MiB. */
static gboolean
has_tpm_table (Fixture *fixture, DioMachine *machine)
{
  g_autofree char *path = g_build_filename (fixture->dir, "memory", NULL), *bytes = NULL;
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *arguments = json_object_new ();
  gsize length;

  json_object_set_int_member (arguments, "val", 63 << 20);
  json_object_set_int_member (arguments, "size", 1 << 20);
  json_object_set_string_member (arguments, "filename", path);
  answer = ask (machine, "pmemsave", arguments);
  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return memmem (bytes, length, "TPM2\x4c", 5) != NULL && memmem (bytes, length, "MSFT0101", 8) != NULL;
}

static void
test_tpm (Fixture *fixture, gconstpointer data)
{
  g_autofree char *state = g_build_filename (fixture->dir, "tpm, of “it”", NULL);
  g_autofree char *file = g_build_filename (state, "tpm2-00.permall", NULL),
                  *lock = g_build_filename (state, ".lock", NULL);
  g_autofree char *tpms = NULL;
  g_autoptr (DioMachineConfig) config = small_config ("TPM");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  g_object_set (config, "tpm", TRUE, "tpm-state", state, NULL);
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&tpms, g_free);
      dio_machine_start (machine);
      wait_for_state (machine, DIO_MACHINE_RUNNING);
      tpms = ask_text (machine, "query-tpm");
      g_assert_nonnull (strstr (tpms, "tpm-crb"));
      wait_until (has_tpm_table (fixture, machine));
      stop (machine);
    }
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));

  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  kill_child ("swtpm");
  wait_for (dio_machine_get_notice (machine) != NULL);
  g_assert_nonnull (strstr (dio_machine_get_notice (machine), "TPM has ended"));
  g_assert_cmpint (dio_machine_get_state (machine), ==, DIO_MACHINE_RUNNING);
  stop (machine);
  g_assert_null (dio_machine_get_notice (machine));

  use_fake_tool (fixture, "swtpm", "echo 'it cannot'; exit 1");
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "TPM");
  g_setenv ("PATH", fixture->dir, TRUE);
  g_remove (file), g_remove (lock), g_rmdir (state);
  (void) g_remove (g_build_filename (fixture->dir, "swtpm", NULL));
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "Install the package swtpm");
  g_rmdir (state);
}

/* --- networks --- */

static void
test_forwards (Fixture *fixture, gconstpointer data)
{
  DioNetwork network = GPOINTER_TO_INT (data);
  guint16 taken = 0;
  guint16 first = find_port ();
  g_autofd int holder = use_port (&taken, TRUE);
  DioForward forward = { FALSE, NULL, find_port (), 80 }, third = { FALSE, NULL, find_port (), 81 };
  g_autofree char *word = g_strdup_printf ("Port %u of this computer", taken);
  g_autoptr (DioMachineConfig) config = small_config ("Network");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autoptr (GAsyncResult) result = NULL, other = NULL;

  g_object_set (config, "network", network, NULL);
  set_forward (config, taken);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, word);
  set_forward (config, first);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  wait_until (is_open (first));

  dio_machine_add_forward_async (machine, &forward, keep_result, &result);
  finish (machine, &result, 0, NULL);
  wait_until (is_open (forward.host_port) && is_open (first));
  g_assert_cmpuint (dio_machine_config_get_forwards (config)->len, ==, 2);
  dio_machine_add_forward_async (machine, &(DioForward) { FALSE, NULL, taken, 80 }, keep_result, &result);
  finish (machine, &result, G_IO_ERROR_ADDRESS_IN_USE, word);
  dio_machine_remove_forward_async (machine, &forward, keep_result, &result);
  finish (machine, &result, 0, NULL);
  wait_until (!is_open (forward.host_port) && is_open (first));
  g_assert_cmpuint (dio_machine_config_get_forwards (config)->len, ==, 1);

  /* Neither change undoes the other. */
  dio_machine_add_forward_async (machine, &forward, keep_result, &result);
  dio_machine_add_forward_async (machine, &third, keep_result, &other);
  finish (machine, &result, 0, NULL);
  finish (machine, &other, 0, NULL);
  wait_until (is_open (forward.host_port) && is_open (third.host_port) && is_open (first));
  g_assert_cmpuint (dio_machine_config_get_forwards (config)->len, ==, 3);
  g_assert_null (dio_machine_get_notice (machine));
  stop (machine);
}

static void
test_passt (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("passt");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  g_object_set (config, "network", DIO_NETWORK_PASST, NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  wait_until (find_child ("passt") != 0);
  kill_child ("passt");
  wait_for (dio_machine_get_notice (machine) != NULL);
  g_assert_nonnull (strstr (dio_machine_get_notice (machine), "network has ended"));
  stop (machine);
  g_setenv ("PATH", fixture->dir, TRUE);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  assert_failure (machine, "Install the package passt");
}

static void
test_isolated (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Isolated");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);
  g_autofree char *network = NULL;

  g_object_set (config, "network", DIO_NETWORK_ISOLATED, "network-card", DIO_NETWORK_CARD_RTL8139, "network-name",
                "lab, “A”", NULL);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  stop (machine);
}

/* --- shared folders --- */

static void
test_shares (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (fixture->dir, "shared, “s” = 1", NULL);
  g_autoptr (DioMachineConfig) config = small_config ("Shares");
  g_autoptr (DioMachine) machine = new_machine (fixture, config);

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  set_share (config, folder);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_true (command_line_has (machine, "vhost-user-fs-pci"));
  g_assert_null (dio_machine_get_notice (machine));
  kill_child ("virtiofsd");
  wait_for (dio_machine_get_notice (machine) != NULL);
  g_assert_nonnull (strstr (dio_machine_get_notice (machine), "“docs” is no longer there"));
  stop (machine);

  /* Where virtiofsd does not run it is done without. */
  use_fake_tool (fixture, "virtiofsd", "echo 'it cannot' >&2; exit 1");
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_true (command_line_has (machine, "virtio-9p-pci"));
  stop (machine);

  g_assert_cmpint (g_rmdir (folder), ==, 0);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  g_assert_false (command_line_has (machine, "9p"));
  g_assert_nonnull (strstr (dio_machine_get_notice (machine), folder));
  stop (machine);
}

#define PARTS_TEST(name, function, data)                                                                               \
  g_test_add ("/machine-parts/" name, Fixture, data, prefix_path, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  PARTS_TEST ("disks", test_disks, NULL);
  PARTS_TEST ("disposable", test_disposable, NULL);
  PARTS_TEST ("discs", test_discs, NULL);
  PARTS_TEST ("guest-tools", test_guest_tools, NULL);
  PARTS_TEST ("vars", test_vars, NULL);
  PARTS_TEST ("tpm", test_tpm, NULL);
  PARTS_TEST ("nat", test_forwards, GINT_TO_POINTER (DIO_NETWORK_NAT));
  PARTS_TEST ("passt-forwards", test_forwards, GINT_TO_POINTER (DIO_NETWORK_PASST));
  PARTS_TEST ("passt", test_passt, NULL);
  PARTS_TEST ("isolated", test_isolated, NULL);
  PARTS_TEST ("shares", test_shares, NULL);
  return g_test_run ();
}
