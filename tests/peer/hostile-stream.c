/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that means ill: bytes that are no messages, and too few of them. */
#include "hostile-fixture.h"

#include "dbus/endpoint.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* 127 MiB are announced, a few bytes come. */
static void
test_announced_size (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) pixels = hostile_zeros (64);
  g_autoptr (GBytes) call =
      fake_qemu_method_call (LISTENER, "Scanout",
                             g_variant_new ("(uuuu@ay)", 8192, 4096, 32768, X8R8G8B8,
                                            g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, pixels, TRUE)),
                             0);
  guint8 *header = g_memdup2 (g_bytes_get_data (call, NULL), g_bytes_get_size (call));
  guint32 announced = 127 * MIB;
  gsize rss = test_get_rss ();

  memcpy (header + 4, &announced, 4);
  raw_write (self, header, g_bytes_get_size (call));
  test_run_for (100);
  g_assert_cmpuint (test_get_rss (), <, rss + 8 * MIB);
  g_free (header);
}

static void
test_impossible_size (Raw *self, gconstpointer data)
{
  guint8 header[16] = { 'l', 1, 0, 1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0 };

  raw_write (self, header, sizeof header);
  raw_assert_cut_off (self);
}

static void
test_impossible_fields (Raw *self, gconstpointer data)
{
  guint8 header[16] = { 'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };

  raw_write (self, header, sizeof header);
  raw_assert_cut_off (self);
}

static void
test_garbage (Raw *self, gconstpointer data)
{
  guint8 garbage[4096];

  for (guint i = 0; i < sizeof garbage; i++)
    garbage[i] = (guint8) g_test_rand_int ();
  garbage[0] = 'x';
  raw_write (self, garbage, sizeof garbage);
  raw_assert_cut_off (self);
}

/* A body of a million variants would unpack to a hundred times its size. */
static void
test_variants (Raw *self, gconstpointer data)
{
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("av"));
  g_autoptr (GBytes) call = NULL;
  gsize rss;

  for (guint i = 0; i < 200000; i++)
    g_variant_builder_add (builder, "v", g_variant_new_byte (0));
  call = fake_qemu_method_call (LISTENER, "Scanout", g_variant_new ("(av)", builder), 0);
  rss = self->rss = test_get_rss ();
  self->clock.last = g_get_monotonic_time ();
  hostile_write_repeatedly (self->fake->raw_fd, call, 1);
  raw_assert_cut_off (self);
  g_assert_cmpuint (test_get_rss (), <, rss + 8 * MIB);
}

static void
test_closed_in_message (Raw *self, gconstpointer data)
{
  g_autoptr (GBytes) call = fake_qemu_method_call (LISTENER, "Disable", NULL, 0);
  g_autofree char *message = NULL;

  raw_write (self, g_bytes_get_data (call, NULL), g_bytes_get_size (call) / 2);
  g_clear_fd (&self->fake->raw_fd, NULL);
  message = hostile_wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "closed its display"));
}

/* Not a word after the registration. */
static void
test_silence (Raw *self, gconstpointer data)
{
  test_run_for (100);
  g_assert_null (dio_framebuffer_peek (dio_console_get_framebuffer (self->console)));
}

static void
test_bad_authentication (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;
  g_autofree char *line = g_strnfill (100000, 'x');

  raw_write (self, line, 100000);
  message = hostile_wait_for_error (self->console);
  g_assert_nonnull (message);
}

static void
test_rejected (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;

  raw_write (self, "REJECTED KERBEROS_V4\r\n", 22);
  message = hostile_wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "authentication failed"));
}

static void
test_closed_in_authentication (Raw *self, gconstpointer data)
{
  g_autofree char *message = NULL;

  raw_write (self, "OK 0123", 7);
  g_clear_fd (&self->fake->raw_fd, NULL);
  message = hostile_wait_for_error (self->console);
  g_assert_nonnull (strstr (message, "closed its display"));
}

static void
on_endpoint_closed (const GError *error, gpointer user_data)
{
  *(GError **) user_data = g_error_copy (error);
}

static void
test_authentication_timeout (void)
{
  GDBusInterfaceInfo *interfaces[] = { NULL };
  const DioEndpointClass klass = {
    .object_path = "/", .interfaces = interfaces, .closed = on_endpoint_closed, .auth_timeout_ms = 50
  };
  g_autoptr (GError) error = NULL;
  DioEndpoint *endpoint;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  endpoint = dio_endpoint_new (fds[0], &klass, &error);
  wait_until (error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  dio_endpoint_free (endpoint);
  close (fds[1]);
}

#define TEST(name) g_test_add_func ("/hostile/" #name, test_##name)

#define SILENT(name)                                                                                                   \
  g_test_add ("/hostile/" #name, Raw, GINT_TO_POINTER (FAKE_QEMU_SILENT_LISTENER), raw_set_up, test_##name,            \
              raw_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  RAW (announced_size);
  RAW (impossible_size);
  RAW (impossible_fields);
  RAW (garbage);
  RAW (variants);
  RAW (closed_in_message);
  SILENT (silence);
  SILENT (bad_authentication);
  SILENT (rejected);
  SILENT (closed_in_authentication);
  TEST (authentication_timeout);
  return g_test_run ();
}
