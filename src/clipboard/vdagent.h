/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>
#include <sys/uio.h>

G_BEGIN_DECLS

/* SPICE's agent protocol as bytes (spice-protocol's vd_agent.h, all little-endian): messages {protocol, type, opaque,
 * size, body}, cut into chunks {port, size}. No I/O, no thread of its own. */

#define DIO_VDAGENT_CHUNK_HEADER 8
#define DIO_VDAGENT_MESSAGE_HEADER 20
#define DIO_VDAGENT_MAX_CHUNK 2048 /* of what agents take; they themselves send chunks of any size */

/* Whether a message of TYPE can have a body of SIZE bytes; clipboard data: of any size, as somebody is asked. */
gboolean dio_vdagent_check_size (guint type, guint32 size);
/* The number at BODY + OFFSET; FALSE where BODY ends before. */
gboolean dio_vdagent_get_u32 (GBytes *body, gsize offset, guint32 *ret_value);
gboolean dio_vdagent_get_u64 (GBytes *body, gsize offset, guint64 *ret_value);
void dio_vdagent_put_u32 (GByteArray *body, guint32 value);
void dio_vdagent_put_u64 (GByteArray *body, guint64 value);

/* Bytes that this thread has looked at or copied so far, for the tests of what the main thread must not do. */
guint64 dio_vdagent_get_handled (void);
void dio_vdagent_add_handled (gsize n);

/* Takes in the stream, in pieces of any size. Holds one message. What it cannot use is thrown away as it arrives:
 * messages of types that are not known (a later protocol's), or of a size that their type cannot have. */
typedef struct _DioVdagentReader DioVdagentReader;

typedef enum
{
  DIO_VDAGENT_MORE,    /* all was taken */
  DIO_VDAGENT_MESSAGE, /* dio_vdagent_reader_take() */
  DIO_VDAGENT_LARGE,   /* clipboard data above the limit: nothing more is taken before dio_vdagent_reader_decide() */
  DIO_VDAGENT_ERROR,   /* this is no such stream */
} DioVdagentResult;

DioVdagentReader *dio_vdagent_reader_new (void);
void dio_vdagent_reader_free (DioVdagentReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioVdagentReader, dio_vdagent_reader_free)
void dio_vdagent_reader_set_limit (DioVdagentReader *self, guint32 limit); /* bytes of the body */
/* Advances *DATA and *SIZE past what was taken. */
DioVdagentResult dio_vdagent_reader_push (DioVdagentReader *self, const guint8 **data, gsize *size, GError **error);
/* (transfer full); (nullable): there was no memory for it. */
GBytes *dio_vdagent_reader_take (DioVdagentReader *self, guint *ret_type);
guint32 dio_vdagent_reader_get_size (DioVdagentReader *self); /* of the message that has begun */
void dio_vdagent_reader_decide (DioVdagentReader *self, gboolean accept);
/* An agent that was killed leaves a message without an end, into which the next agent's first words would be taken.
 * DATA came after a pause: when it is an agent's first words, what was begun is forgotten. */
void dio_vdagent_reader_after_pause (DioVdagentReader *self, const guint8 *data, gsize size);

/* One message on its way out. Copies nothing but headers. */
typedef struct
{
  guint8 header[DIO_VDAGENT_MESSAGE_HEADER];
  GBytes *parts[2]; /* (nullable) */
  guint64 sent;     /* bytes on the wire, with the chunks' headers */
  guint64 size;     /* the same, of all */
} DioVdagentWriter;

#define DIO_VDAGENT_MAX_CHUNKS 32 /* written at once */
typedef struct
{
  guint8 headers[DIO_VDAGENT_MAX_CHUNKS][DIO_VDAGENT_CHUNK_HEADER];
  struct iovec pieces[DIO_VDAGENT_MAX_CHUNKS * 5];
  guint n_pieces;
} DioVdagentBatch;

/* HEAD, BODY: (nullable). FALSE: together they have 4 GiB or more. */
gboolean dio_vdagent_writer_init (DioVdagentWriter *self, guint type, GBytes *head, GBytes *body);
void dio_vdagent_writer_clear (DioVdagentWriter *self);
/* What is to be written next, which stays the writer's; then add to SENT what was. */
void dio_vdagent_writer_fill (DioVdagentWriter *self, DioVdagentBatch *batch);
/* Ends it with the chunk that has begun. */
void dio_vdagent_writer_cut_short (DioVdagentWriter *self);

G_END_DECLS
