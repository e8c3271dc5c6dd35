/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* QEMU's end of the agent's port: when a stream is registered, and that each begins anew. */
#include "fake-qemu.h"

#include "session/agent-port.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH "/org/qemu/Display1/Chardev_agent"

typedef struct
{
  FakeQemu *qemu;
  DioQemuChardev *chardev;
  DioAgentPort *port;
  int fd;          /* QEMU's end, or -1 */
  guint n_asked;   /* calls of Register */
  guint n_refused; /* so many are refused from now on */
  guint n_told;    /* changes of "agent" */
} Fixture;

static gboolean
on_register (DioQemuChardev *chardev, GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *stream,
             Fixture *self)
{
  self->n_asked++;
  if (self->fd >= 0 || self->n_refused > 0)
    {
      self->n_refused -= self->n_refused > 0;
      g_dbus_method_invocation_return_error_literal (invocation, G_IO_ERROR, G_IO_ERROR_FAILED,
                                                     "Couldn't register FD!");
      return TRUE;
    }
  self->fd = g_unix_fd_list_get (fds, g_variant_get_handle (stream), NULL);
  g_assert_cmpint (self->fd, >=, 0);
  dio_qemu_chardev_complete_register (chardev, invocation, NULL);
  return TRUE;
}

static void
on_told (Fixture *self)
{
  self->n_told++;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (PATH);

  self->fd = -1;
  self->qemu = fake_qemu_new (FAKE_QEMU_HONEST);
  self->chardev = dio_qemu_chardev_skeleton_new ();
  dio_qemu_chardev_set_name (self->chardev, "com.redhat.spice.0");
  g_signal_connect (self->chardev, "handle-register", G_CALLBACK (on_register), self);
  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (self->chardev));
  g_dbus_object_manager_server_export (self->qemu->manager, object);
  self->port = dio_agent_port_new (self->qemu->client, NULL, PATH);
  g_signal_connect_swapped (self->port, "notify::agent", G_CALLBACK (on_told), self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  dio_agent_port_close (self->port);
  g_assert_null (dio_agent_port_get_agent (self->port));
  g_assert_finalize_object (g_steal_pointer (&self->port));
  g_clear_fd (&self->fd, NULL);
  g_clear_object (&self->chardev);
  g_clear_pointer (&self->qemu, fake_qemu_free);
}

static void
set_guest (Fixture *self, gboolean open)
{
  dio_qemu_chardev_set_fe_opened (self->chardev, open);
}

/* QEMU notices that our end is closed. */
static void
wait_closed (Fixture *self)
{
  char buffer[4096];

  while (recv (self->fd, buffer, sizeof buffer, 0) > 0)
    ;
  g_clear_fd (&self->fd, NULL);
}

/* Nothing before a program in the guest has opened the port; a stream for each that does. */
static void
test_follows (Fixture *self, gconstpointer data)
{
  g_autoptr (DioAgent) first = NULL;

  test_run_for (50);
  g_assert_cmpuint (self->n_asked, ==, 0);
  g_assert_null (dio_agent_port_get_agent (self->port));

  set_guest (self, TRUE);
  wait_until (dio_agent_port_get_agent (self->port));
  g_assert_cmpuint (self->n_asked, ==, 1);
  g_assert_cmpuint (self->n_told, ==, 1);
  first = g_object_ref (dio_agent_port_get_agent (self->port));

  set_guest (self, FALSE);
  wait_until (!dio_agent_port_get_agent (self->port));
  wait_closed (self);
  g_assert_cmpuint (self->n_asked, ==, 1);

  set_guest (self, TRUE);
  wait_until (dio_agent_port_get_agent (self->port));
  g_assert_true (dio_agent_port_get_agent (self->port) != first);
  g_assert_cmpuint (self->n_asked, ==, 2);
  g_assert_cmpuint (self->n_told, ==, 3);
}

/* QEMU has not noticed yet that the stream before is closed. */
static void
test_refused (Fixture *self, gconstpointer data)
{
  self->n_refused = 3;
  set_guest (self, TRUE);
  wait_until (dio_agent_port_get_agent (self->port));
  g_assert_cmpuint (self->n_asked, ==, 4);
}

/* Somebody else has it: that is not asked for ever, and again when it is free. */
static void
test_taken (Fixture *self, gconstpointer data)
{
  dio_qemu_chardev_set_owner (self->chardev, ":1.7");
  self->n_refused = 1000;
  set_guest (self, TRUE);
  wait_until (self->n_refused == 980);
  test_run_for (300);
  g_assert_cmpuint (self->n_refused, ==, 980);
  g_assert_null (dio_agent_port_get_agent (self->port));

  self->n_refused = 0;
  dio_qemu_chardev_set_owner (self->chardev, "");
  wait_until (dio_agent_port_get_agent (self->port));
}

/* QEMU ends the stream, the guest's end stays open: there is a new one. */
static void
test_lost (Fixture *self, gconstpointer data)
{
  set_guest (self, TRUE);
  wait_until (dio_agent_port_get_agent (self->port));
  g_clear_fd (&self->fd, NULL);
  wait_until (!dio_agent_port_get_agent (self->port));
  wait_until (dio_agent_port_get_agent (self->port));
  g_assert_cmpuint (self->n_asked, ==, 2);
}

/* A guest that does nothing but open and close its port. */
static void
test_flicker (Fixture *self, gconstpointer data)
{
  gint64 begun = g_get_monotonic_time ();

  for (guint i = 0; i < 50; i++)
    {
      set_guest (self, TRUE);
      test_run_for (5);
      set_guest (self, FALSE);
      test_run_for (5);
      g_clear_fd (&self->fd, NULL);
    }
  /* One a second, and of the first one nobody knows when it was. */
  g_assert_cmpint (self->n_asked, <=, 2 + (g_get_monotonic_time () - begun) / G_TIME_SPAN_SECOND);
  set_guest (self, TRUE);
  wait_until (dio_agent_port_get_agent (self->port));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/agent-port/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("follows", test_follows);
  ADD ("refused", test_refused);
  ADD ("taken", test_taken);
  ADD ("lost", test_lost);
  ADD ("flicker", test_flicker);
  return g_test_run ();
}
