/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "dbus/wire.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The fixed part of a D-Bus header: byte order, type, flags, version, length of the body, serial, length of the fields.
 */
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
  guint wanted_fds;           /* descriptors that it says to have, known when its header is there */
  gsize max_message;
  guint64 position; /* of start, in the stream */
  DioFdQueue fds;
};

DioWire *
dio_wire_new (gsize max_message)
{
  DioWire *self = g_new0 (DioWire, 1);

  self->max_message = MIN (max_message, DIO_WIRE_MAX_MESSAGE);
  return self;
}

void
dio_wire_free (DioWire *self)
{
  dio_fd_queue_forget (&self->fds, G_MAXUINT64);
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

/* Takes over the descriptors that came with the bytes from SINCE to UNTIL. */
static void
collect_fds (DioWire *self, struct msghdr *message, guint64 since, guint64 until)
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
          dio_fd_queue_push (&self->fds, fd, since, until);
        }
    }
  if (message->msg_flags & MSG_CTRUNC)
    dio_fd_queue_push (&self->fds, -1, since, until);
}

/* N bytes, and what came with them and nothing else, are done with. */
static void
consume (DioWire *self, gsize n)
{
  self->start += n;
  self->position += n;
  dio_fd_queue_forget (&self->fds, self->position);
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
  struct msghdr message = {
    .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  guint64 position;
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
  position = self->position + (self->end - self->start);
  collect_fds (self, &message, position, position + (gsize) n);
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
  consume (self, length + 1);
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

/* What is worth knowing of a header before GDBus unpacks the message. */
typedef struct
{
  /* The body is of basic values and byte arrays only, which unpack to little more than their own size: a body of nested
   * variants can need fifty times that. */
  gboolean plain;
  guint32 n_fds;
} Fields;

/* One value of TYPE at FIELDS + *AT. FALSE when it does not end before LENGTH, or is of a type that no field has. */
static gboolean
read_field (const guint8 *fields, gsize length, gboolean big_endian, guint8 code, guint8 type, gsize *at,
            Fields *ret_fields)
{
  const guint8 *value = fields + *at;
  gsize left = length - *at, size;

  switch (type)
    {
    case 'g':
      size = value[0];
      if (size + 2 > left)
        return FALSE;
      if (code == G_DBUS_MESSAGE_HEADER_FIELD_SIGNATURE && !is_plain_signature (value + 1, size))
        ret_fields->plain = FALSE;
      *at += size + 2;
      return TRUE;
    case 's':
    case 'o':
      size = read_u32 (value, big_endian);
      if (size > left || size + 5 > left)
        return FALSE;
      *at += size + 5;
      return TRUE;
    case 'u':
      if (code == G_DBUS_MESSAGE_HEADER_FIELD_NUM_UNIX_FDS)
        ret_fields->n_fds = read_u32 (value, big_endian);
      *at += 4;
      return TRUE;
    default:
      return FALSE;
    }
}

/* Reads the header's array of (code, variant). FALSE for what neither GDBus nor libdbus would send. */
static gboolean
read_fields (const guint8 *fields, gsize length, gboolean big_endian, Fields *ret_fields)
{
  gsize at = 0;

  *ret_fields = (Fields) { .plain = TRUE };
  while (at < length)
    {
      guint8 code, type;

      at = (at + 7) & ~(gsize) 7;
      /* code, signature "1 T NUL", and at least four bytes of value */
      if (at + 8 > length || fields[at + 1] != 1 || fields[at + 3] != 0)
        {
          /* The empty signature, at the end, has but two. */
          if (at + 6 != length || fields[at + 1] != 1 || fields[at + 2] != 'g' || fields[at + 3] != 0)
            return FALSE;
        }
      code = fields[at];
      type = fields[at + 2];
      at += 4;
      if (!read_field (fields, length, big_endian, code, type, &at, ret_fields))
        return FALSE;
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
  Fields known = { 0 };

  self->wanted = 0;
  if (used < FIXED_HEADER)
    return TRUE;
  big_endian = data[0] == G_DBUS_MESSAGE_BYTE_ORDER_BIG_ENDIAN;
  body = read_u32 (data + 4, big_endian);
  fields = read_u32 (data + 12, big_endian);
  header = FIXED_HEADER + ((fields + 7) & ~(gsize) 7);
  if ((!big_endian && data[0] != G_DBUS_MESSAGE_BYTE_ORDER_LITTLE_ENDIAN) || data[3] != 1 || fields > MAX_FIELDS ||
      header > self->max_message || body > self->max_message - header)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What arrived is not a D-Bus message");
      return FALSE;
    }
  if (used >= header)
    {
      if (!read_fields (data + FIXED_HEADER, fields, big_endian, &known))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A D-Bus message has fields of wrong types");
          return FALSE;
        }
      if (body > MAX_COMPLEX_BODY && !known.plain)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                               "A D-Bus message of such a type may not be so large");
          return FALSE;
        }
      self->wanted_fds = known.n_fds;
    }
  self->wanted = header + body;
  return TRUE;
}

gsize
dio_wire_pop_raw (DioWire *self, const guint8 **ret_data, int fds[DIO_WIRE_MAX_FDS], guint *ret_n_fds, GError **error)
{
  gsize size;

  if (!look_at_header (self, error))
    return 0;
  size = self->wanted;
  if (size == 0 || self->end - self->start < size)
    return 0;
  /* Where some were lost it is not the peer's fault: the call fails for want of them, and the connection goes on. */
  if (!dio_fd_queue_pop (&self->fds, self->position, self->position + size, self->wanted_fds, fds, ret_n_fds))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "A D-Bus message came with %u file descriptors instead of %u", *ret_n_fds, self->wanted_fds);
      *ret_n_fds = 0; /* they stay in the queue */
      return 0;
    }
  *ret_data = self->data + self->start;
  consume (self, size);
  self->wanted = 0;
  return size;
}

int
dio_wire_pop_byte (DioWire *self)
{
  int byte;

  if (self->start == self->end)
    return -1;
  byte = self->data[self->start];
  consume (self, 1);
  return byte;
}

GDBusMessage *
dio_wire_pop_message (DioWire *self, GError **error)
{
  int fds[DIO_WIRE_MAX_FDS];
  guint n_fds = 0;
  const guint8 *data = NULL;
  gsize size = dio_wire_pop_raw (self, &data, fds, &n_fds, error);
  g_autoptr (GUnixFDList) list = n_fds ? g_unix_fd_list_new_from_array (fds, (int) n_fds) : NULL;
  GDBusMessage *message;

  if (size == 0)
    return NULL;
  message = g_dbus_message_new_from_blob ((guchar *) data, size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, error);
  if (message && list)
    g_dbus_message_set_unix_fd_list (message, list);
  return message;
}
