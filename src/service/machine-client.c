/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "service/machine-client.h"

#include <glib/gi18n.h>

#define INTERFACE "app.diorama.Machine1"
#define TIMEOUT_MS 5000

static GVariant *
call (GDBusConnection *bus, const char *uuid, const char *interface, const char *method, GVariant *parameters,
      GError **error)
{
  g_autofree char *name = dio_machine_service_dup_bus_name (uuid);
  g_autofree char *path = dio_machine_service_dup_object_path (uuid);

  return g_dbus_connection_call_sync (bus, name, path, interface, method, parameters, NULL,
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, TIMEOUT_MS, NULL, error);
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
  answer = call (bus, uuid, "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", INTERFACE, "State"), NULL);
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
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The Diorama that runs the machine did not answer as it should. Try again. (%s)"),
                 failure->message);
  g_error_free (failure);
  return FALSE;
}

static gboolean
command (GDBusConnection *bus, const char *uuid, const char *method, GVariant *parameters, GError **error)
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
  answer = call (bus, uuid, INTERFACE, method, parameters, &failure);
  return tell (answer, failure, error);
}

gboolean
dio_machine_client_stop (GDBusConnection *bus, const char *uuid, const char *mode, GError **error)
{
  return command (bus, uuid, "Stop", g_variant_new ("(s)", mode), error);
}

gboolean
dio_machine_client_show (GDBusConnection *bus, const char *uuid, GError **error)
{
  return command (bus, uuid, "Show", NULL, error);
}
