/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/usb-thread.h"

#include "base/debug.h"

#include <glib/gi18n.h>

typedef struct
{
  GSourceOnceFunc func;
  gpointer user_data;
} Watch;

/* libusb's descriptors. */
typedef struct
{
  GSource parent;
  libusb_context *libusb;
  GHashTable *tags; /* of each descriptor */
} EventSource;

struct _DioUsbThread
{
  guint n_holders; /* main thread's */
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  libusb_context *libusb;
  GSource *events;
  GHashTable *watches; /* by descriptor */
};

static DioUsbThread *the_thread;

/* --- libusb's events --- */

static gboolean
event_source_prepare (GSource *source, int *timeout)
{
  EventSource *self = (EventSource *) source;
  struct timeval left;

  *timeout = -1;
  /* Where there is no timerfd. */
  if (!libusb_pollfds_handle_timeouts (self->libusb) && libusb_get_next_timeout (self->libusb, &left) == 1)
    g_source_set_ready_time (source, g_get_monotonic_time () + left.tv_sec * G_USEC_PER_SEC + left.tv_usec);
  return FALSE;
}

static gboolean
event_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  EventSource *self = (EventSource *) source;
  struct timeval now = { 0 };
  int r = libusb_handle_events_timeout_completed (self->libusb, &now, NULL);

  g_source_set_ready_time (source, -1);
  if (r < 0)
    dio_debug (DIO_DEBUG_USB, "libusb's events: %s", libusb_error_name (r));
  return G_SOURCE_CONTINUE;
}

static void
event_source_finalize (GSource *source)
{
  g_hash_table_unref (((EventSource *) source)->tags);
}

static void LIBUSB_CALL
on_fd_added (int fd, short events, void *user_data)
{
  DioUsbThread *self = user_data;
  gpointer tag = g_source_add_unix_fd (self->events, fd, (GIOCondition) events);

  g_hash_table_insert (((EventSource *) self->events)->tags, GINT_TO_POINTER (fd), tag);
}

static void LIBUSB_CALL
on_fd_removed (int fd, void *user_data)
{
  DioUsbThread *self = user_data;
  gpointer tag = g_hash_table_lookup (((EventSource *) self->events)->tags, GINT_TO_POINTER (fd));
  const Watch *watch = g_hash_table_lookup (self->watches, GINT_TO_POINTER (fd));

  if (tag)
    g_source_remove_unix_fd (self->events, tag);
  g_hash_table_remove (((EventSource *) self->events)->tags, GINT_TO_POINTER (fd));
  if (watch)
    watch->func (watch->user_data);
}

static void
add_events (DioUsbThread *self)
{
  static GSourceFuncs funcs = { .prepare = event_source_prepare,
                                .dispatch = event_source_dispatch,
                                .finalize = event_source_finalize };
  const struct libusb_pollfd **fds = libusb_get_pollfds (self->libusb);

  self->events = g_source_new (&funcs, sizeof (EventSource));
  g_source_set_static_name (self->events, "[diorama] libusb");
  ((EventSource *) self->events)->libusb = self->libusb;
  ((EventSource *) self->events)->tags = g_hash_table_new (NULL, NULL);
  for (guint i = 0; fds && fds[i]; i++)
    on_fd_added (fds[i]->fd, fds[i]->events, self);
  libusb_free_pollfds (fds);
  libusb_set_pollfd_notifiers (self->libusb, on_fd_added, on_fd_removed, self);
  g_source_attach (self->events, self->context);
}

/* --- the thread --- */

static gpointer
run (gpointer data)
{
  DioUsbThread *self = data;

  g_main_context_push_thread_default (self->context);
  add_events (self);
  g_main_loop_run (self->loop);
  libusb_set_pollfd_notifiers (self->libusb, NULL, NULL, NULL);
  g_source_destroy (self->events);
  g_source_unref (self->events);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static libusb_context *
make_libusb (GError **error)
{
  const struct libusb_init_option option = { .option = LIBUSB_OPTION_NO_DEVICE_DISCOVERY };
  libusb_context *libusb = NULL;
  int r = libusb_init_context (&libusb, &option, 1);

  if (r == LIBUSB_SUCCESS)
    return libusb;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("USB devices cannot be used: libusb does not start (%s)."),
               libusb_strerror (r));
  return NULL;
}

DioUsbThread *
dio_usb_thread_hold (GError **error)
{
  DioUsbThread *self = the_thread;
  libusb_context *libusb;

  if (self)
    {
      self->n_holders++;
      return self;
    }
  libusb = make_libusb (error);
  if (!libusb)
    return NULL;
  self = the_thread = g_new0 (DioUsbThread, 1);
  self->n_holders = 1;
  self->libusb = libusb;
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->watches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->thread = g_thread_new ("usb", run, self);
  return self;
}

static void
quit (gpointer data)
{
  g_main_loop_quit (((DioUsbThread *) data)->loop);
}

void
dio_usb_thread_release (DioUsbThread *self)
{
  g_return_if_fail (self == the_thread && self->n_holders > 0);

  if (--self->n_holders > 0)
    return;
  the_thread = NULL;
  dio_usb_thread_invoke (self, quit, self);
  g_thread_join (self->thread);
  libusb_exit (self->libusb);
  g_hash_table_unref (self->watches);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}

typedef struct
{
  GSourceOnceFunc func;
  gpointer user_data;
} Call;

static gboolean
on_call (gpointer data)
{
  Call *call = data;

  call->func (call->user_data);
  return G_SOURCE_REMOVE;
}

void
dio_usb_thread_invoke (DioUsbThread *self, GSourceOnceFunc func, gpointer user_data)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Call call = { func, user_data };

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_call, g_memdup2 (&call, sizeof call), g_free);
  g_source_set_static_name (source, "[diorama] usb call");
  g_source_attach (source, self->context);
}

GMainContext *
dio_usb_thread_get_context (DioUsbThread *self)
{
  return self->context;
}

libusb_context *
dio_usb_thread_get_libusb (DioUsbThread *self)
{
  return self->libusb;
}

void
dio_usb_thread_watch (DioUsbThread *self, int fd, GSourceOnceFunc func, gpointer user_data)
{
  Watch watch = { func, user_data };

  g_hash_table_insert (self->watches, GINT_TO_POINTER (fd), g_memdup2 (&watch, sizeof watch));
}

void
dio_usb_thread_unwatch (DioUsbThread *self, int fd)
{
  g_hash_table_remove (self->watches, GINT_TO_POINTER (fd));
}
