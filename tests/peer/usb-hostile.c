/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Guests and devices that mean harm to what is between them: each ends with the device given back, and little memory
 * taken. */
#include "usb-guest.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* 0 where what is freed is kept for a while. */
static gsize
get_rss (void)
{
#ifdef __SANITIZE_ADDRESS__
  return 0;
#else
  g_autofree char *contents = NULL;
  gulong pages = 0;

  g_file_get_contents ("/proc/self/statm", &contents, NULL, NULL);
  sscanf (contents, "%*u %lu", &pages);
  return pages * 4096;
#endif
}

/* Of all threads. */
static gint64
get_cpu_time (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_TIME_SPAN_SECOND + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

/* Gives a flood time to come, and to be stopped. */
static void
run_for (guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    usb_iterate ();
}

static void
assert_ends (UsbFixture *self, DioUsbEnd end)
{
  usb_wait_until (self->n_ended == 1);
  g_assert_cmpint (self->end, ==, end);
  g_assert_true (fake_usb_has_driver (self->usb, 0));
}

static void
append_raw (GByteArray *bytes, guint32 type, guint32 length, guint64 id, const void *data, gsize size)
{
  guint32 header[2] = { type, length };

  g_byte_array_append (bytes, (const guint8 *) header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *) &id, sizeof id);
  g_byte_array_append (bytes, data, (guint) size);
}

/* As it is, behind what the parser has sent. */
static void
send_bytes (UsbGuest *guest, const GByteArray *bytes)
{
  usb_guest_flush (guest);
  for (gsize at = 0; at < bytes->len;)
    {
      gssize n = send (guest->fd, bytes->data + at, bytes->len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0)
        usb_iterate ();
      at += (gsize) MAX (n, 0);
    }
}

static void
send_raw (UsbGuest *guest, guint32 type, guint32 length, guint64 id, const void *data, gsize size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  append_raw (bytes, type, length, id, data, size);
  send_bytes (guest, bytes);
}

/* --- guests --- */

typedef struct
{
  guint32 type, length;
  guint8 data[16];
  gsize size;
  DioUsbEnd end;
} Raw;

static const Raw raws[] = {
  { 4711, 4, "abcd", 4, DIO_USB_END_FAILED },
  { usb_redir_device_connect, 10, "0123456789", 10, DIO_USB_END_FAILED }, /* the host's */
  { usb_redir_hello, 3, "abc", 3, DIO_USB_END_FAILED },
  { usb_redir_reset, 4, "abcd", 4, DIO_USB_END_FAILED },
  { usb_redir_bulk_packet, 128 << 20, "", 0, DIO_USB_END_LIMIT },
  { usb_redir_filter_filter, 1 << 20, "", 0, DIO_USB_END_LIMIT },
  { usb_redir_bulk_packet, 10, "\x81\0\0\0\0\0\0\0\0\2", 10, DIO_USB_END_LIMIT }, /* 32 MB in */
  { usb_redir_bulk_packet, 10, "\2\0\5\0\0\0\0\0\0\0", 10, DIO_USB_END_FAILED },  /* 5 bytes out that are not there */
  { usb_redir_bulk_packet, 11, "\x81\0\5\0\0\0\0\0\0\0?", 11, DIO_USB_END_FAILED },
  { usb_redir_start_bulk_receiving, 10, "\0\0\0\0\0\0\2\0\x81\5", 10, DIO_USB_END_LIMIT },
  { usb_redir_start_bulk_receiving, 10, "\0\0\0\0\0\2\0\0\2\5", 10, DIO_USB_END_FAILED }, /* on an OUT endpoint */
  { usb_redir_control_packet, 10, "\x80\1\0\0\0\0\0\0\4\0", 10, DIO_USB_END_LIMIT },      /* out, and in */
  { usb_redir_set_alt_setting, 2, "\0\7", 2, DIO_USB_END_LIMIT },
  { usb_redir_start_iso_stream, 3, "\2\1\1", 3, DIO_USB_END_LIMIT },
  { usb_redir_iso_packet, 6, "\x81\0\2\0ab", 6, DIO_USB_END_FAILED },
  { usb_redir_filter_filter, 4, "abcd", 4, DIO_USB_END_FAILED },
};

static void
test_raw (gconstpointer data)
{
  const Raw *raw = data;
  UsbFixture f = { 0 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  send_raw (f.guest, raw->type, raw->length, 1, raw->data, raw->size);
  assert_ends (&f, raw->end);
  usb_fixture_clear (&f);
}

/* What is only wrong for this device: it is answered, and the device works on. */
static void
test_endpoints (void)
{
  UsbFixture f = { 0 };
  guint8 data[512];

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  for (guint i = 0; i < 256; i++)
    if (i != FAKE_STORAGE_IN && i != FAKE_STORAGE_OUT)
      {
        struct usb_redir_start_iso_stream_header iso = { (guint8) i, 8, 8 };
        struct usb_redir_start_interrupt_receiving_header interrupt = { (guint8) (i | 0x80) };
        const UsbAnswer *answer = usb_guest_wait (f.guest, usb_guest_bulk (f.guest, (guint8) i, 8, data));

        g_assert_nonnull (answer);
        g_assert_cmpuint (answer->status, !=, usb_redir_success);
        usbredirparser_send_start_iso_stream (f.guest->parser, i, &iso);
        usbredirparser_send_start_interrupt_receiving (f.guest->parser, i, &interrupt);
        usb_guest_flush (f.guest);
      }
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
  usb_fixture_clear (&f);
}

/* Requests without end, of which none is ever answered. */
static void
test_flood_in (void)
{
  const guint sizes[] = { 0, 64, 65536, 1 << 20, 16 << 20 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      UsbFixture f = { 0 };
      gsize before = get_rss ();
      gint64 busy;

      usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
      fake_usb_set_faults (f.usb, &(const FakeUsbFaults) { .hangs = TRUE, .unlimited = TRUE });
      for (guint n = 0; n < 3000; n++)
        usb_guest_bulk (f.guest, FAKE_STORAGE_IN, sizes[i], NULL);
      /* It is read no further: what could not be sent waits at the guest's end. */
      run_for (300);
      busy = get_cpu_time ();
      run_for (300);
      g_assert_cmpint (get_cpu_time () - busy, <, 50 * G_TIME_SPAN_MILLISECOND);
      g_assert_cmpuint (fake_usb_count_pending (f.usb), <=, 2048);
      g_assert_cmpuint (fake_usb_get_peak (f.usb), <=, DIO_USB_REDIRECTOR_LIMIT);
      g_assert_cmpuint (get_rss (), <, before + DIO_USB_REDIRECTOR_LIMIT + (8 << 20));
      g_assert_cmpuint (f.n_ended, ==, 0);
      usb_fixture_clear (&f);
    }
}

/* The same with each cancelled at once, at a device that does not let go of them soon. */
static void
test_flood_cancelled (void)
{
  UsbFixture f = { 0 };
  gsize before = get_rss ();

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  fake_usb_set_faults (f.usb, &(const FakeUsbFaults) { .hangs = TRUE, .unlimited = TRUE, .discard_ms = 50 });
  for (guint n = 0; n < 100; n++)
    {
      guint64 id = usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 1 << 20, NULL);

      usbredirparser_send_cancel_data_packet (f.guest->parser, id);
    }
  usb_guest_flush (f.guest);
  usb_wait_until (g_hash_table_size (f.guest->answers) == 100);
  g_assert_cmpuint (get_rss (), <, before + DIO_USB_REDIRECTOR_LIMIT + (8 << 20));
  usb_fixture_clear (&f);
}

/* Cancels what is not there, as fast as it can; others have their turn. */
static void
test_flood_of_cancels (void)
{
  UsbFixture f = { 0 }, other = { 0 };
  g_autoptr (GByteArray) cancels = g_byte_array_new ();
  guint8 data[512];

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  usb_fixture_open (&other, usb_fixture_new_disk (&other), USB_CAPS_ALL);
  for (guint n = 0; n < 100000; n++)
    append_raw (cancels, usb_redir_cancel_data_packet, 0, 1000 + n, "", 0);
  send_bytes (f.guest, cancels);
  g_assert_cmpint (usb_guest_blocks (other.guest, FALSE, 0, 1, data), ==, 0);
  usb_guest_flush (f.guest);
  g_assert_cmpint (usb_guest_blocks (f.guest, FALSE, 0, 1, data), ==, 0);
  usb_fixture_clear (&f);
  usb_fixture_clear (&other);
}

/* Asks and never reads: answers wait, and after them nothing more is done. */
static void
test_never_reads (void)
{
  UsbFixture f = { 0 };
  static const guint8 zero;
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("storage");
  g_autoptr (GBytes) bytes = g_bytes_new (descriptors->data, descriptors->len);
  g_autoptr (GBytes) script = g_bytes_new_static (&zero, 1);
  gsize before = get_rss ();

  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  usb_guest_set_reading (f.guest, FALSE);
  for (guint n = 0; n < 100; n++)
    usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 1 << 20, NULL);
  run_for (500);
  g_assert_cmpuint (get_rss (), <, before + DIO_USB_REDIRECTOR_LIMIT + (8 << 20));
  g_assert_cmpuint (f.n_ended, ==, 0);
  /* All is there once it reads. */
  usb_guest_set_reading (f.guest, TRUE);
  usb_guest_flush (f.guest);
  usb_wait_until (g_hash_table_size (f.guest->answers) == 100);
  usb_fixture_clear (&f);
}

/* A stream that is started and never read. */
static void
test_never_reads_stream (void)
{
  UsbFixture f = { 0 };
  static const guint8 zero;
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("storage");
  g_autoptr (GBytes) bytes = g_bytes_new (descriptors->data, descriptors->len);
  g_autoptr (GBytes) script = g_bytes_new_static (&zero, 1);
  struct usb_redir_start_bulk_receiving_header start = { 0, 65536, FAKE_STORAGE_IN, 16 };
  gsize before = get_rss ();

  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  usb_guest_set_reading (f.guest, FALSE);
  usbredirparser_send_start_bulk_receiving (f.guest->parser, 1, &start);
  usb_guest_flush (f.guest);
  run_for (500);
  g_assert_cmpuint (get_rss (), <, before + DIO_USB_REDIRECTOR_LIMIT / 2);
  usb_fixture_clear (&f);
}

/* --- devices --- */

typedef struct
{
  const char *kind;
  gsize at; /* in its descriptors */
  guint8 value;
  gboolean opens;
} Spoiled;

static const Spoiled spoiled[] = {
  { "storage", 17, 0, TRUE },       /* no configurations */
  { "storage", 17, 200, FALSE },    /* more than there are */
  { "storage", 18 + 2, 200, TRUE }, /* a total length beyond the end */
  { "storage", 18 + 2, 9, TRUE },   /* and of nothing but itself */
  { "storage", 18 + 4, 255, FALSE },
  { "storage", 18 + 4, 31, TRUE },
  { "storage", 18 + 5, 9, TRUE },
  { "storage", 18 + 9 + 3, 9, TRUE },    /* its only setting has number 9 */
  { "storage", 18 + 9 + 4, 255, FALSE }, /* endpoints that are not there */
  { "storage", 18 + 9 + 4, 9, FALSE },
  { "storage", 18 + 9 + 9, 0, FALSE }, /* lengths of descriptors */
  { "storage", 18 + 9 + 9, 3, FALSE },
  { "storage", 18 + 9 + 9, 255, FALSE },
  { "storage", 18 + 9 + 9 + 2, 0x80, TRUE }, /* endpoint 0 */
  { "storage", 18 + 9 + 9 + 2, 0xff, TRUE },
  { "keyboard", 18 + 9 + 9, 200, FALSE }, /* cut off behind the interface: endpoints that were never made */
  { "microphone", 18 + 9 + 9 + 2, 1, FALSE },
};

static void
test_descriptors (gconstpointer data)
{
  const Spoiled *how = data;
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors (how->kind);
  g_autoptr (GBytes) bytes = NULL;
  static const guint8 zero;
  g_autoptr (GBytes) script = g_bytes_new_static (&zero, 1);
  UsbFixture f = { 0 };

  descriptors->data[how->at] = how->value;
  bytes = g_bytes_new (descriptors->data, descriptors->len);
  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  g_test_message ("%s", f.error ? f.error->message : "opened");
  if (how->opens)
    g_assert_no_error (f.error);
  usb_fixture_clear (&f);
}

/* An isochronous endpoint out in two interfaces, whose packets are larger in the second: usbredirhost would write
 * behind the first one's buffers. */
static void
test_shared_endpoint (void)
{
  UsbFixture f = { 0 };
  static const guint8 more[] = { 9, 4, 1, 0, 0, 0xff, 0, 0, 0, 9, 4, 1, 1, 1, 0xff, 0, 0, 0, 7, 5, 2, 1, 0xff, 3, 1 };
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("microphone");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) script = g_bytes_new_static ("", 0);

  g_byte_array_append (descriptors, more, sizeof more);
  descriptors->data[18 + 2] += sizeof more;
  descriptors->data[18 + 4] = 2;
  bytes = g_bytes_new (descriptors->data, descriptors->len);
  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  g_assert_error (f.error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_true (fake_usb_has_driver (f.usb, 0));
  usb_fixture_clear (&f);
}

/* Its setting 7 exists, for the kernel, and is not where usbredirhost looks. */
static void
test_odd_alternate (void)
{
  UsbFixture f = { 0 };
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("microphone");
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) script = g_bytes_new_static ("", 0);

  descriptors->data[18 + 9 + 9 + 3] = 7;
  bytes = g_bytes_new (descriptors->data, descriptors->len);
  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  g_assert_no_error (f.error);
  send_raw (f.guest, usb_redir_set_alt_setting, 2, 1, "\0\7", 2);
  assert_ends (&f, DIO_USB_END_LIMIT);
  usb_fixture_clear (&f);
}

/* Says all that a device can: too much, errors, nothing. */
static void
test_babble (void)
{
  static const guint8 answers[] = { 0xfa, 0xf9, 0xf8, 0xf0, 0, 0xfc, 0xfd, 0xff, 0xfe };
  UsbFixture f = { 0 };
  g_autoptr (GByteArray) descriptors = fake_usb_dup_descriptors ("storage");
  g_autoptr (GBytes) bytes = g_bytes_new (descriptors->data, descriptors->len);
  g_autoptr (GBytes) script = g_bytes_new_static (answers, sizeof answers);
  guint n_babbled = 0;

  usb_fixture_open (&f, fake_usb_odd_new (bytes, script), USB_CAPS_ALL);
  for (guint i = 0; i < 90; i++)
    {
      const UsbAnswer *answer = usb_guest_wait (f.guest, usb_guest_bulk (f.guest, FAKE_STORAGE_IN, 4096, NULL));

      g_assert_nonnull (answer);
      n_babbled += answer->status == usb_redir_babble;
    }
  g_assert_cmpuint (n_babbled, ==, 10);
  usb_fixture_clear (&f);
}

/* The configuration cannot be set, and is not what it was: the device is lost, and not gone. */
static void
test_configuration_fails (void)
{
  UsbFixture f = { 0 };
  struct usb_redir_set_configuration_header set = { 5 };

  usb_fixture_open (&f, usb_fixture_new_disk (&f), USB_CAPS_ALL);
  fake_usb_set_faults (f.usb, &(const FakeUsbFaults) { .config_fails = TRUE, .claims_busy = TRUE });
  usbredirparser_send_set_configuration (f.guest->parser, 1, &set);
  usb_guest_flush (f.guest);
  usb_wait_until (f.n_ended == 1);
  g_assert_cmpint (f.end, ==, DIO_USB_END_FAILED);
  usb_fixture_clear (&f);
}

/* No bandwidth for a stream: usbredirhost tells the guest, from memory that it has freed; see its 0.15. */
static void
test_no_bandwidth (void)
{
  UsbFixture f = { 0 };
  struct usb_redir_set_alt_setting_header set = { 0, 1 };
  struct usb_redir_start_iso_stream_header in = { FAKE_MICROPHONE_IN, 10, 6 };

  usb_fixture_open (&f, fake_usb_microphone_new (NULL), USB_CAPS_ALL);
  fake_usb_set_faults (f.usb, &(const FakeUsbFaults) { .submit_fails = TRUE });
  usbredirparser_send_set_alt_setting (f.guest->parser, 1, &set);
  usbredirparser_send_start_iso_stream (f.guest->parser, 2, &in);
  usb_guest_flush (f.guest);
  usb_wait_until (f.guest->stream_status == usb_redir_stall);
  usb_fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (raws); i++)
    {
      g_autofree char *path = g_strdup_printf ("/usb/hostile/guest/raw/%u", i);

      g_test_add_data_func (path, &raws[i], test_raw);
    }
  g_test_add_func ("/usb/hostile/guest/endpoints", test_endpoints);
  g_test_add_func ("/usb/hostile/guest/flood-in", test_flood_in);
  g_test_add_func ("/usb/hostile/guest/flood-cancelled", test_flood_cancelled);
  g_test_add_func ("/usb/hostile/guest/flood-of-cancels", test_flood_of_cancels);
  g_test_add_func ("/usb/hostile/guest/never-reads", test_never_reads);
  g_test_add_func ("/usb/hostile/guest/never-reads-stream", test_never_reads_stream);
  for (guint i = 0; i < G_N_ELEMENTS (spoiled); i++)
    {
      g_autofree char *path = g_strdup_printf ("/usb/hostile/device/descriptors/%u", i);

      g_test_add_data_func (path, &spoiled[i], test_descriptors);
    }
  g_test_add_func ("/usb/hostile/device/shared-endpoint", test_shared_endpoint);
  g_test_add_func ("/usb/hostile/device/odd-alternate", test_odd_alternate);
  g_test_add_func ("/usb/hostile/device/babble", test_babble);
  g_test_add_func ("/usb/hostile/device/configuration-fails", test_configuration_fails);
  g_test_add_func ("/usb/hostile/device/no-bandwidth", test_no_bandwidth);
  return g_test_run ();
}
