/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "clipboard/vdagent.h"

#include <spice/vd_agent.h>
#include <string.h>

/* Of the small messages: some room for what later protocols add. */
#define MAX_SMALL 4096

struct _DioVdagentReader
{
  guint32 limit;
  guint8 header[DIO_VDAGENT_MESSAGE_HEADER];
  gsize n_header; /* of it, so many have come: of the chunk's, or of the message's */
  guint8 chunk_header[DIO_VDAGENT_CHUNK_HEADER];
  gsize n_chunk_header;
  guint32 chunk_left;

  guint type;
  guint32 size, n_body;
  guint8 *body; /* NULL: thrown away */
  gboolean keep, asking;
};

typedef struct
{
  guint32 min, max;
} SizeRange;

/* What agents send; 0, 0: nothing of that is expected. A request's and a release's are exact but for the selection. */
static const SizeRange sizes[VD_AGENT_END_MESSAGE] = {
  [VD_AGENT_REPLY] = { sizeof (VDAgentReply), sizeof (VDAgentReply) },
  [VD_AGENT_CLIPBOARD] = { sizeof (VDAgentClipboard), G_MAXUINT32 },
  [VD_AGENT_ANNOUNCE_CAPABILITIES] = { sizeof (VDAgentAnnounceCapabilities), MAX_SMALL },
  [VD_AGENT_CLIPBOARD_GRAB] = { 0, MAX_SMALL },
  [VD_AGENT_CLIPBOARD_REQUEST] = { sizeof (VDAgentClipboardRequest), sizeof (VDAgentClipboardRequest) + 4 },
  [VD_AGENT_CLIPBOARD_RELEASE] = { 0, 4 },
  [VD_AGENT_FILE_XFER_STATUS] = { sizeof (VDAgentFileXferStatusMessage), MAX_SMALL },
};

static _Thread_local guint64 handled;

guint64
dio_vdagent_get_handled (void)
{
  return handled;
}

void
dio_vdagent_add_handled (gsize n)
{
  handled += n;
}

gboolean
dio_vdagent_check_size (guint type, guint32 size)
{
  return type < G_N_ELEMENTS (sizes) && sizes[type].max > 0 && size >= sizes[type].min && size <= sizes[type].max;
}

static guint32
get_u32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

gboolean
dio_vdagent_get_u32 (GBytes *body, gsize offset, guint32 *ret_value)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (body, &size);

  if (offset > size || size - offset < sizeof *ret_value)
    return FALSE;
  *ret_value = get_u32 (data + offset);
  return TRUE;
}

gboolean
dio_vdagent_get_u64 (GBytes *body, gsize offset, guint64 *ret_value)
{
  guint32 low, high;

  if (offset > G_MAXSIZE - 4 || !dio_vdagent_get_u32 (body, offset, &low) ||
      !dio_vdagent_get_u32 (body, offset + 4, &high))
    return FALSE;
  *ret_value = (guint64) high << 32 | low;
  return TRUE;
}

void
dio_vdagent_put_u32 (GByteArray *body, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);

  g_byte_array_append (body, (const guint8 *) &little, sizeof little);
}

void
dio_vdagent_put_u64 (GByteArray *body, guint64 value)
{
  dio_vdagent_put_u32 (body, (guint32) value);
  dio_vdagent_put_u32 (body, (guint32) (value >> 32));
}

/* --- in --- */

DioVdagentReader *
dio_vdagent_reader_new (void)
{
  DioVdagentReader *self = g_new0 (DioVdagentReader, 1);

  self->limit = G_MAXUINT32;
  return self;
}

static void
forget (DioVdagentReader *self)
{
  g_clear_pointer (&self->body, g_free);
  self->n_header = 0;
  self->n_body = 0;
  self->size = 0;
  self->keep = FALSE;
}

void
dio_vdagent_reader_free (DioVdagentReader *self)
{
  forget (self);
  g_free (self);
}

void
dio_vdagent_reader_set_limit (DioVdagentReader *self, guint32 limit)
{
  self->limit = limit;
}

guint32
dio_vdagent_reader_get_size (DioVdagentReader *self)
{
  return self->size;
}

/* Moves what is missing of WANTED bytes from *DATA to TO; TRUE when they are complete. */
static gboolean
gather (guint8 *to, gsize *n, gsize wanted, const guint8 **data, gsize *size)
{
  gsize piece = MIN (wanted - *n, *size);

  if (to)
    memcpy (to + *n, *data, piece);
  dio_vdagent_add_handled (piece);
  *n += piece;
  *data += piece;
  *size -= piece;
  return *n == wanted;
}

/* Memory that is not written to costs nothing: a size alone, whatever it says, makes nobody hold anything. */
static void
begin_body (DioVdagentReader *self, gboolean keep)
{
  self->keep = keep;
  self->n_body = 0;
  if (keep && self->size > 0)
    self->body = g_try_malloc (self->size);
}

static DioVdagentResult
begin_message (DioVdagentReader *self, GError **error)
{
  if (get_u32 (self->header) != VD_AGENT_PROTOCOL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The guest's agent speaks protocol %u, not %u",
                   get_u32 (self->header), VD_AGENT_PROTOCOL);
      return DIO_VDAGENT_ERROR;
    }
  self->type = get_u32 (self->header + 4);
  self->size = get_u32 (self->header + 16);
  if (self->type == VD_AGENT_CLIPBOARD && self->size > self->limit)
    {
      self->asking = TRUE;
      return DIO_VDAGENT_LARGE;
    }
  begin_body (self, dio_vdagent_check_size (self->type, self->size));
  return DIO_VDAGENT_MORE;
}

void
dio_vdagent_reader_decide (DioVdagentReader *self, gboolean accept)
{
  if (!self->asking)
    return;
  self->asking = FALSE;
  begin_body (self, accept);
}

static DioVdagentResult
begin_chunk (DioVdagentReader *self, GError **error)
{
  guint32 port = get_u32 (self->chunk_header);

  if (port != VDP_CLIENT_PORT && port != VDP_SERVER_PORT)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What the guest's agent sent is not its protocol");
      return DIO_VDAGENT_ERROR;
    }
  self->chunk_left = get_u32 (self->chunk_header + 4);
  return DIO_VDAGENT_MORE;
}

/* Takes what belongs to the message, out of a chunk's *DATA. */
static DioVdagentResult
push_message (DioVdagentReader *self, const guint8 **data, gsize *size, GError **error)
{
  gsize n_body = self->n_body;

  if (self->n_header < sizeof self->header)
    {
      if (!gather (self->header, &self->n_header, sizeof self->header, data, size))
        return DIO_VDAGENT_MORE;
      return begin_message (self, error);
    }
  gather (self->body, &n_body, self->size, data, size);
  self->n_body = (guint32) n_body;
  return DIO_VDAGENT_MORE;
}

static gboolean
is_complete (DioVdagentReader *self)
{
  return self->n_header == sizeof self->header && !self->asking && self->n_body == self->size;
}

DioVdagentResult
dio_vdagent_reader_push (DioVdagentReader *self, const guint8 **data, gsize *size, GError **error)
{
  DioVdagentResult result = DIO_VDAGENT_MORE;

  while (result == DIO_VDAGENT_MORE && !self->asking)
    {
      if (is_complete (self))
        {
          if (self->keep)
            return DIO_VDAGENT_MESSAGE;
          forget (self);
        }
      else if (*size == 0)
        {
          break;
        }
      else if (self->chunk_left == 0)
        {
          if (!gather (self->chunk_header, &self->n_chunk_header, sizeof self->chunk_header, data, size))
            break;
          self->n_chunk_header = 0;
          result = begin_chunk (self, error);
        }
      else
        {
          gsize inside = MIN (*size, self->chunk_left), left = inside;

          result = push_message (self, data, &left, error);
          *size -= inside - left;
          self->chunk_left -= (guint32) (inside - left);
        }
    }
  return self->asking ? DIO_VDAGENT_LARGE : result;
}

GBytes *
dio_vdagent_reader_take (DioVdagentReader *self, guint *ret_type)
{
  GBytes *bytes = NULL;

  g_return_val_if_fail (is_complete (self), NULL);
  *ret_type = self->type;
  if (self->body || self->size == 0)
    bytes = g_bytes_new_take (g_steal_pointer (&self->body), self->size);
  forget (self);
  return bytes;
}

void
dio_vdagent_reader_after_pause (DioVdagentReader *self, const guint8 *data, gsize size)
{
  const guint8 *message = data + DIO_VDAGENT_CHUNK_HEADER, *body = message + DIO_VDAGENT_MESSAGE_HEADER;
  guint32 body_size;

  if ((self->chunk_left == 0 && self->n_chunk_header == 0 && self->n_header == 0) || self->asking ||
      size < DIO_VDAGENT_CHUNK_HEADER + DIO_VDAGENT_MESSAGE_HEADER + sizeof (VDAgentAnnounceCapabilities))
    return;
  body_size = get_u32 (message + 16);
  if (get_u32 (data) != VDP_CLIENT_PORT || get_u32 (message) != VD_AGENT_PROTOCOL ||
      get_u32 (message + 4) != VD_AGENT_ANNOUNCE_CAPABILITIES || get_u32 (message + 8) != 0 ||
      get_u32 (message + 12) != 0 || !dio_vdagent_check_size (VD_AGENT_ANNOUNCE_CAPABILITIES, body_size) ||
      get_u32 (data + 4) != DIO_VDAGENT_MESSAGE_HEADER + body_size || get_u32 (body) != 1)
    return;
  forget (self);
  self->n_chunk_header = 0;
  self->chunk_left = 0;
}

/* --- out --- */

static void
set_u32 (guint8 *at, guint32 value)
{
  guint32 little = GUINT32_TO_LE (value);

  memcpy (at, &little, sizeof little);
}

gboolean
dio_vdagent_writer_init (DioVdagentWriter *self, guint type, GBytes *head, GBytes *body)
{
  guint64 size = (guint64) (head ? g_bytes_get_size (head) : 0) + (body ? g_bytes_get_size (body) : 0);
  guint64 stream = DIO_VDAGENT_MESSAGE_HEADER + size;

  if (size > G_MAXUINT32)
    return FALSE;
  *self = (DioVdagentWriter){ .parts = { head ? g_bytes_ref (head) : NULL, body ? g_bytes_ref (body) : NULL } };
  set_u32 (self->header, VD_AGENT_PROTOCOL);
  set_u32 (self->header + 4, type);
  set_u32 (self->header + 16, (guint32) size);
  self->size = stream + (stream + DIO_VDAGENT_MAX_CHUNK - 1) / DIO_VDAGENT_MAX_CHUNK * DIO_VDAGENT_CHUNK_HEADER;
  return TRUE;
}

void
dio_vdagent_writer_clear (DioVdagentWriter *self)
{
  g_clear_pointer (&self->parts[0], g_bytes_unref);
  g_clear_pointer (&self->parts[1], g_bytes_unref);
}

static void
add_piece (DioVdagentBatch *batch, const guint8 *data, gsize size)
{
  dio_vdagent_add_handled (size);
  batch->pieces[batch->n_pieces++] = (struct iovec){ .iov_base = (void *) data, .iov_len = size };
}

/* Adds N bytes of the message from OFFSET on. */
static void
add_message (DioVdagentWriter *self, DioVdagentBatch *batch, guint64 offset, gsize n)
{
  const guint8 *parts[3] = { self->header };
  gsize n_parts[3] = { sizeof self->header };

  for (guint i = 0; i < G_N_ELEMENTS (self->parts); i++)
    if (self->parts[i])
      parts[i + 1] = g_bytes_get_data (self->parts[i], &n_parts[i + 1]);
  for (guint i = 0; i < G_N_ELEMENTS (parts) && n > 0; i++)
    {
      gsize piece;

      if (offset >= n_parts[i])
        {
          offset -= n_parts[i];
          continue;
        }
      piece = MIN (n, n_parts[i] - offset);
      add_piece (batch, parts[i] + offset, piece);
      offset = 0;
      n -= piece;
    }
}

void
dio_vdagent_writer_fill (DioVdagentWriter *self, DioVdagentBatch *batch)
{
  const guint64 full = DIO_VDAGENT_CHUNK_HEADER + DIO_VDAGENT_MAX_CHUNK;
  guint64 at = self->sent;

  batch->n_pieces = 0;
  for (guint i = 0; i < DIO_VDAGENT_MAX_CHUNKS && at < self->size; i++)
    {
      guint64 chunk = at / full, inside = at % full;
      gsize payload = (gsize) (MIN (full, self->size - chunk * full) - DIO_VDAGENT_CHUNK_HEADER);
      gsize skip = inside > DIO_VDAGENT_CHUNK_HEADER ? (gsize) inside - DIO_VDAGENT_CHUNK_HEADER : 0;

      set_u32 (batch->headers[i], VDP_CLIENT_PORT);
      set_u32 (batch->headers[i] + 4, (guint32) payload);
      if (inside < DIO_VDAGENT_CHUNK_HEADER)
        add_piece (batch, batch->headers[i] + inside, DIO_VDAGENT_CHUNK_HEADER - (gsize) inside);
      add_message (self, batch, chunk * DIO_VDAGENT_MAX_CHUNK + skip, payload - skip);
      at = chunk * full + DIO_VDAGENT_CHUNK_HEADER + payload;
    }
}

void
dio_vdagent_writer_cut_short (DioVdagentWriter *self)
{
  const guint64 full = DIO_VDAGENT_CHUNK_HEADER + DIO_VDAGENT_MAX_CHUNK;

  self->size = MIN (self->size, (self->sent + full - 1) / full * full);
}
