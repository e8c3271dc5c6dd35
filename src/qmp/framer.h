/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a line may be at most before anything allocates for its content. */
#define DIO_FRAMER_MAX_LINE (4 * 1024 * 1024) /* bytes, without the line's end */
#define DIO_FRAMER_MAX_DEPTH 64               /* of [ and { together */
#define DIO_FRAMER_MAX_VALUES (128 * 1024)    /* members and elements: each costs a parser some hundred bytes */
#define DIO_FRAMER_MAX_CHUNK (64 * 1024)      /* bytes a push */

/* Cuts a stream of bytes into lines of JSON. Not a parser: it lets through only what is harmless to give to one.
 * Outside strings only the bytes that JSON knows are allowed, so that a lenient parser (comments, other quotes) cannot
 * see another nesting than was counted here. No thread of its own, no I/O. */
typedef struct _DioFramer DioFramer;

DioFramer *dio_framer_new (void);
void dio_framer_free (DioFramer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioFramer, dio_framer_free)

typedef enum
{
  DIO_FRAMER_MORE,  /* no whole line: push more */
  DIO_FRAMER_LINE,  /* a line that is not empty */
  DIO_FRAMER_ERROR, /* not JSON, or beyond the bounds; the stream is useless from here on */
} DioFramerResult;

/* LENGTH ≤ DIO_FRAMER_MAX_CHUNK, and only after dio_framer_next() returned DIO_FRAMER_MORE: so it is bounded. */
void dio_framer_push (DioFramer *self, const char *bytes, gsize length);

/* LINE: valid UTF-8, ended by NUL, without the line's end; the framer's own until the next call. Errors are
 * DIO_QMP_ERROR_PROTOCOL. */
DioFramerResult dio_framer_next (DioFramer *self, const char **line, gsize *length, GError **error);

G_END_DECLS
