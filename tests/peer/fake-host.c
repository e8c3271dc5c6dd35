/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "fake-host.h"

#include "usb/error.h"
#include "usb/keeper.h"
#include "usb/mounts.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

FakeHost fake_host;

static GPtrArray *waiting; /* GTasks that go on when they are told */
static GArray *far_ends;   /* int: of what was opened */

void
fake_host_reset (void)
{
  fake_host = (FakeHost) { 0 };
  if (waiting == NULL)
    {
      waiting = g_ptr_array_new_with_free_func (g_object_unref);
      far_ends = g_array_new (FALSE, FALSE, sizeof (int));
    }
  g_assert_cmpuint (waiting->len, ==, 0);
  g_assert_cmpuint (far_ends->len, ==, 0);
}

guint
fake_host_count_waiting (void)
{
  return waiting->len;
}

static gboolean
is_closed (int fd)
{
  char byte;
  gssize n = recv (fd, &byte, 1, MSG_DONTWAIT);

  return n == 0 || (n < 0 && errno != EAGAIN);
}

gboolean
fake_host_is_quiet (void)
{
  for (guint i = far_ends->len; i-- > 0;)
    if (is_closed (g_array_index (far_ends, int, i)))
      {
        close (g_array_index (far_ends, int, i));
        g_array_remove_index (far_ends, i);
      }
  return far_ends->len == 0 && fake_host.n_held == fake_host.n_dropped && fake_host.n_opened == fake_host.n_released;
}

/* --- what takes its time --- */

typedef void (*Done) (GTask *task);

static void
run_task (GTask *task)
{
  ((Done) g_task_get_source_tag (task)) (task);
}

static gboolean
on_idle (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  run_task (task);
  return G_SOURCE_REMOVE;
}

static void
on_cancelled (GTask *task)
{
  guint position;

  if (!g_ptr_array_find (waiting, task, &position))
    return;
  g_idle_add (on_idle, g_ptr_array_steal_index (waiting, position));
}

/* Takes TASK; DONE returns it, also if it was cancelled. */
static void
begin (GTask *task, FakeHostMode mode, Done done)
{
  GCancellable *cancellable = g_task_get_cancellable (task);

  g_task_set_source_tag (task, (gpointer) done);
  g_task_set_check_cancellable (task, FALSE);
  if (mode != FAKE_WAITS)
    {
      g_idle_add (on_idle, task);
      return;
    }
  g_ptr_array_add (waiting, task);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_cancelled), task, G_CONNECT_SWAPPED);
}

void
fake_host_go_on (void)
{
  g_autoptr (GPtrArray) tasks = waiting;

  waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    run_task (g_ptr_array_index (tasks, i));
}

/* --- the keeper --- */

guint
dio_usb_keeper_hold (int fd, GError **error)
{
  g_assert_cmpint (fd, >=, 0);
  if (fake_host.keeper_refuses)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no keeper");
      return 0;
    }
  return ++fake_host.n_held;
}

void
dio_usb_keeper_drop (guint id)
{
  g_assert_cmpuint (id, >, 0);
  fake_host.n_dropped++;
}

/* --- mounts --- */

char **
dio_usb_mounts_list (DioUsbDevice *device)
{
  const char *mounts[] = { fake_host.mounted, NULL };

  return g_strdupv ((char **) mounts);
}

static void
unmount (GTask *task)
{
  if (g_task_return_error_if_cancelled (task))
    return;
  if (fake_host.unmount == FAKE_REFUSES)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_BUSY, "a program uses it");
      return;
    }
  fake_host.n_unmounted++;
  fake_host.mounted = NULL;
  g_task_return_boolean (task, TRUE);
}

void
dio_usb_mounts_unmount_async (DioUsbDevice *device, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  begin (g_task_new (NULL, cancellable, callback, user_data), fake_host.unmount, unmount);
}

gboolean
dio_usb_mounts_unmount_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- redirectors --- */

struct _DioUsbRedirector
{
  GObject parent_instance;

  int device_fd, stream_fd;
  guint watch_id;
  gboolean ended;
};

G_DEFINE_FINAL_TYPE (DioUsbRedirector, dio_usb_redirector, G_TYPE_OBJECT)

static void
give_back (DioUsbRedirector *self)
{
  g_clear_handle_id (&self->watch_id, g_source_remove);
  g_clear_fd (&self->stream_fd, NULL);
  /* The device is given back while the keeper still has it. */
  if (self->device_fd >= 0)
    g_assert_cmpuint (fake_host.n_held, >, fake_host.n_dropped);
  g_clear_fd (&self->device_fd, NULL);
}

static void
dio_usb_redirector_dispose (GObject *object)
{
  give_back (DIO_USB_REDIRECTOR (object));
  if (fake_host.redirector == DIO_USB_REDIRECTOR (object))
    fake_host.redirector = NULL;
  G_OBJECT_CLASS (dio_usb_redirector_parent_class)->dispose (object);
}

static void
dio_usb_redirector_class_init (DioUsbRedirectorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dio_usb_redirector_dispose;
  g_signal_new ("ended", DIO_TYPE_USB_REDIRECTOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_UINT,
                G_TYPE_STRING);
}

static void
dio_usb_redirector_init (DioUsbRedirector *self)
{
  self->device_fd = self->stream_fd = -1;
}

void
fake_host_end (DioUsbRedirector *redirector, DioUsbEnd how)
{
  g_assert_false (redirector->ended);
  redirector->ended = TRUE;
  give_back (redirector);
  g_signal_emit_by_name (redirector, "ended", how, NULL);
}

static gboolean
on_stream (int fd, GIOCondition condition, gpointer user_data)
{
  DioUsbRedirector *self = user_data;
  char bytes[256];

  if (recv (fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
    return G_SOURCE_CONTINUE;
  self->watch_id = 0;
  fake_host_end (self, DIO_USB_END_GUEST);
  return G_SOURCE_REMOVE;
}

static void
redirect (GTask *task)
{
  DioUsbRedirector *self = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (g_cancellable_is_cancelled (cancellable) && !fake_host.redirects_although_cancelled)
    {
      give_back (self);
      g_task_return_error_if_cancelled (task);
    }
  else if (fake_host.redirect == FAKE_REFUSES)
    {
      give_back (self);
      g_task_return_new_error (task, DIO_USB_ERROR, DIO_USB_ERROR_BUSY, "another program has it");
    }
  else
    {
      fake_host.n_redirected++;
      fake_host.redirector = self;
      self->watch_id = g_unix_fd_add (self->stream_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_stream, self);
      g_task_return_pointer (task, g_object_ref (self), g_object_unref);
    }
}

void
dio_usb_redirector_new_async (int device_fd, int stream_fd, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  DioUsbRedirector *self = g_object_new (DIO_TYPE_USB_REDIRECTOR, NULL);

  g_assert_cmpint (device_fd, >=, 0);
  g_assert_cmpint (stream_fd, >=, 0);
  self->device_fd = device_fd;
  self->stream_fd = stream_fd;
  g_task_set_task_data (task, self, g_object_unref);
  begin (task, fake_host.redirect, redirect);
}

DioUsbRedirector *
dio_usb_redirector_new_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
close_now (GTask *task)
{
  DioUsbRedirector *self = g_task_get_source_object (task);

  give_back (self);
  g_task_return_boolean (task, TRUE);
}

void
dio_usb_redirector_close_async (DioUsbRedirector *self, GAsyncReadyCallback callback, gpointer user_data)
{
  self->ended = TRUE;
  g_clear_handle_id (&self->watch_id, g_source_remove);
  begin (g_task_new (self, NULL, callback, user_data), fake_host.close_waits ? FAKE_WAITS : FAKE_DOES, close_now);
}

void
dio_usb_redirector_close_finish (DioUsbRedirector *self, GAsyncResult *result)
{
  g_assert_true (g_task_propagate_boolean (G_TASK (result), NULL));
}

void
dio_usb_redirector_get_traffic (DioUsbRedirector *self, guint64 *ret_from_guest, guint64 *ret_to_guest)
{
  *ret_from_guest = *ret_to_guest = 0;
}

/* --- the source --- */

static void
open_device (GTask *task)
{
  int pair[2];

  if (g_task_return_error_if_cancelled (task))
    return;
  if (fake_host.open == FAKE_REFUSES)
    {
      g_task_return_new_error (task, DIO_USB_ERROR, DIO_USB_ERROR_DENIED, "you may not");
      return;
    }
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_array_append_val (far_ends, pair[1]);
  fake_host.n_opened++;
  g_task_return_int (task, pair[0]);
}

static void
begin_opening (GTask *task)
{
  begin (task, fake_host.open, open_device);
}

static void
release_device (void)
{
  fake_host.n_released++;
}

static DioUsbGuard
get_guard (void)
{
  return fake_host.guard;
}

FakeSource *
fake_host_new_source (void)
{
  static const FakeSourceFuncs funcs = { begin_opening, release_device, get_guard };

  return fake_source_new (&funcs);
}
