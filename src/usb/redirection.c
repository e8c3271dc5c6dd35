/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/redirection.h"

#include "base/debug.h"
#include "usb/descriptors.h"
#include "usb/error.h"
#include "usb/redir-gate.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <usbredirhost.h>

/* Read of one guest before the others have their turn. */
#define READ_BUDGET (1 << 20)

/* A packet of usbredirhost's that waits for the guest. */
typedef struct
{
  guint8 *data;
  gsize size, sent;
} Packet;

/* The stream's socket. */
typedef struct
{
  GSource parent;
  gpointer tag;
  GIOCondition conditions;
} SocketSource;

struct _DioRedirection
{
  DioUsbThread *thread;
  int device_fd, stream_fd;
  DioRedirectionTraffic *traffic;
  DioRedirectionEnded ended_func;
  gpointer user_data;

  libusb_device_handle *handle; /* usbredirhost's, which closes it when the device is lost, and with it the stream */
  DioUsbDescriptors *descriptors;
  struct usbredirhost *host;
  DioRedirGate *gate;
  GQueue packets;
  GSource *socket, *settling, *ending;
  gsize budget;
  char *last_error; /* of usbredirhost's */

  gboolean ended, closing;
  DioUsbEnd end;
  char *details;
};

static void update_socket (DioRedirection *self);

/* --- the end --- */

/* usbfs tells of a device that is gone in no other way that is the same for all that can be asked of it. */
static gboolean
is_gone (DioRedirection *self)
{
  struct usbdevfs_connectinfo info;

  return ioctl (self->device_fd, USBDEVFS_CONNECTINFO, &info) < 0 && errno == ENODEV;
}

static void
packet_free (DioRedirection *self, Packet *packet)
{
  usbredirhost_free_write_buffer (self->host, packet->data);
  g_free (packet);
}

static void
close_host (DioRedirection *self)
{
  self->closing = TRUE;
  if (self->host)
    {
      dio_usb_thread_unwatch (self->thread, self->device_fd);
      for (Packet *packet; (packet = g_queue_pop_head (&self->packets));)
        packet_free (self, packet);
      /* Cancels, waits for that, resets, gives back the drivers. */
      usbredirhost_close (self->host);
      self->host = NULL;
    }
  g_clear_fd (&self->device_fd, NULL);
  g_clear_fd (&self->stream_fd, NULL);
}

static gboolean
on_ending (gpointer data)
{
  DioRedirection *self = data;

  close_host (self);
  dio_debug (DIO_DEBUG_USB, "a device is given back: %d, %s", self->end, self->details ? self->details : "as wished");
  /* May free it. */
  self->ended_func (self->end, self->details, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
clear_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
add_source (DioRedirection *self, GSource *source, GSourceFunc func, const char *name)
{
  g_source_set_callback (source, func, self, NULL);
  g_source_set_static_name (source, name);
  g_source_attach (source, dio_usb_thread_get_context (self->thread));
  return source;
}

/* From within any callback: what is done about it is done from outside of all. */
static void
finish (DioRedirection *self, DioUsbEnd end, const char *details)
{
  if (self->ended || self->closing)
    return;
  self->ended = TRUE;
  self->end = end;
  self->details = g_strdup (details);
  clear_source (&self->socket);
  clear_source (&self->settling);
  self->ending = add_source (self, g_timeout_source_new (0), on_ending, "[diorama] usb end");
}

static void
lose (gpointer data)
{
  DioRedirection *self = data;

  finish (self, is_gone (self) ? DIO_USB_END_UNPLUGGED : DIO_USB_END_FAILED, self->last_error);
}

/* --- to the guest --- */

/* FALSE: the socket takes no more. */
static gboolean
send_packet (DioRedirection *self, Packet *packet)
{
  while (packet->sent < packet->size)
    {
      gssize n =
          send (self->stream_fd, packet->data + packet->sent, packet->size - packet->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          if (errno != EAGAIN)
            finish (self, DIO_USB_END_GUEST, g_strerror (errno));
          return FALSE;
        }
      packet->sent += (gsize) n;
      __atomic_add_fetch (&self->traffic->to_guest, (guint64) n, __ATOMIC_RELAXED);
    }
  return TRUE;
}

static void
send_packets (DioRedirection *self)
{
  Packet *packet;

  while ((packet = g_queue_peek_head (&self->packets)) && send_packet (self, packet))
    {
      dio_redir_gate_sent (self->gate, packet->size);
      packet_free (self, g_queue_pop_head (&self->packets));
    }
}

/* Takes all, always: usbredirhost aborts otherwise. */
static int
on_write (void *user_data, uint8_t *data, int count)
{
  DioRedirection *self = user_data;
  Packet packet = { data, (gsize) count, 0 };
  DioRedirVerdict verdict = self->ended ? DIO_REDIR_DROP : dio_redir_gate_check_host (self->gate, data, (gsize) count);

  if (verdict == DIO_REDIR_REFUSE)
    finish (self, DIO_USB_END_LIMIT, "a device that floods a guest that does not read");
  if (verdict != DIO_REDIR_PASS)
    {
      usbredirhost_free_write_buffer (self->host, data);
      return count;
    }
  g_queue_push_tail (&self->packets, g_memdup2 (&packet, sizeof packet));
  if (self->packets.length == 1)
    send_packets (self);
  update_socket (self);
  return count;
}

/* There is no host yet while it is being opened. */
static void
on_flush (void *user_data)
{
  DioRedirection *self = user_data;

  if (self->host)
    usbredirhost_write_guest_data (self->host);
}

static uint64_t
get_buffered (void *user_data)
{
  return dio_redir_gate_get_queued (((DioRedirection *) user_data)->gate);
}

/* --- from the guest --- */

static int
on_read (void *user_data, uint8_t *data, int count)
{
  DioRedirection *self = user_data;
  const char *why = NULL;
  gssize n;

  if (self->ended)
    return usbredirhost_read_io_error;
  if (self->budget == 0 || dio_redir_gate_is_full (self->gate) || dio_redir_gate_take_slow (self->gate))
    return 0;
  do
    n = recv (self->stream_fd, data, MIN ((gsize) count, self->budget), MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n < 0 && errno == EAGAIN)
    return 0;
  if (n <= 0)
    {
      finish (self, DIO_USB_END_GUEST, n < 0 ? g_strerror (errno) : NULL);
      return usbredirhost_read_io_error;
    }
  self->budget -= (gsize) n;
  __atomic_add_fetch (&self->traffic->from_guest, (guint64) n, __ATOMIC_RELAXED);
  if (dio_redir_gate_check_guest (self->gate, data, (gsize) n, &why) == DIO_REDIR_PASS)
    return (int) n;
  finish (self, DIO_USB_END_LIMIT, why);
  return usbredirhost_read_io_error;
}

static void
read_guest (DioRedirection *self)
{
  self->budget = READ_BUDGET;
  switch (usbredirhost_read_guest_data (self->host))
    {
    case 0:
      return;
    case usbredirhost_read_device_rejected:
      finish (self, DIO_USB_END_REJECTED, NULL);
      return;
    case usbredirhost_read_device_lost:
      lose (self);
      return;
    default:
      finish (self, DIO_USB_END_FAILED, self->last_error);
      return;
    }
}

static gboolean
on_settle (gpointer data)
{
  DioRedirection *self = data;
  gboolean more = dio_redir_gate_settle (self->gate);

  if (!more)
    clear_source (&self->settling);
  update_socket (self);
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* --- the socket --- */

static gboolean
socket_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  DioRedirection *self = user_data;
  GIOCondition conditions = g_source_query_unix_fd (source, ((SocketSource *) source)->tag);

  if (conditions & G_IO_OUT)
    send_packets (self);
  if (!self->ended && (conditions & G_IO_IN))
    read_guest (self);
  /* What is still to be read before the end is, unless too much is under way to be read at all. */
  else if (conditions & (G_IO_HUP | G_IO_ERR))
    finish (self, DIO_USB_END_GUEST, NULL);
  update_socket (self);
  return G_SOURCE_CONTINUE;
}

static void
update_socket (DioRedirection *self)
{
  SocketSource *source = (SocketSource *) self->socket;
  GIOCondition conditions = 0;

  if (!source)
    return;
  if (!dio_redir_gate_is_full (self->gate))
    conditions |= G_IO_IN;
  if (self->packets.length > 0)
    conditions |= G_IO_OUT;
  if (conditions != source->conditions)
    g_source_modify_unix_fd (self->socket, source->tag, conditions);
  source->conditions = conditions;
  if (!self->settling && !dio_redir_gate_is_settled (self->gate))
    self->settling = add_source (self, g_timeout_source_new (DIO_REDIR_SETTLE_MS), on_settle, "[diorama] usb settling");
}

static void
add_socket (DioRedirection *self)
{
  static GSourceFuncs funcs = { .dispatch = socket_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (SocketSource));

  ((SocketSource *) source)->conditions = G_IO_IN;
  ((SocketSource *) source)->tag = g_source_add_unix_fd (source, self->stream_fd, G_IO_IN);
  self->socket = add_source (self, source, NULL, "[diorama] usb stream");
}

/* --- the beginning --- */

/* A guest can have usbredirhost tell of as many errors as it likes: the last one is kept. */
static void
on_log (void *user_data, int level, const char *text)
{
  DioRedirection *self = user_data;

  if (level <= usbredirparser_error)
    g_set_str (&self->last_error, strstr (text, ": ") ? strstr (text, ": ") + 2 : text);
  dio_debug (DIO_DEBUG_USB, "%s", text);
}

static gboolean
has_alternate (guint8 interface, guint8 alternate, gpointer user_data)
{
  DioRedirection *self = user_data;
  int configuration = 0;

  return libusb_get_configuration (self->handle, &configuration) == LIBUSB_SUCCESS &&
         dio_usb_descriptors_have_alternate (self->descriptors, configuration, interface, alternate);
}

/* What libusb had to say, in the words of who is to do something about it. */
static void
set_open_error (DioRedirection *self, int result, const char *details, GError **error)
{
  if (result == LIBUSB_ERROR_NO_DEVICE || is_gone (self))
    g_set_error_literal (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("The device is not plugged in any more."));
  else if (result == LIBUSB_ERROR_ACCESS)
    g_set_error_literal (error, DIO_USB_ERROR, DIO_USB_ERROR_DENIED,
                         _ ("You may not use this device. Ask whoever administers this computer to allow it."));
  else if (result == LIBUSB_ERROR_BUSY)
    g_set_error_literal (error, DIO_USB_ERROR, DIO_USB_ERROR_BUSY,
                         _ ("Another program uses the device. Close that program, then try again."));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 _ ("The device cannot be given to the machine (%s). Unplug it, plug it in again, then try again."),
                 details ? details : libusb_error_name (result));
}

/* usbredirhost has no other way to say it than its log. */
static int
guess_result (const char *text)
{
  if (text && strstr (text, "in use by another application"))
    return LIBUSB_ERROR_BUSY;
  if (text && strstr (text, "LIBUSB_ERROR_ACCESS"))
    return LIBUSB_ERROR_ACCESS;
  return LIBUSB_ERROR_OTHER;
}

static gboolean
wrap_device (DioRedirection *self, GError **error)
{
  const char *why;
  int result = libusb_wrap_sys_device (dio_usb_thread_get_libusb (self->thread), self->device_fd, &self->handle);

  if (result != LIBUSB_SUCCESS)
    {
      set_open_error (self, result, NULL, error);
      return FALSE;
    }
  self->descriptors = dio_usb_descriptors_new (libusb_get_device (self->handle), &why);
  if (self->descriptors)
    return TRUE;
  set_open_error (self, LIBUSB_ERROR_OTHER, why, error);
  libusb_close (self->handle);
  return FALSE;
}

DioRedirection *
dio_redirection_new (DioUsbThread *thread, int device_fd, int stream_fd, DioRedirectionTraffic *traffic)
{
  DioRedirection *self = g_new0 (DioRedirection, 1);

  self->thread = thread;
  self->device_fd = device_fd;
  self->stream_fd = stream_fd;
  self->traffic = traffic;
  self->gate = dio_redir_gate_new (DIO_USB_REDIRECTOR_LIMIT, has_alternate, self);
  return self;
}

gboolean
dio_redirection_open (DioRedirection *self, DioRedirectionEnded ended, gpointer user_data, GError **error)
{
  struct usbredirhost *host;

  if (!wrap_device (self, error))
    return FALSE;
  /* Closes the handle when it fails. */
  host = usbredirhost_open_full (dio_usb_thread_get_libusb (self->thread), self->handle, on_log, on_read, on_write,
                                 on_flush, NULL, NULL, NULL, NULL, self, "Diorama", usbredirparser_error,
                                 usbredirhost_fl_write_cb_owns_buffer);
  /* It has set this as it is itself, and what a guest can make libusb say is nothing for a journal. */
  libusb_set_option (dio_usb_thread_get_libusb (self->thread), LIBUSB_OPTION_LOG_LEVEL,
                     dio_debug_enabled (DIO_DEBUG_USB) ? LIBUSB_LOG_LEVEL_WARNING : LIBUSB_LOG_LEVEL_NONE);
  if (!host)
    {
      set_open_error (self, guess_result (self->last_error), self->last_error, error);
      return FALSE;
    }
  self->host = host;
  self->ended_func = ended;
  self->user_data = user_data;
  usbredirhost_set_buffered_output_size_cb (host, get_buffered);
  dio_usb_thread_watch (self->thread, self->device_fd, lose, self);
  add_socket (self);
  on_flush (self);
  return TRUE;
}

void
dio_redirection_close (DioRedirection *self)
{
  finish (self, DIO_USB_END_GUEST, NULL);
}

void
dio_redirection_free (DioRedirection *self)
{
  g_return_if_fail (!self->host);

  clear_source (&self->ending);
  g_clear_fd (&self->device_fd, NULL);
  g_clear_fd (&self->stream_fd, NULL);
  dio_redir_gate_free (self->gate);
  g_clear_pointer (&self->descriptors, dio_usb_descriptors_free);
  g_free (self->last_error);
  g_free (self->details);
  g_free (self);
}
