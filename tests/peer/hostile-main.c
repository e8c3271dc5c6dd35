/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A QEMU that means ill on the connection that all objects share. Whatever it does, this process lives, and its memory
 * and its descriptors stay within bounds. */
#include "hostile-fixture.h"

#include "dbus/connection.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The connection that all share: GDBus would queue whatever comes. */

static void
test_signal_flood (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  gsize rss = test_get_rss ();

  /* The main loop does not turn meanwhile: the worst case. */
  for (guint i = 0; i < 60000; i++)
    {
      GVariantBuilder changed = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sv}"));

      g_variant_builder_add (&changed, "{sv}", "Width", g_variant_new_uint32 (i));
      g_dbus_connection_emit_signal (
          qemu->server, NULL, "/org/qemu/Display1/Console_0", "org.freedesktop.DBus.Properties", "PropertiesChanged",
          g_variant_new ("(sa{sv}@as)", "org.qemu.Display1.Console", &changed, g_variant_new_strv (NULL, 0)), NULL);
      if (i % 1000 == 0)
        g_dbus_connection_flush_sync (qemu->server, NULL, NULL);
    }
  wait_until (g_dbus_connection_is_closed (qemu->client));
  g_assert_cmpuint (test_get_rss (), <, rss + 2 * MAX_GROWTH);
}

static void
test_call_flood (void)
{
  g_autoptr (FakeQemu) qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  g_autoptr (DioConsole) console = hostile_open_console (qemu);
  gsize rss = test_get_rss ();

  for (guint i = 0; i < 60000 && !g_dbus_connection_is_closed (qemu->server); i++)
    {
      g_autoptr (GDBusMessage) call = g_dbus_message_new_method_call (NULL, "/a", "b.c", "D");

      g_dbus_connection_send_message (qemu->server, call, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
      if (i % 1000 == 0)
        g_dbus_connection_flush_sync (qemu->server, NULL, NULL);
    }
  test_run_for (50);
  g_assert_cmpuint (test_get_rss (), <, rss + 2 * MAX_GROWTH);
}

/* Its bytes, by hand. */

typedef struct
{
  int fd;
  gboolean authenticates;
  GBytes *bytes;
} Server;

static gpointer
run_server (gpointer data)
{
  Server *self = data;

  if (!self->authenticates || fake_qemu_authenticate (self->fd))
    fake_qemu_write (self->fd, self->bytes, NULL, 0);
  return NULL;
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* A main connection to a server that says BYTES; it must not last, nor cost much. */
static void
assert_hung_up (GBytes *bytes, gboolean authenticates)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;
  Server server = { -1, authenticates, bytes };
  gsize rss = test_get_rss ();
  guint n_fds;
  GThread *thread;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  n_fds = test_count_fds ();
  server.fd = fds[0];
  thread = g_thread_new ("server", run_server, &server);
  dio_dbus_connect_peer_async (fds[1], NULL, on_result, &result);
  wait_until (result);
  connection = dio_dbus_connect_peer_finish (result, &error);
  g_assert_true (authenticates ? connection != NULL : error != NULL);
  if (connection)
    wait_until (g_dbus_connection_is_closed (connection));
  g_thread_join (thread);
  g_assert_cmpuint (test_get_rss (), <, rss + MAX_GROWTH);
  g_clear_object (&connection);
  g_clear_object (&result);
  close (fds[0]);
  wait_until (test_count_fds () <= n_fds);
}

static void
test_endless_line (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_strnfill (64 * MIB, 'x'), 64 * MIB);

  assert_hung_up (bytes, FALSE);
}

static void
test_endless_lines (void)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (lines, "DATA 00\r\n");
  bytes = g_string_free_to_bytes (g_steal_pointer (&lines));
  assert_hung_up (bytes, FALSE);
}

static void
test_variants (void)
{
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("av"));
  g_autoptr (GBytes) call = NULL;

  for (guint i = 0; i < 200000; i++)
    g_variant_builder_add (builder, "v", g_variant_new_byte (0));
  call = fake_qemu_method_call ("a.b", "C", g_variant_new ("(av)", builder), 0);
  assert_hung_up (call, TRUE);
}

static void
test_large (void)
{
  g_autoptr (GBytes) data = hostile_zeros (100 * MIB);
  g_autoptr (GBytes) call = fake_qemu_method_call (
      "a.b", "C", g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, data, TRUE)), 0);

  assert_hung_up (call, TRUE);
}

static void
test_garbage (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_strnfill (1000, '!'), 1000);

  assert_hung_up (bytes, TRUE);
}

#define TEST(name) g_test_add_func ("/hostile-main/" #name, test_##name)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST (signal_flood);
  TEST (call_flood);
  TEST (endless_line);
  TEST (endless_lines);
  TEST (variants);
  TEST (large);
  TEST (garbage);
  return g_test_run ();
}
