/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/usb-port.h"

#include "base/debug.h"
#include "vm/machine-private.h"

#include <glib/gi18n-lib.h>

/* The controller has 15 (vm/argv.c). Into its last free one QEMU plugs a hub of USB 1.1 for all that come then; the
 * tablet has one, and the guest tools may need one. */
#define MAX_PORTS 12
#define PATIENCE_S 10     /* for QEMU to answer */
#define LET_GO_S 5        /* for the guest */
#define ASK_AGAIN_MS 2000 /* QEMU may refuse for a while, as when it is migrated */
#define PATH_PREFIX "/org/qemu/Display1/Chardev_"

typedef enum
{
  PORT_ADDING_CHARDEV,
  PORT_ADDING_DEVICE,
  PORT_PRESENT,
  PORT_REMOVING_DEVICE, /* device_del is not answered */
  PORT_LEAVING,         /* it is, DEVICE_DELETED has not come */
  PORT_REMOVING_CHARDEV,
  PORT_GONE,
} PortState;

/* What QEMU has of it: one command after the other. Whoever asked may have stopped waiting. */
typedef struct
{
  PortState state;
  DioQmp *qmp;
  GPtrArray *siblings; /* the machine's, of which it is one until it is gone */
  char *id;            /* of both, in QEMU */
  gulong event_id;
  guint again_id;

  GTask *adding; /* NULL: nobody waits for it, and it is to be removed if it is not present */
  guint adding_timeout_id;
  gulong cancelled_id;
  GError *error; /* why it is removed, for "adding" */

  GPtrArray *removing; /* GTasks */
  guint removing_timeout_id;
} Port;

static void port_remove (Port *port);

static void
port_clear (gpointer data)
{
  Port *port = data;

  g_clear_signal_handler (&port->event_id, port->qmp);
  g_clear_handle_id (&port->again_id, g_source_remove);
  g_clear_handle_id (&port->adding_timeout_id, g_source_remove);
  g_clear_handle_id (&port->removing_timeout_id, g_source_remove);
  g_clear_object (&port->qmp);
  g_clear_pointer (&port->siblings, g_ptr_array_unref);
  g_clear_pointer (&port->id, g_free);
  g_clear_object (&port->adding);
  g_clear_error (&port->error);
  g_clear_pointer (&port->removing, g_ptr_array_unref);
}

static void
port_unref (gpointer port)
{
  g_rc_box_release_full (port, port_clear);
}

static void
execute (Port *port, const char *command, JsonObject *arguments, GAsyncReadyCallback callback)
{
  json_object_set_string_member (arguments, "id", port->id);
  dio_qmp_execute_async (port->qmp, command, arguments, -1, NULL, callback, g_rc_box_acquire (port));
}

/* --- who waits --- */

/* (transfer full) (nullable): nobody waits any more. */
static GTask *
steal_adding (Port *port)
{
  g_autoptr (GTask) task = g_steal_pointer (&port->adding);

  g_clear_handle_id (&port->adding_timeout_id, g_source_remove);
  if (task != NULL && port->cancelled_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), port->cancelled_id);
  port->cancelled_id = 0;
  return g_steal_pointer (&task);
}

static void
fail_adding (Port *port, GError *error)
{
  g_autoptr (GTask) task = steal_adding (port);

  if (task != NULL)
    g_task_return_error (task, error);
  else
    g_error_free (error);
}

static void
on_adding_timeout (gpointer user_data)
{
  Port *port = user_data;

  port->adding_timeout_id = 0;
  fail_adding (port, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                          _ ("The machine does not answer. Try again when it does.")));
}

static void
on_adding_cancelled (GCancellable *cancellable, gpointer user_data)
{
  fail_adding (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled.")));
}

static void
end_removing (Port *port, const GError *error)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&port->removing);

  port->removing = g_ptr_array_new_with_free_func (g_object_unref);
  g_clear_handle_id (&port->removing_timeout_id, g_source_remove);
  for (guint i = 0; i < tasks->len; i++)
    if (error != NULL)
      g_task_return_error (g_ptr_array_index (tasks, i), g_error_copy (error));
    else
      g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
on_removing_timeout (gpointer user_data)
{
  Port *port = user_data;
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("The machine has not let go of the USB device yet."));

  port->removing_timeout_id = 0;
  end_removing (port, error);
}

/* --- the way out --- */

static void
port_gone (Port *port)
{
  if (port->state == PORT_GONE)
    return;
  port->state = PORT_GONE;
  g_clear_signal_handler (&port->event_id, port->qmp);
  g_clear_handle_id (&port->again_id, g_source_remove);
  if (port->error != NULL)
    fail_adding (port, g_steal_pointer (&port->error));
  end_removing (port, NULL);
  g_ptr_array_remove (port->siblings, port);
}

/* It went with its device (QEMU 10.0, hw/usb/redirect.c), unless that never was; or it cannot be helped. */
static void
on_chardev_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, NULL);

  port_gone (user_data);
  port_unref (user_data);
}

static void
remove_chardev (Port *port)
{
  if (port->state >= PORT_REMOVING_CHARDEV)
    return;
  port->state = PORT_REMOVING_CHARDEV;
  g_clear_handle_id (&port->again_id, g_source_remove);
  execute (port, "chardev-remove", json_object_new (), on_chardev_removed);
}

static void
on_event (DioQmp *qmp, const char *name, JsonObject *data, gpointer user_data)
{
  Port *port = user_data;

  if (g_str_equal (name, "DEVICE_DELETED") && data != NULL &&
      g_str_equal (json_object_get_string_member_with_default (data, "device", ""), port->id))
    remove_chardev (port);
}

static void
on_again (gpointer user_data)
{
  Port *port = user_data;

  port->again_id = 0;
  port->state = PORT_PRESENT;
  port_remove (port);
}

static void
on_device_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Port *port = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (port->state == PORT_REMOVING_DEVICE)
    {
      port->state = PORT_LEAVING;
      if (g_strcmp0 (dio_qmp_error_get_class (error), "DeviceNotFound") == 0)
        remove_chardev (port);
      else if (error != NULL && !dio_qmp_is_open (port->qmp))
        port_gone (port);
      else if (error != NULL)
        {
          dio_debug (DIO_DEBUG_VM, "%s stays for now: %s", port->id, error->message);
          port->again_id = g_timeout_add_once (ASK_AGAIN_MS, on_again, port);
        }
    }
  port_unref (port);
}

static void
port_remove (Port *port)
{
  if (port->state != PORT_PRESENT)
    return;
  port->state = PORT_REMOVING_DEVICE;
  execute (port, "device_del", json_object_new (), on_device_removed);
}

/* --- the way in --- */

static void
on_device_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Port *port = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);

  if (port->state != PORT_ADDING_DEVICE)
    ;
  else if (answer == NULL)
    {
      port->error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The machine has no place for a USB device (%s)."),
                                 error->message);
      remove_chardev (port);
    }
  else
    {
      g_autoptr (GTask) task = steal_adding (port);

      port->state = PORT_PRESENT;
      if (task != NULL)
        g_task_return_pointer (task, g_strconcat (PATH_PREFIX, port->id, NULL), g_free);
      else
        port_remove (port);
    }
  port_unref (port);
}

static JsonObject *
new_backend (void)
{
  JsonObject *backend = json_object_new (), *data = json_object_new ();

  json_object_set_string_member (data, "name", DIO_USB_PORT);
  json_object_set_string_member (backend, "type", "dbus");
  json_object_set_object_member (backend, "data", data);
  return backend;
}

/* What a device may be is decided here, so there is no filter; streams and the rest are as QEMU has them. */
static void
on_chardev_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Port *port = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dio_qmp_execute_finish (DIO_QMP (source), result, &error);
  JsonObject *arguments;

  if (port->state != PORT_ADDING_CHARDEV)
    ;
  else if (answer == NULL)
    {
      port->error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The machine has no place for a USB device (%s)."),
                                 error->message);
      port_gone (port);
    }
  else if (port->adding == NULL)
    remove_chardev (port);
  else
    {
      port->state = PORT_ADDING_DEVICE;
      arguments = json_object_new ();
      json_object_set_string_member (arguments, "driver", "usb-redir");
      json_object_set_string_member (arguments, "chardev", port->id);
      json_object_set_string_member (arguments, "bus", "usb.0");
      execute (port, "device_add", arguments, on_device_added);
    }
  port_unref (port);
}

/* --- the machine's --- */

static Port *
port_new (DioMachine *self)
{
  Port *port = g_rc_box_new0 (Port);

  if (self->usb_ports == NULL)
    self->usb_ports = g_ptr_array_new_with_free_func (port_unref);
  port->qmp = g_object_ref (self->qmp);
  port->siblings = g_ptr_array_ref (self->usb_ports);
  port->removing = g_ptr_array_new_with_free_func (g_object_unref);
  /* It becomes part of an object's path, and QEMU 10.0 crashes if it does not fit there. */
  port->id = g_strdup_printf ("usbport%u", self->usb_port_number++);
  port->event_id = g_signal_connect (port->qmp, "event", G_CALLBACK (on_event), port);
  g_ptr_array_add (self->usb_ports, port);
  return port;
}

void
dio_machine_add_usb_port_async (DioMachine *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;
  JsonObject *arguments;
  Port *port;

  g_return_if_fail (DIO_IS_MACHINE (self));

  task = dio_machine_new_task (self, dio_machine_add_usb_port_async, cancellable, callback, user_data);
  if (task == NULL || g_task_return_error_if_cancelled (task))
    return;
  /* What is told to be there is there, and the caller's to remove. */
  g_task_set_check_cancellable (task, FALSE);
  if (!dio_engine_require_option (self->engine, "dbus-chardev", &error) ||
      !dio_engine_require_device (self->engine, "usb-redir", &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->usb_ports != NULL && self->usb_ports->len >= MAX_PORTS)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                               _ ("The machine has %d USB devices of this computer already, which is all that it can "
                                  "have. Disconnect one of them."),
                               MAX_PORTS);
      return;
    }

  port = port_new (self);
  port->adding = g_object_ref (task);
  port->adding_timeout_id = g_timeout_add_seconds_once (PATIENCE_S, on_adding_timeout, port);
  if (cancellable != NULL)
    port->cancelled_id = g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_adding_cancelled), port);
  arguments = json_object_new ();
  json_object_set_object_member (arguments, "backend", new_backend ());
  execute (port, "chardev-add", arguments, on_chardev_added);
}

char *
dio_machine_add_usb_port_finish (DioMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static Port *
find_port (DioMachine *self, const char *path)
{
  for (guint i = 0; self->usb_ports != NULL && i < self->usb_ports->len; i++)
    {
      Port *port = g_ptr_array_index (self->usb_ports, i);

      if (g_str_has_prefix (path, PATH_PREFIX) && g_str_equal (path + strlen (PATH_PREFIX), port->id))
        return port;
    }
  return NULL;
}

void
dio_machine_remove_usb_port_async (DioMachine *self, const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  Port *port;

  g_return_if_fail (DIO_IS_MACHINE (self) && path != NULL);

  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, dio_machine_remove_usb_port_async);
  port = find_port (self, path);
  if (port == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_ptr_array_add (port->removing, g_steal_pointer (&task));
  if (port->removing_timeout_id == 0)
    port->removing_timeout_id = g_timeout_add_seconds_once (LET_GO_S, on_removing_timeout, port);
  port_remove (port);
}

gboolean
dio_machine_remove_usb_port_finish (DioMachine *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dio_machine_drop_usb_ports (DioMachine *self)
{
  g_autoptr (GPtrArray) ports = g_steal_pointer (&self->usb_ports);

  while (ports != NULL && ports->len > 0)
    {
      Port *port = g_rc_box_acquire (g_ptr_array_index (ports, ports->len - 1));

      fail_adding (port, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _ ("The machine has ended.")));
      port_gone (port);
      port_unref (port);
    }
}
