/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/redir-gate.h"

#include <string.h>
#include <usbredirproto.h>

#define LIMIT (1u << 20)
#define CAPS (1u << usb_redir_cap_64bits_ids | 1u << usb_redir_cap_32bits_bulk_length)

/* --- packets, written as the protocol has them and not as the gate does --- */

typedef struct
{
  DioRedirGate *gate;
  gboolean wide; /* identifiers of 64 bits */
  gsize piece;   /* the guest's bytes come in pieces of this */
} Stream;

static gboolean
has_alternate (guint8 interface, guint8 alternate, gpointer user_data)
{
  return interface == 0 && alternate < 2;
}

static GByteArray *
make_packet (gboolean wide, guint32 type, guint64 id, const void *header, gsize header_size, gsize data_size)
{
  GByteArray *packet = g_byte_array_new ();
  guint32 words[2] = { type, (guint32) (header_size + data_size) };
  gsize size;

  g_byte_array_append (packet, (const guint8 *) words, sizeof words);
  g_byte_array_append (packet, (const guint8 *) &id, wide ? 8 : 4);
  g_byte_array_append (packet, header, (guint) header_size);
  size = packet->len;
  g_byte_array_set_size (packet, (guint) (size + data_size));
  memset (packet->data + size, 0x5a, data_size);
  return packet;
}

static DioRedirVerdict
push (Stream *self, const guint8 *data, gsize size)
{
  for (gsize at = 0; at < size; at += self->piece)
    {
      const char *why = NULL;

      if (dio_redir_gate_check_guest (self->gate, data + at, MIN (self->piece, size - at), &why) == DIO_REDIR_PASS)
        continue;
      g_assert_nonnull (why);
      return DIO_REDIR_REFUSE;
    }
  return DIO_REDIR_PASS;
}

static DioRedirVerdict
from_guest (Stream *self, guint32 type, guint64 id, const void *header, gsize header_size, gsize data_size)
{
  g_autoptr (GByteArray) packet = make_packet (self->wide, type, id, header, header_size, data_size);

  return push (self, packet->data, packet->len);
}

static DioRedirVerdict
to_guest (Stream *self, guint32 type, guint64 id, const void *header, gsize header_size, gsize data_size)
{
  g_autoptr (GByteArray) packet = make_packet (self->wide, type, id, header, header_size, data_size);
  DioRedirVerdict verdict = dio_redir_gate_check_host (self->gate, packet->data, packet->len);

  if (verdict == DIO_REDIR_PASS)
    dio_redir_gate_sent (self->gate, packet->len);
  return verdict;
}

static void
set_up (Stream *self, gconstpointer caps)
{
  guint8 hello[68] = "Test";
  guint32 word = CAPS;

  self->gate = dio_redir_gate_new (LIMIT, has_alternate, NULL);
  self->wide = FALSE;
  self->piece = self->piece ? self->piece : G_MAXSIZE / 2;
  memcpy (hello + 64, &word, 4);
  g_assert_cmpint (to_guest (self, usb_redir_hello, 0, hello, sizeof hello, 0), ==, DIO_REDIR_PASS);
  word = GPOINTER_TO_UINT (caps);
  memcpy (hello + 64, &word, 4);
  g_assert_cmpint (from_guest (self, usb_redir_hello, 0, hello, sizeof hello, 0), ==, DIO_REDIR_PASS);
  self->wide = (word & 1u << usb_redir_cap_64bits_ids) != 0;
}

static void
tear_down (Stream *self, gconstpointer caps)
{
  dio_redir_gate_free (self->gate);
}

static DioRedirVerdict
bulk_in (Stream *self, guint64 id, guint32 size)
{
  struct usb_redir_bulk_packet_header bulk = { .endpoint = 0x81,
                                               .length = (guint16) size,
                                               .length_high = (guint16) (size >> 16) };

  return from_guest (self, usb_redir_bulk_packet, id, &bulk, sizeof bulk, 0);
}

static DioRedirVerdict
bulk_answer (Stream *self, guint64 id, guint8 status, gsize size)
{
  struct usb_redir_bulk_packet_header bulk = { .endpoint = 0x81, .status = status };

  return to_guest (self, usb_redir_bulk_packet, id, &bulk, sizeof bulk, size);
}

/* --- tests --- */

static void
test_requests (Stream *self, gconstpointer caps)
{
  struct usb_redir_control_packet_header control = { .endpoint = 0, .requesttype = 0x21, .length = 100 };
  struct usb_redir_interrupt_packet_header interrupt = { .endpoint = 2, .length = 8 };
  gsize sum = dio_redir_gate_get_sum (self->gate);

  g_assert_cmpuint (sum, ==, 0);
  g_assert_cmpint (bulk_in (self, 1, 70000), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 70000);
  g_assert_cmpint (from_guest (self, usb_redir_control_packet, 2, &control, sizeof control, 100), ==, DIO_REDIR_PASS);
  g_assert_cmpint (from_guest (self, usb_redir_interrupt_packet, 3, &interrupt, sizeof interrupt, 8), ==,
                   DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 70108);
  /* Of a stream, and of nothing that was asked for: no answers. */
  interrupt.endpoint = 0x82;
  g_assert_cmpint (to_guest (self, usb_redir_interrupt_packet, 3, &interrupt, sizeof interrupt, 8), ==, DIO_REDIR_PASS);
  g_assert_cmpint (bulk_answer (self, 77, usb_redir_success, 100), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 70108);
  g_assert_cmpint (bulk_answer (self, 1, usb_redir_success, 70000), ==, DIO_REDIR_PASS);
  g_assert_cmpint (to_guest (self, usb_redir_control_packet, 2, &control, sizeof control, 0), ==, DIO_REDIR_PASS);
  interrupt.endpoint = 2;
  g_assert_cmpint (to_guest (self, usb_redir_interrupt_packet, 3, &interrupt, sizeof interrupt, 0), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
}

static void
test_pieces (Stream *self, gconstpointer caps)
{
  for (gsize piece = 1; piece < 40; piece++)
    {
      Stream pieces = { .piece = piece };
      struct usb_redir_bulk_packet_header out = { .endpoint = 2, .length = 50 };

      set_up (&pieces, caps);
      for (guint64 id = 1; id <= 5; id++)
        g_assert_cmpint (from_guest (&pieces, usb_redir_bulk_packet, id, &out, sizeof out, 50), ==, DIO_REDIR_PASS);
      g_assert_cmpint (from_guest (&pieces, usb_redir_get_configuration, 9, NULL, 0, 0), ==, DIO_REDIR_PASS);
      for (guint64 id = 1; id <= 5; id++)
        {
          g_assert_cmpuint (dio_redir_gate_get_sum (pieces.gate), >=, (6 - id) * 50);
          bulk_answer (&pieces, id, usb_redir_success, 0);
        }
      g_assert_cmpuint (dio_redir_gate_get_sum (pieces.gate), ==, 0);
      tear_down (&pieces, caps);
    }
}

/* Without the capabilities: short headers and lengths of 16 bits, and identifiers that are cut. */
static void
test_old_guest (Stream *self, gconstpointer caps)
{
  struct usb_redir_bulk_packet_header bulk = { .endpoint = 0x81, .length = 5000 };

  g_assert_cmpint (from_guest (self, usb_redir_bulk_packet, 7, &bulk, 8, 0), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 5000);
  g_assert_cmpint (to_guest (self, usb_redir_bulk_packet, 7, &bulk, 8, 5000), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
}

/* Another hello changes nothing, as usbredirparser has it. */
static void
test_second_hello (Stream *self, gconstpointer caps)
{
  guint8 hello[68] = "Test";

  g_assert_cmpint (from_guest (self, usb_redir_hello, 0, hello, sizeof hello, 0), ==, DIO_REDIR_PASS);
  g_assert_cmpint (bulk_in (self, 1, 70000), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 70000);
}

static void
test_too_large (Stream *self, gconstpointer caps)
{
  const guint32 types[] = { usb_redir_hello, usb_redir_filter_filter, usb_redir_bulk_packet, usb_redir_iso_packet, 77 };

  g_assert_cmpint (bulk_in (self, 1, LIMIT / 2), ==, DIO_REDIR_PASS);
  g_assert_cmpint (bulk_in (self, 2, LIMIT / 2 + 1), ==, DIO_REDIR_REFUSE);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      Stream other = { 0 };
      guint32 header[4] = { types[i], LIMIT / 2 + 1, 1, 0 };

      set_up (&other, caps);
      /* Refused by its header, before anything is allocated for it. */
      g_assert_cmpint (push (&other, (const guint8 *) header, sizeof header), ==, DIO_REDIR_REFUSE);
      tear_down (&other, caps);
    }
}

static void
test_full (Stream *self, gconstpointer caps)
{
  guint64 id = 0;

  while (!dio_redir_gate_is_full (self->gate))
    g_assert_cmpint (bulk_in (self, ++id, 100000), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (id, >, 4);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), <, LIMIT);
  for (; id > 0; id--)
    bulk_answer (self, id, usb_redir_success, 0);
  g_assert_false (dio_redir_gate_is_full (self->gate));
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
  /* Those of nothing count as well. */
  while (!dio_redir_gate_is_full (self->gate))
    g_assert_cmpint (bulk_in (self, ++id, 0), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (id, <=, LIMIT / 1024);
}

/* However small: there is a list that is gone through for each. */
static void
test_full_of_many (Stream *self, gconstpointer caps)
{
  guint32 header[5] = { usb_redir_interrupt_packet, 4, 0, 2 };
  Stream large = { .gate = dio_redir_gate_new (G_MAXINT32, has_alternate, NULL), .piece = G_MAXSIZE / 2 };
  guint n = 0;

  for (; !dio_redir_gate_is_full (large.gate); n++)
    g_assert_cmpint (push (&large, (const guint8 *) header, 16), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (n, ==, 2048);
  dio_redir_gate_free (large.gate);
}

/* In the middle of a packet it is never full. */
static void
test_full_between (Stream *self, gconstpointer caps)
{
  struct usb_redir_bulk_packet_header bulk = { .endpoint = 2, .length_high = 7 };
  g_autoptr (GByteArray) packet = make_packet (TRUE, usb_redir_bulk_packet, 9, &bulk, sizeof bulk, 7 << 16);

  g_assert_cmpint (bulk_in (self, 1, LIMIT / 2), ==, DIO_REDIR_PASS);
  g_assert_true (dio_redir_gate_is_full (self->gate));
  bulk_answer (self, 1, usb_redir_success, 0);
  g_assert_cmpint (push (self, packet->data, packet->len - 1), ==, DIO_REDIR_PASS);
  g_assert_false (dio_redir_gate_is_full (self->gate));
  g_assert_cmpint (push (self, packet->data, 1), ==, DIO_REDIR_PASS);
  g_assert_false (dio_redir_gate_is_full (self->gate));
}

static void
test_cancelled (Stream *self, gconstpointer caps)
{
  guint64 id = 0;

  g_assert_true (dio_redir_gate_is_settled (self->gate));
  while (!dio_redir_gate_is_full (self->gate))
    {
      g_assert_cmpint (bulk_in (self, ++id, 50000), ==, DIO_REDIR_PASS);
      g_assert_cmpint (from_guest (self, usb_redir_cancel_data_packet, id, NULL, 0, 0), ==, DIO_REDIR_PASS);
      g_assert_cmpint (bulk_answer (self, id, usb_redir_cancelled, 0), ==, DIO_REDIR_PASS);
      g_assert_cmpuint (id, <, 100);
    }
  g_assert_false (dio_redir_gate_is_settled (self->gate));
  g_assert_true (dio_redir_gate_settle (self->gate));
  g_assert_true (dio_redir_gate_is_full (self->gate));
  g_assert_false (dio_redir_gate_settle (self->gate));
  g_assert_false (dio_redir_gate_is_full (self->gate));
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
}

/* One that is used twice is free when both are answered. */
static void
test_same_identifier (Stream *self, gconstpointer caps)
{
  bulk_in (self, 5, 1000);
  bulk_in (self, 5, 90000);
  bulk_answer (self, 5, usb_redir_success, 0);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >=, 90000);
  bulk_answer (self, 5, usb_redir_success, 0);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
}

static void
test_streams (Stream *self, gconstpointer caps)
{
  struct usb_redir_start_bulk_receiving_header bulk = { .bytes_per_transfer = 1024,
                                                        .endpoint = 0x83,
                                                        .no_transfers = 5 };
  struct usb_redir_stop_bulk_receiving_header stop = { .endpoint = 0x83 };
  guint8 interrupt = 0x81;
  gsize sum;
  guint n;

  g_assert_cmpint (from_guest (self, usb_redir_start_bulk_receiving, 1, &bulk, sizeof bulk, 0), ==, DIO_REDIR_PASS);
  sum = dio_redir_gate_get_sum (self->gate);
  g_assert_cmpuint (sum, >=, 5 * 1024);
  g_assert_cmpint (from_guest (self, usb_redir_start_interrupt_receiving, 2, &interrupt, 1, 0), ==, DIO_REDIR_PASS);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), >, sum);
  from_guest (self, usb_redir_stop_bulk_receiving, 3, &stop, sizeof stop, 0);
  from_guest (self, usb_redir_stop_interrupt_receiving, 4, &interrupt, 1, 0);
  dio_redir_gate_settle (self->gate);
  dio_redir_gate_settle (self->gate);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
  /* Started and stopped all the time: what is stopped is not gone at once. */
  for (n = 0; n < 1000 && !dio_redir_gate_is_full (self->gate); n++)
    {
      from_guest (self, usb_redir_start_bulk_receiving, 1, &bulk, sizeof bulk, 0);
      from_guest (self, usb_redir_stop_bulk_receiving, 3, &stop, sizeof stop, 0);
    }
  g_assert_cmpuint (n, <, 1000);
  dio_redir_gate_settle (self->gate);
  dio_redir_gate_settle (self->gate);
  bulk.bytes_per_transfer = 65536 + 1;
  g_assert_cmpint (from_guest (self, usb_redir_start_bulk_receiving, 1, &bulk, sizeof bulk, 0), ==, DIO_REDIR_REFUSE);
}

static void
test_many_streams (Stream *self, gconstpointer caps)
{
  DioRedirVerdict verdict = DIO_REDIR_PASS;

  for (guint8 i = 1; i < 16 && verdict == DIO_REDIR_PASS; i++)
    {
      struct usb_redir_start_iso_stream_header iso = { .endpoint = 0x80 | i, .pkts_per_urb = 1, .no_urbs = 16 };

      verdict = from_guest (self, usb_redir_start_iso_stream, i, &iso, sizeof iso, 0);
    }
  g_assert_cmpint (verdict, ==, DIO_REDIR_REFUSE);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), <=, LIMIT / 4);
}

static void
test_reset (Stream *self, gconstpointer caps)
{
  guint8 interrupt = 0x81;

  g_assert_cmpint (from_guest (self, usb_redir_start_interrupt_receiving, 2, &interrupt, 1, 0), ==, DIO_REDIR_PASS);
  g_assert_false (dio_redir_gate_take_slow (self->gate));
  g_assert_cmpint (from_guest (self, usb_redir_reset, 0, NULL, 0, 0), ==, DIO_REDIR_PASS);
  g_assert_true (dio_redir_gate_take_slow (self->gate));
  g_assert_false (dio_redir_gate_take_slow (self->gate));
  dio_redir_gate_settle (self->gate);
  dio_redir_gate_settle (self->gate);
  g_assert_cmpuint (dio_redir_gate_get_sum (self->gate), ==, 0);
}

static void
test_status_identifier (Stream *self, gconstpointer caps)
{
  struct usb_redir_iso_stream_status_header status = { usb_redir_stall, 0x81 };
  g_autoptr (GByteArray) packet =
      make_packet (self->wide, usb_redir_iso_stream_status, G_MAXUINT64, &status, sizeof status, 0);

  g_assert_cmpint (dio_redir_gate_check_host (self->gate, packet->data, packet->len), ==, DIO_REDIR_PASS);
  g_assert_cmpmem (packet->data + 8, packet->len - 8, "\0\0\0\0\0\0\0\0\4\x81", 10);
}

/* What usbredirhost 0.15 would break of. */
static void
test_dangers (Stream *self, gconstpointer caps)
{
  const struct usb_redir_set_alt_setting_header alternates[] = { { 0, 1 }, { 0, 2 }, { 1, 0 } };
  const struct usb_redir_start_iso_stream_header streams[] = { { 2, 1, 2 }, { 2, 1, 1 }, { 0x82, 1, 1 } };
  const struct usb_redir_control_packet_header controls[] = {
    { .endpoint = 0x80, .requesttype = 0x80, .request = 6, .length = 10 },
    { .endpoint = 0x80, .requesttype = 0x00, .request = 7, .length = 10 },
    { .endpoint = 0x80, .requesttype = 0x01, .request = 1, .length = 0 },
    { .endpoint = 0x00, .requesttype = 0x00, .request = 5 },
    { .endpoint = 0x00, .requesttype = 0x00, .request = 9 },
    { .endpoint = 0x00, .requesttype = 0x01, .request = 11 },
    { .endpoint = 0x00, .requesttype = 0x21, .request = 9 },
  };
  const gboolean good_alternates[] = { TRUE, FALSE, FALSE }, good_streams[] = { TRUE, FALSE, TRUE },
                 good_controls[] = { TRUE, FALSE, TRUE, FALSE, FALSE, FALSE, TRUE };

#define TRY(type, list, good)                                                                                          \
  for (guint i = 0; i < G_N_ELEMENTS (list); i++)                                                                      \
    {                                                                                                                  \
      Stream other = { 0 };                                                                                            \
                                                                                                                       \
      set_up (&other, caps);                                                                                           \
      g_assert_cmpint (from_guest (&other, type, 1, &list[i], sizeof list[i], 0), ==,                                  \
                       good[i] ? DIO_REDIR_PASS : DIO_REDIR_REFUSE);                                                   \
      tear_down (&other, caps);                                                                                        \
    }
  TRY (usb_redir_set_alt_setting, alternates, good_alternates)
  TRY (usb_redir_start_iso_stream, streams, good_streams)
  TRY (usb_redir_control_packet, controls, good_controls)
}

/* A guest that does not read: streams are dropped, the rest waits, and not without end. */
static void
test_not_reading (Stream *self, gconstpointer caps)
{
  struct usb_redir_iso_packet_header iso = { .endpoint = 0x81, .length = 1000 };
  struct usb_redir_iso_stream_status_header status = { 0 };
  g_autoptr (GByteArray) data = make_packet (TRUE, usb_redir_iso_packet, 1, &iso, sizeof iso, 1000);
  g_autoptr (GByteArray) small = make_packet (TRUE, usb_redir_iso_stream_status, 1, &status, sizeof status, 0);
  guint n_passed = 0;

  while (dio_redir_gate_check_host (self->gate, data->data, data->len) == DIO_REDIR_PASS)
    n_passed++;
  g_assert_cmpint (dio_redir_gate_check_host (self->gate, data->data, data->len), ==, DIO_REDIR_DROP);
  g_assert_cmpuint (dio_redir_gate_get_queued (self->gate), <=, LIMIT / 8);
  g_assert_cmpuint (n_passed * data->len, >, LIMIT / 16);
  dio_redir_gate_sent (self->gate, data->len);
  g_assert_cmpint (dio_redir_gate_check_host (self->gate, data->data, data->len), ==, DIO_REDIR_PASS);
  while (dio_redir_gate_check_host (self->gate, small->data, small->len) == DIO_REDIR_PASS)
    g_assert_cmpuint (n_passed++, <, LIMIT);
  g_assert_cmpint (dio_redir_gate_check_host (self->gate, small->data, small->len), ==, DIO_REDIR_REFUSE);
  g_assert_true (dio_redir_gate_is_full (self->gate));
}

#define ADD(name, function, caps)                                                                                      \
  g_test_add ("/usb/redir-gate/" name, Stream, GUINT_TO_POINTER (caps), set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("requests", test_requests, CAPS);
  ADD ("pieces", test_pieces, CAPS);
  ADD ("old-guest", test_old_guest, 0);
  ADD ("second-hello", test_second_hello, CAPS);
  ADD ("too-large", test_too_large, CAPS);
  ADD ("full", test_full, CAPS);
  ADD ("full-of-many", test_full_of_many, CAPS);
  ADD ("full-between", test_full_between, CAPS);
  ADD ("cancelled", test_cancelled, CAPS);
  ADD ("same-identifier", test_same_identifier, CAPS);
  ADD ("streams", test_streams, CAPS);
  ADD ("many-streams", test_many_streams, CAPS);
  ADD ("reset", test_reset, CAPS);
  ADD ("status-identifier", test_status_identifier, CAPS);
  ADD ("dangers", test_dangers, CAPS);
  ADD ("not-reading", test_not_reading, CAPS);
  return g_test_run ();
}
