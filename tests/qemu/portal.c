/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* DioMachine with a real QEMU, and images that it sees through the real document portal. */
#include "harness.h"

#include "image/host-path.h"
#include "vm/image-lock.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#define DOCUMENTS "org.freedesktop.portal.Documents"
#define OBJECT "/org/freedesktop/portal/documents"

static const char *const portals[] = { "/usr/libexec/xdg-document-portal", "/usr/lib/xdg-document-portal" };

typedef struct
{
  GTestDBus *bus;
  GDBusConnection *connection;
  GSubprocess *portal;
  char *folder;
} Fixture;

static gboolean
has_owner (Fixture *self)
{
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                   "NameHasOwner", g_variant_new ("(s)", DOCUMENTS), NULL, 0, -1, NULL, NULL);
  gboolean has = FALSE;

  if (answer)
    g_variant_get (answer, "(b)", &has);
  return has;
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* FALSE: there is none here, or no FUSE. */
static gboolean
start_portal (Fixture *self)
{
  const char *program = NULL;
  gboolean appeared = FALSE;
  guint id;

  for (guint i = 0; i < G_N_ELEMENTS (portals) && !program; i++)
    program = g_file_test (portals[i], G_FILE_TEST_IS_EXECUTABLE) ? portals[i] : NULL;
  if (!program || g_access ("/dev/fuse", R_OK | W_OK) < 0)
    {
      g_test_skip ("no document portal, or no /dev/fuse");
      return FALSE;
    }
  self->portal = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, program, NULL);
  id = g_bus_watch_name_on_connection (self->connection, DOCUMENTS, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared, NULL,
                                       &appeared, NULL);
  wait_for (appeared || has_owner (self));
  g_bus_unwatch_name (id);
  return TRUE;
}

/* What the portal shows of the file at PATH. (transfer full) */
static char *
grant (Fixture *self, const char *path)
{
  g_autofd int fd = open (path, O_PATH | O_CLOEXEC);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autofree const char **ids = NULL;
  g_autofree char *name = g_path_get_basename (path);
  const char *const permissions[] = { "read", "write", NULL };

  g_unix_fd_list_append (fds, fd, NULL);
  answer = g_dbus_connection_call_with_unix_fd_list_sync (
      self->connection, DOCUMENTS, OBJECT, DOCUMENTS, "AddFull",
      g_variant_new ("(@ahus^as)", g_variant_new_fixed_array (G_VARIANT_TYPE_HANDLE, (gint32[]) { 0 }, 1, 4), 1, "",
                     permissions),
      NULL, 0, -1, fds, NULL, NULL, &error);
  g_assert_no_error (error);
  g_variant_get (answer, "(^a&sa{sv})", &ids, NULL);
  return g_build_filename (g_get_user_runtime_dir (), "doc", ids[0], name, NULL);
}

static char *
make_file (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofd int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (ftruncate (fd, 1024 * 1024), ==, 0);
  return g_steal_pointer (&path);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  use_test_qemu ();
  self->folder = g_dir_make_tmp ("portal-XXXXXX", NULL);
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (self->bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, NULL);
  g_assert_nonnull (self->connection);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->portal)
    {
      g_subprocess_send_signal (self->portal, SIGTERM);
      g_subprocess_wait (self->portal, NULL, NULL);
    }
  g_clear_object (&self->portal);
  g_clear_object (&self->connection);
  g_test_dbus_down (self->bus);
  g_clear_object (&self->bus);
  g_free (self->folder);
}

/* Disk, layer and disc: each would keep QEMU from starting if it asked the portal for locks. */
static void
test_starts (Fixture *self, gconstpointer data)
{
  g_autoptr (DioMachineConfig) config = small_config ("Through the portal"), other = small_config ("Directly");
  g_autoptr (DioMachine) machine = dio_machine_new (config), second = dio_machine_new (other);
  g_autofree char *disk = make_file (self, "disk.img"), *disc = make_file (self, "disc.iso");
  g_autofree char *seen_disk = NULL, *seen_disc = NULL, *host = NULL, *holder = NULL;

  if (!start_portal (self))
    return;
  seen_disk = grant (self, disk);
  seen_disc = grant (self, disc);
  g_assert_true (dio_path_is_portal (seen_disk));
  g_assert_false (dio_path_is_portal (disk));
  host = dio_path_dup_host (seen_disk);
  g_assert_cmpstr (host, ==, disk);

  dio_machine_config_add_disk (config, seen_disk, "raw", DIO_DISK_BUS_SATA, FALSE);
  dio_machine_config_add_cdrom (config, seen_disc);
  dio_machine_start (machine);
  wait_for_state (machine, DIO_MACHINE_RUNNING);
  holder = dio_image_lock_dup_holder (disk);
  g_assert_nonnull (strstr (holder, "“disk.img” is in use by the machine “Through the portal”"));

  /* QEMU's own locks would not keep this one away. */
  dio_machine_config_add_disk (other, disk, "raw", DIO_DISK_BUS_SATA, FALSE);
  dio_machine_start (second);
  wait_for (dio_machine_get_state (second) == DIO_MACHINE_FAILED);
  g_assert_error (dio_machine_get_failure (second), G_IO_ERROR, G_IO_ERROR_BUSY);
  stop (machine);

  /* And the other way: QEMU has its locks, which are seen where the host's file is. */
  dio_machine_start (second);
  wait_for_state (second, DIO_MACHINE_RUNNING);
  dio_machine_start (machine);
  wait_for (dio_machine_get_state (machine) == DIO_MACHINE_FAILED);
  g_assert_error (dio_machine_get_failure (machine), G_IO_ERROR, G_IO_ERROR_BUSY);
  stop (second);
}

int
main (int argc, char **argv)
{
  g_autofree char *runtime = g_dir_make_tmp ("run-XXXXXX", NULL);

  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/portal/starts", Fixture, NULL, set_up, test_starts, tear_down);
  return g_test_run ();
}
