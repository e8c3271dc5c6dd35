/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A device's whole way between the kernel, which is made up, and a guest, which is honest. */
#include "usb-guest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static gsize
get_heap (void)
{
  g_autofree char *contents = NULL;
  gulong pages = 0;

  g_file_get_contents ("/proc/self/statm", &contents, NULL, NULL);
  sscanf (contents, "%*u %lu", &pages);
  return pages * 4096;
}

static void
test_disk (void)
{
  UsbFixture f = { 0 };
  g_autofree guint8 *data = g_malloc (1 << 20);
  g_autofree guint8 *back = g_malloc (1 << 20);
  const UsbAnswer *answer;
  guint64 in, out;

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  g_assert_no_error (f.error);
  g_assert_cmpuint (f.guest->device.vendor_id, ==, 0x0627);
  g_assert_cmpuint (f.guest->device.speed, ==, usb_redir_speed_high);
  g_assert_cmpuint (f.guest->interfaces.interface_class[0], ==, 8);
  g_assert_cmpuint (f.guest->endpoints.type[0x11], ==, usb_redir_type_bulk);
  g_assert_true (fake_usb_is_claimed (f.usb, 0));
  g_assert_false (fake_usb_has_driver (f.usb, 0));

  answer = usb_guest_wait (f.guest, usb_guest_control (f.guest, 0x80, 6, 0x302, 0x409, 255, NULL));
  g_assert_cmpuint (answer->status, ==, usb_redir_success);
  g_assert_cmpmem (g_bytes_get_data (answer->data, NULL), g_bytes_get_size (answer->data),
                   "\x14\3F\0a\0k\0e\0 \0d\0i\0s\0k", 20);
  for (guint i = 0; i < 1 << 20; i++)
    data[i] = (guint8) (i * 7 + i / 251);
  g_assert_cmpint (usb_guest_blocks (f.guest, TRUE, 100, 2048, data), ==, 0);
  g_assert_cmpmem (f.disk + 51200, 1 << 20, data, 1 << 20);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 100, 2048, back), ==, 0);
  g_assert_cmpmem (back, 1 << 20, data, 1 << 20);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 1 << 20, 1, back), ==, 1);
  dio_usb_redirector_get_traffic (f.redirector, &in, &out);
  g_assert_cmpuint (in, >, 1 << 20);
  g_assert_cmpuint (in, <, (1 << 20) + 10000);
  g_assert_cmpuint (out, >, 1 << 20);

  usb_fixture_close (&f);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  dio_usb_redirector_get_traffic (f.redirector, &in, &out);
  g_assert_cmpuint (out, >, 1 << 20);
  usb_wait_until (f.guest->closed);
  usb_fixture_clear (&f);
}

/* A guest that knows nothing of what came after usbredir 0.3: short headers, lengths of 16 bits. */
static void
test_old_guest (void)
{
  UsbFixture f = { 0 };
  guint8 data[32 * 512], back[32 * 512];

  memset (data, 0xa5, sizeof data);
  usb_fixture_open (&f, usb_fixture_new_disk (&f), 0);
  g_assert_cmpint (usb_guest_blocks (f.guest, TRUE, 5, 32, data), ==, 0);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 5, 32, back), ==, 0);
  g_assert_cmpmem (back, sizeof back, data, sizeof data);
  usb_fixture_clear (&f);
}

static void
test_keyboard (void)
{
  UsbFixture f = { 0 };
  struct usb_redir_start_interrupt_receiving_header start = { FAKE_KEYBOARD_IN };
  struct usb_redir_stop_interrupt_receiving_header stop = { FAKE_KEYBOARD_IN };
  const UsbAnswer *answer;

  usb_fixture_open (&f, fake_usb_keyboard_new (NULL), USB_CAPS_ALL);
  g_assert_cmpuint (f.guest->interfaces.interface_count, ==, 2);
  g_assert_true (fake_usb_is_claimed (f.usb, 1));
  usbredirparser_send_start_interrupt_receiving (f.guest->parser, 0, &start);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->stream_status == usb_redir_success);
  fake_usb_keyboard_press (f.usb, 0, 11);
  usb_wait_until (f.guest->n_stream_packets == 1);
  g_assert_cmpmem (g_bytes_get_data (f.guest->last_packet, NULL), 8, "\0\0\x0b\0\0\0\0", 8);
  answer = usb_guest_wait (f.guest, usb_guest_control (f.guest, 0x21, 9, 0x200, 0, 1, "\2"));
  g_assert_cmpuint (answer->status, ==, usb_redir_success);
  g_assert_cmpuint (fake_usb_keyboard_get_leds (f.usb), ==, 2);
  usbredirparser_send_stop_interrupt_receiving (f.guest->parser, 0, &stop);
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_count_pending (f.usb) == 0);
  usb_fixture_clear (&f);
}

/* The other way in and out of a setting with isochronous endpoints. */
static void
test_microphone (void)
{
  UsbFixture f = { 0 };
  struct usb_redir_set_alt_setting_header set = { 0, 1 };
  struct usb_redir_start_iso_stream_header in = { FAKE_MICROPHONE_IN, 10, 6 }, out = { FAKE_MICROPHONE_OUT, 10, 12 };
  struct usb_redir_stop_iso_stream_header stop = { FAKE_MICROPHONE_IN };
  guint8 packet[FAKE_MICROPHONE_PACKET] = { 0 };

  usb_fixture_open (&f, fake_usb_microphone_new (NULL), USB_CAPS_ALL);
  usbredirparser_send_set_alt_setting (f.guest->parser, 1, &set);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->alternate == 1);
  g_assert_cmpuint (f.guest->endpoints.type[0x11], ==, usb_redir_type_iso);
  usbredirparser_send_start_iso_stream (f.guest->parser, 2, &in);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->n_stream_packets >= 100);
  g_assert_cmpuint (g_bytes_get_size (f.guest->last_packet), ==, FAKE_MICROPHONE_PACKET);

  usbredirparser_send_start_iso_stream (f.guest->parser, 3, &out);
  for (guint i = 0; i < 60; i++)
    {
      struct usb_redir_iso_packet_header header = { FAKE_MICROPHONE_OUT, 0, sizeof packet };

      usbredirparser_send_iso_packet (f.guest->parser, i, &header, packet, sizeof packet);
    }
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_microphone_count_out (f.usb) == 60 * sizeof packet);
  usbredirparser_send_stop_iso_stream (f.guest->parser, 4, &stop);
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_count_pending (f.usb) == 0);
  usb_fixture_clear (&f);
}

static void
test_bulk_receiving (void)
{
  UsbFixture f = { 0 };
  static const guint8 answers[] = { 1, 2, 3 };
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("storage");
  g_autoptr (GBytes) bytes = g_bytes_new (descriptors->data, descriptors->len);
  g_autoptr (GBytes) script = g_bytes_new_static (answers, sizeof answers);
  struct usb_redir_start_bulk_receiving_header start = { 0, 1024, FAKE_STORAGE_IN, 5 };
  struct usb_redir_stop_bulk_receiving_header stop = { 0, FAKE_STORAGE_IN };

  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  usbredirparser_send_start_bulk_receiving (f.guest->parser, 0, &start);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->stream_bytes > 1 << 20);
  g_assert_cmpuint (g_bytes_get_size (f.guest->last_packet), ==, 1024);
  f.guest->stream_status = G_MAXINT;
  usbredirparser_send_stop_bulk_receiving (f.guest->parser, 0, &stop);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->stream_status == usb_redir_success && fake_usb_count_pending (f.usb) == 0);
  usb_fixture_clear (&f);
}

static void
test_configuration (void)
{
  UsbFixture f = { 0 };
  struct usb_redir_set_configuration_header none = { 0 }, one = { 1 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  usbredirparser_send_set_configuration (f.guest->parser, 1, &none);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->configuration == 0);
  g_assert_cmpint (fake_usb_get_configuration (f.usb), ==, 0);
  usbredirparser_send_set_configuration (f.guest->parser, 2, &one);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->configuration == 1);
  g_assert_true (fake_usb_is_claimed (f.usb, 0));
  usbredirparser_send_set_configuration (f.guest->parser, 3, &none);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->configuration == 0);
  usb_fixture_close (&f);
  /* As it was. */
  g_assert_cmpint (fake_usb_get_configuration (f.usb), ==, 1);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  usb_fixture_clear (&f);
}

static void
test_cancel (void)
{
  UsbFixture f = { 0 };
  const UsbAnswer *answer;
  guint64 id;

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  id = usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 512, NULL);
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_count_pending (f.usb) == 1);
  usbredirparser_send_cancel_data_packet (f.guest->parser, id);
  answer = usb_guest_wait (f.guest, id);
  g_assert_cmpuint (answer->status, ==, usb_redir_cancelled);
  usb_wait_until (fake_usb_count_pending (f.usb) == 0);
  usb_fixture_clear (&f);
}

static void
test_reset (void)
{
  UsbFixture f = { 0 };
  guint8 data[512];
  guint n;

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
  n = fake_usb_count_resets (f.usb);
  usbredirparser_send_reset (f.guest->parser);
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_count_resets (f.usb) == n + 1);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
  usb_fixture_clear (&f);
}

/* --- what goes wrong at the beginning --- */

static void
test_busy (void)
{
  UsbFixture f = { 0 };
  const FakeUsbFaults faults = { .claims_busy = TRUE };
  FakeUsb *usb = usb_fixture_new_disk (&f);

  fake_usb_set_faults (usb, &faults);
  usb_fixture_open (&f, usb, USB_CAPS_ALL);
  g_assert_error (f.error, DIO_USB_ERROR, DIO_USB_ERROR_BUSY);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  usb_fixture_clear (&f);
}

static void
test_gone_before (void)
{
  UsbFixture f = { 0 };
  FakeUsb *usb = usb_fixture_new_disk (&f);

  fake_usb_unplug (usb);
  usb_fixture_open (&f, usb, USB_CAPS_ALL);
  g_assert_error (f.error, DIO_USB_ERROR, DIO_USB_ERROR_GONE);
  usb_fixture_clear (&f);
}

/* Before it was begun, and while it is. */
static void
test_cancelled (void)
{
  for (guint i = 0; i < 2; i++)
    {
      UsbFixture f = { 0 };
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      const FakeUsbFaults faults = { .reset_ms = 300 };
      FakeUsb *usb = usb_fixture_new_disk (&f);

      fake_usb_set_faults (usb, &faults);
      if (i == 0)
        g_cancellable_cancel (cancellable);
      usb_fixture_start (&f, usb, USB_CAPS_ALL, cancellable);
      if (i == 1)
        usb_wait_until (fake_usb_is_claimed (usb, 0) || fake_usb_count_resets (usb) > 0);
      g_cancellable_cancel (cancellable);
      usb_wait_until (f.done);
      g_assert_error (f.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      g_assert_true (fake_usb_has_driver (f.usb, 0));
      g_assert_cmpuint (fake_usb_count_files (f.usb), ==, 0);
      usb_fixture_clear (&f);
    }
}

/* --- what ends it --- */

static void
test_guest_goes (void)
{
  UsbFixture f = { 0 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  /* In the middle of a transfer that the device does not end. */
  usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 1 << 20, NULL);
  usb_guest_flush (f.guest);
  usb_wait_until (fake_usb_count_pending (f.usb) == 1);
  usb_guest_set_reading (f.guest, FALSE);
  close (f.guest->fd);
  f.guest->fd = -1;
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_GUEST);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  g_assert_cmpuint (fake_usb_count_files (f.usb), ==, 0);
  usb_fixture_clear (&f);
}

static void
test_unplugged_idle (void)
{
  UsbFixture f = { 0 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  fake_usb_unplug (f.usb);
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_UNPLUGGED);
  usb_fixture_clear (&f);
}

static void
test_unplugged_busy (void)
{
  for (guint streaming = 0; streaming < 2; streaming++)
    {
      UsbFixture f = { 0 };
      struct usb_redir_start_interrupt_receiving_header start = { FAKE_KEYBOARD_IN };

      usb_fixture_open (&f, streaming ? fake_usb_keyboard_new (NULL) : usb_fixture_new_disk (&f), USB_CAPS_ALL);
      if (streaming)
        usbredirparser_send_start_interrupt_receiving (f.guest->parser, 0, &start);
      else
        for (guint i = 0; i < 5; i++)
          usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 1 << 20, NULL);
      usb_guest_flush (f.guest);
      usb_wait_until (fake_usb_count_pending (f.usb) == 5);
      fake_usb_unplug (f.usb);
      usb_wait_until (f.n_ended == 1);
      g_assert_cmpint (f.end, ==, DIO_USB_END_UNPLUGGED);
      usb_fixture_clear (&f);
    }
}

/* In the middle of what is written to it. */
static void
test_unplugged_writing (void)
{
  UsbFixture f = { 0 };
  const FakeUsbFaults faults = { .unplug_after = 1 << 20 };
  g_autofree guint8 *data = g_malloc0 (1 << 19);

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  fake_usb_set_faults (f.usb, &faults);
  while (usb_guest_blocks (f.guest, TRUE, 0, 1024, data) == 0)
    continue;
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_UNPLUGGED);
  usb_fixture_clear (&f);
}

static void
test_comes_back_as_another (void)
{
  UsbFixture f = { 0 };
  const FakeUsbFaults faults = { .reset_leaves = TRUE };
  guint8 data[512];

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
  fake_usb_set_faults (f.usb, &faults);
  usbredirparser_send_reset (f.guest->parser);
  usb_guest_flush (f.guest);
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_UNPLUGGED);
  usb_fixture_clear (&f);
}

static void
test_rejected (void)
{
  UsbFixture f = { 0 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  usbredirparser_send_filter_reject (f.guest->parser);
  usb_guest_flush (f.guest);
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_REJECTED);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  usb_fixture_clear (&f);
}

/* A device that does not let go at once, and one that nobody waits for. */
static void
test_slow_end (void)
{
  for (guint dropped = 0; dropped < 2; dropped++)
    {
      UsbFixture f = { 0 };
      const FakeUsbFaults faults = { .discard_ms = 200 };

      usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
      fake_usb_set_faults (f.usb, &faults);
      usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 1 << 20, NULL);
      usb_guest_flush (f.guest);
      usb_wait_until (fake_usb_count_pending (f.usb) == 1);
      if (dropped)
        {
          g_assert_finalize_object (g_steal_pointer (&f.redirector));
          usb_wait_until (fake_usb_count_files (f.usb) == 0);
          g_assert_cmpuint (f.n_ended, ==, 0);
        }
      else
        usb_fixture_close (&f);
      g_assert_true (fake_usb_has_driver (f.usb, 0));
      usb_fixture_clear (&f);
    }
}

/* --- many --- */

static void
test_cycles (void)
{
  guint fds = 0, threads = 0;
  gsize heap = 0;

  for (guint i = 0; i < 200; i++)
    {
      UsbFixture f = { 0 };
      guint8 data[512];

      usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
      g_assert_no_error (f.error);
      g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
      if (i % 3 == 1)
        fake_usb_unplug (f.usb);
      if (i % 3 == 2)
        g_assert_finalize_object (g_steal_pointer (&f.redirector));
      usb_fixture_clear (&f);
      usb_wait_until (i == 0 || usb_count_threads () == threads);
      if (i == 0)
        {
          fds = count_fds ();
          threads = usb_count_threads ();
        }
      g_assert_cmpuint (count_fds (), ==, fds);
      if (i == 50)
        heap = get_heap ();
    }
  g_assert_cmpuint (get_heap (), <, heap + (4 << 20));
}

/* On one thread, in one libusb, and each with its own. */
static void
test_ten (void)
{
  UsbFixture f[10] = { { 0 } };
  guint threads = usb_count_threads ();
  guint8 data[512];

  for (guint i = 0; i < 10; i++)
    usb_fixture_open (&f[i], usb_fixture_new_disk (&f[i]), USB_CAPS_ALL);
  g_assert_cmpuint (usb_count_threads (), ==, threads + 1);
  for (guint i = 0; i < 10; i++)
    {
      memset (data, (int) i, sizeof data);
      g_assert_cmpint (usb_guest_blocks (f[i].guest, TRUE, i, 1, data), ==, 0);
    }
  /* One hangs while it is closed, and is waited for in libusb's events; the others work on behind that. */
  fake_usb_set_faults (f[3].usb, &(const FakeUsbFaults) { .discard_ms = 300 });
  for (guint i = 0; i < 10; i++)
    usb_guest_bulk (f[i].guest, FAKE_STORAGE_IN, 512, NULL);
  for (guint i = 0; i < 10; i++)
    usb_wait_until (fake_usb_count_pending (f[i].usb) == 1);
  usb_fixture_clear (&f[3]);
  fake_usb_unplug (f[4].usb);
  usb_wait_until (f[4].n_ended == 1);
  for (guint i = 0; i < 10; i++)
    if (i != 3)
      {
        g_assert_cmpuint (f[i].disk[i * 512], ==, i);
        g_assert_cmpuint (f[i].n_ended, ==, i == 4);
        usb_fixture_clear (&f[i]);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb/redirector/disk", test_disk);
  g_test_add_func ("/usb/redirector/old-guest", test_old_guest);
  g_test_add_func ("/usb/redirector/keyboard", test_keyboard);
  g_test_add_func ("/usb/redirector/microphone", test_microphone);
  g_test_add_func ("/usb/redirector/bulk-receiving", test_bulk_receiving);
  g_test_add_func ("/usb/redirector/configuration", test_configuration);
  g_test_add_func ("/usb/redirector/cancel", test_cancel);
  g_test_add_func ("/usb/redirector/reset", test_reset);
  g_test_add_func ("/usb/redirector/busy", test_busy);
  g_test_add_func ("/usb/redirector/gone-before", test_gone_before);
  g_test_add_func ("/usb/redirector/cancelled", test_cancelled);
  g_test_add_func ("/usb/redirector/guest-goes", test_guest_goes);
  g_test_add_func ("/usb/redirector/unplugged-idle", test_unplugged_idle);
  g_test_add_func ("/usb/redirector/unplugged-busy", test_unplugged_busy);
  g_test_add_func ("/usb/redirector/unplugged-writing", test_unplugged_writing);
  g_test_add_func ("/usb/redirector/comes-back-as-another", test_comes_back_as_another);
  g_test_add_func ("/usb/redirector/rejected", test_rejected);
  g_test_add_func ("/usb/redirector/slow-end", test_slow_end);
  g_test_add_func ("/usb/redirector/cycles", test_cycles);
  g_test_add_func ("/usb/redirector/ten", test_ten);
  return g_test_run ();
}
