/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "service/machine-service.h"

#include "service/machine1.h"

#include <glib/gi18n.h>

/* Lives as long as its machine: the machine's signal handler holds the only reference. */
#define DIO_TYPE_MACHINE_SERVICE (dio_machine_service_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineService, dio_machine_service, DIO, MACHINE_SERVICE, GObject)

struct _DioMachineService
{
  GObject parent_instance;

  DioMachine *machine; /* (unowned) outlives this */
  DioMachineShow show;
  DioMachineUsb usb;
  gpointer user_data;
  DioDBusMachine1 *skeleton;
  guint name; /* 0: not owned */
};

G_DEFINE_FINAL_TYPE (DioMachineService, dio_machine_service, G_TYPE_OBJECT)

/* The UUID as a part of names on the bus: neither may have dashes, and a bus name's parts begin with a letter. */
static char *
dup_id (const char *uuid)
{
  g_auto (GStrv) parts = g_strsplit (uuid, "-", -1);
  g_autofree char *hex = g_strjoinv (NULL, parts);
  g_autofree char *lower = g_ascii_strdown (hex, -1);

  return g_strconcat ("m", lower, NULL);
}

char *
dio_machine_service_dup_bus_name (const char *uuid)
{
  g_autofree char *id = dup_id (uuid);

  return g_strconcat (DIO_APPLICATION_ID ".Machine.", id, NULL);
}

char *
dio_machine_service_dup_object_path (const char *uuid)
{
  g_autofree char *id = dup_id (uuid);

  return g_strconcat (DIO_RESOURCE_PATH "/Machine/", id, NULL);
}

/* --- what is asked --- */

typedef struct
{
  DioDBusMachine1 *skeleton;
  GDBusMethodInvocation *invocation;
} Call;

static void
on_powered_down (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;

  if (dio_machine_command_finish (DIO_MACHINE (source), result, &error))
    dio_dbus_machine1_complete_stop (call->skeleton, g_steal_pointer (&call->invocation));
  else
    g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&call->invocation), DIO_MACHINE_SERVICE_FAILED,
                                                error->message);
  g_object_unref (call->skeleton);
  g_free (call);
}

static gboolean
on_stop (DioDBusMachine1 *skeleton, GDBusMethodInvocation *invocation, const char *mode, DioMachineService *self)
{
  Call *call;

  if (g_str_equal (mode, DIO_MACHINE_STOP_FORCE))
    {
      dio_dbus_machine1_complete_stop (skeleton, invocation);
      dio_machine_force_off (self->machine);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (!g_str_equal (mode, DIO_MACHINE_STOP_SHUT_DOWN))
    {
      g_dbus_method_invocation_return_error (invocation, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                                             "The modes are “shut-down” and “force”.");
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  call = g_new0 (Call, 1);
  call->skeleton = g_object_ref (skeleton);
  call->invocation = invocation;
  dio_machine_power_down_async (self->machine, on_powered_down, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_show (DioDBusMachine1 *skeleton, GDBusMethodInvocation *invocation, DioMachineService *self)
{
  if (!self->show)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, DIO_MACHINE_SERVICE_FAILED,
                                                  _ ("The machine runs without a window, as it was started with "
                                                     "“diorama start --headless”. Stop it, and start it again."));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->show (self->machine, self->user_data);
  dio_dbus_machine1_complete_show (skeleton, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* --- USB devices --- */

static void
return_error (GDBusMethodInvocation *invocation, const GError *error)
{
  /* Those by which a caller goes on in a way of its own have a name on the bus. */
  if (error->domain == G_IO_ERROR)
    g_dbus_method_invocation_return_dbus_error (invocation, DIO_MACHINE_SERVICE_FAILED, error->message);
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
}

static void
on_usb_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  DioMachineUsbCall what = (DioMachineUsbCall) GPOINTER_TO_INT (g_task_get_task_data (G_TASK (result)));
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = g_task_propagate_pointer (G_TASK (result), &error);
  static const char *const none[] = { NULL };

  if (error)
    return_error (g_steal_pointer (&call->invocation), error);
  else if (what == DIO_MACHINE_USB_LIST)
    dio_dbus_machine1_complete_list_usb (call->skeleton, g_steal_pointer (&call->invocation),
                                         ids ? (const char *const *) ids : none);
  else
    g_dbus_method_invocation_return_value (g_steal_pointer (&call->invocation), NULL);
  g_object_unref (call->skeleton);
  g_free (call);
}

static gboolean
call_usb (DioMachineService *self, GDBusMethodInvocation *invocation, DioMachineUsbCall what, const char *device,
          const char *const *how)
{
  g_autoptr (GTask) answer = NULL;
  Call *call;

  if (!self->usb)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, DIO_MACHINE_SERVICE_FAILED,
                                                  _ ("A machine without a window cannot have USB devices of this "
                                                     "computer. Stop it, and start it without “--headless”."));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  call = g_new0 (Call, 1);
  call->skeleton = g_object_ref (self->skeleton);
  call->invocation = invocation;
  answer = g_task_new (self->machine, NULL, on_usb_answered, call);
  g_task_set_source_tag (answer, call_usb);
  g_task_set_task_data (answer, GINT_TO_POINTER (what), NULL);
  self->usb (self->machine, what, device, how, answer, self->user_data);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_usb (DioDBusMachine1 *skeleton, GDBusMethodInvocation *invocation, DioMachineService *self)
{
  return call_usb (self, invocation, DIO_MACHINE_USB_LIST, NULL, NULL);
}

static gboolean
on_connect_usb (DioDBusMachine1 *skeleton, GDBusMethodInvocation *invocation, const char *device,
                const char *const *how, DioMachineService *self)
{
  return call_usb (self, invocation, DIO_MACHINE_USB_CONNECT, device, how);
}

static gboolean
on_disconnect_usb (DioDBusMachine1 *skeleton, GDBusMethodInvocation *invocation, const char *device,
                   DioMachineService *self)
{
  return call_usb (self, invocation, DIO_MACHINE_USB_DISCONNECT, device, NULL);
}

/* --- coming and going --- */

static void
own_name (DioMachineService *self, GDBusConnection *bus)
{
  const char *uuid = dio_machine_config_get_uuid (dio_machine_get_config (self->machine));
  g_autofree char *name = dio_machine_service_dup_bus_name (uuid);
  g_autofree char *path = dio_machine_service_dup_object_path (uuid);
  g_autoptr (GError) error = NULL;

  /* The object first: whoever sees the name may call at once. */
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), bus, path, &error))
    {
      g_warning ("The machine cannot be reached from outside: %s", error->message);
      return;
    }
  self->name = g_bus_own_name_on_connection (bus, name, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL, NULL, NULL, NULL);
}

static void
disown_name (DioMachineService *self)
{
  g_clear_handle_id (&self->name, g_bus_unown_name);
  if (g_dbus_interface_skeleton_get_connection (G_DBUS_INTERFACE_SKELETON (self->skeleton)))
    g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
}

static gboolean
is_up (DioMachineService *self)
{
  DioMachineState state = self->machine ? dio_machine_get_state (self->machine) : DIO_MACHINE_STOPPED;

  return state != DIO_MACHINE_STOPPED && state != DIO_MACHINE_FAILED && state != DIO_MACHINE_CRASHED;
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioMachineService) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (!bus)
    g_debug ("No session bus: the machine cannot be reached from outside: %s", error->message);
  else if (is_up (self) && self->name == 0)
    own_name (self, bus);
}

static void
on_state (DioMachine *machine, GParamSpec *pspec, DioMachineService *self)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (DIO_TYPE_MACHINE_STATE);
  const GEnumValue *state = g_enum_get_value (states, dio_machine_get_state (machine));

  dio_dbus_machine1_set_state (self->skeleton, state->value_nick);
  if (!is_up (self))
    disown_name (self);
  else if (self->name == 0)
    g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, g_object_ref (self));
}

static void
on_machine_gone (gpointer user_data, GClosure *closure)
{
  DioMachineService *self = user_data;

  disown_name (self);
  self->machine = NULL;
  g_object_unref (self);
}

static void
dio_machine_service_dispose (GObject *object)
{
  DioMachineService *self = DIO_MACHINE_SERVICE (object);

  if (self->skeleton)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  G_OBJECT_CLASS (dio_machine_service_parent_class)->dispose (object);
}

static void
dio_machine_service_class_init (DioMachineServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_machine_service_dispose;
}

static void
dio_machine_service_init (DioMachineService *self)
{
  self->skeleton = dio_dbus_machine1_skeleton_new ();
  g_signal_connect (self->skeleton, "handle-stop", G_CALLBACK (on_stop), self);
  g_signal_connect (self->skeleton, "handle-show", G_CALLBACK (on_show), self);
  g_signal_connect (self->skeleton, "handle-list-usb", G_CALLBACK (on_list_usb), self);
  g_signal_connect (self->skeleton, "handle-connect-usb", G_CALLBACK (on_connect_usb), self);
  g_signal_connect (self->skeleton, "handle-disconnect-usb", G_CALLBACK (on_disconnect_usb), self);
}

void
dio_machine_service_export (DioMachine *machine, DioMachineShow show, DioMachineUsb usb, gpointer user_data)
{
  DioMachineService *self;

  g_return_if_fail (DIO_IS_MACHINE (machine));

  self = g_object_new (DIO_TYPE_MACHINE_SERVICE, NULL);
  self->machine = machine;
  self->show = show;
  self->usb = usb;
  self->user_data = user_data;
  g_signal_connect_data (machine, "notify::state", G_CALLBACK (on_state), self, on_machine_gone, 0);
  on_state (machine, NULL, self);
}
