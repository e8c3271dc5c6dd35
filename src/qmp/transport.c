/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "qmp/transport.h"

#include "base/debug.h"
#include "qmp/framer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* GDK draws at G_PRIORITY_HIGH_IDLE + 20. */
#define PRIORITY (G_PRIORITY_HIGH_IDLE + 50)
#define MAX_LINES_A_TURN 16
#define MAX_BYTES_A_TURN (256 * 1024)
#define MAX_QUEUED_BYTES (1024 * 1024)

typedef struct
{
  char *bytes;
  gsize length;
  gsize sent;
  int fd;
} Outgoing;

typedef struct
{
  GSource source;
  DioQmpTransport *transport;
} TransportSource;

struct _DioQmpTransport
{
  int fd;
  DioFramer *framer;
  GSource *source;
  gpointer fd_tag;
  gboolean more; /* something is left to do without the socket's say */

  GQueue outgoing;
  gsize n_queued;
  GError *send_error;

  DioQmpLineFunc on_line;
  DioQmpClosedFunc on_closed;
  gpointer user_data;
};

static void
outgoing_free (Outgoing *outgoing)
{
  g_clear_fd (&outgoing->fd, NULL);
  g_free (outgoing->bytes);
  g_free (outgoing);
}

static void
finalize (DioQmpTransport *self)
{
  dio_qmp_transport_close (self);
  g_clear_pointer (&self->framer, dio_framer_free);
  g_clear_error (&self->send_error);
}

void
dio_qmp_transport_unref (DioQmpTransport *self)
{
  dio_qmp_transport_close (self);
  g_rc_box_release_full (self, (GDestroyNotify) finalize);
}

gboolean
dio_qmp_transport_is_open (DioQmpTransport *self)
{
  return self->fd >= 0;
}

void
dio_qmp_transport_close (DioQmpTransport *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  g_clear_fd (&self->fd, NULL);
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) outgoing_free);
  self->n_queued = 0;
}

static void
fail (DioQmpTransport *self, const GError *error)
{
  dio_qmp_transport_close (self);
  self->on_closed (error, self->user_data);
}

/* Returns: how many bytes were taken, 0 when the socket is full, -1 with errno set. */
static gssize
send_some (int fd, const Outgoing *outgoing)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec vector = { outgoing->bytes + outgoing->sent, outgoing->length - outgoing->sent };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  gssize n;

  /* A descriptor travels with the first byte of its command. */
  if (outgoing->fd >= 0 && outgoing->sent == 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (&control.header), &outgoing->fd, sizeof (int));
    }
  do
    n = sendmsg (fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : n;
}

static void
flush (DioQmpTransport *self)
{
  Outgoing *outgoing;

  while ((outgoing = g_queue_peek_head (&self->outgoing)) != NULL)
    {
      gssize n = send_some (self->fd, outgoing);

      if (n < 0)
        {
          /* The peer may have said why it goes: what it sent is read before this counts. */
          g_set_error (&self->send_error, G_IO_ERROR, G_IO_ERROR_CLOSED, "QEMU closed its control connection (%s).",
                       g_strerror (errno));
          g_queue_clear_full (&self->outgoing, (GDestroyNotify) outgoing_free);
          self->n_queued = 0;
          self->more = TRUE;
          break;
        }
      if (n == 0)
        break;
      outgoing->sent += n;
      self->n_queued -= n;
      if (outgoing->sent == outgoing->length)
        outgoing_free (g_queue_pop_head (&self->outgoing));
    }
  g_source_modify_unix_fd (self->source, self->fd_tag, G_IO_IN | (g_queue_is_empty (&self->outgoing) ? 0 : G_IO_OUT));
}

gboolean
dio_qmp_transport_send (DioQmpTransport *self, const char *line, int fd, GError **error)
{
  g_autofd int duplicate = -1;
  Outgoing *outgoing;

  if (self->fd < 0 || self->send_error != NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The control connection to QEMU is closed.");
      return FALSE;
    }
  if (self->n_queued + strlen (line) > MAX_QUEUED_BYTES)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           "QEMU does not read its commands; it may hang. Force the machine off if that lasts.");
      return FALSE;
    }
  if (fd >= 0 && (duplicate = fcntl (fd, F_DUPFD_CLOEXEC, 3)) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "A file cannot be passed to QEMU: %s.",
                   g_strerror (errno));
      return FALSE;
    }

  dio_debug (DIO_DEBUG_QMP, "→ %s", line);
  outgoing = g_new0 (Outgoing, 1);
  outgoing->bytes = g_strconcat (line, "\n", NULL);
  outgoing->length = strlen (outgoing->bytes);
  outgoing->fd = g_steal_fd (&duplicate);
  self->n_queued += outgoing->length;
  g_queue_push_tail (&self->outgoing, outgoing);
  flush (self);
  return TRUE;
}

/* Returns: whether there was something, or it closed. */
static gboolean
receive (DioQmpTransport *self)
{
  g_autoptr (GError) error = NULL;
  char chunk[DIO_FRAMER_MAX_CHUNK];
  gssize n;

  do
    n = recv (self->fd, chunk, sizeof chunk, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);

  if (n > 0)
    {
      dio_framer_push (self->framer, chunk, n);
      return TRUE;
    }
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    {
      if (self->send_error == NULL)
        return FALSE;
      error = g_error_copy (self->send_error);
    }
  else if (n == 0 || errno == ECONNRESET)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "QEMU closed its control connection.");
  else
    error =
        g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "The control connection to QEMU broke: %s.", g_strerror (errno));
  fail (self, error);
  return TRUE;
}

static void
handle_input (DioQmpTransport *self)
{
  gboolean received = FALSE;
  gsize n_bytes = 0;

  /* A failed sending is told after what was still there to read, and the socket need not wake us again for that. */
  self->more = self->send_error != NULL;
  for (guint n_lines = 0; self->fd >= 0;)
    {
      g_autoptr (GError) error = NULL;
      const char *line;
      gsize length;

      if (n_lines >= MAX_LINES_A_TURN || n_bytes >= MAX_BYTES_A_TURN)
        {
          self->more = TRUE;
          return;
        }
      switch (dio_framer_next (self->framer, &line, &length, &error))
        {
        case DIO_FRAMER_LINE:
          dio_debug (DIO_DEBUG_QMP, "← %.*s", (int) MIN (length, 2000), line);
          n_lines++;
          n_bytes += length;
          self->on_line (line, length, self->user_data);
          break;
        case DIO_FRAMER_MORE:
          if (received || !receive (self))
            return;
          received = TRUE;
          break;
        case DIO_FRAMER_ERROR:
          fail (self, error);
          return;
        }
    }
}

static gboolean
source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((TransportSource *) source)->transport->more;
}

static gboolean
source_check (GSource *source)
{
  DioQmpTransport *self = ((TransportSource *) source)->transport;

  return self->more || g_source_query_unix_fd (source, self->fd_tag) != 0;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  DioQmpTransport *self = g_rc_box_acquire (((TransportSource *) source)->transport);

  if (self->fd >= 0 && !g_queue_is_empty (&self->outgoing))
    flush (self);
  if (self->fd >= 0)
    handle_input (self);
  g_rc_box_release_full (self, (GDestroyNotify) finalize);
  return G_SOURCE_CONTINUE;
}

DioQmpTransport *
dio_qmp_transport_new (int fd, DioQmpLineFunc on_line, DioQmpClosedFunc on_closed, gpointer user_data)
{
  static GSourceFuncs funcs = { source_prepare, source_check, source_dispatch, NULL };
  DioQmpTransport *self = g_rc_box_new0 (DioQmpTransport);
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  self->fd = fd;
  self->framer = dio_framer_new ();
  self->on_line = on_line;
  self->on_closed = on_closed;
  self->user_data = user_data;
  g_queue_init (&self->outgoing);

  self->source = g_source_new (&funcs, sizeof (TransportSource));
  ((TransportSource *) self->source)->transport = self;
  g_source_set_static_name (self->source, "QMP");
  g_source_set_priority (self->source, PRIORITY);
  self->fd_tag = g_source_add_unix_fd (self->source, fd, G_IO_IN);
  g_source_attach (self->source, context);
  return self;
}
