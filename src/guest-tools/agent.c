/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "guest-tools/agent.h"

#include <spice/vd_agent.h>
#include <stdlib.h>
#include <string.h>

#define ALL_KINDS (((1u << DIO_N_KINDS) - 1) & ~(1u << VD_AGENT_CLIPBOARD_NONE))

_Static_assert (DIO_N_KINDS == VD_AGENT_CLIPBOARD_IMAGE_JPG + 1, "lists of files go through a folder that is shared");

static bool
host_can (DioAgent *self, unsigned capability)
{
  return (self->capabilities & UINT64_C (1) << capability) != 0;
}

static void
send_message (DioAgent *self, uint32_t type, const void *head, size_t n_head, uint8_t *body, size_t n_body)
{
  if (!dio_wire_queue_add (&self->queue, type, head, n_head, body, n_body))
    self->lost = true;
}

/* --- capabilities --- */

static void
send_capabilities (DioAgent *self, bool request)
{
  static const unsigned ours[] = {
    VD_AGENT_CAP_CLIPBOARD_BY_DEMAND,       VD_AGENT_CAP_CLIPBOARD_SELECTION,
    VD_AGENT_CAP_GUEST_LINEEND_LF,          VD_AGENT_CAP_MAX_CLIPBOARD,
    VD_AGENT_CAP_FILE_XFER_DETAILED_ERRORS, VD_AGENT_CAP_CLIPBOARD_NO_RELEASE_ON_REGRAB,
    VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL,
  };
  uint8_t body[8];
  uint32_t bits = 0;

  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    bits |= 1u << ours[i];
  dio_wire_put32 (body, request);
  dio_wire_put32 (body + 4, bits);
  send_message (self, VD_AGENT_ANNOUNCE_CAPABILITIES, body, sizeof body, NULL, 0);
}

static void
begin_again (DioAgent *self)
{
  memset (self->serials, 0, sizeof self->serials);
  memset (self->owns, 0, sizeof self->owns);
  self->limit = -1;
  dio_downloads_cancel_all (self->downloads);
}

static void
on_capabilities (DioAgent *self)
{
  bool request = self->n_body >= 4 && dio_wire_get32 (self->body) != 0, known = self->capabilities != 0;

  if (self->n_body < 8)
    return;
  self->capabilities = dio_wire_get32 (self->body + 4);
  if (self->n_body >= 12)
    self->capabilities |= (uint64_t) dio_wire_get32 (self->body + 8) << 32;
  /* Only one that has just come asks: numbers begin anew then on both sides. */
  if (request)
    {
      begin_again (self);
      send_capabilities (self, false);
    }
  /* Its answer to our own question may come after that. */
  if (request || !known)
    self->host->reset (self->data);
}

void
dio_agent_start (DioAgent *self)
{
  begin_again (self);
  send_capabilities (self, true);
}

void
dio_agent_stop (DioAgent *self)
{
  begin_again (self);
  dio_wire_queue_clear (&self->queue);
  self->reader = (DioWireReader) { 0 };
  self->capabilities = 0;
  self->n_body = 0;
  self->type = 0;
  self->streams = self->lost = false;
}

/* --- the clipboard --- */

/* The host's messages begin with which selection they are about, if it knows more than one. Returns: the size of that.
 * SELECTION may be none that we know. */
static size_t
read_selection (DioAgent *self, unsigned *selection)
{
  *selection = VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD;
  if (!host_can (self, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    return 0;
  *selection = self->n_body >= 4 ? self->body[0] : UINT8_MAX;
  return 4;
}

static bool
accept_serial (DioAgent *self, unsigned selection, uint32_t serial)
{
  uint32_t *next = &self->serials[selection];

  /* Two that crossed have one number: both sides let the host's win. */
  if (serial == *next - 1 && self->owns[selection])
    return true;
  /* A lower one was sent before the host knew of the guest's. */
  if ((int32_t) (serial - *next) < 0)
    return false;
  *next = serial + 1;
  return true;
}

static void
on_grab (DioAgent *self)
{
  unsigned selection;
  size_t begin = read_selection (self, &selection);
  uint32_t kinds = 0;

  if (selection >= DIO_N_SELECTIONS)
    return;
  if (host_can (self, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL))
    {
      if (self->n_body < begin + 4 || !accept_serial (self, selection, dio_wire_get32 (self->body + begin)))
        return;
      begin += 4;
    }
  for (size_t i = begin; i + 4 <= self->n_body; i += 4)
    {
      uint32_t kind = dio_wire_get32 (self->body + i);

      if (kind < DIO_N_KINDS)
        kinds |= 1u << kind;
    }
  self->owns[selection] = false;
  self->host->grabbed (self->data, selection, kinds & ALL_KINDS);
}

static void
on_release (DioAgent *self)
{
  unsigned selection;

  read_selection (self, &selection);
  if (selection < DIO_N_SELECTIONS && !self->owns[selection])
    self->host->grabbed (self->data, selection, 0);
}

static void
on_request (DioAgent *self)
{
  unsigned selection;
  size_t begin = read_selection (self, &selection);

  if (selection >= DIO_N_SELECTIONS || self->n_body < begin + 4)
    return;
  if (self->owns[selection])
    self->host->asked (self->data, selection, dio_wire_get32 (self->body + begin));
  else
    dio_agent_answer (self, selection, VD_AGENT_CLIPBOARD_NONE, NULL, 0);
}

static size_t
put_selection (DioAgent *self, uint8_t *head, unsigned selection)
{
  if (!host_can (self, VD_AGENT_CAP_CLIPBOARD_SELECTION))
    return 0;
  dio_wire_put32 (head, selection);
  return 4;
}

/* Whether the host can be told of SELECTION at all. */
static bool
knows (DioAgent *self, unsigned selection)
{
  return host_can (self, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND) &&
         (selection == VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD || host_can (self, VD_AGENT_CAP_CLIPBOARD_SELECTION));
}

void
dio_agent_grab (DioAgent *self, unsigned selection, uint32_t kinds)
{
  uint8_t head[8 + 4 * DIO_N_KINDS];
  size_t n = put_selection (self, head, selection);

  kinds &= ALL_KINDS;
  if (!knows (self, selection) || (kinds == 0 && !self->owns[selection]))
    return;
  self->owns[selection] = kinds != 0;
  if (kinds == 0)
    {
      send_message (self, VD_AGENT_CLIPBOARD_RELEASE, head, n, NULL, 0);
      return;
    }
  if (host_can (self, VD_AGENT_CAP_CLIPBOARD_GRAB_SERIAL))
    {
      dio_wire_put32 (head + n, self->serials[selection]++);
      n += 4;
    }
  for (uint32_t kind = 0; kind < DIO_N_KINDS; kind++)
    if (kinds & 1u << kind)
      {
        dio_wire_put32 (head + n, kind);
        n += 4;
      }
  send_message (self, VD_AGENT_CLIPBOARD_GRAB, head, n, NULL, 0);
}

bool
dio_agent_ask (DioAgent *self, unsigned selection, uint32_t kind)
{
  uint8_t head[8];
  size_t n = put_selection (self, head, selection);

  if (!knows (self, selection) || self->owns[selection])
    return false;
  dio_wire_put32 (head + n, kind);
  send_message (self, VD_AGENT_CLIPBOARD_REQUEST, head, n + 4, NULL, 0);
  return true;
}

void
dio_agent_answer (DioAgent *self, unsigned selection, uint32_t kind, uint8_t *bytes, size_t n)
{
  uint8_t head[8];
  size_t n_head = put_selection (self, head, selection);

  dio_wire_put32 (head + n_head, kind);
  send_message (self, VD_AGENT_CLIPBOARD, head, n_head + 4, bytes, n);
}

/* --- files --- */

void
dio_agent_answer_file (void *data, uint32_t id, uint32_t result, uint64_t free_space)
{
  DioAgent *self = data;
  uint8_t body[16];
  size_t n = 8;

  /* What says more has older hosts break off: they get an error without a reason. */
  if (!host_can (self, VD_AGENT_CAP_FILE_XFER_DETAILED_ERRORS) && result > VD_AGENT_FILE_XFER_STATUS_SUCCESS)
    result = VD_AGENT_FILE_XFER_STATUS_ERROR;
  dio_wire_put32 (body, id);
  dio_wire_put32 (body + 4, result);
  if (result == VD_AGENT_FILE_XFER_STATUS_NOT_ENOUGH_SPACE)
    {
      dio_wire_put64 (body + n, free_space);
      n += 8;
    }
  send_message (self, VD_AGENT_FILE_XFER_STATUS, body, n, NULL, 0);
}

static void
on_file_start (DioAgent *self)
{
  if (self->n_body >= 4)
    dio_downloads_start (self->downloads, dio_wire_get32 (self->body), (const char *) self->body + 4, self->n_body - 4);
}

static void
on_file_status (DioAgent *self)
{
  if (self->n_body >= 8 && dio_wire_get32 (self->body + 4) != VD_AGENT_FILE_XFER_STATUS_CAN_SEND_DATA)
    dio_downloads_cancel (self->downloads, dio_wire_get32 (self->body));
}

/* --- messages --- */

/* How much of the message has to be there before the rest can go on as it comes; 0: all of it. */
static size_t
get_head_size (DioAgent *self)
{
  if (self->type == VD_AGENT_CLIPBOARD)
    return host_can (self, VD_AGENT_CAP_CLIPBOARD_SELECTION) ? 8 : 4;
  return self->type == VD_AGENT_FILE_XFER_DATA ? 12 : 0;
}

static void
on_begin (void *data, uint32_t type, uint32_t size)
{
  DioAgent *self = data;

  self->type = type;
  self->size = size;
  self->n_body = 0;
  self->streams = false;
}

/* The head of a message that goes on as it comes is there. */
static void
begin_stream (DioAgent *self)
{
  unsigned selection;
  size_t begin;

  self->streams = true;
  if (self->type != VD_AGENT_CLIPBOARD)
    return;
  begin = read_selection (self, &selection);
  self->host->begin (self->data, selection, dio_wire_get32 (self->body + begin), self->size - self->n_body);
}

static void
on_piece (void *data, const uint8_t *bytes, size_t n)
{
  DioAgent *self = data;
  size_t head = get_head_size (self), room = (head > 0 ? head : sizeof self->body) - self->n_body;
  size_t taken = n < room ? n : room;

  if (!self->streams)
    {
      memcpy (self->body + self->n_body, bytes, taken);
      self->n_body += taken;
      if (head > 0 && self->n_body == head)
        begin_stream (self);
      bytes += taken;
      n -= taken;
    }
  if (n > 0 && self->streams && self->type == VD_AGENT_CLIPBOARD)
    self->host->piece (self->data, bytes, n);
  else if (n > 0 && self->streams)
    dio_downloads_add (self->downloads, dio_wire_get32 (self->body), bytes, n, false);
}

/* SIZE of the message is how much its file's piece has, or it is about nothing that we know. */
static void
on_file_data (DioAgent *self)
{
  uint32_t id = dio_wire_get32 (self->body);

  if (dio_wire_get64 (self->body + 4) == self->size - self->n_body)
    dio_downloads_add (self->downloads, id, NULL, 0, true);
  else
    {
      dio_downloads_cancel (self->downloads, id);
      dio_agent_answer_file (self, id, VD_AGENT_FILE_XFER_STATUS_ERROR, 0);
    }
}

static void
on_end (void *data)
{
  DioAgent *self = data;

  if (self->streams && self->type == VD_AGENT_CLIPBOARD)
    self->host->end (self->data);
  else if (self->streams)
    on_file_data (self);
  /* Too short for what it should be, or longer than anything that is known. */
  if (self->streams || get_head_size (self) > 0 || self->size > sizeof self->body)
    return;
  switch (self->type)
    {
    case VD_AGENT_ANNOUNCE_CAPABILITIES:
      on_capabilities (self);
      break;
    case VD_AGENT_CLIPBOARD_GRAB:
      on_grab (self);
      break;
    case VD_AGENT_CLIPBOARD_RELEASE:
      on_release (self);
      break;
    case VD_AGENT_CLIPBOARD_REQUEST:
      on_request (self);
      break;
    case VD_AGENT_FILE_XFER_START:
      on_file_start (self);
      break;
    case VD_AGENT_FILE_XFER_STATUS:
      on_file_status (self);
      break;
    case VD_AGENT_MAX_CLIPBOARD:
      self->limit = self->n_body >= 4 ? (int32_t) dio_wire_get32 (self->body) : -1;
      break;
    case VD_AGENT_CLIENT_DISCONNECTED:
      begin_again (self);
      self->capabilities = 0;
      self->host->reset (self->data);
      break;
    default:
      break;
    }
}

bool
dio_agent_read (DioAgent *self, const uint8_t *bytes, size_t n)
{
  static const DioWireSink sink = { on_begin, on_piece, on_end };

  return dio_wire_read (&self->reader, bytes, n, &sink, self);
}
