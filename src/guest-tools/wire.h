/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stream on SPICE's virtio-serial port, as spice-protocol's vd_agent.h has it: chunks {port, size, at most 2048
 * bytes} that carry messages {protocol, type, opaque, size, body}, all little-endian. Nothing here allocates by what
 * the other side says. */

uint32_t dio_wire_get32 (const uint8_t *bytes);
uint64_t dio_wire_get64 (const uint8_t *bytes);
void dio_wire_put32 (uint8_t *bytes, uint32_t value);
void dio_wire_put64 (uint8_t *bytes, uint64_t value);

/* --- what arrives --- */

/* Where a message goes, in as many pieces as it comes in: its size may be anything up to 4 GiB. */
typedef struct
{
  void (*begin) (void *data, uint32_t type, uint32_t size);
  void (*piece) (void *data, const uint8_t *bytes, size_t n);
  void (*end) (void *data);
} DioWireSink;

typedef struct
{
  uint8_t header[20]; /* VDIChunkHeader, or VDAgentMessage */
  uint8_t chunk[8];
  size_t n_header, n_chunk;
  uint32_t port;
  uint32_t in_chunk;   /* bytes of the chunk that have not come yet */
  uint32_t in_message; /* the same of the message; its header is whole */
} DioWireReader;

/* All zero is a reader at the beginning of a stream. Returns: false when BYTES make no sense; the stream is lost then.
 * What is not for the agent (VDP_SERVER_PORT) is passed over. */
bool dio_wire_read (DioWireReader *self, const uint8_t *bytes, size_t n, const DioWireSink *sink, void *data);

/* --- what is sent --- */

typedef struct _DioWireMessage DioWireMessage;

/* All zero is an empty one. */
typedef struct
{
  DioWireMessage *first, *last;
  uint8_t chunk[8 + 2048];
  size_t n_chunk, n_written;
  size_t n_bytes; /* held in bodies */
} DioWireQueue;

/* HEAD: the fixed beginning of the body (at most 64 bytes), copied; BODY: the rest, from malloc(), taken over, or NULL.
 * Returns: false when there is no memory, or it would be more than a message can hold; BODY is freed then, too. */
bool dio_wire_queue_add (DioWireQueue *self, uint32_t type, const void *head, size_t n_head, uint8_t *body,
                         size_t n_body);
/* Writes as much as FD, which does not block, takes. Returns: false with errno when it failed. */
bool dio_wire_queue_write (DioWireQueue *self, int fd);
bool dio_wire_queue_is_empty (const DioWireQueue *self);
void dio_wire_queue_clear (DioWireQueue *self);
