/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-portal.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>

#define NAME "org.freedesktop.portal.Desktop"
#define PATH "/org/freedesktop/portal/desktop"
#define INTERFACE "org.freedesktop.portal.Usb"

static const char description[] =
    "<node><interface name='" INTERFACE "'>"
    "<method name='CreateSession'><arg type='a{sv}' direction='in'/><arg type='o' direction='out'/></method>"
    "<method name='EnumerateDevices'><arg type='a{sv}' direction='in'/><arg type='a(sa{sv})' direction='out'/></method>"
    "<method name='AcquireDevices'><arg type='s' direction='in'/><arg type='a(sa{sv})' direction='in'/>"
    "<arg type='a{sv}' direction='in'/><arg type='o' direction='out'/></method>"
    "<method name='FinishAcquireDevices'><arg type='o' direction='in'/><arg type='a{sv}' direction='in'/>"
    "<arg type='a(sa{sv})' direction='out'/><arg type='b' direction='out'/></method>"
    "<method name='ReleaseDevices'><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/></method>"
    "</interface></node>";

static char *
make_path (const char *kind, const char *sender, GVariant *options, const char *key)
{
  g_autofree char *name = g_strdelimit (g_strdup (sender + 1), ".", '_');
  const char *token = "none";

  g_variant_lookup (options, key, "&s", &token);
  return g_strdup_printf (PATH "/%s/%s/%s", kind, name, token);
}

static void
create_session (FakePortal *self, GVariant *arguments, GDBusMethodInvocation *call)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 0);

  g_set_str (&self->client, g_dbus_method_invocation_get_sender (call));
  g_free (self->session);
  self->session = make_path ("session", self->client, options, "session_handle_token");
  g_dbus_method_invocation_return_value (
      call, g_variant_new ("(o)", self->session_elsewhere ? PATH "/session/elsewhere" : self->session));
}

static void
acquire (FakePortal *self, GVariant *arguments, GDBusMethodInvocation *call)
{
  g_autoptr (GVariant) devices = g_variant_get_child_value (arguments, 1);
  g_autoptr (GVariant) options = g_variant_get_child_value (arguments, 2);
  g_autoptr (GVariant) access = NULL;

  g_assert_cmpuint (g_variant_n_children (devices), ==, 1);
  g_clear_pointer (&self->acquired, g_free);
  g_clear_pointer (&self->window, g_free);
  g_free (self->request);
  g_variant_get_child (devices, 0, "(s@a{sv})", &self->acquired, &access);
  g_variant_lookup (access, "writable", "b", &self->writable);
  g_variant_get_child (arguments, 0, "s", &self->window);
  self->request = make_path ("request", g_dbus_method_invocation_get_sender (call), options, "handle_token");
  if (self->refusal != NULL)
    g_dbus_method_invocation_return_dbus_error (call, self->refusal, "No");
  else
    g_dbus_method_invocation_return_value (
        call, g_variant_new ("(o)", self->request_elsewhere ? PATH "/request/elsewhere" : self->request));
}

static GVariant *
make_results (FakePortal *self, gboolean finished)
{
  GVariantBuilder results, result;

  g_variant_builder_init (&results, G_VARIANT_TYPE ("a(sa{sv})"));
  g_variant_builder_init (&result, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&result, "{sv}", "success", g_variant_new_boolean (TRUE));
  if (finished && self->index >= 0)
    g_variant_builder_add (&result, "{sv}", "fd", g_variant_new_handle (self->index));
  if (finished)
    g_variant_builder_add (&results, "(sa{sv})", self->handed_id, &result);
  else
    g_variant_builder_clear (&result);
  return g_variant_new ("(a(sa{sv})b)", &results, finished);
}

static void
finish_acquire (FakePortal *self, GVariant *arguments, GDBusMethodInvocation *call)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  const char *request;

  g_variant_get_child (arguments, 0, "&o", &request);
  g_assert_cmpstr (request, ==, self->request);
  self->n_finishes--;
  if (self->n_finishes == 0 && self->fd >= 0)
    g_unix_fd_list_append (fds, self->fd, NULL);
  if (self->answers_otherwise)
    {
      /* Past GDBus, which would not. */
      g_autoptr (GDBusMessage) reply = g_dbus_message_new_method_reply (g_dbus_method_invocation_get_message (call));

      g_dbus_message_set_body (reply, g_variant_new ("(s)", "nothing"));
      g_dbus_connection_send_message (self->connection, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
      g_object_unref (call);
    }
  else
    g_dbus_method_invocation_return_value_with_unix_fd_list (call, make_results (self, self->n_finishes == 0), fds);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *arguments, GDBusMethodInvocation *call, gpointer user_data)
{
  FakePortal *self = user_data;

  if (g_str_equal (method, "CreateSession"))
    create_session (self, arguments, call);
  else if (g_str_equal (method, "EnumerateDevices"))
    g_dbus_method_invocation_return_value (call, self->listed != NULL ? g_variant_new ("(@a(sa{sv}))", self->listed)
                                                                      : g_variant_new ("(a(sa{sv}))", NULL));
  else if (g_str_equal (method, "AcquireDevices"))
    acquire (self, arguments, call);
  else if (g_str_equal (method, "FinishAcquireDevices"))
    finish_acquire (self, arguments, call);
  else
    {
      g_autoptr (GVariant) ids = g_variant_get_child_value (arguments, 0);

      g_clear_pointer (&self->released, g_free);
      g_variant_get_child (ids, 0, "s", &self->released);
      self->n_released++;
      g_dbus_method_invocation_return_value (call, NULL);
    }
}

/* In the connection's thread. */
static GDBusMessage *
count_closes (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  FakePortal *self = user_data;

  if (incoming && g_strcmp0 (g_dbus_message_get_interface (message), "org.freedesktop.portal.Request") == 0 &&
      g_strcmp0 (g_dbus_message_get_member (message), "Close") == 0)
    g_atomic_int_inc ((gint *) &self->n_closed);
  return message;
}

FakePortal *
fake_portal_new (const char *address)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  FakePortal *self = g_new0 (FakePortal, 1);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (description, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  self->fd = -1;
  self->connection = g_dbus_connection_new_for_address_sync (
      address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
      NULL, &error);
  g_assert_no_error (error);
  self->filter = g_dbus_connection_add_filter (self->connection, count_closes, self, NULL);
  self->registration =
      g_dbus_connection_register_object (self->connection, PATH, node->interfaces[0], &vtable, self, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", NAME, 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  return self;
}

void
fake_portal_free (FakePortal *self)
{
  g_dbus_connection_unregister_object (self->connection, self->registration);
  g_dbus_connection_remove_filter (self->connection, self->filter);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_object_unref (self->connection);
  g_clear_pointer (&self->listed, g_variant_unref);
  g_clear_fd (&self->fd, NULL);
  g_free (self->session);
  g_free (self->request);
  g_free (self->window);
  g_free (self->acquired);
  g_free (self->released);
  g_free (self->client);
  g_free (self->handed_id);
  g_free (self);
}

GVariant *
fake_portal_make_device (const char *node, const char *vendor, const char *model, const char *name)
{
  GVariantBuilder properties, info;

  g_variant_builder_init (&properties, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&properties, "{sv}", "ID_VENDOR_ID", g_variant_new_string (vendor));
  g_variant_builder_add (&properties, "{sv}", "ID_MODEL_ID", g_variant_new_string (model));
  g_variant_builder_add (&properties, "{sv}", "ID_MODEL_ENC", g_variant_new_string (name));
  g_variant_builder_add (&properties, "{sv}", "ID_SERIAL_SHORT", g_variant_new_string ("4711"));
  g_variant_builder_init (&info, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&info, "{sv}", "device-file", g_variant_new_string (node));
  g_variant_builder_add (&info, "{sv}", "properties", g_variant_builder_end (&properties));
  return g_variant_builder_end (&info);
}

void
fake_portal_tell_raw (FakePortal *self, const char *path, const char *interface, const char *signal,
                      GVariant *arguments)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, self->client, path, interface, signal, arguments, &error);
  g_assert_no_error (error);
}

void
fake_portal_tell (FakePortal *self, const char *action, const char *id, GVariant *info)
{
  GVariantBuilder events;

  g_variant_builder_init (&events, G_VARIANT_TYPE ("a(ssa{sv})"));
  if (info != NULL)
    g_variant_builder_add (&events, "(ss@a{sv})", action, id, info);
  else
    g_variant_builder_add (&events, "(ssa{sv})", action, id, NULL);
  fake_portal_tell_raw (self, PATH, INTERFACE, "DeviceEvents", g_variant_new ("(oa(ssa{sv}))", self->session, &events));
}

void
fake_portal_answer (FakePortal *self, guint response)
{
  fake_portal_tell_raw (self, self->request, "org.freedesktop.portal.Request", "Response",
                        g_variant_new ("(ua{sv})", response, NULL));
}

void
fake_portal_hand_out (FakePortal *self, const char *id, int fd, int index, gint n)
{
  g_set_str (&self->handed_id, id);
  g_clear_fd (&self->fd, NULL);
  self->fd = fd;
  self->index = index;
  self->n_finishes = n;
}
