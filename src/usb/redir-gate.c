/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/redir-gate.h"

#include <string.h>
#include <usbredirproto.h>

/* What usbredirhost, libusb and the kernel take beside the data of a request, rounded up. */
#define OVERHEAD 1024
/* usbredirhost looks for requests in a list, from its beginning. QEMU has some tens. */
#define MAX_REQUESTS 2048
/* Packets that are no data: hello and filters are the only ones whose length varies. */
#define MAX_MESSAGE (64 * 1024)
/* Streams: at most these many transfers (usbredirhost's own bounds), and of these sizes. QEMU receives 1 KB at a time.
 */
#define MAX_STREAM_TRANSFERS 16
#define MAX_STREAM_PACKETS 32
#define MAX_ISO_PACKET (3 * 0x7ff)
#define MAX_INTERRUPT_PACKET 0x7ff
#define INTERRUPT_TRANSFERS 5
#define MAX_BULK_RECEIVING (64 * 1024)
#define N_ENDPOINTS 32

#define SHORT_HEADER 12 /* with an identifier of 32 bits */
#define LONG_HEADER 16
#define HELLO_VERSION 64
#define BULK_HEADER_SHORT 8 /* without length_high */
#define MAX_HEAD (HELLO_VERSION + 4)

#define INDEX(endpoint) (((endpoint) & 0x80) >> 3 | ((endpoint) & 0x0f))
#define IS_IN(endpoint) (((endpoint) & 0x80) != 0)

typedef struct
{
  guint64 id;
  guint n; /* requests of this identifier: a guest can use it twice */
  gsize cost;
  gboolean cancelled;
} Request;

struct _DioRedirGate
{
  gsize limit;
  DioRedirHasAlternate has_alternate;
  gpointer user_data;
  const char *why;

  guint32 host_caps, guest_caps;
  gboolean guest_said_hello;

  /* The guest's packet that is being read: its header, the first WANTED bytes behind it, the rest. */
  guint8 head[LONG_HEADER + MAX_HEAD];
  gsize have, wanted; /* of HEAD; WANTED: 0 while the header is not whole */
  gsize left;         /* bytes behind those in HEAD */
  guint32 type, length;
  guint64 id;
  gboolean slow;

  GHashTable *requests; /* by identifier */
  guint n_requests;
  gsize in_flight;
  gsize streams[N_ENDPOINTS];
  gsize streamed;  /* their sum */
  gsize cancelled; /* a little ago */
  gsize settling;  /* longer ago */
  gsize queued;
};

DioRedirGate *
dio_redir_gate_new (gsize limit, DioRedirHasAlternate has_alternate, gpointer user_data)
{
  DioRedirGate *self = g_new0 (DioRedirGate, 1);

  self->limit = limit;
  self->has_alternate = has_alternate;
  self->user_data = user_data;
  self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return self;
}

void
dio_redir_gate_free (DioRedirGate *self)
{
  g_hash_table_unref (self->requests);
  g_free (self);
}

static gboolean
both_can (DioRedirGate *self, int capability)
{
  return self->guest_said_hello && (self->host_caps & self->guest_caps & 1u << capability);
}

static gsize
get_header_size (DioRedirGate *self)
{
  return both_can (self, usb_redir_cap_64bits_ids) ? LONG_HEADER : SHORT_HEADER;
}

static void
read_header (DioRedirGate *self, const guint8 *data, guint32 *ret_type, guint32 *ret_length, guint64 *ret_id)
{
  guint32 id;

  memcpy (ret_type, data, 4);
  memcpy (ret_length, data + 4, 4);
  if (get_header_size (self) == LONG_HEADER)
    memcpy (ret_id, data + 8, 8);
  else
    {
      memcpy (&id, data + 8, 4);
      *ret_id = id;
    }
}

static DioRedirVerdict
refuse (DioRedirGate *self, const char *why)
{
  self->why = why;
  return DIO_REDIR_REFUSE;
}

/* --- requests --- */

static DioRedirVerdict
begin_request (DioRedirGate *self, gsize size)
{
  Request *request;

  if (size > self->limit / 2)
    return refuse (self, "a transfer that is too large");
  request = g_hash_table_lookup (self->requests, &self->id);
  if (!request)
    {
      request = g_new0 (Request, 1);
      request->id = self->id;
      g_hash_table_insert (self->requests, &request->id, request);
    }
  request->n++;
  request->cost += size + OVERHEAD;
  self->n_requests++;
  self->in_flight += size + OVERHEAD;
  return DIO_REDIR_PASS;
}

/* What a request takes is free when all of its identifier are answered, for nobody knows which was. An answer that says
 * “cancelled” comes at once, and the transfer ends later. */
static void
end_request (DioRedirGate *self, guint64 id, guint8 status)
{
  Request *request = g_hash_table_lookup (self->requests, &id);

  if (!request)
    return;
  request->cancelled |= status == usb_redir_cancelled;
  self->n_requests--;
  if (--request->n > 0)
    return;
  self->in_flight -= request->cost;
  if (request->cancelled)
    self->cancelled += request->cost;
  g_hash_table_remove (self->requests, &id);
}

/* --- streams --- */

static void
stop_stream (DioRedirGate *self, guint8 endpoint)
{
  gsize *stream = &self->streams[INDEX (endpoint)];

  self->streamed -= *stream;
  self->cancelled += *stream;
  *stream = 0;
}

static void
stop_streams (DioRedirGate *self)
{
  for (guint i = 0; i < N_ENDPOINTS; i++)
    stop_stream (self, (guint8) ((i & 0x10) << 3 | (i & 0x0f)));
}

/* One that was started before may have been stopped by what nobody told us. */
static DioRedirVerdict
start_stream (DioRedirGate *self, guint8 endpoint, gsize n_transfers, gsize size)
{
  gsize cost = MIN (n_transfers, MAX_STREAM_TRANSFERS) * (size + OVERHEAD);

  stop_stream (self, endpoint);
  if (self->streamed + cost > self->limit / 4)
    return refuse (self, "streams that are too large");
  self->streams[INDEX (endpoint)] = cost;
  self->streamed += cost;
  return DIO_REDIR_PASS;
}

/* --- the guest's packets --- */

/* How much behind the header of a packet must be looked at. */
static gsize
get_wanted (DioRedirGate *self)
{
  switch (self->type)
    {
    case usb_redir_hello:
      return MAX_HEAD;
    case usb_redir_set_alt_setting:
      return sizeof (struct usb_redir_set_alt_setting_header);
    case usb_redir_start_iso_stream:
      return sizeof (struct usb_redir_start_iso_stream_header);
    case usb_redir_stop_iso_stream:
    case usb_redir_start_interrupt_receiving:
    case usb_redir_stop_interrupt_receiving:
      return 1;
    case usb_redir_start_bulk_receiving:
      return sizeof (struct usb_redir_start_bulk_receiving_header);
    case usb_redir_stop_bulk_receiving:
      return sizeof (struct usb_redir_stop_bulk_receiving_header);
    case usb_redir_control_packet:
      return sizeof (struct usb_redir_control_packet_header);
    case usb_redir_bulk_packet:
      return both_can (self, usb_redir_cap_32bits_bulk_length) ? sizeof (struct usb_redir_bulk_packet_header)
                                                               : BULK_HEADER_SHORT;
    case usb_redir_interrupt_packet:
      return sizeof (struct usb_redir_interrupt_packet_header);
    default:
      return 0;
    }
}

static DioRedirVerdict
check_length (DioRedirGate *self)
{
  gboolean is_data = self->type >= usb_redir_control_packet && self->type <= usb_redir_buffered_bulk_packet;

  if (self->length > (is_data ? self->limit / 2 : MAX_MESSAGE))
    return refuse (self, "a packet that is too large");
  return DIO_REDIR_PASS;
}

/* A control request's direction is told twice. usbredirhost allocates by one and the device fills, or is sent, by the
 * other: what was in our memory before. What changes the device's address, configuration or settings behind the
 * kernel's back has messages of its own, which QEMU uses. */
static DioRedirVerdict
check_control (DioRedirGate *self, const struct usb_redir_control_packet_header *control)
{
  if (control->length > 0 && IS_IN (control->requesttype) != IS_IN (control->endpoint))
    return refuse (self, "a control request in two directions");
  if ((control->requesttype == 0x00 && (control->request == 5 || control->request == 9)) ||
      (control->requesttype == 0x01 && control->request == 11))
    return refuse (self, "a control request that is not the guest's");
  return begin_request (self, MAX (control->length, self->length));
}

static DioRedirVerdict
check_bulk (DioRedirGate *self, const guint8 *data)
{
  struct usb_redir_bulk_packet_header bulk = { 0 };

  memcpy (&bulk, data, self->wanted);
  return begin_request (self, MAX ((gsize) bulk.length_high << 16 | bulk.length, self->length));
}

/* With one transfer of one packet, usbredirhost 0.15 takes the stream out for started before anything was submitted,
 * and writes the next packet behind the transfer's end. */
static DioRedirVerdict
check_iso (DioRedirGate *self, const struct usb_redir_start_iso_stream_header *iso)
{
  if (!IS_IN (iso->endpoint) && iso->no_urbs == 1)
    return refuse (self, "an isochronous stream of a single transfer");
  return start_stream (self, iso->endpoint, iso->no_urbs,
                       MIN (iso->pkts_per_urb, MAX_STREAM_PACKETS) * (gsize) MAX_ISO_PACKET);
}

static DioRedirVerdict
check_bulk_receiving (DioRedirGate *self, const guint8 *data)
{
  struct usb_redir_start_bulk_receiving_header start;

  memcpy (&start, data, sizeof start);
  if (start.bytes_per_transfer == 0 || start.bytes_per_transfer > MAX_BULK_RECEIVING)
    return refuse (self, "a bulk stream of such transfers");
  return start_stream (self, start.endpoint, start.no_transfers, start.bytes_per_transfer);
}

/* usbredirhost looks the setting up by its number, as an index. */
static DioRedirVerdict
check_alternate (DioRedirGate *self, const struct usb_redir_set_alt_setting_header *set)
{
  self->slow = TRUE;
  if (!self->has_alternate (set->interface, set->alt, self->user_data))
    return refuse (self, "an alternate setting that the device does not have");
  return DIO_REDIR_PASS;
}

/* Of a packet whose head is whole. Those that are too short are usbredirparser's to refuse. */
static DioRedirVerdict
check_head (DioRedirGate *self)
{
  const guint8 *data = self->head + get_header_size (self);

  if (self->wanted < get_wanted (self))
    return DIO_REDIR_PASS;
  switch (self->type)
    {
    case usb_redir_reset:
    case usb_redir_set_configuration:
      self->slow = TRUE;
      stop_streams (self);
      return DIO_REDIR_PASS;
    case usb_redir_set_alt_setting:
      return check_alternate (self, (const void *) data);
    case usb_redir_start_iso_stream:
      return check_iso (self, (const void *) data);
    case usb_redir_start_interrupt_receiving:
      return start_stream (self, data[0], INTERRUPT_TRANSFERS, MAX_INTERRUPT_PACKET);
    case usb_redir_start_bulk_receiving:
      return check_bulk_receiving (self, data);
    case usb_redir_stop_iso_stream:
    case usb_redir_stop_interrupt_receiving:
      stop_stream (self, data[0]);
      return DIO_REDIR_PASS;
    case usb_redir_stop_bulk_receiving:
      stop_stream (self, ((const struct usb_redir_stop_bulk_receiving_header *) data)->endpoint);
      return DIO_REDIR_PASS;
    case usb_redir_alloc_bulk_streams:
    case usb_redir_free_bulk_streams:
      self->slow = TRUE;
      return DIO_REDIR_PASS;
    case usb_redir_control_packet:
      return check_control (self, (const void *) data);
    case usb_redir_bulk_packet:
      return check_bulk (self, data);
    case usb_redir_interrupt_packet:
      return begin_request (self, self->length);
    default:
      return DIO_REDIR_PASS;
    }
}

/* The next packet's header may be another, behind a hello: only the first one counts. */
static void
end_packet (DioRedirGate *self)
{
  if (self->type == usb_redir_hello && !self->guest_said_hello && self->length >= HELLO_VERSION)
    {
      if (self->wanted == MAX_HEAD)
        memcpy (&self->guest_caps, self->head + SHORT_HEADER + HELLO_VERSION, 4);
      self->guest_said_hello = TRUE;
    }
  self->have = 0;
}

/* Takes what belongs to the header and what is looked at behind it. */
static DioRedirVerdict
read_head (DioRedirGate *self, const guint8 **data, gsize *size)
{
  gsize header = get_header_size (self);
  gboolean in_header = self->have < header;
  gsize n = MIN (*size, (in_header ? header : header + self->wanted) - self->have);

  memcpy (self->head + self->have, *data, n);
  self->have += n;
  *data += n;
  *size -= n;
  if (in_header && self->have == header)
    {
      read_header (self, self->head, &self->type, &self->length, &self->id);
      if (check_length (self) != DIO_REDIR_PASS)
        return DIO_REDIR_REFUSE;
      self->wanted = MIN (get_wanted (self), self->length);
      self->left = self->length - self->wanted;
    }
  else if (in_header)
    return DIO_REDIR_PASS;
  return self->have == header + self->wanted ? check_head (self) : DIO_REDIR_PASS;
}

DioRedirVerdict
dio_redir_gate_check_guest (DioRedirGate *self, const guint8 *data, gsize size, const char **ret_why)
{
  while (size > 0)
    {
      gsize header = get_header_size (self);

      if (self->have < header || self->have < header + self->wanted)
        {
          if (read_head (self, &data, &size) != DIO_REDIR_PASS)
            {
              if (ret_why)
                *ret_why = self->why;
              return DIO_REDIR_REFUSE;
            }
        }
      else
        {
          gsize n = MIN (size, self->left);

          data += n;
          size -= n;
          self->left -= n;
        }
      if (self->have >= header && self->have == header + self->wanted && self->left == 0)
        end_packet (self);
    }
  return DIO_REDIR_PASS;
}

/* --- packets for the guest --- */

/* Data that nobody asked for one by one. */
static gboolean
is_stream_data (guint32 type, const guint8 *data, gsize size)
{
  switch (type)
    {
    case usb_redir_iso_packet:
    case usb_redir_buffered_bulk_packet:
      return TRUE;
    case usb_redir_interrupt_packet:
      return size > 0 && IS_IN (data[0]);
    default:
      return FALSE;
    }
}

static gboolean
is_stream_status (guint32 type)
{
  return type == usb_redir_iso_stream_status || type == usb_redir_interrupt_receiving_status ||
         type == usb_redir_bulk_receiving_status;
}

DioRedirVerdict
dio_redir_gate_check_host (DioRedirGate *self, guint8 *packet, gsize size)
{
  gsize header = get_header_size (self);
  const guint8 *data = packet + header;
  guint32 type, length;
  guint64 id;

  g_return_val_if_fail (size >= header, DIO_REDIR_REFUSE);
  read_header (self, packet, &type, &length, &id);
  if (is_stream_data (type, data, size - header) && self->queued + size > self->limit / 8)
    return DIO_REDIR_DROP;
  if (is_stream_status (type))
    memset (packet + 8, 0, header - 8);
  else if (type == usb_redir_hello && size >= header + MAX_HEAD)
    memcpy (&self->host_caps, data + HELLO_VERSION, 4);
  else if (type == usb_redir_control_packet && size >= header + 4)
    end_request (self, id, data[3]);
  else if ((type == usb_redir_bulk_packet || type == usb_redir_interrupt_packet) && size >= header + 2 &&
           !is_stream_data (type, data, size - header))
    end_request (self, id, data[1]);
  self->queued += size + OVERHEAD / 8;
  /* Answers are bounded by their requests; this is what a device makes up, at a guest that does not read. */
  return self->queued > self->limit ? refuse (self, "a device that floods") : DIO_REDIR_PASS;
}

void
dio_redir_gate_sent (DioRedirGate *self, gsize size)
{
  g_return_if_fail (self->queued >= size + OVERHEAD / 8);
  self->queued -= size + OVERHEAD / 8;
}

gsize
dio_redir_gate_get_sum (DioRedirGate *self)
{
  return self->in_flight + self->streamed + self->cancelled + self->settling + self->queued;
}

gsize
dio_redir_gate_get_queued (DioRedirGate *self)
{
  return self->queued;
}

gboolean
dio_redir_gate_is_full (DioRedirGate *self)
{
  return self->have == 0 && (dio_redir_gate_get_sum (self) > self->limit / 2 || self->n_requests >= MAX_REQUESTS);
}

gboolean
dio_redir_gate_take_slow (DioRedirGate *self)
{
  gboolean slow = self->slow && self->have == 0;

  if (slow)
    self->slow = FALSE;
  return slow;
}

gboolean
dio_redir_gate_settle (DioRedirGate *self)
{
  self->settling = self->cancelled;
  self->cancelled = 0;
  return self->settling > 0;
}

gboolean
dio_redir_gate_is_settled (DioRedirGate *self)
{
  return self->cancelled + self->settling == 0;
}
