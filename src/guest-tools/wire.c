/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "guest-tools/wire.h"

#include <errno.h>
#include <spice/vd_agent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX 64

_Static_assert (sizeof (VDAgentMessage) == 20 && sizeof (VDIChunkHeader) == 8, "as the protocol has them");
_Static_assert (VD_AGENT_MAX_DATA_SIZE == 2048, "as the queue's chunk has it");

uint32_t
dio_wire_get32 (const uint8_t *bytes)
{
  return bytes[0] | (uint32_t) bytes[1] << 8 | (uint32_t) bytes[2] << 16 | (uint32_t) bytes[3] << 24;
}

uint64_t
dio_wire_get64 (const uint8_t *bytes)
{
  return dio_wire_get32 (bytes) | (uint64_t) dio_wire_get32 (bytes + 4) << 32;
}

void
dio_wire_put32 (uint8_t *bytes, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = value >> (8 * i);
}

void
dio_wire_put64 (uint8_t *bytes, uint64_t value)
{
  dio_wire_put32 (bytes, value);
  dio_wire_put32 (bytes + 4, value >> 32);
}

/* --- what arrives --- */

/* Moves what BYTES has into HEADER, until that has SIZE. Returns: how many bytes that were. */
static size_t
fill (uint8_t *header, size_t *n_header, size_t size, const uint8_t *bytes, size_t n)
{
  size_t missing = size - *n_header, taken = n < missing ? n : missing;

  memcpy (header + *n_header, bytes, taken);
  *n_header += taken;
  return taken;
}

static bool
begin_chunk (DioWireReader *self)
{
  self->port = dio_wire_get32 (self->chunk);
  self->in_chunk = dio_wire_get32 (self->chunk + 4);
  self->n_chunk = 0;
  return self->port >= VDP_CLIENT_PORT && self->port < VDP_END_PORT && self->in_chunk <= VD_AGENT_MAX_DATA_SIZE;
}

/* Returns: how many of the N bytes, which are all of one chunk, were taken; 0: they make no sense. */
static size_t
read_message (DioWireReader *self, const uint8_t *bytes, size_t n, const DioWireSink *sink, void *data)
{
  size_t taken;

  if (self->n_header < sizeof self->header)
    {
      taken = fill (self->header, &self->n_header, sizeof self->header, bytes, n);
      if (self->n_header < sizeof self->header)
        return taken;
      if (dio_wire_get32 (self->header) != VD_AGENT_PROTOCOL)
        return 0;
      self->in_message = dio_wire_get32 (self->header + 16);
      sink->begin (data, dio_wire_get32 (self->header + 4), self->in_message);
    }
  else
    {
      taken = n < self->in_message ? n : self->in_message;
      self->in_message -= taken;
      sink->piece (data, bytes, taken);
    }
  if (self->in_message == 0)
    {
      self->n_header = 0;
      sink->end (data);
    }
  return taken;
}

bool
dio_wire_read (DioWireReader *self, const uint8_t *bytes, size_t n, const DioWireSink *sink, void *data)
{
  while (n > 0)
    {
      size_t here = n < self->in_chunk ? n : self->in_chunk, taken = here;

      if (self->in_chunk == 0)
        {
          taken = fill (self->chunk, &self->n_chunk, sizeof self->chunk, bytes, n);
          if (self->n_chunk == sizeof self->chunk && !begin_chunk (self))
            return false;
        }
      else
        {
          if (self->port == VDP_CLIENT_PORT)
            taken = read_message (self, bytes, here, sink, data);
          if (taken == 0)
            return false;
          self->in_chunk -= taken;
        }
      bytes += taken;
      n -= taken;
    }
  return true;
}

/* --- what is sent --- */

struct _DioWireMessage
{
  DioWireMessage *next;
  uint8_t head[20 + HEAD_MAX];
  size_t n_head;
  uint8_t *body;
  size_t n_body;
  size_t position; /* what is in chunks, of both */
};

bool
dio_wire_queue_add (DioWireQueue *self, uint32_t type, const void *head, size_t n_head, uint8_t *body, size_t n_body)
{
  DioWireMessage *message = NULL;

  if (n_head <= HEAD_MAX && n_body <= UINT32_MAX - HEAD_MAX)
    message = calloc (1, sizeof *message);
  if (message == NULL)
    {
      free (body);
      return false;
    }
  dio_wire_put32 (message->head, VD_AGENT_PROTOCOL);
  dio_wire_put32 (message->head + 4, type);
  dio_wire_put64 (message->head + 8, 0);
  dio_wire_put32 (message->head + 16, n_head + n_body);
  if (n_head > 0)
    memcpy (message->head + 20, head, n_head);
  message->n_head = 20 + n_head;
  message->body = body;
  message->n_body = n_body;
  self->n_bytes += n_body;
  if (self->last != NULL)
    self->last->next = message;
  else
    self->first = message;
  self->last = message;
  return true;
}

static void
drop_first (DioWireQueue *self)
{
  DioWireMessage *message = self->first;

  self->first = message->next;
  if (self->first == NULL)
    self->last = NULL;
  self->n_bytes -= message->n_body;
  free (message->body);
  free (message);
}

/* The next chunk is made of the first message alone: others read it more easily so. */
static void
fill_chunk (DioWireQueue *self)
{
  DioWireMessage *message = self->first;
  size_t room = VD_AGENT_MAX_DATA_SIZE, n = 0;

  if (message->position < message->n_head)
    {
      memcpy (self->chunk + 8, message->head, message->n_head);
      message->position = n = message->n_head;
    }
  if (message->n_body > 0)
    {
      size_t begin = message->position - message->n_head, left = message->n_body - begin;
      size_t more = left < room - n ? left : room - n;

      memcpy (self->chunk + 8 + n, message->body + begin, more);
      message->position += more;
      n += more;
    }
  dio_wire_put32 (self->chunk, VDP_CLIENT_PORT);
  dio_wire_put32 (self->chunk + 4, n);
  self->n_chunk = 8 + n;
  self->n_written = 0;
  if (message->position == message->n_head + message->n_body)
    drop_first (self);
}

bool
dio_wire_queue_write (DioWireQueue *self, int fd)
{
  while (!dio_wire_queue_is_empty (self))
    {
      ssize_t n;

      if (self->n_written == self->n_chunk)
        fill_chunk (self);
      n = write (fd, self->chunk + self->n_written, self->n_chunk - self->n_written);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno == EAGAIN;
      self->n_written += n;
    }
  return true;
}

bool
dio_wire_queue_is_empty (const DioWireQueue *self)
{
  return self->first == NULL && self->n_written == self->n_chunk;
}

void
dio_wire_queue_clear (DioWireQueue *self)
{
  while (self->first != NULL)
    drop_first (self);
  self->n_chunk = self->n_written = 0;
}
