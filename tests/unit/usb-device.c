/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/device.h"
#include "usb/host-facts.h"
#include "usb/kind.h"
#include "usb/source.h"
#include "usb/text.h"

#include <string.h>

static void
check_clean (const char *text, guint limit, const char *expected)
{
  g_autofree char *clean = dio_usb_text_clean (text, limit);

  g_assert_cmpstr (clean, ==, expected);
  g_assert_true (!clean || (g_utf8_validate (clean, -1, NULL) && g_utf8_strlen (clean, -1) <= (glong) limit));
}

static void
test_clean (void)
{
  check_clean (NULL, 40, NULL);
  check_clean ("", 40, NULL);
  check_clean (" \t\n\x01\x7f ", 40, NULL);
  check_clean ("...", 40, NULL);
  check_clean ("  USB\t Audio\r\n", 40, "USB Audio");
  check_clean ("a\x1b[31mred\x07", 40, "a [31mred");
  check_clean ("stick\xff\xfe", 40, "stick\xef\xbf\xbd\xef\xbf\xbd");
  /* Overrides and isolates (U+202E, U+2066), marks of direction (U+200F), nothing (U+200B), tags (U+E0041). */
  check_clean ("exe\xe2\x80\xaetxt.\xe2\x81\xa6x\xe2\x80\x8fy", 40, "exetxt.xy");
  check_clean ("key\xe2\x80\x8b"
               "board\xf3\xa0\x81\x81",
               40, "keyboard");
  check_clean ("one\xe2\x80\xa8two\xe2\x80\xa9three\xc2\xa0"
               "four",
               40, "one two three four");
  /* A heap of accents; an accent alone. */
  check_clean ("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81x", 40, "e\xcc\x81\xcc\x81x");
  check_clean ("\xd9\x85\xd8\xa7\xd9\x88\xd8\xb3", 40, "\xd9\x85\xd8\xa7\xd9\x88\xd8\xb3");
  check_clean ("123456", 5, "1234…");
  check_clean ("12345", 5, "12345");
  check_clean (" 123  5 ", 5, "123 5");
}

static void
test_long (void)
{
  g_autofree char *text = g_strnfill (10000, 'x'), *spaces = g_strnfill (10000, ' ');
  g_autoptr (GString) wide = g_string_new (NULL);
  g_autofree char *clean = dio_usb_text_clean (text, 60);

  g_assert_cmpint (g_utf8_strlen (clean, -1), ==, 60);
  check_clean (spaces, 60, NULL);
  /* Cut off within a character. */
  for (guint i = 0; i < 4000; i++)
    g_string_append (wide, i % 2 ? "\xf0\x9d\x84\x9e" : "\xe4\xb8\xad");
  g_free (clean);
  clean = dio_usb_text_clean (wide->str, 60);
  g_assert_true (g_utf8_validate (clean, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (clean, -1), ==, 60);
}

static void
check_vendor (const char *vendor, const char *expected)
{
  g_autofree char *short_name = dio_usb_text_shorten_vendor (vendor);

  g_assert_cmpstr (short_name, ==, expected);
}

static void
test_vendors (void)
{
  check_vendor ("Logitech, Inc.", "Logitech");
  check_vendor ("SanDisk Corp.", "SanDisk");
  check_vendor ("Realtek Semiconductor Corp.", "Realtek Semiconductor");
  check_vendor ("Chicony Electronics Co., Ltd", "Chicony Electronics");
  check_vendor ("Seiko Epson Corp.", "Seiko Epson");
  check_vendor ("Google Inc.", "Google");
  check_vendor ("QinHeng Electronics", "QinHeng Electronics");
  check_vendor ("Genesys Logic, Inc. (GL)", "Genesys Logic");
  check_vendor ("Cisco", "Cisco");
  check_vendor ("Ltd", "Ltd");
  check_vendor ("Co., Ltd", "Co.");
}

static DioUsbDevice *
make (const DioUsbFacts *facts)
{
  DioUsbFacts whole = *facts;

  whole.id = "1-1@2";
  return dio_usb_device_new (&whole);
}

static void
check_name (const DioUsbFacts *facts, const char *expected)
{
  g_autoptr (DioUsbDevice) device = make (facts);

  g_assert_cmpstr (dio_usb_device_get_name (device), ==, expected);
}
#define NAME(expected, ...) check_name (&(DioUsbFacts) { __VA_ARGS__ }, expected)

static void
test_names (void)
{
  const DioUsbInterface keyboard = { 0x03, 0x01, 0x01 };
  g_autofree char *large = g_strnfill (10000, 'A');
  g_autoptr (DioUsbDevice) device = NULL;

  NAME ("Kingston DataTraveler 3.0", .vendor_name = "Kingston", .product_name = "DataTraveler 3.0",
        .known_vendor = "Kingston Technology", .known_product = "DataTraveler 100 G3");
  NAME ("Logitech Webcam C920", .vendor_name = "Logitech, Inc.", .product_name = "Logitech Webcam C920");
  NAME ("HD Pro Webcam by logitech", .vendor_name = "Logitech", .product_name = "HD Pro Webcam by logitech");
  NAME ("QinHeng Electronics CH340 serial converter", .known_vendor = "QinHeng Electronics",
        .known_product = "CH340 serial converter");
  NAME ("Seagate Backup+ Hub", .known_vendor = "Seagate RSS LLC", .product_name = "Seagate Backup+ Hub");
  NAME ("Only a product", .product_name = "Only a product");
  NAME ("Keyboard (Cherry)", .known_vendor = "Cherry GmbH", .interfaces = &keyboard, .n_interfaces = 1);
  NAME ("Keyboard", .interfaces = &keyboard, .n_interfaces = 1);
  NAME ("USB device");
  NAME ("USB device", .vendor_name = "\xe2\x80\xae", .product_name = "\x01\x02");
  NAME ("USB device (Evil)", .vendor_name = "E\xe2\x80\xaevil", .product_name = "  ");
  device = make (&(DioUsbFacts) { .vendor_name = large, .product_name = large, .serial = large, .port = large });
  g_assert_cmpint (g_utf8_strlen (dio_usb_device_get_name (device), -1), <=, 101);
  g_assert_cmpint (g_utf8_strlen (dio_usb_device_get_serial (device), -1), <=, 128);
  g_assert_cmpint (g_utf8_strlen (dio_usb_device_get_port (device), -1), <=, 128);
}

static void
check_kind (DioUsbKind expected, guint vendor, guint product, guint class, guint hints, const char *interfaces)
{
  g_auto (GStrv) words = g_strsplit (interfaces, " ", -1);
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (DioUsbInterface));
  g_autoptr (DioUsbDevice) device = NULL;

  for (char **word = words; *word; word++)
    {
      guint64 number = g_ascii_strtoull (*word, NULL, 16);
      DioUsbInterface interface = { (guint8) (number >> 16), (guint8) (number >> 8), (guint8) number };

      g_array_append_val (array, interface);
    }
  device = make (&(DioUsbFacts) { .vendor = (guint16) vendor,
                                  .product = (guint16) product,
                                  .device_class = (guint8) class,
                                  .interfaces = (const DioUsbInterface *) array->data,
                                  .n_interfaces = array->len,
                                  .hints = hints });
  g_test_message ("%04x:%04x %s", vendor, product, interfaces);
  g_assert_cmpint (dio_usb_device_get_kind (device), ==, expected);
  g_assert_cmpstr (dio_usb_device_get_kind_name (device), ==, dio_usb_kind_get_name (expected));
  g_assert_cmpstr (dio_usb_device_get_icon_name (device), ==, dio_usb_kind_get_icon_name (expected));
}

/* As real devices have them. */
static void
test_kinds (void)
{
  check_kind (DIO_USB_KIND_HUB, 0x05e3, 0x0610, 0x09, 0, "090001 090002");
  check_kind (DIO_USB_KIND_HUB, 0x1d6b, 0x0002, 0x09, 0, "");
  check_kind (DIO_USB_KIND_STORAGE, 0x0951, 0x1666, 0, 0, "080650");
  check_kind (DIO_USB_KIND_STORAGE, 0x0bda, 0x9210, 0, 0, "080650 080662"); /* UAS */
  check_kind (DIO_USB_KIND_PRINTER, 0x04b8, 0x0202, 0, 0, "ffffff 070102 080650");
  check_kind (DIO_USB_KIND_PHONE, 0x04e8, 0x6860, 0, 0, "060101 020201 0a0000 ff4201");
  check_kind (DIO_USB_KIND_PHONE, 0x18d1, 0x4ee3, 0, 0, "e00103 0a0000 ff4201"); /* tethering */
  check_kind (DIO_USB_KIND_PHONE, 0x05ac, 0x12a8, 0, 0, "060101 010100 010200 fffe02 ff0001");
  check_kind (DIO_USB_KIND_PHONE, 0x18d1, 0x4ee0, 0, 0, "ff4203");
  check_kind (DIO_USB_KIND_PHONE, 0x2717, 0xff40, 0, 1u << DIO_USB_KIND_PHONE, "ffff00");
  check_kind (DIO_USB_KIND_CAMERA, 0x04a9, 0x3218, 0, 0, "060101");
  check_kind (DIO_USB_KIND_CAMERA, 0x046d, 0x082d, 0xef, 0, "0e0100 0e0200 010100 010200");
  check_kind (DIO_USB_KIND_AUDIO, 0x046d, 0x0a44, 0, 0, "010100 010200 010200 030000");
  check_kind (DIO_USB_KIND_NETWORK, 0x0bda, 0x8153, 0, 0, "ffff00 020600 0a0000 0a0000");
  check_kind (DIO_USB_KIND_NETWORK, 0x1d6b, 0x0104, 0x02, 0, "020d00 0a0001");
  check_kind (DIO_USB_KIND_NETWORK, 0x0525, 0xa4a2, 0x02, 0, "0202ff 0a0000 e00103");
  check_kind (DIO_USB_KIND_NETWORK, 0x12d1, 0x1f01, 0, 1u << DIO_USB_KIND_NETWORK, "ff0201 080650");
  check_kind (DIO_USB_KIND_SERIAL, 0x2341, 0x0043, 0x02, 0, "020201 0a0000");
  check_kind (DIO_USB_KIND_SERIAL, 0x0403, 0x6001, 0, 0, "ffffff");
  check_kind (DIO_USB_KIND_SERIAL, 0x1a86, 0x7523, 0xff, 0, "ff0102");
  check_kind (DIO_USB_KIND_SERIAL, 0x10c4, 0xea60, 0, 0, "ff0000");
  check_kind (DIO_USB_KIND_SERIAL, 0x067b, 0x2303, 0, 0, "ff0000");
  check_kind (DIO_USB_KIND_SERIAL, 0x9999, 0x0001, 0, 1u << DIO_USB_KIND_SERIAL, "ff0000");
  check_kind (DIO_USB_KIND_BLUETOOTH, 0x0a12, 0x0001, 0xe0, 0, "e00101 e00101");
  check_kind (DIO_USB_KIND_SMART_CARD, 0x08e6, 0x3437, 0, 0, "0b0000");
  check_kind (DIO_USB_KIND_SMART_CARD, 0x1050, 0x0407, 0, 0, "030101 030000 0b0000");
  check_kind (DIO_USB_KIND_SMART_CARD, 0x1050, 0x0120, 0, 0, "030000");
  check_kind (DIO_USB_KIND_SMART_CARD, 0x9999, 0x0002, 0, 1u << DIO_USB_KIND_SMART_CARD, "030000");
  check_kind (DIO_USB_KIND_KEYBOARD, 0x04d9, 0x0169, 0, 0, "030101 030000");
  check_kind (DIO_USB_KIND_KEYBOARD, 0x046d, 0xc52b, 0, 0, "030101 030102 030000");
  check_kind (DIO_USB_KIND_POINTER, 0x046d, 0xc077, 0, 0, "030102");
  check_kind (DIO_USB_KIND_POINTER, 0x056a, 0x0374, 0, 1u << DIO_USB_KIND_POINTER, "030000");
  check_kind (DIO_USB_KIND_GAME_CONTROLLER, 0x045e, 0x028e, 0xff, 0, "ff5d01 ff5d03 ff5d02 fffd13");
  check_kind (DIO_USB_KIND_GAME_CONTROLLER, 0x045e, 0x02ea, 0xff, 0, "ff47d0 ff47d0 ff47d0");
  check_kind (DIO_USB_KIND_GAME_CONTROLLER, 0x0079, 0x0006, 0, 1u << DIO_USB_KIND_GAME_CONTROLLER, "030000");
  check_kind (DIO_USB_KIND_OTHER, 0x16c0, 0x05dc, 0xff, 0, "ff0000");
  check_kind (DIO_USB_KIND_OTHER, 0x1234, 0x5678, 0, 0, "");
}

/* The 33rd is not looked at. */
static void
test_many_interfaces (void)
{
  DioUsbInterface interfaces[33] = { 0 };
  DioUsbFacts facts = { .id = "x", .interfaces = interfaces, .n_interfaces = 33 };
  g_autoptr (DioUsbDevice) device = NULL, other = NULL;

  interfaces[32] = (DioUsbInterface) { 0x08, 0x06, 0x50 };
  device = dio_usb_device_new (&facts);
  g_assert_cmpint (dio_usb_device_get_kind (device), ==, DIO_USB_KIND_OTHER);
  interfaces[31] = interfaces[32];
  other = dio_usb_device_new (&facts);
  g_assert_cmpint (dio_usb_device_get_kind (other), ==, DIO_USB_KIND_STORAGE);
}

static gboolean
has_icon (const char *name)
{
  static const char *const folders[] = { "/usr/share/icons/Adwaita/symbolic/devices",
                                         "/usr/share/icons/Adwaita/symbolic/status" };
  g_autofree char *file = g_strconcat (name, ".svg", NULL);
  g_autofree char *own = g_build_filename (g_getenv ("DIORAMA_TEST_SRCDIR"), "..", "data", "icons", "hicolor",
                                           "symbolic", "devices", file, NULL);
  gboolean found = g_file_test (own, G_FILE_TEST_EXISTS);

  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (folders[i], file, NULL);

      found |= g_file_test (path, G_FILE_TEST_EXISTS);
    }
  return found;
}

static void
test_icons (void)
{
  for (guint kind = 0; kind <= DIO_USB_KIND_OTHER; kind++)
    {
      g_test_message ("%s: %s", dio_usb_kind_get_name (kind), dio_usb_kind_get_icon_name (kind));
      g_assert_true (has_icon (dio_usb_kind_get_icon_name (kind)));
      g_assert_cmpstr (dio_usb_kind_get_name (kind), !=, "");
    }
  g_assert_false (has_icon ("no-such-icon-symbolic"));
}

static void
test_speeds (void)
{
  static const char *const names[] = { NULL,
                                       "USB 1, 1.5 Mbit/s",
                                       "USB 1, 12 Mbit/s",
                                       "USB 2, 480 Mbit/s",
                                       "USB 3, 5 Gbit/s",
                                       "USB 3, 10 Gbit/s",
                                       "USB 3, 20 Gbit/s",
                                       NULL };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (DioUsbDevice) device = make (&(DioUsbFacts) { .speed = i });

      g_assert_cmpstr (dio_usb_device_get_speed_name (device), ==, names[i]);
    }
}

static void
count (guint *n)
{
  (*n)++;
}

static void
test_state (void)
{
  g_autoptr (DioUsbDevice) device = make (&(DioUsbFacts) { 0 });
  g_autofree char *holder = NULL;
  DioUsbDeviceState state;
  guint n_states = 0, n_holders = 0;

  g_signal_connect_swapped (device, "notify::state", G_CALLBACK (count), &n_states);
  g_signal_connect_swapped (device, "notify::holder", G_CALLBACK (count), &n_holders);
  dio_usb_device_set_state (device, DIO_USB_DEVICE_FREE, NULL);
  g_assert_cmpint (n_states + n_holders, ==, 0);
  dio_usb_device_set_state (device, DIO_USB_DEVICE_CONNECTING, "Fedora");
  dio_usb_device_set_state (device, DIO_USB_DEVICE_CONNECTED, "Fedora");
  g_assert_cmpint (n_states, ==, 2);
  g_assert_cmpint (n_holders, ==, 1);
  g_object_get (device, "state", &state, "holder", &holder, NULL);
  g_assert_cmpint (state, ==, DIO_USB_DEVICE_CONNECTED);
  g_assert_cmpstr (holder, ==, "Fedora");
  dio_usb_device_set_state (device, DIO_USB_DEVICE_FREE, NULL);
  g_assert_null (dio_usb_device_get_holder (device));
  g_assert_finalize_object (g_steal_pointer (&device));
}

static void
test_sentences (void)
{
  g_assert_null (dio_usb_guard_get_sentence (DIO_USB_GUARD_NONE));
  for (DioUsbGuard guard = DIO_USB_GUARD_INPUT; guard <= DIO_USB_GUARD_HUB; guard++)
    g_assert_true (g_str_has_suffix (dio_usb_guard_get_sentence (guard), "."));
}

/* Of an Arduino: device, configuration, association, interface, functional descriptors, endpoint, interface. */
static const guint8 arduino[] = { 0x12, 0x01, 0x10, 0x01, 0x02, 0x00, 0x00, 0x08, 0x41, 0x23, 0x43, 0x00, 0x01,
                                  0x00, 0x01, 0x02, 0xdc, 0x01, 0x09, 0x02, 0x3e, 0x00, 0x02, 0x01, 0x00, 0xc0,
                                  0x32, 0x09, 0x04, 0x00, 0x00, 0x01, 0x02, 0x02, 0x01, 0x00, 0x05, 0x24, 0x00,
                                  0x10, 0x01, 0x04, 0x24, 0x02, 0x06, 0x05, 0x24, 0x06, 0x00, 0x01, 0x05, 0x24,
                                  0x01, 0x03, 0x01, 0x07, 0x05, 0x82, 0x03, 0x08, 0x00, 0xff, 0x09, 0x04, 0x01,
                                  0x00, 0x02, 0x0a, 0x00, 0x00, 0x00, 0x07, 0x05, 0x04, 0x02, 0x40, 0x00, 0x01,
                                  0x07, 0x05, 0x83, 0x02, 0x40, 0x00, 0x01 };

static void
test_descriptors (void)
{
  g_autoptr (GArray) whole = dio_usb_host_parse_descriptors (arduino, sizeof arduino);
  DioUsbInterface *first = (DioUsbInterface *) whole->data;

  g_assert_cmpint (whole->len, ==, 2);
  g_assert_cmpint (first[0].class, ==, 0x02);
  g_assert_cmpint (first[0].subclass, ==, 0x02);
  g_assert_cmpint (first[0].protocol, ==, 0x01);
  g_assert_cmpint (first[1].class, ==, 0x0a);
  /* Cut off anywhere, each byte wrong in any way: it ends, within what there is. */
  for (gsize size = 0; size <= sizeof arduino; size++)
    {
      g_autofree guint8 *copy = g_memdup2 (arduino, size);
      g_autoptr (GArray) part = dio_usb_host_parse_descriptors (copy, size);

      g_assert_cmpint (part->len, ==, (size >= 36 ? 1 : 0) + (size >= 71 ? 1 : 0));
    }
  for (gsize at = 0; at < sizeof arduino; at++)
    for (guint value = 0; value < 256; value++)
      {
        g_autofree guint8 *copy = g_memdup2 (arduino, sizeof arduino);
        g_autoptr (GArray) part = NULL;

        copy[at] = (guint8) value;
        part = dio_usb_host_parse_descriptors (copy, sizeof arduino);
        g_assert_cmpint (part->len, <=, sizeof arduino / 9);
      }
}

/* Shorter than what it says it is. */
static void
test_short_descriptor (void)
{
  static const guint8 data[] = { 0x08, 0x04, 0x00, 0x00, 0x01, 0x08, 0x06, 0x50, 0x00 };
  g_autoptr (GArray) interfaces = dio_usb_host_parse_descriptors (data, sizeof data);

  g_assert_cmpint (interfaces->len, ==, 0);
}

static void
test_many_descriptors (void)
{
  g_autofree guint8 *data = g_malloc0 (65536 / 9 * 9);
  g_autoptr (GArray) interfaces = NULL, none = NULL;

  for (gsize at = 0; at + 9 <= 65536; at += 9)
    {
      data[at] = 9;
      data[at + 1] = 4;
    }
  interfaces = dio_usb_host_parse_descriptors (data, 65536 / 9 * 9);
  g_assert_cmpint (interfaces->len, ==, 256);
  none = dio_usb_host_parse_descriptors (NULL, 0);
  g_assert_cmpint (none->len, ==, 0);
}

static void
test_ports (void)
{
  static const char *const sorted[] = { "1-1", "1-1.2", "1-1.10", "1-1.10.1", "1-2", "1-10", "2-1", "10-1" };

  for (gsize i = 0; i < G_N_ELEMENTS (sorted); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (sorted); k++)
      {
        int order = dio_usb_host_compare_ports (sorted[i], sorted[k]);

        g_assert_cmpint ((order > 0) - (order < 0), ==, (i > k) - (i < k));
      }
  g_assert_cmpint (dio_usb_host_compare_ports ("", "1"), <, 0);
  g_assert_cmpint (dio_usb_host_compare_ports ("a", "1"), >, 0);
}

static void
test_database (void)
{
  g_autofree char *vendor = NULL, *product = NULL, *no_vendor = NULL, *no_product = NULL;

  dio_usb_host_look_up (0x0951, 0x1666, &vendor, &product);
  g_assert_cmpstr (vendor, ==, "Kingston Technology");
  g_assert_true (g_str_has_prefix (product, "DataTraveler"));
  dio_usb_host_look_up (0xfff7, 0x0001, &no_vendor, &no_product);
  g_assert_null (no_vendor);
  g_assert_null (no_product);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb-device/clean", test_clean);
  g_test_add_func ("/usb-device/long", test_long);
  g_test_add_func ("/usb-device/vendors", test_vendors);
  g_test_add_func ("/usb-device/names", test_names);
  g_test_add_func ("/usb-device/kinds", test_kinds);
  g_test_add_func ("/usb-device/many-interfaces", test_many_interfaces);
  g_test_add_func ("/usb-device/icons", test_icons);
  g_test_add_func ("/usb-device/speeds", test_speeds);
  g_test_add_func ("/usb-device/state", test_state);
  g_test_add_func ("/usb-device/sentences", test_sentences);
  g_test_add_func ("/usb-device/descriptors", test_descriptors);
  g_test_add_func ("/usb-device/short-descriptor", test_short_descriptor);
  g_test_add_func ("/usb-device/many-descriptors", test_many_descriptors);
  g_test_add_func ("/usb-device/ports", test_ports);
  g_test_add_func ("/usb-device/database", test_database);
  return g_test_run ();
}
