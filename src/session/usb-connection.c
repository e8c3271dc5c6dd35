/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/usb-connection.h"

#include "base/debug.h"
#include "dbus/display1.h"
#include "session/session-private.h"
#include "usb/keeper.h"
#include "usb/redirector.h"
#include "vm/usb-port.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

#define REGISTER_TIMEOUT_MS 10000

typedef enum
{
  STATE_OPENING,
  STATE_ADDING_PORT,
  STATE_REGISTERING,
  STATE_REDIRECTING,
  STATE_CONNECTED,
  STATE_ENDING,
  STATE_ENDED,
} State;

/* Until it has ended it holds itself. */
struct _DioUsbConnection
{
  GObject parent_instance;

  State state;
  GCancellable *cancellable; /* of what is being waited for */
  gboolean waits;            /* for a step, whose end goes on with whatever is to be done by then */
  GTask *task;               /* whom to tell; NULL after that */
  GError *error;             /* why it ends; NULL: nothing to tell */
  gboolean lost;             /* QEMU closed the stream: because it ends? */

  DioSession *session; /* (nullable): unowned; NULL when it is gone */
  DioMachine *machine;
  DioUsbSource *source;
  DioUsbDevice *device;

  gboolean opened;
  int device_fd;
  guint keeper_id;
  char *port;
  int stream_fd;
  DioUsbRedirector *redirector;
};

G_DEFINE_FINAL_TYPE (DioUsbConnection, dio_usb_connection, G_TYPE_OBJECT)

static guint ended_signal;

static void unwind (DioUsbConnection *self);

/* --- the end --- */

static void
finish (DioUsbConnection *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  self->state = STATE_ENDED;
  g_signal_handlers_disconnect_by_data (self->machine, self);
  if (task != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_signal_emit (self, ended_signal, 0, self->error != NULL ? self->error->message : NULL);
  g_object_unref (self);
}

static void
on_redirector_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;

  dio_usb_redirector_close_finish (DIO_USB_REDIRECTOR (source), result);
  self->waits = FALSE;
  unwind (self);
}

/* A QEMU that answers has closed the stream for a reason of its own, which is worth being told; one that is about to
 * end does not. */
static void
on_lost_port_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;
  DioMachine *machine = DIO_MACHINE (source);
  DioQmp *qmp = dio_machine_get_qmp (machine);

  dio_machine_remove_usb_port_finish (machine, result, NULL);
  if (qmp != NULL && dio_qmp_is_open (qmp) && self->error == NULL)
    self->error = g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED,
                               _ ("The machine has let go of “%s”. Connect it again, or restart the machine."),
                               dio_usb_device_get_name (self->device));
  self->waits = FALSE;
  unwind (self);
}

/* Gives back what was taken, the last first: called again after each thing that takes time. */
static void
unwind (DioUsbConnection *self)
{
  g_autoptr (DioUsbRedirector) redirector = NULL;
  g_autofree char *port = NULL;

  if (self->waits || self->state != STATE_ENDING)
    return;
  redirector = g_steal_pointer (&self->redirector);
  if (redirector != NULL)
    {
      self->waits = TRUE;
      g_signal_handlers_disconnect_by_data (redirector, self);
      dio_usb_redirector_close_async (redirector, on_redirector_closed, g_object_ref (self));
      return;
    }
  g_clear_fd (&self->stream_fd, NULL);
  g_clear_fd (&self->device_fd, NULL);
  if (self->keeper_id != 0)
    dio_usb_keeper_drop (self->keeper_id);
  self->keeper_id = 0;
  if (self->opened)
    dio_usb_source_release (self->source, self->device);
  self->opened = FALSE;
  port = g_steal_pointer (&self->port);
  if (port != NULL && self->lost)
    {
      self->waits = TRUE;
      dio_machine_remove_usb_port_async (self->machine, port, on_lost_port_removed, g_object_ref (self));
      return;
    }
  if (port != NULL)
    dio_machine_remove_usb_port_async (self->machine, port, NULL, NULL);
  finish (self);
}

/* Takes ERROR, which may be NULL; the first one counts. */
static void
end (DioUsbConnection *self, GError *error)
{
  g_autoptr (DioUsbConnection) hold = g_object_ref (self);

  if (self->state >= STATE_ENDING)
    {
      g_clear_error (&error);
      return;
    }
  self->error = error;
  self->state = STATE_ENDING;
  g_cancellable_cancel (self->cancellable);
  unwind (self);
}

static void
on_cancelled (DioUsbConnection *self)
{
  if (self->task != NULL)
    end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled.")));
}

static GError *
new_error_ended (DioUsbConnection *self)
{
  return self->task != NULL ? g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, _ ("The machine has ended."))
                            : NULL;
}

static void
on_machine_state (DioUsbConnection *self)
{
  switch (dio_machine_get_state (self->machine))
    {
    case DIO_MACHINE_RUNNING:
    case DIO_MACHINE_PAUSED:
    case DIO_MACHINE_STOPPING:
      break;
    case DIO_MACHINE_STOPPED:
    case DIO_MACHINE_STARTING:
    case DIO_MACHINE_FAILED:
    case DIO_MACHINE_CRASHED:
    default:
      end (self, new_error_ended (self));
    }
}

static void
on_redirector_ended (DioUsbRedirector *redirector, guint how, const char *details, DioUsbConnection *self)
{
  const char *name = dio_usb_device_get_name (self->device);
  GError *error = NULL;

  dio_debug (DIO_DEBUG_USB, "%s: ended (%u): %s", name, how, details != NULL ? details : "no details");
  switch ((DioUsbEnd) how)
    {
    case DIO_USB_END_REJECTED:
      error = g_error_new (DIO_USB_ERROR, DIO_USB_ERROR_REFUSED, _ ("The machine does not take “%s”."), name);
      break;
    case DIO_USB_END_LIMIT:
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("“%s” was disconnected: more was sent to it, or by it, than is sensible. Plug it in "
                              "again before you connect it."),
                           name);
      break;
    case DIO_USB_END_FAILED:
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                           _ ("“%s” was disconnected because it failed. Plug it in again, then connect it."), name);
      break;
    case DIO_USB_END_GUEST:
      self->lost = TRUE;
      break;
    case DIO_USB_END_UNPLUGGED:
    default:
      break;
    }
  end (self, error);
}

/* --- the beginning --- */

static void
on_redirected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;
  g_autoptr (GTask) task = NULL;
  GError *error = NULL;

  self->waits = FALSE;
  self->redirector = dio_usb_redirector_new_finish (result, &error);
  if (self->state == STATE_ENDING)
    {
      g_clear_error (&error);
      unwind (self);
    }
  else if (self->redirector == NULL)
    end (self, error);
  else
    {
      self->state = STATE_CONNECTED;
      g_signal_connect_object (self->redirector, "ended", G_CALLBACK (on_redirector_ended), self, 0);
      task = g_steal_pointer (&self->task);
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
    }
}

static void
on_registered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  self->waits = FALSE;
  answer = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL, result, &error);
  if (self->state == STATE_ENDING)
    unwind (self);
  else if (answer == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The machine did not take the USB device (%s)."),
                              error->message));
    }
  else
    {
      self->state = STATE_REDIRECTING;
      self->waits = TRUE;
      dio_usb_redirector_new_async (g_steal_fd (&self->device_fd), g_steal_fd (&self->stream_fd), self->cancellable,
                                    on_redirected, g_object_ref (self));
    }
}

static void
register_stream (DioUsbConnection *self)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  g_autofd int theirs = -1;
  GError *error = NULL;
  int pair[2];

  if (self->session == NULL || self->session->connection == NULL)
    {
      end (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                                      _ ("The machine's display is not connected. Reconnect it first.")));
      return;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      int reason = errno;

      end (self, g_error_new (G_IO_ERROR, (int) g_io_error_from_errno (reason),
                              _ ("The USB device cannot be connected (%s)."), g_strerror (reason)));
      return;
    }
  self->stream_fd = pair[0];
  theirs = pair[1];
  if (g_unix_fd_list_append (list, theirs, &error) < 0)
    {
      end (self, error);
      return;
    }
  self->state = STATE_REGISTERING;
  self->waits = TRUE;
  g_dbus_connection_call_with_unix_fd_list (self->session->connection, self->session->bus_name, self->port,
                                            "org.qemu.Display1.Chardev", "Register", g_variant_new ("(h)", 0), NULL,
                                            G_DBUS_CALL_FLAGS_NO_AUTO_START, REGISTER_TIMEOUT_MS, list,
                                            self->cancellable, on_registered, g_object_ref (self));
}

static void
on_port_added (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;
  GError *error = NULL;

  self->waits = FALSE;
  self->port = dio_machine_add_usb_port_finish (DIO_MACHINE (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    {
      error->domain = DIO_USB_ERROR;
      error->code = DIO_USB_ERROR_NO_ROOM;
    }
  if (self->state == STATE_ENDING)
    {
      g_clear_error (&error);
      unwind (self);
    }
  else if (self->port == NULL)
    end (self, error);
  else
    register_stream (self);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbConnection) self = user_data;
  GError *error = NULL;

  self->waits = FALSE;
  self->device_fd = dio_usb_source_open_finish (DIO_USB_SOURCE (source), result, &error);
  self->opened = self->device_fd >= 0;
  if (self->state == STATE_ENDING)
    {
      g_clear_error (&error);
      unwind (self);
      return;
    }
  if (self->opened)
    self->keeper_id = dio_usb_keeper_hold (self->device_fd, &error);
  if (self->keeper_id == 0)
    {
      end (self, error);
      return;
    }
  self->state = STATE_ADDING_PORT;
  self->waits = TRUE;
  dio_machine_add_usb_port_async (self->machine, self->cancellable, on_port_added, g_object_ref (self));
}

void
dio_usb_connection_new_async (DioSession *session, DioUsbSource *source, DioUsbDevice *device, const char *window,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  DioUsbConnection *self;

  g_return_if_fail (DIO_IS_SESSION (session) && dio_session_get_machine (session) != NULL);
  g_return_if_fail (DIO_IS_USB_SOURCE (source) && DIO_IS_USB_DEVICE (device));

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, dio_usb_connection_new_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  /* What is told has been done: who is told decides what becomes of it. */
  g_task_set_check_cancellable (task, FALSE);

  self = g_object_new (DIO_TYPE_USB_CONNECTION, NULL);
  self->task = g_steal_pointer (&task);
  g_set_weak_pointer (&self->session, session);
  self->machine = g_object_ref (dio_session_get_machine (session));
  self->source = g_object_ref (source);
  self->device = g_object_ref (device);
  g_signal_connect_object (self->machine, "notify::state", G_CALLBACK (on_machine_state), self, G_CONNECT_SWAPPED);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), self, G_CONNECT_SWAPPED);
  self->waits = TRUE;
  dio_usb_source_open_async (source, device, window, self->cancellable, on_opened, g_object_ref (self));
}

DioUsbConnection *
dio_usb_connection_new_finish (GAsyncResult *result, GError **error)
{
  g_autoptr (DioUsbConnection) self = NULL;

  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  self = g_task_propagate_pointer (G_TASK (result), error);
  if (self == NULL || self->state != STATE_ENDED)
    return g_steal_pointer (&self);
  /* Before anybody could hear of it. */
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, _ ("The machine has ended."));
  return NULL;
}

void
dio_usb_connection_close (DioUsbConnection *self)
{
  g_return_if_fail (DIO_IS_USB_CONNECTION (self));
  end (self, NULL);
}

/* --- the object --- */

static void
dio_usb_connection_dispose (GObject *object)
{
  DioUsbConnection *self = DIO_USB_CONNECTION (object);

  g_clear_weak_pointer (&self->session);
  g_clear_object (&self->machine);
  g_clear_object (&self->source);
  g_clear_object (&self->device);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (dio_usb_connection_parent_class)->dispose (object);
}

static void
dio_usb_connection_class_init (DioUsbConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_usb_connection_dispose;

  ended_signal = g_signal_new ("ended", DIO_TYPE_USB_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                               G_TYPE_STRING);
}

static void
dio_usb_connection_init (DioUsbConnection *self)
{
  self->cancellable = g_cancellable_new ();
  self->device_fd = self->stream_fd = -1;
}
