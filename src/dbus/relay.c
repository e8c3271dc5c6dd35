/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/relay.h"

#include "base/debug.h"
#include "dbus/sasl.h"
#include "dbus/wire.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The largest thing on this connection is the text of the clipboard, of which QEMU's agent takes one megabyte. */
#define MAX_MESSAGE (4 * 1024 * 1024)
#define MAX_LINES 32

/* One way through the relay: what has come, and what of it is being sent. */
typedef struct
{
  int from, to;
  DioWire *wire;
  gboolean ended; /* nothing more comes */
  guint n_lines;

  GByteArray *output;
  gsize n_sent;
  int fds[DIO_WIRE_MAX_FDS]; /* go with the first byte */
  guint n_fds;
} Way;

typedef struct
{
  Way to_peer, from_peer;
  gboolean credentials_taken; /* GDBus' own first byte */
  gboolean begun;             /* messages follow */
} Relay;

static void
way_init (Way *self, int from, int to)
{
  *self = (Way) { .from = from, .to = to, .wire = dio_wire_new (MAX_MESSAGE), .output = g_byte_array_new () };
}

static void
way_close_fds (Way *self)
{
  while (self->n_fds > 0)
    close (self->fds[--self->n_fds]);
}

static void
way_clear (Way *self)
{
  way_close_fds (self);
  g_clear_pointer (&self->wire, dio_wire_free);
  g_clear_pointer (&self->output, g_byte_array_unref);
}

static gboolean
way_is_sending (const Way *self)
{
  return self->n_sent < self->output->len;
}

/* Sends what it can without waiting. */
static gboolean
way_send (Way *self)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * DIO_WIRE_MAX_FDS)];
  } control = { 0 };
  struct iovec io = { .iov_base = self->output->data + self->n_sent, .iov_len = self->output->len - self->n_sent };
  struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1 };
  gssize n;

  if (self->n_fds > 0)
    {
      message.msg_control = &control;
      message.msg_controllen = CMSG_SPACE (sizeof (int) * self->n_fds);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof (int) * self->n_fds);
      memcpy (CMSG_DATA (&control.header), self->fds, sizeof (int) * self->n_fds);
    }
  n = sendmsg (self->to, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  way_close_fds (self);
  self->n_sent += (gsize) n;
  return TRUE;
}

static void
way_put (Way *self, const void *data, gsize size)
{
  /* What one large message needed is not kept. */
  if (self->output->len > 64 * 1024)
    {
      g_byte_array_unref (self->output);
      self->output = g_byte_array_new ();
    }
  g_byte_array_set_size (self->output, 0);
  g_byte_array_append (self->output, data, (guint) size);
  self->n_sent = 0;
}

/* The next message, if it is there, becomes the output. */
static gboolean
way_take_message (Way *self, GError **error)
{
  const guint8 *data;
  g_autoptr (GError) local_error = NULL;
  gsize size = dio_wire_pop_raw (self->wire, &data, self->fds, &self->n_fds, &local_error);

  if (local_error)
    {
      self->n_fds = 0;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (size > 0)
    way_put (self, data, size);
  return TRUE;
}

static gboolean
way_take_line (Way *self, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *line = dio_wire_pop_line (self->wire, &local_error);
  g_autofree char *whole = NULL;

  if (!line && !local_error)
    return TRUE;
  if (!line || ++self->n_lines > MAX_LINES)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The authentication does not end");
      return FALSE;
    }
  whole = g_strconcat (line, "\r\n", NULL);
  way_put (self, whole, strlen (whole));
  return TRUE;
}

static gboolean
relay_take (Relay *self, Way *way, GError **error)
{
  if (way_is_sending (way))
    return TRUE;
  if (self->begun)
    return way_take_message (way, error);
  if (way == &self->to_peer && !self->credentials_taken)
    {
      if (dio_wire_pop_byte (way->wire) < 0)
        return TRUE;
      self->credentials_taken = TRUE;
      if (!dio_sasl_send_credentials (way->to, error))
        return FALSE;
    }
  if (!way_take_line (way, error))
    return FALSE;
  /* The client's last line; the server has said its own before. */
  if (way == &self->to_peer && way->output->len == 7 && memcmp (way->output->data, "BEGIN\r\n", 7) == 0)
    self->begun = TRUE;
  return TRUE;
}

/* FALSE when there is nothing left to do on this way. */
static gboolean
relay_move (Relay *self, Way *way, gboolean readable, GError **error)
{
  /* While something is being sent, what comes after it waits in the socket. */
  if (readable && !way->ended && !way_is_sending (way) && !dio_wire_receive (way->wire, way->from, NULL))
    way->ended = TRUE;
  do
    {
      if (way_is_sending (way) && !way_send (way))
        return FALSE;
      if (way_is_sending (way))
        return TRUE;
      if (!relay_take (self, way, error))
        return FALSE;
    }
  while (way_is_sending (way));
  return !way->ended;
}

static short
events_of (const Way *reading, const Way *writing)
{
  return (short) ((!reading->ended && !way_is_sending (reading) ? POLLIN : 0) |
                  (way_is_sending (writing) ? POLLOUT : 0));
}

static gboolean
relay_turn (Relay *self, GError **error)
{
  const short broken = POLLHUP | POLLERR | POLLNVAL;
  short wanted = events_of (&self->from_peer, &self->to_peer);
  struct pollfd fds[2] = {
    { .fd = self->to_peer.from, .events = events_of (&self->to_peer, &self->from_peer) },
    /* A peer that has hung up says so for ever, also while GDBus has yet to read what it said last. */
    { .fd = wanted ? self->from_peer.from : -1, .events = wanted },
  };

  if (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
    return errno == EINTR;
  /* GDBus has hung up: nobody wants the rest. */
  if (fds[0].revents & broken)
    return FALSE;
  /* The peer has: nobody takes what is for it, but what it said before is still told. */
  if (fds[1].revents & broken)
    {
      way_close_fds (&self->to_peer);
      self->to_peer.n_sent = self->to_peer.output->len;
      self->to_peer.ended = TRUE;
    }
  if (!relay_move (self, &self->from_peer, fds[1].revents & (POLLIN | broken), error))
    return FALSE;
  return self->to_peer.ended || relay_move (self, &self->to_peer, fds[0].revents & POLLIN, error);
}

static gpointer
run (gpointer data)
{
  Relay *self = data;
  g_autoptr (GError) error = NULL;

  while (relay_turn (self, &error))
    ;
  if (error)
    dio_debug (DIO_DEBUG_DBUS, "hung up on the peer: %s", error->message);
  close (self->to_peer.from);
  close (self->from_peer.from);
  way_clear (&self->to_peer);
  way_clear (&self->from_peer);
  g_free (self);
  return NULL;
}

int
dio_relay_start (int peer_fd, GError **error)
{
  Relay *self;
  int fds[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), "No socket could be made: %s",
                   g_strerror (errno));
      close (peer_fd);
      return -1;
    }
  self = g_new0 (Relay, 1);
  way_init (&self->to_peer, fds[0], peer_fd);
  way_init (&self->from_peer, peer_fd, fds[0]);
  g_thread_unref (g_thread_new ("dio-relay", run, self));
  return fds[1];
}
