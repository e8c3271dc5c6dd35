/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/sasl.h"
#include "dbus/wire.h"

#include <string.h>

static GBytes *
make_call (GVariant *body, guint32 serial)
{
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (NULL, "/a", "b.c", "D");
  gsize size;
  guint8 *blob;

  g_dbus_message_set_serial (message, serial);
  if (body)
    g_dbus_message_set_body (message, body);
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
  return g_bytes_new_take (blob, size);
}

static void
push (DioWire *wire, GBytes *bytes)
{
  dio_wire_push (wire, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* A hundred messages of all sizes, in pieces of all sizes. */
static void
test_pieces (void)
{
  g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  guint32 expected = 1;

  for (guint32 serial = 1; serial <= 100; serial++)
    {
      gsize size = (gsize) serial * serial * 23;
      g_autofree guint8 *data = g_malloc0 (size);
      g_autoptr (GBytes) call = make_call (
          g_variant_new ("(u@ay)", serial, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1)), serial);

      g_byte_array_append (stream, g_bytes_get_data (call, NULL), (guint) g_bytes_get_size (call));
    }
  for (gsize at = 0; at < stream->len;)
    {
      gsize n = (gsize) g_test_rand_int_range (1, 9000);

      n = MIN (n, stream->len - at);
      dio_wire_push (wire, stream->data + at, n);
      at += n;
      for (;;)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (GDBusMessage) message = dio_wire_pop_message (wire, &error);
          g_autoptr (GVariant) bytes = NULL;

          g_assert_no_error (error);
          if (!message)
            break;
          g_assert_cmpuint (g_dbus_message_get_serial (message), ==, expected);
          bytes = g_variant_get_child_value (g_dbus_message_get_body (message), 1);
          g_assert_cmpuint (g_variant_n_children (bytes), ==, expected * expected * 23);
          expected++;
        }
    }
  g_assert_cmpuint (expected, ==, 101);
}

/* What is announced costs nothing until it comes, and is given back. */
static void
test_memory (void)
{
  g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  const gsize size = 32 * 1024 * 1024;
  g_autofree guint8 *data = g_malloc0 (size);
  g_autoptr (GBytes) call =
      make_call (g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1)), 1);
  g_autoptr (GBytes) next = make_call (NULL, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusMessage) message = NULL;

  dio_wire_push (wire, g_bytes_get_data (call, NULL), 1000);
  g_assert_null (dio_wire_pop_message (wire, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (dio_wire_get_capacity (wire), <=, 64 * 1024);
  dio_wire_push (wire, (const guint8 *) g_bytes_get_data (call, NULL) + 1000, g_bytes_get_size (call) - 1000);
  g_assert_cmpuint (dio_wire_get_capacity (wire), <, 2 * g_bytes_get_size (call));
  message = dio_wire_pop_message (wire, &error);
  g_assert_nonnull (message);
  g_clear_object (&message);
  push (wire, next);
  message = dio_wire_pop_message (wire, &error);
  g_assert_nonnull (message);
  g_assert_cmpuint (dio_wire_get_capacity (wire), <=, 64 * 1024);
}

static void
assert_refused (const void *data, gsize size)
{
  g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  g_autoptr (GError) error = NULL;

  dio_wire_push (wire, data, size);
  g_assert_null (dio_wire_pop_message (wire, &error));
  g_assert_nonnull (error);
}

static void
test_bad_headers (void)
{
  static const guint8 headers[][16] = {
    { 'x', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 }, /* byte order */
    { 'l', 1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 }, /* version */
    { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0 }, /* fields of over 64 KiB */
    { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
    { 'l', 1, 0, 1, 0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0 }, /* 128 MiB and a header */
    { 'l', 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0 },
    { 'B', 1, 0, 1, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 },
    { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 }, /* a call of nothing */
    { 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    assert_refused (headers[i], sizeof headers[i]);
}

/* Large bodies must be of plain values and bytes; small ones need not. */
static void
test_complex_bodies (void)
{
  for (guint n = 10; n <= 100000; n *= 100)
    {
      g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
      g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("av"));
      g_autoptr (GBytes) call = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GDBusMessage) message = NULL;

      for (guint i = 0; i < n; i++)
        g_variant_builder_add (builder, "v", g_variant_new_byte (1));
      call = make_call (g_variant_new ("(av)", builder), 1);
      /* Before the body has come. */
      dio_wire_push (wire, g_bytes_get_data (call, NULL), n > 1000 ? 200 : g_bytes_get_size (call));
      message = dio_wire_pop_message (wire, &error);
      g_assert_true (n > 1000 ? error != NULL : message != NULL);
    }
}

static void
test_lines (void)
{
  g_autoptr (DioWire) wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL, *second = NULL, *third = NULL, *none = NULL;

  g_assert_null (dio_wire_pop_line (wire, &error));
  dio_wire_push (wire, "OK 12\r\nAGREE\n\r\nDAT", 17);
  first = dio_wire_pop_line (wire, &error);
  second = dio_wire_pop_line (wire, &error);
  third = dio_wire_pop_line (wire, &error);
  none = dio_wire_pop_line (wire, &error);
  g_assert_cmpstr (first, ==, "OK 12");
  g_assert_cmpstr (second, ==, "AGREE");
  g_assert_cmpstr (third, ==, "");
  g_assert_null (none);
  g_assert_no_error (error);
  for (guint i = 0; i < 200; i++)
    dio_wire_push (wire, "0123456789", 10);
  g_assert_null (dio_wire_pop_line (wire, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
test_sasl (void)
{
  DioSasl sasl;
  g_autoptr (GError) error = NULL;
  g_autofree char *start = dio_sasl_start (&sasl, 1000), *fds = NULL, *begin = NULL, *none = NULL;

  g_assert_cmpstr (start, ==, "AUTH EXTERNAL 31303030\r\n");
  fds = dio_sasl_answer (&sasl, "OK 1234deadbeef", &error);
  g_assert_cmpstr (fds, ==, "NEGOTIATE_UNIX_FD\r\n");
  g_assert_cmpint (sasl.state, !=, DIO_SASL_DONE);
  begin = dio_sasl_answer (&sasl, "ERROR no descriptors here", &error);
  g_assert_cmpstr (begin, ==, "BEGIN\r\n");
  g_assert_cmpint (sasl.state, ==, DIO_SASL_DONE);
  g_assert_no_error (error);

  g_free (dio_sasl_start (&sasl, 0));
  none = dio_sasl_answer (&sasl, "REJECTED DBUS_COOKIE_SHA1", &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_clear_error (&error);

  /* A server that asks and asks. */
  g_free (dio_sasl_start (&sasl, 0));
  for (guint i = 0; i < 1000 && !error; i++)
    g_free (dio_sasl_answer (&sasl, "DATA", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/wire/pieces", test_pieces);
  g_test_add_func ("/wire/memory", test_memory);
  g_test_add_func ("/wire/bad_headers", test_bad_headers);
  g_test_add_func ("/wire/complex_bodies", test_complex_bodies);
  g_test_add_func ("/wire/lines", test_lines);
  g_test_add_func ("/wire/sasl", test_sasl);
  return g_test_run ();
}
