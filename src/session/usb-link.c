/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "session/usb-link.h"

#include "session/usb-connection.h"
#include "usb/mounts.h"

#include <glib/gi18n-lib.h>

typedef enum
{
  PHASE_NONE,
  PHASE_UNMOUNTING,
  PHASE_CONNECTING,
  PHASE_CONNECTED,
  PHASE_ENDING,
  PHASE_OVER,
} Phase;

struct _DioUsbLink
{
  GObject parent_instance;

  Phase phase;
  DioUsbLinkFlags flags;
  guint run;
  gboolean was_connected, was_ended, was_unplugged;
  DioSession *session; /* (nullable): unowned */
  DioUsbSource *source;
  DioUsbDevice *device;
  char *window;
  GCancellable *cancellable;
  DioUsbConnection *connection;
  GPtrArray *waiting; /* GTasks */
  GPtrArray *ending;  /* as well */
  DioUsbLink *next;
};

G_DEFINE_FINAL_TYPE (DioUsbLink, dio_usb_link, G_TYPE_OBJECT)

static guint over_signal;

static void
set_phase (DioUsbLink *self, Phase phase)
{
  static const DioUsbDeviceState states[] = {
    [PHASE_NONE] = DIO_USB_DEVICE_FREE,
    [PHASE_UNMOUNTING] = DIO_USB_DEVICE_CONNECTING,
    [PHASE_CONNECTING] = DIO_USB_DEVICE_CONNECTING,
    [PHASE_CONNECTED] = DIO_USB_DEVICE_CONNECTED,
    [PHASE_ENDING] = DIO_USB_DEVICE_DISCONNECTING,
    [PHASE_OVER] = DIO_USB_DEVICE_FREE,
  };
  const char *holder = self->session != NULL ? dio_session_get_title (self->session) : NULL;

  self->phase = phase;
  dio_usb_device_set_state (self->device, states[phase], phase != PHASE_OVER ? holder : NULL);
}

/* Takes TASKS. ERROR: (nullable). */
static void
return_tasks (GPtrArray *tasks, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    if (error != NULL)
      g_task_return_error (g_ptr_array_index (tasks, i), g_error_copy (error));
    else
      g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
  g_ptr_array_unref (tasks);
}

static GPtrArray *
steal_tasks (GPtrArray **tasks)
{
  GPtrArray *stolen = g_steal_pointer (tasks);

  *tasks = g_ptr_array_new_with_free_func (g_object_unref);
  return stolen;
}

/* Takes ERROR, which may be NULL. */
static void
finish (DioUsbLink *self, GError *error)
{
  g_autoptr (GError) given = error;
  g_autoptr (GError) ended = NULL;
  g_autoptr (DioUsbLink) next = g_steal_pointer (&self->next);

  g_clear_object (&self->connection);
  if (next == NULL)
    set_phase (self, PHASE_OVER);
  self->phase = PHASE_OVER;
  if (given == NULL)
    ended = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("It was cancelled."));
  self->next = next != NULL ? g_object_ref (next) : NULL;
  g_signal_emit (self, over_signal, 0, given);
  g_clear_object (&self->next);
  return_tasks (steal_tasks (&self->waiting), given != NULL ? given : ended);
  return_tasks (steal_tasks (&self->ending), NULL);
  if (next != NULL)
    dio_usb_link_start (next);
  g_object_unref (self);
}

static void
on_ended (DioUsbConnection *connection, const char *why, DioUsbLink *self)
{
  gboolean wanted = self->phase == PHASE_ENDING;

  finish (self, why != NULL && !wanted ? g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, why) : NULL);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbLink) self = user_data;
  GError *error = NULL;

  self->connection = dio_usb_connection_new_finish (result, &error);
  if (self->connection == NULL)
    {
      finish (self, error);
      return;
    }
  g_signal_connect_object (self->connection, "ended", G_CALLBACK (on_ended), self, 0);
  if (self->phase == PHASE_ENDING)
    {
      dio_usb_connection_close (self->connection);
      return;
    }
  self->was_connected = TRUE;
  set_phase (self, PHASE_CONNECTED);
  return_tasks (steal_tasks (&self->waiting), NULL);
}

static void
connect_device (DioUsbLink *self)
{
  if (self->session == NULL || !dio_session_get_connected (self->session))
    {
      finish (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
                                         _ ("The machine is not running. Start it first.")));
      return;
    }
  set_phase (self, PHASE_CONNECTING);
  dio_usb_connection_new_async (self->session, self->source, self->device, self->window, self->cancellable,
                                on_connected, g_object_ref (self));
}

static void
on_unmounted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DioUsbLink) self = user_data;
  GError *error = NULL;

  if (!dio_usb_mounts_unmount_finish (result, &error))
    finish (self, error);
  else if (self->phase == PHASE_ENDING)
    finish (self, NULL);
  else
    connect_device (self);
}

void
dio_usb_link_start (DioUsbLink *self)
{
  g_auto (GStrv) mounts = NULL;

  g_return_if_fail (DIO_IS_USB_LINK (self) && self->phase == PHASE_NONE);

  g_object_ref (self);
  mounts = (self->flags & DIO_USB_LINK_UNMOUNTS) ? dio_usb_mounts_list (self->device) : NULL;
  if (mounts == NULL || mounts[0] == NULL)
    {
      connect_device (self);
      return;
    }
  set_phase (self, PHASE_UNMOUNTING);
  dio_usb_mounts_unmount_async (self->device, self->cancellable, on_unmounted, g_object_ref (self));
}

/* --- who waits --- */

static void
on_waiter_cancelled (GTask *task)
{
  DioUsbLink *self = g_task_get_task_data (task);
  guint position;

  if (!g_ptr_array_find (self->waiting, task, &position))
    return;
  if (self->waiting->len == 1 && !dio_usb_link_is_automatic (self) && self->phase != PHASE_NONE)
    dio_usb_link_end (self, TRUE, NULL);
  else
    {
      g_autoptr (GTask) stolen = g_ptr_array_steal_index (self->waiting, position);

      g_task_return_error_if_cancelled (stolen);
    }
}

void
dio_usb_link_wait (DioUsbLink *self, GTask *task)
{
  g_return_if_fail (DIO_IS_USB_LINK (self) && self->phase < PHASE_CONNECTED);

  g_ptr_array_add (self->waiting, task);
  g_task_set_task_data (task, g_object_ref (self), g_object_unref);
  if (g_task_get_cancellable (task) != NULL)
    g_signal_connect_object (g_task_get_cancellable (task), "cancelled", G_CALLBACK (on_waiter_cancelled), task,
                             G_CONNECT_SWAPPED);
}

void
dio_usb_link_end (DioUsbLink *self, gboolean wanted, GTask *task)
{
  Phase phase;

  g_return_if_fail (DIO_IS_USB_LINK (self) && self->phase != PHASE_NONE && self->phase != PHASE_OVER);

  self->was_ended |= wanted;
  self->was_unplugged |= !wanted;
  if (task != NULL)
    g_ptr_array_add (self->ending, task);
  phase = self->phase;
  if (phase == PHASE_ENDING)
    return;
  set_phase (self, PHASE_ENDING);
  if (phase == PHASE_CONNECTED)
    dio_usb_connection_close (self->connection);
  else
    g_cancellable_cancel (self->cancellable);
}

void
dio_usb_link_set_next (DioUsbLink *self, DioUsbLink *next, GError *error)
{
  g_autoptr (DioUsbLink) before = NULL;
  g_autoptr (GError) given = error;

  g_return_if_fail (DIO_IS_USB_LINK (self) && self->phase != PHASE_OVER);

  before = g_steal_pointer (&self->next);
  self->next = next != NULL ? g_object_ref (next) : NULL;
  if (before != NULL)
    return_tasks (steal_tasks (&before->waiting), given);
}

DioUsbLink *
dio_usb_link_get_next (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), NULL);
  return self->next;
}

DioSession *
dio_usb_link_get_session (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), NULL);
  return self->session;
}

DioUsbDevice *
dio_usb_link_get_device (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), NULL);
  return self->device;
}

guint
dio_usb_link_get_run (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), 0);
  return self->run;
}

gboolean
dio_usb_link_is_automatic (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return (self->flags & DIO_USB_LINK_AUTOMATIC) != 0;
}

gboolean
dio_usb_link_is_connected (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return self->phase == PHASE_CONNECTED;
}

gboolean
dio_usb_link_is_ending (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return self->phase == PHASE_ENDING;
}

gboolean
dio_usb_link_was_connected (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return self->was_connected;
}

gboolean
dio_usb_link_was_ended (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return self->was_ended;
}

gboolean
dio_usb_link_was_unplugged (DioUsbLink *self)
{
  g_return_val_if_fail (DIO_IS_USB_LINK (self), FALSE);
  return self->was_unplugged;
}

/* --- the object --- */

static void
dio_usb_link_dispose (GObject *object)
{
  DioUsbLink *self = DIO_USB_LINK (object);

  g_clear_weak_pointer (&self->session);
  g_clear_object (&self->source);
  g_clear_object (&self->device);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_clear_object (&self->next);
  G_OBJECT_CLASS (dio_usb_link_parent_class)->dispose (object);
}

static void
dio_usb_link_finalize (GObject *object)
{
  DioUsbLink *self = DIO_USB_LINK (object);

  g_clear_pointer (&self->window, g_free);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->ending, g_ptr_array_unref);
  G_OBJECT_CLASS (dio_usb_link_parent_class)->finalize (object);
}

static void
dio_usb_link_class_init (DioUsbLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = dio_usb_link_dispose;
  object_class->finalize = dio_usb_link_finalize;

  over_signal =
      g_signal_new ("over", DIO_TYPE_USB_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dio_usb_link_init (DioUsbLink *self)
{
  self->cancellable = g_cancellable_new ();
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  self->ending = g_ptr_array_new_with_free_func (g_object_unref);
}

DioUsbLink *
dio_usb_link_new (DioSession *session, DioUsbSource *source, DioUsbDevice *device, DioUsbLinkFlags flags,
                  const char *window, guint run)
{
  DioUsbLink *self = g_object_new (DIO_TYPE_USB_LINK, NULL);

  g_set_weak_pointer (&self->session, session);
  self->source = g_object_ref (source);
  self->device = g_object_ref (device);
  self->flags = flags;
  self->window = g_strdup (window);
  self->run = run;
  return self;
}
