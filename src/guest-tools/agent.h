/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "guest-tools/downloads.h"
#include "guest-tools/wire.h"

/* What SPICE's agent in a guest says and understands (vd_agent.h), without where the clipboard's content comes from or
 * goes to. Selections are VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD and …_PRIMARY; kinds VD_AGENT_CLIPBOARD_UTF8_TEXT …
 * …_IMAGE_JPG, a set of them has the bits 1 << kind. */
#define DIO_N_SELECTIONS 2
#define DIO_N_KINDS 6

/* What the host does; DATA is dio_agent_new()'s. All have to be there. */
typedef struct
{
  /* It came (back): what was agreed on before is void. */
  void (*reset) (void *data);
  /* It has copied something (KINDS), or has nothing any more (0). */
  void (*grabbed) (void *data, unsigned selection, uint32_t kinds);
  /* It wants what the guest has copied: dio_agent_answer() is to follow, once. */
  void (*asked) (void *data, unsigned selection, uint32_t kind);
  /* It answers dio_agent_ask(): KIND may be another, or VD_AGENT_CLIPBOARD_NONE, when it cannot. SIZE bytes follow. */
  void (*begin) (void *data, unsigned selection, uint32_t kind, uint32_t size);
  void (*piece) (void *data, const uint8_t *bytes, size_t n);
  void (*end) (void *data);
} DioAgentHost;

typedef struct
{
  const DioAgentHost *host;
  void *data;
  DioDownloads *downloads;
  DioWireReader reader;
  DioWireQueue queue;                 /* what is to be written */
  uint64_t capabilities;              /* the host's */
  uint32_t serials[DIO_N_SELECTIONS]; /* of the next grab */
  bool owns[DIO_N_SELECTIONS];        /* the guest's grab was the last */
  int64_t limit;                      /* bytes that the host takes; negative: any number */

  /* The message that arrives. */
  uint32_t type, size;
  uint8_t body[65536]; /* its beginning */
  size_t n_body;
  bool streams; /* its head is through: the rest goes on as it comes */
  bool lost;    /* memory was short: the other side waits for something that will not come */
} DioAgent;

/* SELF: all zero but for "host", "data" and "downloads". */
void dio_agent_start (DioAgent *self);
/* The port was closed: what was half read or written is dropped. */
void dio_agent_stop (DioAgent *self);
/* Returns: false when the stream makes no sense; dio_agent_stop() is to follow. */
bool dio_agent_read (DioAgent *self, const uint8_t *bytes, size_t n);

/* The guest has copied something, or has nothing any more. */
void dio_agent_grab (DioAgent *self, unsigned selection, uint32_t kinds);
/* The guest wants what the host has copied. Returns: false when the host cannot be asked. */
bool dio_agent_ask (DioAgent *self, unsigned selection, uint32_t kind);
/* What the guest has copied, in BYTES from malloc(), taken over. KIND: VD_AGENT_CLIPBOARD_NONE when it cannot be had.
 */
void dio_agent_answer (DioAgent *self, unsigned selection, uint32_t kind, uint8_t *bytes, size_t n);
/* For dio_downloads_new(): DATA is a DioAgent. */
void dio_agent_answer_file (void *data, uint32_t id, uint32_t result, uint64_t free_space);
