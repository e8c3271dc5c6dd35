/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/standard-interfaces.h"

#define ERROR_NAME(name) ("org.freedesktop.DBus.Error." name)

static const GDBusInterfaceInfo *
find_interface (const DioEndpointClass *klass, const char *name)
{
  for (GDBusInterfaceInfo *const *info = klass->interfaces; *info; info++)
    if (g_str_equal ((*info)->name, name))
      return *info;
  return NULL;
}

static gboolean
is_our_path (const DioEndpointClass *klass, DioEndpointCall *call, GDBusMessage *message)
{
  if (g_strcmp0 (g_dbus_message_get_path (message), klass->object_path) == 0)
    return TRUE;
  dio_endpoint_call_return_error (call, ERROR_NAME ("UnknownObject"), "There is no such object");
  return FALSE;
}

/* The body, if it is of TYPE; else the call is answered. */
static GVariant *
get_arguments (DioEndpointCall *call, GDBusMessage *message, const char *type)
{
  GVariant *body = g_dbus_message_get_body (message);

  if (!body && g_str_equal (type, "()"))
    return g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
  if (body && g_variant_is_of_type (body, G_VARIANT_TYPE (type)))
    return g_variant_ref (body);
  dio_endpoint_call_return_error (call, ERROR_NAME ("InvalidArgs"), "The arguments are of other types");
  return NULL;
}

static void
introspect (const DioEndpointClass *klass, DioEndpointCall *call)
{
  g_autoptr (GString) xml = g_string_new ("<node>\n");

  for (GDBusInterfaceInfo *const *info = klass->interfaces; *info; info++)
    g_dbus_interface_info_generate_xml (*info, 2, xml);
  g_string_append (xml, "</node>\n");
  dio_endpoint_call_return (call, g_variant_new ("(s)", xml->str));
}

static void
get_property (const DioEndpointClass *klass, gpointer user_data, DioEndpointCall *call, GVariant *body)
{
  const char *interface, *property;
  const GDBusInterfaceInfo *info;

  g_variant_get (body, "(&s&s)", &interface, &property);
  info = find_interface (klass, interface);
  if (info && g_dbus_interface_info_lookup_property ((GDBusInterfaceInfo *) info, property))
    dio_endpoint_call_return (call, g_variant_new ("(v)", klass->get_property (interface, property, user_data)));
  else
    dio_endpoint_call_return_error (call, ERROR_NAME ("UnknownProperty"), "There is no such property");
}

static void
get_all_properties (const DioEndpointClass *klass, gpointer user_data, DioEndpointCall *call, GVariant *body)
{
  const char *interface;
  const GDBusInterfaceInfo *info;
  g_auto (GVariantBuilder) values = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_get (body, "(&s)", &interface);
  info = find_interface (klass, interface);
  if (!info)
    {
      dio_endpoint_call_return_error (call, ERROR_NAME ("UnknownInterface"), "There is no such interface");
      return;
    }
  for (guint i = 0; info->properties && info->properties[i]; i++)
    g_variant_builder_add (&values, "{sv}", info->properties[i]->name,
                           klass->get_property (interface, info->properties[i]->name, user_data));
  dio_endpoint_call_return (call, g_variant_new ("(a{sv})", &values));
}

static void
handle_properties (const DioEndpointClass *klass, gpointer user_data, DioEndpointCall *call, GDBusMessage *message)
{
  const char *member = g_dbus_message_get_member (message);
  g_autoptr (GVariant) body = NULL;

  if (!is_our_path (klass, call, message))
    return;
  if (g_str_equal (member, "Get"))
    {
      if ((body = get_arguments (call, message, "(ss)")))
        get_property (klass, user_data, call, body);
    }
  else if (g_str_equal (member, "GetAll"))
    {
      if ((body = get_arguments (call, message, "(s)")))
        get_all_properties (klass, user_data, call, body);
    }
  else
    {
      dio_endpoint_call_return_error (call, ERROR_NAME ("PropertyReadOnly"), "The properties can only be read");
    }
}

gboolean
dio_standard_interfaces_handle (const DioEndpointClass *klass, gpointer user_data, DioEndpointCall *call,
                                GDBusMessage *message)
{
  const char *interface = g_dbus_message_get_interface (message), *member = g_dbus_message_get_member (message);

  if (g_strcmp0 (interface, "org.freedesktop.DBus.Properties") == 0)
    {
      handle_properties (klass, user_data, call, message);
      return TRUE;
    }
  if (g_strcmp0 (interface, "org.freedesktop.DBus.Peer") == 0 && g_str_equal (member, "Ping"))
    {
      dio_endpoint_call_return (call, NULL);
      return TRUE;
    }
  if (g_strcmp0 (interface, "org.freedesktop.DBus.Introspectable") == 0 && g_str_equal (member, "Introspect"))
    {
      if (is_our_path (klass, call, message))
        introspect (klass, call);
      return TRUE;
    }
  return FALSE;
}

static gboolean
has_signature (const GDBusMethodInfo *method, GVariant *body)
{
  gsize n = body ? g_variant_n_children (body) : 0, n_args = 0;

  while (method->in_args && method->in_args[n_args])
    n_args++;
  if (n != n_args)
    return FALSE;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (body, i);

      if (!g_variant_is_of_type (child, G_VARIANT_TYPE (method->in_args[i]->signature)))
        return FALSE;
    }
  return TRUE;
}

const GDBusMethodInfo *
dio_standard_interfaces_find_method (const DioEndpointClass *klass, DioEndpointCall *call, GDBusMessage *message,
                                     GVariant **ret_body)
{
  const char *interface = g_dbus_message_get_interface (message);
  const GDBusInterfaceInfo *info = interface ? find_interface (klass, interface) : NULL;
  const GDBusMethodInfo *method;
  GVariant *body = g_dbus_message_get_body (message);

  if (!is_our_path (klass, call, message))
    return NULL;
  method = info ? g_dbus_interface_info_lookup_method ((GDBusInterfaceInfo *) info, g_dbus_message_get_member (message))
                : NULL;
  if (!method)
    {
      dio_endpoint_call_return_error (call, ERROR_NAME ("UnknownMethod"), "There is no such method");
      return NULL;
    }
  if (!has_signature (method, body))
    {
      dio_endpoint_call_return_error (call, ERROR_NAME ("InvalidArgs"), "The arguments are of other types");
      return NULL;
    }
  *ret_body = body ? g_variant_ref (body) : g_variant_ref_sink (g_variant_new_tuple (NULL, 0));
  return method;
}
