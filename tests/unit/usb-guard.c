/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb-tree.h"
#include "usb/below.h"
#include "usb/blocks.h"
#include "usb/guard.h"
#include "usb/mounts-private.h"

#include <string.h>

#define MOUNTINFO "/proc/self/mountinfo"
#define SWAPS "/proc/swaps"
#define SWAPS_HEAD "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
#define BIT(kind) (1u << DIO_USB_KIND_##kind)

typedef struct
{
  UsbTree tree;
  char *device; /* at 1-2 */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = NULL;

  usb_tree_init (&fixture->tree);
  fixture->device = usb_tree_device (&fixture->tree, "1-2");
  /* What must not count: another port whose name begins the same, with the root file system on it. */
  other = usb_tree_device (&fixture->tree, "1-22");
  usb_tree_add_block (&fixture->tree, "1-22", NULL, "sda", "8:0");
  usb_tree_add_block (&fixture->tree, "1-22", "sda", "sda1", "8:1");
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  usb_tree_clear (&fixture->tree);
  g_free (fixture->device);
}

static void
check (Fixture *fixture, DioUsbKind kind, DioUsbGuard expected)
{
  g_assert_cmpint (dio_usb_guard_find (fixture->tree.root, fixture->device, kind), ==, expected);
}

static void
check_mounts (Fixture *fixture, const char *expected)
{
  g_auto (GStrv) points = dio_usb_mounts_list_at (fixture->tree.root, fixture->device);
  g_autofree char *joined = g_strjoinv (" | ", points);

  g_assert_cmpstr (joined, ==, expected);
}

static void
add_stick (Fixture *fixture)
{
  usb_tree_add_block (&fixture->tree, "1-2", NULL, "sdb", "8:16");
  usb_tree_add_block (&fixture->tree, "1-2", "sdb", "sdb1", "8:17");
  usb_tree_add_block (&fixture->tree, "1-2", "sdb", "sdb2", "8:18");
}

static void
mount (Fixture *fixture, const char *lines)
{
  g_autofree char *all = g_strconcat ("22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
                                      "28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
                                      lines, NULL);

  usb_tree_write (&fixture->tree, MOUNTINFO, all);
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  check (fixture, DIO_USB_KIND_OTHER, DIO_USB_GUARD_NONE);
  check_mounts (fixture, "");
  add_stick (fixture);
  mount (fixture, "");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
  check_mounts (fixture, "");
  check (fixture, DIO_USB_KIND_HUB, DIO_USB_GUARD_HUB);
}

static void
test_stick (Fixture *fixture, gconstpointer data)
{
  add_stick (fixture);
  mount (fixture, "60 28 8:17 / /run/media/eva/MY\\040STICK rw shared:9 - vfat /dev/sdb1 rw\n"
                  "61 28 8:18 / /media/Gr\\303\\266\\303\\237e rw - ext4 /dev/sdb2 rw\n");
  check_mounts (fixture, "/run/media/eva/MY STICK | /media/Größe");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
}

static void
test_system_places (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *point;
    DioUsbGuard guard;
  } places[] = {
    { "/", DIO_USB_GUARD_SYSTEM },
    { "/usr", DIO_USB_GUARD_SYSTEM },
    { "/usr/local", DIO_USB_GUARD_SYSTEM },
    { "/boot/efi", DIO_USB_GUARD_SYSTEM },
    { "/var", DIO_USB_GUARD_SYSTEM },
    { "/home", DIO_USB_GUARD_SYSTEM },
    { "/home/eva", DIO_USB_GUARD_SYSTEM },
    { "/home/eva/stick", DIO_USB_GUARD_NONE },
    { "/run/live/medium", DIO_USB_GUARD_SYSTEM },
    { "/run/media/eva/usr", DIO_USB_GUARD_NONE },
    { "/usrlocal", DIO_USB_GUARD_NONE },
    { "/homes", DIO_USB_GUARD_NONE },
    { "/mnt", DIO_USB_GUARD_NONE },
    { "/media/disk", DIO_USB_GUARD_NONE },
  };

  add_stick (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *line =
          g_strdup_printf ("60 28 8:17 / %s rw shared:9 master:3 - ext4 /dev/sdb1 rw\n", places[i].point);

      g_test_message ("%s", places[i].point);
      mount (fixture, line);
      check (fixture, DIO_USB_KIND_STORAGE, places[i].guard);
    }
}

/* LUKS, with LVM on it. */
static void
test_layers (Fixture *fixture, gconstpointer data)
{
  add_stick (fixture);
  usb_tree_add_holder (&fixture->tree, "sdb2", "dm-0", "253:0", "luks-1234");
  usb_tree_add_holder (&fixture->tree, "dm-0", "dm-1", "253:1", "vg-root");
  usb_tree_add_holder (&fixture->tree, "dm-0", "dm-2", "253:2", "vg-swap");
  mount (fixture, "");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
  mount (fixture, "60 28 253:1 / /mnt/x rw - ext4 /dev/mapper/vg-root rw\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
  check_mounts (fixture, "/mnt/x");
  mount (fixture, "60 28 253:1 / /usr rw - ext4 /dev/mapper/vg-root rw\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_SYSTEM);
  mount (fixture, "");
  usb_tree_write (&fixture->tree, SWAPS, SWAPS_HEAD "/dev/dm-2                               partition\t9\t0\t-2\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_SYSTEM);
  usb_tree_write (&fixture->tree, SWAPS, SWAPS_HEAD "/dev/mapper/vg-swap                     partition\t9\t0\t-2\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_SYSTEM);
  usb_tree_write (&fixture->tree, SWAPS, SWAPS_HEAD "/dev/sda3 partition 9 0 -2\n/swapfile file 9 0 -3\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
}

/* One on two disks, whose number is its own and whose source the other disk. */
static void
test_btrfs (Fixture *fixture, gconstpointer data)
{
  const char *uuid = "/sys/fs/btrfs/5d3c1a6e-0000-0000-0000-000000000001/devices/";
  g_autofree char *own = g_strconcat (uuid, "sdb1", NULL), *other = g_strconcat (uuid, "sda2", NULL);

  add_stick (fixture);
  usb_tree_add_block (&fixture->tree, "1-22", "sda", "sda2", "8:2");
  mount (fixture, "60 28 0:40 /@home /home rw shared:9 - btrfs /dev/sda2 rw,subvol=/@home\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
  mount (fixture, "60 28 0:40 /@home /home rw shared:9 - btrfs /dev/sdb1 rw,subvol=/@home\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_SYSTEM);
  usb_tree_link (&fixture->tree, own, "../../../../class/block/sdb1");
  usb_tree_link (&fixture->tree, other, "../../../../class/block/sda2");
  mount (fixture, "60 28 0:40 /@home /home rw shared:9 - btrfs /dev/sda2 rw,subvol=/@home\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_SYSTEM);
}

/* Lines that the kernel does not write, and devices that hold each other. */
static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  g_autofree char *spaces = g_strnfill (5000, ' '), *long_name = g_strnfill (5000, 'x');
  g_autofree char *lines = g_strconcat ("1\n1 2 8:17\n1 2 8:17 / /usr rw\n1 2 0:1 / /usr rw -\n1 2 0:1 / /usr rw - x\n",
                                        "1 2 0:1 / /usr rw - x \\\\\\9 rw\n", spaces, "\n", long_name, NULL);

  add_stick (fixture);
  usb_tree_add_holder (&fixture->tree, "sdb1", "dm-0", "253:0", "a");
  usb_tree_add_holder (&fixture->tree, "dm-0", "dm-1", "253:1", "b");
  usb_tree_add_holder (&fixture->tree, "dm-1", "dm-0", "253:0", "a");
  mount (fixture, lines);
  usb_tree_write (&fixture->tree, SWAPS, "\n\\\n\\777\n/dev/\n/dev/mapper/\n");
  check (fixture, DIO_USB_KIND_STORAGE, DIO_USB_GUARD_NONE);
  check_mounts (fixture, "");
}

#define ROUTE_HEAD "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
#define ZERO "00000000000000000000000000000000"

static void
test_network (Fixture *fixture, gconstpointer data)
{
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "enx0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
  usb_tree_add (&fixture->tree, "1-2", "net", NULL, "enx0");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NETWORK);
  /* Only its own network, or a route that is not up. */
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "enx0\t0002A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                             "enx0\t00000000\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
                             "enx0\t00000000\t0102A8C0\t0000\t0\t0\t0\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
  /* A better one elsewhere; a worse one. */
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "enx0\t00000000\t0102A8C0\t0003\t0\t0\t700\t00000000\t0\t0\t0\n"
                             "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "enx0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
                             "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NETWORK);
  usb_tree_write (&fixture->tree, "/proc/net/route", ROUTE_HEAD "nonsense\n\t\t\t\nenx0\t0\t0\tzz\t0\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
}

static void
test_network6 (Fixture *fixture, gconstpointer data)
{
  usb_tree_add (&fixture->tree, "1-2", "net", NULL, "enx0");
  usb_tree_write (&fixture->tree, "/proc/net/ipv6_route",
                  ZERO " 00 " ZERO " 00 " ZERO " 00000010 00000001 00000000 00200201     enx0\n"
                       "fe800000000000000000000000000000 40 " ZERO " 00 " ZERO " 00000100 1 0 00000001     enx0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
  usb_tree_write (&fixture->tree, "/proc/net/ipv6_route",
                  ZERO
                  " 00 " ZERO " 00 fe800000000000000000000000000001 00000064 00000001 00000000 00450003     enx0\n" ZERO
                  " 00 " ZERO " 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003    wlan0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NETWORK);
}

static void
test_bridge (Fixture *fixture, gconstpointer data)
{
  usb_tree_add (&fixture->tree, "1-2", "net", NULL, "enx0");
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "br0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
  usb_tree_write (&fixture->tree, "/sys/class/net/enx0/upper_bond0", "");
  usb_tree_write (&fixture->tree, "/sys/class/net/bond0/upper_bond0", "");
  usb_tree_write (&fixture->tree, "/sys/class/net/bond0/upper_br0", "");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NETWORK);
  usb_tree_write (&fixture->tree, "/proc/net/route",
                  ROUTE_HEAD "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
  check (fixture, DIO_USB_KIND_NETWORK, DIO_USB_GUARD_NONE);
}

static void
add_input (Fixture *fixture, const char *name, const char *key, const char *rel, const char *abs)
{
  g_autofree char *folder = g_strconcat ("/sys/class/input/", name, "/capabilities/", NULL);
  g_autofree char *key_file = g_strconcat (folder, "key", NULL), *rel_file = g_strconcat (folder, "rel", NULL);
  g_autofree char *abs_file = g_strconcat (folder, "abs", NULL);

  usb_tree_add (&fixture->tree, "1-2", "input", NULL, name);
  usb_tree_write (&fixture->tree, key_file, key);
  usb_tree_write (&fixture->tree, rel_file, rel);
  usb_tree_write (&fixture->tree, abs_file, abs);
}

/* The bit maps are those of real devices. */
typedef struct
{
  const char *name, *key, *rel, *abs;
  guint kinds;
  DioUsbGuard guard;
} Input;

static const Input inputs[] = {
  { "keyboard", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\n", "0\n", "0\n", BIT (KEYBOARD),
    DIO_USB_GUARD_INPUT },
  { "mouse", "ffff0000 0 0 0 0\n", "1943\n", "0\n", BIT (POINTER), DIO_USB_GUARD_INPUT },
  { "touch screen", "400 0 0 0 0 0\n", "0\n", "260800000000003\n", BIT (POINTER), DIO_USB_GUARD_INPUT },
  { "tablet", "1c03 0 0 0 0 0\n", "0\n", "1000d000003\n", BIT (POINTER), DIO_USB_GUARD_INPUT },
  { "headset", "4000000000 e000000000000 0\n", "0\n", "0\n", 0, DIO_USB_GUARD_NONE },
  { "game pad", "7fdb000000000000 0 0 0 0\n", "0\n", "3003f\n", BIT (GAME_CONTROLLER), DIO_USB_GUARD_NONE },
  { "joystick", "fff00000000 0 0 0 0\n", "0\n", "30007\n", BIT (GAME_CONTROLLER), DIO_USB_GUARD_NONE },
  { "nonsense", "zz -1 \xff\n", "", " ", 0, DIO_USB_GUARD_NONE },
};

static void
test_input (Fixture *fixture, gconstpointer data)
{
  const Input *input = data;

  check (fixture, DIO_USB_KIND_OTHER, DIO_USB_GUARD_NONE);
  add_input (fixture, "input7", input->key, input->rel, input->abs);
  g_assert_cmphex (dio_usb_below_find_kinds (fixture->tree.root, fixture->device), ==, input->kinds);
  check (fixture, input->guard == DIO_USB_GUARD_NONE ? DIO_USB_KIND_OTHER : DIO_USB_KIND_KEYBOARD, input->guard);
  /* A key that types. */
  check (fixture, DIO_USB_KIND_SMART_CARD, DIO_USB_GUARD_NONE);
}

static void
check_report (Fixture *fixture, const char *report, gsize size, guint kinds)
{
  usb_tree_write_data (&fixture->tree, "/sys/class/hidraw/hidraw3/device/report_descriptor", report, size);
  g_assert_cmphex (dio_usb_below_find_kinds (fixture->tree.root, fixture->device), ==, kinds);
}

static void
test_security_key (Fixture *fixture, gconstpointer data)
{
  usb_tree_add (&fixture->tree, "1-2", "hidraw", NULL, "hidraw3");
  check_report (fixture, "\x06\xd0\xf1\x09\x01\xa1\x01", 7, BIT (SMART_CARD));
  check_report (fixture, "\x05\x01\x09\x06\x06\xd0\xf1", 7, BIT (SMART_CARD));
  check_report (fixture, "\xfe\x02\x10\x06\xd0\x06\xd0\xf1", 8, BIT (SMART_CARD)); /* after a long item */
  check_report (fixture, "\x05\x01\x09\x06", 4, 0);
  check_report (fixture, "\x27\x06\xd0\xf1\x00", 5, 0); /* as another item's value */
  check_report (fixture, "\x06\xd0", 2, 0);
  check_report (fixture, "\x06", 1, 0);
  check_report (fixture, "\xfe", 1, 0);
  check_report (fixture, "\xfe\xff\x00\x06\xd0\xf1", 6, 0);
  check_report (fixture, "", 0, 0);
}

static void
test_drivers (Fixture *fixture, gconstpointer data)
{
  usb_tree_add (&fixture->tree, "1-2", "tty", NULL, "ttyUSB0");
  g_assert_cmphex (dio_usb_below_find_kinds (fixture->tree.root, fixture->device), ==, BIT (SERIAL));
  usb_tree_add (&fixture->tree, "1-2", "bluetooth", NULL, "hci0");
  usb_tree_add (&fixture->tree, "1-2", "net", NULL, "wwan0");
  g_assert_cmphex (dio_usb_below_find_kinds (fixture->tree.root, fixture->device), ==,
                   BIT (SERIAL) | BIT (BLUETOOTH) | BIT (NETWORK));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Fixture *, gconstpointer);
  } tests[] = {
    { "nothing", test_nothing },
    { "stick", test_stick },
    { "system-places", test_system_places },
    { "layers", test_layers },
    { "btrfs", test_btrfs },
    { "nonsense", test_nonsense },
    { "network", test_network },
    { "network6", test_network6 },
    { "bridge", test_bridge },
    { "drivers", test_drivers },
    { "security-key", test_security_key },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strconcat ("/usb-guard/", tests[i].name, NULL);

      g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (inputs); i++)
    {
      g_autofree char *path = g_strconcat ("/usb-guard/input/", inputs[i].name, NULL);

      g_test_add (path, Fixture, &inputs[i], set_up, test_input, tear_down);
    }
  return g_test_run ();
}
