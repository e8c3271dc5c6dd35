/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/access.h"
#include "usb/host-source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <umockdev.h>
#include <unistd.h>

#define HOST "/devices/pci0000:00/0000:00:14.0/"
#define STORAGE_DESCRIPTORS "120100020000004051096616100101020301090220000101008032090400000208065000"
#define KEYBOARD_DESCRIPTORS                                                                                           \
  "12010002000000080904690110010102000109022200010100a0320904000001030101000921110100012241000705810308000a"
/* HID and audio: a headset with buttons. */
#define COMPOSITE_DESCRIPTORS                                                                                          \
  "12010002ef0201406d04440a010001020301090400000001010000090401000101020000090402000103000000"

/* What the kernel says when a node is opened; there are none of ours in a made-up /dev. */
static int open_errno;
static dev_t node_number;
static mode_t node_mode;
static guint n_opened;

int __real_open64 (const char *path, int flags, ...);
int __wrap_open64 (const char *path, int flags, ...);
int __real_fstat64 (int fd, struct stat *info);
int __wrap_fstat64 (int fd, struct stat *info);

int
__wrap_open64 (const char *path, int flags, ...)
{
  if (!g_str_has_prefix (path, "/dev/bus/usb/"))
    return __real_open64 (path, flags, 0600);
  g_assert_cmphex ((guint) flags & (O_ACCMODE | O_CLOEXEC | O_NOFOLLOW), ==, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  errno = open_errno;
  if (open_errno)
    return -1;
  n_opened++;
  return __real_open64 ("/dev/null", O_RDWR | O_CLOEXEC);
}

int
__wrap_fstat64 (int fd, struct stat *info)
{
  int result = __real_fstat64 (fd, info);

  info->st_mode = node_mode;
  info->st_rdev = node_number;
  return result;
}

typedef struct
{
  UMockdevTestbed *testbed;
  GListModel *source;
  guint n_changes;

  GAsyncResult *result;
} Fixture;

typedef struct
{
  const char *port;
  guint number; /* of the device on its bus */
  const char *vendor, *product, *class, *speed, *descriptors;
  const char *manufacturer, *name, *serial;
} Plug;

static const Plug stick = {
  "1-2", 4, "0951", "1666", "00", "480", STORAGE_DESCRIPTORS, "Kingston", "DataTraveler 3.0", "60A44C41"
};
static const Plug keyboard = { "1-3", 5, "04d9", "0169", "00", "1.5", KEYBOARD_DESCRIPTORS, NULL, NULL, NULL };

/* Where it is in sysfs: "1-4.2.1" is below 1-4.2, that below 1-4. (transfer full) */
static char *
get_path (const char *port)
{
  g_autoptr (GString) path = g_string_new (HOST "usb1");

  for (const char *dot = port; *dot && (dot = dot + 1 + strcspn (dot + 1, "."));)
    g_string_append_printf (path, "/%.*s", (int) (dot - port), port);
  return g_string_free_and_steal (g_steal_pointer (&path));
}

static void
add_attribute (GString *text, const char *name, const char *value)
{
  if (value)
    g_string_append_printf (text, "A: %s=%s\\n\n", name, value);
}

/* As umockdev-record writes a real one; that it came is told as well (“add”). */
static void
add (Fixture *fixture, const Plug *plug)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *path = get_path (plug->port);
  GError *error = NULL;

  g_string_append_printf (
      text,
      "P: %s\nN: bus/usb/001/%03u\nE: BUSNUM=001\nE: DEVNAME=/dev/bus/usb/001/%03u\nE: DEVNUM=%03u\n"
      "E: DEVTYPE=usb_device\nE: DRIVER=usb\nE: MAJOR=189\nE: MINOR=%u\nE: SUBSYSTEM=usb\n",
      path, plug->number, plug->number, plug->number, plug->number - 1);
  g_string_append_printf (text, "A: busnum=1\\n\nA: devnum=%u\\n\nA: dev=189:%u\\n\n", plug->number, plug->number - 1);
  add_attribute (text, "idVendor", plug->vendor);
  add_attribute (text, "idProduct", plug->product);
  add_attribute (text, "bDeviceClass", plug->class);
  add_attribute (text, "speed", plug->speed);
  add_attribute (text, "manufacturer", plug->manufacturer);
  add_attribute (text, "product", plug->name);
  add_attribute (text, "serial", plug->serial);
  g_string_append_printf (text, "H: descriptors=%s\n", plug->descriptors ? plug->descriptors : "");
  g_assert_true (umockdev_testbed_add_from_string (fixture->testbed, text->str, &error));
  g_assert_no_error (error);
}

static void
tell (Fixture *fixture, const Plug *plug, const char *action)
{
  g_autofree char *path = get_path (plug->port), *full = g_strconcat ("/sys", path, NULL);

  umockdev_testbed_uevent (fixture->testbed, full, action);
}

static void
take (Fixture *fixture, const Plug *plug)
{
  g_autofree char *path = get_path (plug->port), *full = g_strconcat ("/sys", path, NULL);

  tell (fixture, plug, "remove");
  umockdev_testbed_remove_device (fixture->testbed, full);
}

static void
on_changed (Fixture *fixture)
{
  fixture->n_changes++;
}

static void
look (Fixture *fixture)
{
  fixture->source = G_LIST_MODEL (dio_usb_host_source_new ());
  g_signal_connect_swapped (fixture->source, "items-changed", G_CALLBACK (on_changed), fixture);
}

/* "PORT NAME" of each. */
static char *
list (Fixture *fixture)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (fixture->source); i++)
    {
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (fixture->source, i);

      g_string_append_printf (all, "%s%s %s", i > 0 ? ", " : "", dio_usb_device_get_port (device),
                              dio_usb_device_get_name (device));
    }
  return g_string_free_and_steal (g_steal_pointer (&all));
}

static void
check_list (Fixture *fixture, const char *expected)
{
  g_autofree char *is = list (fixture);

  g_assert_cmpstr (is, ==, expected);
}

static void
wait_for (Fixture *fixture, guint n)
{
  while (g_list_model_get_n_items (fixture->source) != n)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const Plug root_hub = { "usb1", 1, "1d6b", "0002", "09", "480", NULL, "Linux 6.12 xhci-hcd", "xHCI", NULL };

  open_errno = 0;
  node_mode = S_IFCHR | 0600;
  node_number = makedev (189, 3);
  n_opened = 0;
  fixture->testbed = umockdev_testbed_new ();
  add (fixture, &root_hub);
}

/* The thread that opened a device lets go of the source a little later than its answer comes. */
static void
let_go (Fixture *fixture)
{
  GWeakRef ref;
  gpointer left;

  g_weak_ref_init (&ref, fixture->source);
  g_clear_object (&fixture->source);
  while ((left = g_weak_ref_get (&ref)))
    {
      g_object_unref (left);
      g_thread_yield ();
    }
  g_weak_ref_clear (&ref);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->result);
  let_go (fixture);
  g_clear_object (&fixture->testbed);
}

static void
test_enumerate (Fixture *fixture, gconstpointer data)
{
  static const Plug far = { "1-10", 7, "0403", "6001", "00", "12", NULL, "FTDI", "FT232R USB UART", "A50285BI" };
  g_autoptr (DioUsbDevice) device = NULL;

  add (fixture, &far);
  add (fixture, &keyboard);
  add (fixture, &stick);
  look (fixture);
  check_list (fixture, "1-2 Kingston DataTraveler 3.0, 1-3 Holtek Semiconductor Keyboard, 1-10 FTDI FT232R USB UART");
  device = g_list_model_get_item (fixture->source, 0);
  g_assert_cmpstr (dio_usb_device_get_id (device), ==, "1-2@4");
  g_assert_cmphex (dio_usb_device_get_vendor (device), ==, 0x0951);
  g_assert_cmphex (dio_usb_device_get_product (device), ==, 0x1666);
  g_assert_cmpstr (dio_usb_device_get_serial (device), ==, "60A44C41");
  g_assert_cmpstr (dio_usb_device_get_sysfs_path (device), ==, "/sys" HOST "usb1/1-2");
  g_assert_cmpstr (dio_usb_device_get_node (device), ==, "/dev/bus/usb/001/004");
  g_assert_cmpint (dio_usb_device_get_speed (device), ==, DIO_USB_SPEED_HIGH);
  g_assert_cmpint (dio_usb_device_get_kind (device), ==, DIO_USB_KIND_STORAGE);
  g_assert_null (dio_usb_source_get_trouble (DIO_USB_SOURCE (fixture->source)));
}

/* A headset is one thing, whatever it is made of; what is in a hub in a hub is there, and so are they. */
static void
test_composite (Fixture *fixture, gconstpointer data)
{
  static const Plug hub = { "1-4", 8, "05e3", "0610", "09", "480", NULL, "GenesysLogic", "USB2.1 Hub", NULL };
  static const Plug inner = { "1-4.2", 9, "05e3", "0610", "09", "480", NULL, "GenesysLogic", "USB2.1 Hub", NULL };
  static const Plug headset = { "1-4.2.1",  10,     "046d", "0a44", "ef", "12", COMPOSITE_DESCRIPTORS,
                                "Logitech", "H390", NULL };
  g_autoptr (DioUsbDevice) outside = NULL, device = NULL;

  add (fixture, &hub);
  add (fixture, &inner);
  add (fixture, &headset);
  look (fixture);
  check_list (fixture, "1-4 GenesysLogic USB2.1 Hub, 1-4.2 GenesysLogic USB2.1 Hub, 1-4.2.1 Logitech H390");
  outside = g_list_model_get_item (fixture->source, 0);
  g_assert_cmpint (dio_usb_device_get_kind (outside), ==, DIO_USB_KIND_HUB);
  g_assert_cmpint (dio_usb_source_get_guard (DIO_USB_SOURCE (fixture->source), outside), ==, DIO_USB_GUARD_HUB);
  device = g_list_model_get_item (fixture->source, 2);
  g_assert_cmpint (dio_usb_device_get_kind (device), ==, DIO_USB_KIND_AUDIO);
  g_assert_cmpint (dio_usb_source_get_guard (DIO_USB_SOURCE (fixture->source), device), ==, DIO_USB_GUARD_NONE);
}

/* Strings, numbers and descriptors that no device should have. */
static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  static const char override[] = "pdf\xe2\x80\xae"
                                 "exe\xff\xfe\n\x1b[2Jx\n";
  static const char *const bad[] = { "zzzz", "", "12345", "-1", "0x951" };
  g_autofree char *path = get_path ("1-2"), *full = g_strconcat ("/sys", path, NULL);
  g_autofree char *large = g_strnfill (10000, 'A');
  g_autoptr (DioUsbDevice) device = NULL;
  Plug plug = stick;

  plug.descriptors = "ffff0904";
  add (fixture, &plug);
  umockdev_testbed_set_attribute_binary (fixture->testbed, full, "product", (guint8 *) override, sizeof override - 1);
  umockdev_testbed_set_attribute (fixture->testbed, full, "manufacturer", large);
  umockdev_testbed_set_attribute (fixture->testbed, full, "serial", large);
  umockdev_testbed_set_attribute (fixture->testbed, full, "speed", "1e99");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *port = g_strdup_printf ("1-%u", 3 + i);

      plug.port = port;
      plug.number = 20 + i;
      plug.vendor = bad[i];
      add (fixture, &plug);
    }
  look (fixture);
  g_assert_cmpint (g_list_model_get_n_items (fixture->source), ==, 1);
  device = g_list_model_get_item (fixture->source, 0);
  g_assert_true (g_utf8_validate (dio_usb_device_get_name (device), -1, NULL));
  g_assert_cmpint (g_utf8_strlen (dio_usb_device_get_name (device), -1), <, 105);
  g_assert_nonnull (strstr (dio_usb_device_get_name (device), "pdfexe"));
  g_assert_null (strpbrk (dio_usb_device_get_name (device), "\n\x1b"));
  g_assert_cmpint (dio_usb_device_get_speed (device), ==, DIO_USB_SPEED_UNKNOWN);
  g_assert_cmpint (dio_usb_device_get_kind (device), ==, DIO_USB_KIND_OTHER);
}

static void
test_plug (Fixture *fixture, gconstpointer data)
{
  add (fixture, &stick);
  look (fixture);
  add (fixture, &keyboard);
  tell (fixture, &keyboard, "bind");
  wait_for (fixture, 2);
  check_list (fixture, "1-2 Kingston DataTraveler 3.0, 1-3 Holtek Semiconductor Keyboard");
  /* What is known is not told again. */
  fixture->n_changes = 0;
  tell (fixture, &keyboard, "change");
  tell (fixture, &keyboard, "bind");
  tell (fixture, &stick, "unbind");
  take (fixture, &stick);
  wait_for (fixture, 1);
  g_assert_cmpint (fixture->n_changes, ==, 1);
  check_list (fixture, "1-3 Holtek Semiconductor Keyboard");
}

/* Nothing binds it, as where the kernel is old: it is told all the same, later. */
static void
test_no_bind (Fixture *fixture, gconstpointer data)
{
  gint64 begin;

  look (fixture);
  add (fixture, &stick);
  begin = g_get_monotonic_time ();
  tell (fixture, &stick, "unbind");
  wait_for (fixture, 1);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, G_USEC_PER_SEC / 2);
}

/* It is pulled out while its drivers are waited for; and the source goes while one is. */
static void
test_pulled_early (Fixture *fixture, gconstpointer data)
{
  look (fixture);
  add (fixture, &stick);
  take (fixture, &stick);
  add (fixture, &keyboard);
  tell (fixture, &keyboard, "bind");
  wait_for (fixture, 1);
  check_list (fixture, "1-3 Holtek Semiconductor Keyboard");
  g_assert_cmpint (fixture->n_changes, ==, 1);
  add (fixture, &stick);
  tell (fixture, &keyboard, "remove");
  while (fixture->n_changes < 2)
    g_main_context_iteration (NULL, TRUE);
}

/* While udev has not gone through its rules, nobody but root may open it: it comes when it is ready. */
static void
test_not_ready (Fixture *fixture, gconstpointer data)
{
  g_autofree char *root = umockdev_testbed_get_root_dir (fixture->testbed);
  g_autofree char *database = g_build_filename (root, "run", "udev", "data", NULL);

  g_assert_cmpint (g_mkdir_with_parents (database, 0700), ==, 0);
  add (fixture, &stick);
  look (fixture);
  check_list (fixture, "");
  tell (fixture, &stick, "bind");
  wait_for (fixture, 1);
}

/* The end of the first was lost; the second is at the same port. */
static void
test_lost_end (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = get_path ("1-2"), *full = g_strconcat ("/sys", path, NULL);
  g_autoptr (DioUsbDevice) device = NULL;

  add (fixture, &stick);
  look (fixture);
  umockdev_testbed_set_attribute (fixture->testbed, full, "devnum", "5");
  umockdev_testbed_set_attribute (fixture->testbed, full, "product", "Another");
  fixture->n_changes = 0;
  tell (fixture, &stick, "bind");
  while (fixture->n_changes < 2)
    g_main_context_iteration (NULL, TRUE);
  check_list (fixture, "1-2 Kingston Another");
  device = g_list_model_get_item (fixture->source, 0);
  g_assert_cmpstr (dio_usb_device_get_id (device), ==, "1-2@5");
}

static void
test_burst (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = get_path ("1-2"), *full = g_strconcat ("/sys", path, NULL);

  add (fixture, &keyboard);
  add (fixture, &stick);
  look (fixture);
  fixture->n_changes = 0;
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", 6 + i % 120), *id = g_strdup_printf ("1-2@%s", number);
      g_autoptr (DioUsbDevice) device = NULL;

      tell (fixture, &stick, "remove");
      wait_for (fixture, 1);
      umockdev_testbed_set_attribute (fixture->testbed, full, "devnum", number);
      tell (fixture, &stick, "add");
      tell (fixture, &stick, "bind");
      wait_for (fixture, 2);
      device = g_list_model_get_item (fixture->source, 0);
      g_assert_cmpstr (dio_usb_device_get_id (device), ==, id);
    }
  g_assert_cmpint (fixture->n_changes, ==, 400);
  check_list (fixture, "1-2 Kingston DataTraveler 3.0, 1-3 Holtek Semiconductor Keyboard");
}

/* Dozens at once, of which half go again before anybody looks. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  look (fixture);
  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *port = g_strdup_printf ("1-%u", 40 - i);
      Plug plug = stick;

      plug.port = port;
      plug.number = 10 + i;
      add (fixture, &plug);
      tell (fixture, &plug, "bind");
      if (i % 2)
        take (fixture, &plug);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  wait_for (fixture, 20);
  for (guint i = 1; i < 20; i++)
    {
      g_autoptr (DioUsbDevice) before = g_list_model_get_item (fixture->source, i - 1);
      g_autoptr (DioUsbDevice) device = g_list_model_get_item (fixture->source, i);

      g_assert_cmpint (atoi (dio_usb_device_get_port (before) + 2), <, atoi (dio_usb_device_get_port (device) + 2));
    }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Fixture *) user_data)->result = g_object_ref (result);
}

static int
open_first (Fixture *fixture, GCancellable *cancellable, GError **error)
{
  g_autoptr (DioUsbDevice) device = g_list_model_get_item (fixture->source, 0);
  int fd;

  dio_usb_source_open_async (DIO_USB_SOURCE (fixture->source), device, NULL, cancellable, on_opened, fixture);
  while (!fixture->result)
    g_main_context_iteration (NULL, TRUE);
  fd = dio_usb_source_open_finish (DIO_USB_SOURCE (fixture->source), fixture->result, error);
  g_clear_object (&fixture->result);
  dio_usb_source_release (DIO_USB_SOURCE (fixture->source), device);
  return fd;
}

static void
check_refused (Fixture *fixture, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (open_first (fixture, NULL, &error), ==, -1);
  g_assert_error (error, DIO_USB_ERROR, code);
  g_assert_nonnull (strstr (error->message, "“Kingston DataTraveler 3.0”"));
}

static void
test_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL, cancelled = NULL;
  g_autofd int fd = -1;

  add (fixture, &stick);
  look (fixture);
  fd = open_first (fixture, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (n_opened, ==, 1);
  g_cancellable_cancel (cancellable);
  g_assert_cmpint (open_first (fixture, cancellable, &cancelled), ==, -1);
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (n_opened, ==, 1);
}

static void
test_open_errors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add (fixture, &stick);
  look (fixture);
  open_errno = EACCES;
  check_refused (fixture, DIO_USB_ERROR_DENIED);
  open_errno = EPERM;
  check_refused (fixture, DIO_USB_ERROR_DENIED);
  open_errno = ENODEV;
  check_refused (fixture, DIO_USB_ERROR_GONE);
  open_errno = ENOENT;
  check_refused (fixture, DIO_USB_ERROR_GONE);
  open_errno = EBUSY;
  check_refused (fixture, DIO_USB_ERROR_BUSY);
  open_errno = EMFILE;
  g_assert_cmpint (open_first (fixture, NULL, &error), ==, -1);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
}

/* A node that is no device, another kind of device, or another device's. */
static void
test_wrong_node (Fixture *fixture, gconstpointer data)
{
  const guint n_files = 64;
  g_autofree char *path = get_path ("1-2"), *full = g_strconcat ("/sys", path, NULL);
  g_autofd int before = dup (0), after = -1;

  add (fixture, &stick);
  look (fixture);
  node_mode = S_IFREG | 0600;
  check_refused (fixture, DIO_USB_ERROR_GONE);
  node_mode = S_IFCHR | 0600;
  node_number = makedev (189, 4);
  check_refused (fixture, DIO_USB_ERROR_GONE);
  umockdev_testbed_set_attribute (fixture->testbed, full, "dev", "1:3");
  node_number = makedev (1, 3);
  for (guint i = 0; i < n_files; i++)
    check_refused (fixture, DIO_USB_ERROR_GONE);
  /* None of them stayed open. */
  after = dup (0);
  g_assert_cmpint (after, <, before + (int) n_files);
}

static void
test_guard (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DioUsbDevice) device = NULL;
  GError *error = NULL;

  add (fixture, &keyboard);
  umockdev_testbed_add_from_string (
      fixture->testbed,
      "P: " HOST "usb1/1-3/1-3:1.0/0003:04D9:0169.0001/input/input7\nE: SUBSYSTEM=input\n"
      "A: capabilities/key=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\\n\n",
      &error);
  g_assert_no_error (error);
  look (fixture);
  device = g_list_model_get_item (fixture->source, 0);
  g_assert_cmpint (dio_usb_source_get_guard (DIO_USB_SOURCE (fixture->source), device), ==, DIO_USB_GUARD_INPUT);
}

static void
test_access (void)
{
  g_autofree char *command = dio_usb_access_dup_command ();
  g_auto (GStrv) words = NULL;

  g_assert_true (g_shell_parse_argv (command, NULL, &words, NULL));
  g_assert_cmpstr (words[0], ==, "sudo");
  g_assert_true (g_str_has_suffix (words[4], "/70-diorama-usb.rules"));
  g_assert_true (g_file_test (words[4], G_FILE_TEST_IS_REGULAR));
  dio_usb_access_has_rule ();
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "enumerate", test_enumerate },
    { "composite", test_composite },
    { "hostile", test_hostile },
    { "plug", test_plug },
    { "no-bind", test_no_bind },
    { "pulled-early", test_pulled_early },
    { "not-ready", test_not_ready },
    { "lost-end", test_lost_end },
    { "burst", test_burst },
    { "many", test_many },
    { "open", test_open },
    { "open-errors", test_open_errors },
    { "wrong-node", test_wrong_node },
    { "guard", test_guard },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/usb-host/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  g_test_add_func ("/usb-host/access", test_access);
  return g_test_run ();
}
