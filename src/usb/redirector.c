/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/redirector.h"

#include "usb/redirection.h"
#include "usb/usb-thread.h"

#include <glib/gstdio.h>

/* What the main thread and the USB thread have in common. */
typedef struct
{
  DioUsbThread *thread;        /* held by the main thread, from the beginning to when the end is told */
  DioRedirection *redirection; /* the USB thread's; NULL: it has ended */
  DioRedirectionTraffic traffic;
  GMainContext *context; /* the main thread's */
  GTask *task;           /* dio_usb_redirector_new_async()'s */
  GError *error;
  DioUsbRedirector *redirector; /* NULL: nobody is interested any more */
  DioUsbEnd end;
  char *details;
} Link;

struct _DioUsbRedirector
{
  GObject parent_instance;
  Link *link; /* NULL: it has ended */
  guint64 from_guest, to_guest;
  gboolean closed;
  GQueue closings; /* of GTask */
};

enum
{
  SIGNAL_ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DioUsbRedirector, dio_usb_redirector, G_TYPE_OBJECT)

static void
link_clear (gpointer data)
{
  Link *link = data;

  g_main_context_unref (link->context);
  g_clear_object (&link->task);
  g_clear_error (&link->error);
  g_free (link->details);
}

static void
link_unref (gpointer link)
{
  g_atomic_rc_box_release_full (link, link_clear);
}

/* On the USB thread. */
static void
end_redirection (Link *link)
{
  g_clear_pointer (&link->redirection, dio_redirection_free);
}

/* From the USB thread; never at once, though nobody may be in the main loop right now. */
static void
tell_main (Link *link, GSourceFunc func)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, link, NULL);
  g_source_set_static_name (source, "[diorama] usb");
  g_source_attach (source, link->context);
}

/* --- the end --- */

/* On the USB thread, holding the link. */
static void
close_link (gpointer data)
{
  Link *link = data;

  if (link->redirection)
    dio_redirection_close (link->redirection);
  link_unref (link);
}

static void
ask_to_close (Link *link)
{
  dio_usb_thread_invoke (link->thread, close_link, g_atomic_rc_box_acquire (link));
}

static void
get_traffic (const Link *link, guint64 *ret_from_guest, guint64 *ret_to_guest)
{
  *ret_from_guest = __atomic_load_n (&link->traffic.from_guest, __ATOMIC_RELAXED);
  *ret_to_guest = __atomic_load_n (&link->traffic.to_guest, __ATOMIC_RELAXED);
}

static gboolean
on_link_ended (gpointer data)
{
  Link *link = data;
  g_autoptr (DioUsbRedirector) self = NULL;
  g_autofree char *details = NULL;
  DioUsbEnd end = link->end;

  /* Whoever asked for it has it before it ends. */
  if (!g_task_get_completed (link->task))
    return G_SOURCE_CONTINUE;
  self = link->redirector ? g_object_ref (link->redirector) : NULL;
  details = g_steal_pointer (&link->details);
  dio_usb_thread_release (link->thread);
  if (self)
    {
      get_traffic (link, &self->from_guest, &self->to_guest);
      self->link = NULL;
    }
  link_unref (link);
  if (!self)
    return G_SOURCE_REMOVE;
  for (GTask *task; (task = g_queue_pop_head (&self->closings)); g_object_unref (task))
    g_task_return_boolean (task, TRUE);
  if (!self->closed)
    g_signal_emit (self, signals[SIGNAL_ENDED], 0, end, details);
  return G_SOURCE_REMOVE;
}

static gboolean
on_link_failed (gpointer data)
{
  Link *link = data;

  dio_usb_thread_release (link->thread);
  g_task_return_error (link->task, g_steal_pointer (&link->error));
  link_unref (link);
  return G_SOURCE_REMOVE;
}

/* On the USB thread; with an error, it was cancelled before anybody had it. */
static void
on_redirection_ended (DioUsbEnd end, const char *details, gpointer user_data)
{
  Link *link = user_data;

  link->end = end;
  link->details = details ? g_utf8_make_valid (details, -1) : NULL;
  end_redirection (link);
  tell_main (link, link->error ? on_link_failed : on_link_ended);
}

/* --- the beginning --- */

static gboolean
on_link_opened (gpointer data)
{
  Link *link = data;

  link->redirector = g_object_new (DIO_TYPE_USB_REDIRECTOR, NULL);
  link->redirector->link = link;
  g_task_return_pointer (link->task, link->redirector, g_object_unref);
  return G_SOURCE_REMOVE;
}

/* On the USB thread. What is cancelled meanwhile is given back before that is told. */
static void
open_link (gpointer data)
{
  Link *link = data;
  GCancellable *cancellable = g_task_get_cancellable (link->task);

  if (g_cancellable_set_error_if_cancelled (cancellable, &link->error) ||
      !dio_redirection_open (link->redirection, on_redirection_ended, link, &link->error))
    {
      end_redirection (link);
      tell_main (link, on_link_failed);
    }
  else if (g_cancellable_set_error_if_cancelled (cancellable, &link->error))
    dio_redirection_close (link->redirection);
  else
    tell_main (link, on_link_opened);
}

void
dio_usb_redirector_new_async (int device_fd, int stream_fd, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofd int device = device_fd, stream = stream_fd;
  GError *error = NULL;
  DioUsbThread *thread;
  Link *link;

  g_task_set_source_tag (task, dio_usb_redirector_new_async);
  /* What was opened is told, whatever was cancelled since. */
  g_task_set_check_cancellable (task, FALSE);
  thread = dio_usb_thread_hold (&error);
  if (!thread)
    {
      g_task_return_error (task, error);
      return;
    }
  link = g_atomic_rc_box_new0 (Link);
  link->thread = thread;
  link->context = g_main_context_ref_thread_default ();
  link->task = g_steal_pointer (&task);
  link->redirection = dio_redirection_new (thread, g_steal_fd (&device), g_steal_fd (&stream), &link->traffic);
  dio_usb_thread_invoke (thread, open_link, link);
}

DioUsbRedirector *
dio_usb_redirector_new_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- the object --- */

void
dio_usb_redirector_close_async (DioUsbRedirector *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (DIO_IS_USB_REDIRECTOR (self));

  g_task_set_source_tag (task, dio_usb_redirector_close_async);
  self->closed = TRUE;
  if (!self->link)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_queue_push_tail (&self->closings, g_steal_pointer (&task));
  ask_to_close (self->link);
}

void
dio_usb_redirector_close_finish (DioUsbRedirector *self, GAsyncResult *result)
{
  g_return_if_fail (g_task_is_valid (result, self));

  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
dio_usb_redirector_get_traffic (DioUsbRedirector *self, guint64 *ret_from_guest, guint64 *ret_to_guest)
{
  g_return_if_fail (DIO_IS_USB_REDIRECTOR (self));

  if (self->link)
    get_traffic (self->link, &self->from_guest, &self->to_guest);
  *ret_from_guest = self->from_guest;
  *ret_to_guest = self->to_guest;
}

/* Those that close it hold it. */
static void
dio_usb_redirector_dispose (GObject *object)
{
  DioUsbRedirector *self = DIO_USB_REDIRECTOR (object);
  Link *link = g_steal_pointer (&self->link); /* which has a reference of its own, until the end */

  if (link)
    {
      link->redirector = NULL;
      ask_to_close (link);
    }
  G_OBJECT_CLASS (dio_usb_redirector_parent_class)->dispose (object);
}

static void
dio_usb_redirector_class_init (DioUsbRedirectorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_usb_redirector_dispose;

  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
}

static void
dio_usb_redirector_init (DioUsbRedirector *self)
{
  g_queue_init (&self->closings);
}
