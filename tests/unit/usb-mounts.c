/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb-tree.h"
#include "usb/mounts-private.h"

#include <string.h>
#include <sys/sysmacros.h>

#define NAME "org.freedesktop.UDisks2"
#define ROOT "/org/freedesktop/UDisks2"
#define STICK ROOT "/block_devices/sdb1"
#define LUKS ROOT "/block_devices/sdb2"
#define INNER ROOT "/block_devices/dm_2d0"
#define MOUNTINFO "/proc/self/mountinfo"
#define STICK_LINE "60 28 8:17 / /run/media/eva/MY\\040STICK rw shared:9 - vfat /dev/sdb1 rw\n"
#define INNER_LINE "61 28 253:0 / /run/media/eva/secret rw - ext4 /dev/mapper/luks-1 rw\n"

static const char xml[] =
    "<node><interface name='org.freedesktop.DBus.ObjectManager'><method name='GetManagedObjects'>"
    "<arg type='a{oa{sa{sv}}}' direction='out'/></method></interface>"
    "<interface name='" NAME
    ".Filesystem'><method name='Unmount'><arg type='a{sv}' direction='in'/></method></interface>"
    "<interface name='" NAME ".Encrypted'><method name='Lock'><arg type='a{sv}' direction='in'/></method></interface>"
    "</node>";

/* A udisks that has what the tests have made up. */
typedef struct
{
  UsbTree tree;
  char *device;
  GDBusConnection *bus;
  guint name, objects[4];
  GString *calls;
  const char *refuse;  /* the path that fails, */
  const char *refusal; /* by the name of this error */
  gboolean keeps;      /* says that it unmounted, and does not */
  gboolean silent;     /* never answers */
  const char *cleartext;

  gboolean done;
  GError *error;
  GCancellable *cancellable;
} Fixture;

static GTestDBus *test_bus;

static void
write_mounts (Fixture *fixture, const char *lines)
{
  g_autofree char *all = g_strconcat ("28 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n", lines, NULL);

  usb_tree_write (&fixture->tree, MOUNTINFO, all);
}

/* Takes the last line away that has NUMBER. */
static void
forget_mount (Fixture *fixture, const char *number)
{
  g_autofree char *path = g_strconcat (fixture->tree.root, MOUNTINFO, NULL), *text = NULL;
  g_autofree char *wanted = g_strdup_printf (" %s ", number);
  g_autoptr (GString) rest = NULL;
  char *found, *end;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  found = g_strrstr (text, wanted);
  g_assert_nonnull (found);
  while (found > text && found[-1] != '\n')
    found--;
  end = strchr (found, '\n') + 1;
  rest = g_string_new_len (text, found - text);
  g_string_append (rest, end);
  usb_tree_write (&fixture->tree, MOUNTINFO, rest->str);
}

static void
add_object (GVariantBuilder *objects, const char *path, guint64 number, const char *interface, const char *cleartext)
{
  GVariantBuilder interfaces, block, other;

  g_variant_builder_init (&interfaces, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_builder_init (&block, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&block, "{sv}", "DeviceNumber", g_variant_new_uint64 (number));
  g_variant_builder_add (&interfaces, "{sa{sv}}", NAME ".Block", &block);
  g_variant_builder_init (&other, G_VARIANT_TYPE_VARDICT);
  if (cleartext)
    g_variant_builder_add (&other, "{sv}", "CleartextDevice", g_variant_new_object_path (cleartext));
  g_variant_builder_add (&interfaces, "{sa{sv}}", interface, &other);
  g_variant_builder_add (objects, "{oa{sa{sv}}}", path, &interfaces);
}

static GVariant *
list_objects (Fixture *fixture)
{
  GVariantBuilder objects;

  g_variant_builder_init (&objects, G_VARIANT_TYPE ("a{oa{sa{sv}}}"));
  add_object (&objects, ROOT "/block_devices/sda1", makedev (8, 1), NAME ".Filesystem", NULL);
  add_object (&objects, STICK, makedev (8, 17), NAME ".Filesystem", NULL);
  add_object (&objects, LUKS, makedev (8, 18), NAME ".Encrypted", fixture->cleartext);
  add_object (&objects, INNER, makedev (253, 0), NAME ".Filesystem", NULL);
  return g_variant_new ("(a{oa{sa{sv}}})", &objects);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (g_str_equal (method, "GetManagedObjects"))
    {
      g_dbus_method_invocation_return_value (invocation, list_objects (fixture));
      return;
    }
  g_string_append_printf (fixture->calls, "%s %s\n", method, path + strlen (ROOT "/block_devices/"));
  if (fixture->silent)
    {
      g_cancellable_cancel (fixture->cancellable);
      g_object_unref (invocation);
      return;
    }
  if (g_strcmp0 (path, fixture->refuse) == 0)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, fixture->refusal, "Error unmounting: target\x07 is busy");
      return;
    }
  if (g_str_equal (method, "Unmount") && !fixture->keeps)
    forget_mount (fixture, g_str_equal (path, STICK) ? "8:17" : "253:0");
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static void
start_udisks (Fixture *fixture)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  static const char *const paths[] = { ROOT, STICK, LUKS, INNER };
  static const guint interfaces[] = { 0, 1, 2, 1 };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GVariant) answer = NULL;

  for (guint i = 0; i < 4; i++)
    {
      fixture->objects[i] = g_dbus_connection_register_object (fixture->bus, paths[i], node->interfaces[interfaces[i]],
                                                               &vtable, fixture, NULL, NULL);
      g_assert_cmpint (fixture->objects[i], >, 0);
    }
  answer = g_dbus_connection_call_sync (fixture->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", NAME, 4), NULL,
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (answer);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  usb_tree_init (&fixture->tree);
  fixture->device = usb_tree_device (&fixture->tree, "1-2");
  usb_tree_add_block (&fixture->tree, "1-2", NULL, "sdb", "8:16");
  usb_tree_add_block (&fixture->tree, "1-2", "sdb", "sdb1", "8:17");
  usb_tree_add_block (&fixture->tree, "1-2", "sdb", "sdb2", "8:18");
  fixture->calls = g_string_new (NULL);
  fixture->cleartext = "/";
  fixture->cancellable = g_cancellable_new ();
  fixture->bus = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (test_bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, NULL);
  g_assert_nonnull (fixture->bus);
  if (!data)
    start_udisks (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_dbus_connection_close_sync (fixture->bus, NULL, NULL);
  g_clear_object (&fixture->bus);
  g_clear_object (&fixture->cancellable);
  g_clear_error (&fixture->error);
  g_string_free (fixture->calls, TRUE);
  usb_tree_clear (&fixture->tree);
  g_free (fixture->device);
}

static void
on_unmounted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->done = TRUE;
  g_assert_cmpint (dio_usb_mounts_unmount_finish (result, &fixture->error), ==, fixture->error == NULL);
}

static void
unmount (Fixture *fixture)
{
  dio_usb_mounts_unmount_at_async (fixture->tree.root, fixture->device, fixture->cancellable, on_unmounted, fixture);
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_left (Fixture *fixture, const char *expected)
{
  g_auto (GStrv) points = dio_usb_mounts_list_at (fixture->tree.root, fixture->device);
  g_autofree char *joined = g_strjoinv (" | ", points);

  g_assert_cmpstr (joined, ==, expected);
}

/* Nothing is asked of anybody. */
static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  write_mounts (fixture, "");
  unmount (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->calls->str, ==, "");
}

static void
test_all (Fixture *fixture, gconstpointer data)
{
  usb_tree_add_holder (&fixture->tree, "sdb2", "dm-0", "253:0", "luks-1");
  fixture->cleartext = INNER;
  write_mounts (fixture, STICK_LINE "62 28 8:17 / /mnt rw - vfat /dev/sdb1 rw\n" INNER_LINE);
  check_left (fixture, "/run/media/eva/MY STICK | /mnt | /run/media/eva/secret");
  unmount (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->calls->str, ==, "Unmount dm_2d0\nUnmount sdb1\nUnmount sdb1\nLock sdb2\n");
  check_left (fixture, "");
}

/* That it could not be locked does not matter: it is not in use. */
static void
test_lock_refused (Fixture *fixture, gconstpointer data)
{
  usb_tree_add_holder (&fixture->tree, "sdb2", "dm-0", "253:0", "luks-1");
  fixture->cleartext = INNER;
  fixture->refuse = LUKS;
  fixture->refusal = NAME ".Error.Failed";
  write_mounts (fixture, INNER_LINE);
  unmount (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpstr (fixture->calls->str, ==, "Unmount dm_2d0\nLock sdb2\n");
}

static void
refuse (Fixture *fixture, const char *name, int code, const char *message)
{
  fixture->refuse = STICK;
  fixture->refusal = name;
  write_mounts (fixture, STICK_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, code);
  g_assert_cmpstr (fixture->error->message, ==, message);
  check_left (fixture, "/run/media/eva/MY STICK");
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, NAME ".Error.DeviceBusy", G_IO_ERROR_BUSY,
          "“/run/media/eva/MY STICK” is in use: close the files and terminals that are open there, and try again.");
}

/* One that is in its folder, one that has a file open, one that another user's are like, and one beside it. */
static void
test_busy_users (Fixture *fixture, gconstpointer data)
{
  usb_tree_write (&fixture->tree, "/proc/100/comm", "bash\n");
  usb_tree_link (&fixture->tree, "/proc/100/cwd", "/run/media/eva/MY STICK");
  usb_tree_write (&fixture->tree, "/proc/101/comm", "gimp\xe2\x80\xae\n");
  usb_tree_link (&fixture->tree, "/proc/101/cwd", "/home/eva");
  usb_tree_link (&fixture->tree, "/proc/101/fd/7", "/run/media/eva/MY STICK/a/picture.png");
  usb_tree_write (&fixture->tree, "/proc/102/comm", "secret\n");
  usb_tree_write (&fixture->tree, "/proc/103/comm", "other\n");
  usb_tree_link (&fixture->tree, "/proc/103/cwd", "/run/media/eva/MY STICK 2");
  usb_tree_write (&fixture->tree, "/proc/sys/comm", "no-process\n");
  usb_tree_link (&fixture->tree, "/proc/sys/cwd", "/run/media/eva/MY STICK");
  fixture->refuse = STICK;
  fixture->refusal = NAME ".Error.DeviceBusy";
  write_mounts (fixture, STICK_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (fixture->error->message, "bash"));
  g_assert_nonnull (strstr (fixture->error->message, "gimp"));
  g_assert_null (strstr (fixture->error->message, "\xe2\x80\xae"));
  g_assert_null (strstr (fixture->error->message, "secret"));
  g_assert_null (strstr (fixture->error->message, "other"));
  g_assert_null (strstr (fixture->error->message, "no-process"));
}

static void
test_not_allowed (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, NAME ".Error.NotAuthorized", G_IO_ERROR_PERMISSION_DENIED,
          "You may not unmount “/run/media/eva/MY STICK”: somebody else mounted it. Ask them, or an administrator.");
}

static void
test_dismissed (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, NAME ".Error.NotAuthorizedDismissed", G_IO_ERROR_CANCELLED,
          "“/run/media/eva/MY STICK” was not unmounted.");
}

static void
test_failed (Fixture *fixture, gconstpointer data)
{
  refuse (fixture, NAME ".Error.Failed", G_IO_ERROR_FAILED,
          "“/run/media/eva/MY STICK” could not be unmounted: Error unmounting: target is busy");
}

/* The first is unmounted, the second is not: both are told. */
static void
test_halfway (Fixture *fixture, gconstpointer data)
{
  usb_tree_add_holder (&fixture->tree, "sdb2", "dm-0", "253:0", "luks-1");
  fixture->refuse = STICK;
  fixture->refusal = NAME ".Error.DeviceBusy";
  write_mounts (fixture, STICK_LINE INNER_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_nonnull (strstr (fixture->error->message, "“/run/media/eva/MY STICK” is in use"));
  g_assert_nonnull (strstr (fixture->error->message, "(Unmounted already: /run/media/eva/secret.)"));
  check_left (fixture, "/run/media/eva/MY STICK");
}

/* It said so, and it is not so: that ends. */
static void
test_stays (Fixture *fixture, gconstpointer data)
{
  fixture->keeps = TRUE;
  write_mounts (fixture, STICK_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_cmpstr (fixture->calls->str, ==, "Unmount sdb1\n");
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  fixture->silent = TRUE;
  write_mounts (fixture, STICK_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  usb_tree_add_block (&fixture->tree, "1-2", "sdb", "sdb3", "8:19");
  write_mounts (fixture, "60 28 8:19 / /mnt rw - vfat /dev/sdb3 rw\n");
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_no_udisks (Fixture *fixture, gconstpointer data)
{
  write_mounts (fixture, STICK_LINE);
  unmount (fixture);
  g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "nothing", test_nothing },           { "all", test_all },
    { "lock-refused", test_lock_refused }, { "busy", test_busy },
    { "busy-users", test_busy_users },     { "not-allowed", test_not_allowed },
    { "dismissed", test_dismissed },       { "failed", test_failed },
    { "halfway", test_halfway },           { "stays", test_stays },
    { "cancelled", test_cancelled },       { "unknown", test_unknown },
  };
  int status;

  g_test_init (&argc, &argv, NULL);
  test_bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (test_bus);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (test_bus), TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/usb-mounts/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  g_test_add ("/usb-mounts/no-udisks", Fixture, "none", set_up, test_no_udisks, tear_down);
  status = g_test_run ();
  g_test_dbus_stop (test_bus);
  g_clear_object (&test_bus);
  return status;
}
