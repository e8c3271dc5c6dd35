/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/wire.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The fixed part of a D-Bus header: byte order, type, flags, version, length of the body, serial, length of the fields. */
#define FIXED_HEADER 16
#define MAX_FIELDS (64 * 1024)
/* Up to here a message may be of any signature: unpacked it stays within some megabytes. */
#define MAX_COMPLEX_BODY (64 * 1024)
#define MAX_LINE 1024
#define CHUNK (64 * 1024)
/* The buffer that a big picture needed is kept for the next one up to this size. */
#define MAX_KEPT (16 * 1024 * 1024)

struct _DioWire
{
  guint8 *data;
  gsize start, end, capacity; /* what is unread lies from start to end */
  gsize wanted;               /* whole size of the message that is arriving, 0 while unknown */
  int fds[DIO_WIRE_MAX_FDS];
  guint n_fds;
};

DioWire *
dio_wire_new (void)
{
  return g_new0 (DioWire, 1);
}

static void
drop_fds (DioWire *self, guint n)
{
  for (guint i = 0; i < n; i++)
    close (self->fds[i]);
  self->n_fds -= n;
  memmove (self->fds, self->fds + n, self->n_fds * sizeof self->fds[0]);
}

void
dio_wire_free (DioWire *self)
{
  drop_fds (self, self->n_fds);
  g_free (self->data);
  g_free (self);
}

gsize
dio_wire_get_capacity (DioWire *self)
{
  return self->capacity;
}

/* Makes room for at least one byte, doubling towards what the arriving message needs. */
static void
make_room (DioWire *self)
{
  gsize used = self->end - self->start, size;

  if (self->start > 0)
    {
      memmove (self->data, self->data + self->start, used);
      self->start = 0;
      self->end = used;
    }
  if (used == 0 && self->capacity > MAX_KEPT && self->wanted == 0)
    {
      g_clear_pointer (&self->data, g_free);
      self->capacity = 0;
    }
  if (self->end < self->capacity)
    return;
  size = MAX (self->capacity * 2, CHUNK);
  if (self->wanted > self->capacity)
    size = MIN (size, MAX (self->wanted, CHUNK));
  self->data = g_realloc (self->data, size);
  self->capacity = size;
}

void
dio_wire_push (DioWire *self, const void *data, gsize size)
{
  for (gsize done = 0; done < size;)
    {
      gsize n;

      make_room (self);
      n = MIN (size - done, self->capacity - self->end);
      memcpy (self->data + self->end, (const guint8 *) data + done, n);
      self->end += n;
      done += n;
    }
}

/* Takes over the descriptors in CONTROL; too many are closed, and the message that they are missing from is refused. */
static void
collect_fds (DioWire *self, struct msghdr *message)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c; c = CMSG_NXTHDR (message, c))
    {
      gsize n;

      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        continue;
      n = (c->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < n; i++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (c) + i * sizeof fd, sizeof fd);
          if (self->n_fds < DIO_WIRE_MAX_FDS)
            self->fds[self->n_fds++] = fd;
          else
            close (fd);
        }
    }
}

gboolean
dio_wire_receive (DioWire *self, int socket_fd, GError **error)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int) * DIO_WIRE_MAX_FDS)];
  } control;
  struct iovec io;
  struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  gssize n;

  make_room (self);
  io.iov_base = self->data + self->end;
  io.iov_len = self->capacity - self->end;
  n = recvmsg (socket_fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (n < 0)
    {
      int code = errno;

      if (code == EINTR || code == EAGAIN || code == EWOULDBLOCK)
        return TRUE;
      g_set_error (error, G_IO_ERROR, code == ECONNRESET ? G_IO_ERROR_CLOSED : (int) g_io_error_from_errno (code),
                   "Receiving failed: %s", g_strerror (code));
      return FALSE;
    }
  collect_fds (self, &message);
  if (n == 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "The connection was closed");
      return FALSE;
    }
  self->end += (gsize) n;
  return TRUE;
}

char *
dio_wire_pop_line (DioWire *self, GError **error)
{
  gsize used = self->end - self->start;
  const guint8 *line = self->data + self->start, *end = used ? memchr (line, '\n', MIN (used, MAX_LINE)) : NULL;
  gsize length;

  if (!end)
    {
      if (used >= MAX_LINE)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A line of the authentication is too long");
      return NULL;
    }
  length = (gsize) (end - line);
  self->start += length + 1;
  if (length > 0 && line[length - 1] == '\r')
    length--;
  return g_strndup ((const char *) line, length);
}

static guint32
read_u32 (const guint8 *at, gboolean big_endian)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return big_endian ? GUINT32_FROM_BE (value) : GUINT32_FROM_LE (value);
}

static gboolean
is_plain_signature (const guint8 *signature, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (signature[i] == 'a')
        {
          if (i + 1 >= length || signature[i + 1] != 'y')
            return FALSE;
        }
      else if (!strchr ("ybnqiuxtdhso", signature[i]) || signature[i] == '\0')
        {
          return FALSE;
        }
    }
  return TRUE;
}

/* Whether the body is of basic values and byte arrays only, which unpack to little more than their own size: a body of
 * nested variants can need fifty times that. Reads the header's array of (code, variant); says no to what it does not
 * know, as QEMU sends only strings, signatures and numbers there. */
static gboolean
has_plain_body (const guint8 *fields, gsize length, gboolean big_endian)
{
  gsize at = 0;

  while (at < length)
    {
      guint8 code, type;
      gsize size;

      at = (at + 7) & ~(gsize) 7;
      /* code, signature "1 T NUL", and at least four bytes of value */
      if (at + 8 > length || fields[at + 1] != 1 || fields[at + 3] != 0)
        return FALSE;
      code = fields[at];
      type = fields[at + 2];
      at += 4;
      if (type == 'g')
        {
          size = fields[at];
          if (size + 2 > length - at)
            return FALSE;
          if (code == G_DBUS_MESSAGE_HEADER_FIELD_SIGNATURE && !is_plain_signature (fields + at + 1, size))
            return FALSE;
          at += size + 2;
        }
      else if (type == 's' || type == 'o')
        {
          size = read_u32 (fields + at, big_endian);
          if (size > length - at || size + 5 > length - at)
            return FALSE;
          at += size + 5;
        }
      else if (type == 'u')
        {
          at += 4;
        }
      else
        {
          return FALSE;
        }
    }
  return TRUE;
}

/* Sets self->wanted as soon as the fixed header is there, and refuses what we would not take. */
static gboolean
look_at_header (DioWire *self, GError **error)
{
  const guint8 *data = self->data + self->start;
  gsize used = self->end - self->start;
  gboolean big_endian;
  gsize body, fields, header;

  self->wanted = 0;
  if (used < FIXED_HEADER)
    return TRUE;
  big_endian = data[0] == G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN;
  body = read_u32 (data + 4, big_endian);
  fields = read_u32 (data + 12, big_endian);
  header = FIXED_HEADER + ((fields + 7) & ~(gsize) 7);
  if ((!big_endian && data[0] != G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN) || data[3] != 1 || fields > MAX_FIELDS ||
      body > DIO_WIRE_MAX_MESSAGE - header)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What arrived is not a D-Bus message");
      return FALSE;
    }
  if (body > MAX_COMPLEX_BODY && used >= header && !has_plain_body (data + FIXED_HEADER, fields, big_endian))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A D-Bus message of such a type may not be so large");
      return FALSE;
    }
  self->wanted = header + body;
  return TRUE;
}

static gboolean
attach_fds (DioWire *self, GDBusMessage *message, GError **error)
{
  guint n = g_dbus_message_get_num_unix_fds (message);
  g_autoptr (GUnixFDList) list = NULL;

  if (n == 0)
    return TRUE;
  if (n > self->n_fds)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A D-Bus message came with %u file descriptors instead of %u",
                   self->n_fds, n);
      return FALSE;
    }
  list = g_unix_fd_list_new_from_array (self->fds, (int) n);
  self->n_fds -= n;
  memmove (self->fds, self->fds + n, self->n_fds * sizeof self->fds[0]);
  g_dbus_message_set_unix_fd_list (message, list);
  return TRUE;
}

GDBusMessage *
dio_wire_pop_message (DioWire *self, GError **error)
{
  g_autoptr (GDBusMessage) message = NULL;

  if (!look_at_header (self, error))
    return NULL;
  if (self->wanted == 0 || self->end - self->start < self->wanted)
    return NULL;
  message = g_dbus_message_new_from_blob (self->data + self->start, self->wanted,
                                          G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, error);
  self->start += self->wanted;
  self->wanted = 0;
  if (!message || !attach_fds (self, message, error))
    return NULL;
  return g_steal_pointer (&message);
}
