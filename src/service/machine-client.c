/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "service/machine-client.h"

#include <glib/gi18n.h>

#define INTERFACE "app.diorama.Machine1"
#define TIMEOUT_MS 5000
/* A question of the portal may have to be answered, or a disk be written, before. */
#define USB_TIMEOUT_MS 120000

static GVariant *
call (GDBusConnection *bus, const char *uuid, const char *interface, const char *method, GVariant *parameters,
      int timeout_ms, GError **error)
{
  g_autofree char *name = dio_machine_service_dup_bus_name (uuid);
  g_autofree char *path = dio_machine_service_dup_object_path (uuid);

  return g_dbus_connection_call_sync (bus, name, path, interface, method, parameters, NULL,
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, timeout_ms, NULL, error);
}

const char *
dio_machine_client_get_state (GDBusConnection *bus, const char *uuid)
{
  static const DioMachineState up[] = { DIO_MACHINE_STARTING, DIO_MACHINE_RUNNING, DIO_MACHINE_PAUSED,
                                        DIO_MACHINE_STOPPING };
  g_autoptr (GEnumClass) states = g_type_class_ref (DIO_TYPE_MACHINE_STATE);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) value = NULL;

  if (!bus)
    return NULL;
  answer = call (bus, uuid, "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", INTERFACE, "State"),
                 TIMEOUT_MS, NULL);
  if (!answer || !g_variant_is_of_type (answer, G_VARIANT_TYPE ("(v)")))
    return NULL;
  g_variant_get (answer, "(v)", &value);
  /* Anybody of the session may have taken the name: only words that we know are passed on. */
  for (guint i = 0; g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) && i < G_N_ELEMENTS (up); i++)
    {
      const char *nick = g_enum_get_value (states, up[i])->value_nick;

      if (g_str_equal (g_variant_get_string (value, NULL), nick))
        return nick;
    }
  return NULL;
}

/* Makes of what D-Bus says a sentence for the user. */
static gboolean
tell (GVariant *answer, GError *failure, GError **error)
{
  /* What the room "usb" has given names. */
  gboolean known = failure && failure->domain != G_DBUS_ERROR && failure->domain != G_IO_ERROR;
  g_autofree char *remote = failure ? g_dbus_error_get_remote_error (failure) : NULL;

  if (answer)
    {
      g_variant_unref (answer);
      return TRUE;
    }
  if (g_error_matches (failure, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
      g_error_matches (failure, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("Nobody in this session runs it."));
  else if (g_strcmp0 (remote, DIO_MACHINE_SERVICE_FAILED) == 0)
    {
      g_dbus_error_strip_remote_error (failure);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, failure->message);
    }
  else if (known)
    {
      g_dbus_error_strip_remote_error (failure);
      g_set_error_literal (error, failure->domain, failure->code, failure->message);
    }
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The Diorama that runs the machine did not answer as it should. Try again. (%s)"),
                 failure->message);
  g_error_free (failure);
  return FALSE;
}

static gboolean
command (GDBusConnection *bus, const char *uuid, const char *method, GVariant *parameters, int timeout_ms,
         GError **error)
{
  GError *failure = NULL;
  GVariant *answer;

  if (!bus)
    {
      if (parameters)
        g_variant_unref (g_variant_ref_sink (parameters));
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _ ("There is no session bus to reach it by."));
      return FALSE;
    }
  answer = call (bus, uuid, INTERFACE, method, parameters, timeout_ms, &failure);
  return tell (answer, failure, error);
}

gboolean
dio_machine_client_stop (GDBusConnection *bus, const char *uuid, const char *mode, GError **error)
{
  return command (bus, uuid, "Stop", g_variant_new ("(s)", mode), TIMEOUT_MS, error);
}

gboolean
dio_machine_client_show (GDBusConnection *bus, const char *uuid, GError **error)
{
  return command (bus, uuid, "Show", NULL, TIMEOUT_MS, error);
}

GStrv
dio_machine_client_list_usb (GDBusConnection *bus, const char *uuid)
{
  g_autoptr (GVariant) answer = bus ? call (bus, uuid, INTERFACE, "ListUsb", NULL, TIMEOUT_MS, NULL) : NULL;
  GStrv ids = NULL;

  if (answer && g_variant_is_of_type (answer, G_VARIANT_TYPE ("(as)")))
    g_variant_get (answer, "(^as)", &ids);
  return ids;
}

gboolean
dio_machine_client_connect_usb (GDBusConnection *bus, const char *uuid, const char *device, const char *const *how,
                                GError **error)
{
  return command (bus, uuid, "ConnectUsb", g_variant_new ("(s^as)", device, how), USB_TIMEOUT_MS, error);
}

gboolean
dio_machine_client_disconnect_usb (GDBusConnection *bus, const char *uuid, const char *device, GError **error)
{
  return command (bus, uuid, "DisconnectUsb", g_variant_new ("(s)", device), USB_TIMEOUT_MS, error);
}
