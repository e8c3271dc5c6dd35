/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/sasl.h"
#include "dbus/wire.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* --- descriptors --- */

typedef struct
{
  DioWire *wire;
  int ours, theirs; /* of the socket */
  guint n_fds;
} Passing;

static guint
count_fds (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
passing_set_up (Passing *self, gconstpointer data)
{
  int fds[2];

  self->n_fds = count_fds ();
  self->wire = dio_wire_new (DIO_WIRE_MAX_MESSAGE);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->ours = fds[0];
  self->theirs = fds[1];
}

static void
passing_tear_down (Passing *self, gconstpointer data)
{
  dio_wire_free (self->wire);
  g_clear_fd (&self->ours, NULL);
  g_clear_fd (&self->theirs, NULL);
  g_assert_cmpuint (count_fds (), ==, self->n_fds);
}

/* A call that says to have N_FDS descriptors. */
static GBytes *
make_call_with (guint n_fds, guint32 serial)
{
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (NULL, "/a", "b.c", "D");
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  gsize size;
  guint8 *blob;

  g_dbus_message_set_serial (message, serial);
  for (guint i = 0; i < n_fds; i++)
    g_assert_cmpint (g_unix_fd_list_append (list, STDERR_FILENO, NULL), ==, (int) i);
  if (n_fds > 0)
    g_dbus_message_set_unix_fd_list (message, list);
  blob = g_dbus_message_to_blob (message, &size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
  return g_bytes_new_take (blob, size);
}

/* N of files of their own, given away, with SIZE of BYTES from AT. The files are told apart by their size, which is
 * MARK. */
static void
send_with (Passing *self, GBytes *bytes, gsize at, gsize size, guint n, gsize mark)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * 200)];
  } control = { 0 };
  struct iovec io = { (guint8 *) g_bytes_get_data (bytes, NULL) + at, size };
  struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1 };
  int fds[200];

  for (guint i = 0; i < n; i++)
    {
      fds[i] = memfd_create ("mark", MFD_CLOEXEC);
      g_assert_cmpint (ftruncate (fds[i], (off_t) mark), ==, 0);
    }
  if (n > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * n);
      control.header = (struct cmsghdr) { CMSG_LEN (sizeof (int) * n), SOL_SOCKET, SCM_RIGHTS };
      memcpy (CMSG_DATA (&control.header), fds, sizeof (int) * n);
    }
  g_assert_cmpint (sendmsg (self->theirs, &message, 0), ==, (gssize) size);
  for (guint i = 0; i < n; i++)
    close (fds[i]);
}

static void
receive (Passing *self)
{
  g_autoptr (GError) error = NULL;

  dio_wire_receive (self->wire, self->ours, &error);
  g_assert_no_error (error);
}

/* The next message is that of SERIAL, with N descriptors of files of MARK bytes. */
static void
assert_next (Passing *self, guint32 serial, guint n, gsize mark)
{
  const guint8 *data;
  int fds[DIO_WIRE_MAX_FDS];
  guint n_fds;
  guint32 found;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (dio_wire_pop_raw (self->wire, &data, fds, &n_fds, &error), >, 0);
  g_assert_no_error (error);
  memcpy (&found, data + 8, sizeof found);
  g_assert_cmpuint (found, ==, serial);
  g_assert_cmpuint (n_fds, ==, n);
  for (guint i = 0; i < n_fds; i++)
    {
      struct stat status;

      g_assert_cmpint (fstat (fds[i], &status), ==, 0);
      g_assert_cmpint (status.st_size, ==, (off_t) mark);
      close (fds[i]);
    }
}

/* Who claims none gets none, and leaves none to the next. */
static void
test_unclaimed_fds (Passing *self, gconstpointer data)
{
  g_autoptr (GBytes) none = make_call_with (0, 1), one = make_call_with (1, 2);

  for (guint i = 0; i < 20; i++)
    {
      guint n_fds = count_fds ();

      send_with (self, none, 0, g_bytes_get_size (none), i % 2 ? 200 : 3, 100);
      receive (self);
      assert_next (self, 1, 0, 0);
      g_assert_cmpuint (count_fds (), ==, n_fds);
      send_with (self, one, 0, g_bytes_get_size (one), 1 + i % 2, 200);
      receive (self);
      assert_next (self, 2, 1, 200);
      g_assert_cmpuint (count_fds (), ==, n_fds);
    }
  /* What is left when the connection ends is closed with it. */
  send_with (self, one, 0, 20, 3, 300);
  receive (self);
}

/* They may come with any byte of their message: its last, which the next message's first ones follow. */
static void
test_late_fds (Passing *self, gconstpointer data)
{
  g_autoptr (GBytes) first = make_call_with (2, 1), second = make_call_with (1, 2), none = make_call_with (0, 3);
  gsize size = g_bytes_get_size (first);

  send_with (self, first, 0, size - 1, 1, 100);
  receive (self);
  send_with (self, first, size - 1, 1, 1, 100);
  receive (self);
  send_with (self, second, 0, g_bytes_get_size (second), 1, 200);
  receive (self);
  /* The two of one receive. */
  send_with (self, none, 0, g_bytes_get_size (none), 0, 0);
  send_with (self, second, 0, g_bytes_get_size (second), 1, 300);
  receive (self);
  assert_next (self, 1, 2, 100);
  assert_next (self, 2, 1, 200);
  assert_next (self, 3, 0, 0);
  assert_next (self, 2, 1, 300);
}

/* They came a message too early, or too late. */
static void
test_misplaced_fds (Passing *self, gconstpointer data)
{
  g_autoptr (GBytes) first = make_call_with (GPOINTER_TO_UINT (data), 1), second = make_call_with (1, 2);
  const guint8 *bytes;
  int fds[DIO_WIRE_MAX_FDS];
  guint n_fds;
  g_autoptr (GError) error = NULL;

  send_with (self, first, 0, g_bytes_get_size (first), 1 - GPOINTER_TO_UINT (data), 100);
  receive (self);
  send_with (self, second, 0, g_bytes_get_size (second), GPOINTER_TO_UINT (data), 200);
  receive (self);
  if (GPOINTER_TO_UINT (data) == 0)
    assert_next (self, 1, 0, 0);
  g_assert_cmpuint (dio_wire_pop_raw (self->wire, &bytes, fds, &n_fds, &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* One of two: it is no one's to close but the queue's, who closes it with the connection. */
static void
test_one_of_two_fds (Passing *self, gconstpointer data)
{
  g_autoptr (GBytes) call = make_call_with (2, 1);
  const guint8 *bytes;
  int fds[DIO_WIRE_MAX_FDS];
  guint n_fds = 7, n_open;
  g_autoptr (GError) error = NULL;

  send_with (self, call, 0, g_bytes_get_size (call), 1, 100);
  receive (self);
  n_open = count_fds ();
  if (GPOINTER_TO_UINT (data))
    {
      g_assert_null (dio_wire_pop_message (self->wire, &error));
    }
  else
    {
      g_assert_cmpuint (dio_wire_pop_raw (self->wire, &bytes, fds, &n_fds, &error), ==, 0);
      g_assert_cmpuint (n_fds, ==, 0);
    }
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "1 file descriptors instead of 2"));
  g_assert_cmpuint (count_fds (), ==, n_open);
}

/* This process has no room for those of one message, of which only the beginning has come: it gets none, and not those
 * of the next, which come with the rest of it. */
static void
test_lost_fds (Passing *self, gconstpointer data)
{
  const guint room = 10; /* left of the buffer that a receive fills */
  g_autofree guint8 *filler = g_malloc0 (64 * 1024);
  g_autoptr (GBytes) first = NULL, second = make_call_with (GPOINTER_TO_UINT (data), 2), third = make_call_with (1, 3);
  struct rlimit limit, none;
  int lowest;

  first = make_call (
      g_variant_new ("(@ay)", g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, filler, 64 * 1024 - 200, 1)), 1);
  dio_wire_push (self->wire, filler, 64 * 1024 - room - g_bytes_get_size (first));
  while (dio_wire_pop_byte (self->wire) >= 0)
    ;
  push (self->wire, first);
  send_with (self, second, 0, g_bytes_get_size (second), GPOINTER_TO_UINT (data), 200);
  lowest = dup (STDERR_FILENO);
  close (lowest);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  none = limit;
  none.rlim_cur = (rlim_t) lowest + GPOINTER_TO_UINT (data) - 1;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  receive (self);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  send_with (self, third, 0, g_bytes_get_size (third), 1, 300);
  receive (self);
  receive (self);
  assert_next (self, 1, 0, 0);
  assert_next (self, 2, 0, 0);
  assert_next (self, 3, 1, 300);
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

#define PASSING(path, test, data)                                                                                      \
  g_test_add ("/wire/" path, Passing, GUINT_TO_POINTER (data), passing_set_up, test, passing_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/wire/pieces", test_pieces);
  g_test_add_func ("/wire/memory", test_memory);
  g_test_add_func ("/wire/bad_headers", test_bad_headers);
  g_test_add_func ("/wire/complex_bodies", test_complex_bodies);
  PASSING ("unclaimed_fds", test_unclaimed_fds, 0);
  PASSING ("late_fds", test_late_fds, 0);
  PASSING ("early_fds", test_misplaced_fds, 0);
  PASSING ("missing_fds", test_misplaced_fds, 1);
  PASSING ("one_of_two_fds", test_one_of_two_fds, FALSE);
  PASSING ("one_of_two_fds/message", test_one_of_two_fds, TRUE);
  PASSING ("lost_fd", test_lost_fds, 1);
  PASSING ("lost_fds", test_lost_fds, 3);
  g_test_add_func ("/wire/lines", test_lines);
  g_test_add_func ("/wire/sasl", test_sasl);
  return g_test_run ();
}
