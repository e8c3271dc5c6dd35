/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Asking a web server, in the calling thread, which it blocks. */
typedef struct _DioHttp DioHttp;

/* PATIENCE: seconds without a byte until a connection counts as lost. For one thread. */
DioHttp *dio_http_new (guint patience);
void dio_http_free (DioHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioHttp, dio_http_free)

/* An answer; all of it the server's word. */
typedef struct
{
  guint status;       /* 200, 206 or 416 */
  GInputStream *body; /* NULL for a HEAD */
  guint64 first;      /* of a 206: where it begins in the file */
  guint64 size;       /* of the whole file; 0: not told */
  char *validator;    /* what it is known by: a strong ETag, or when it was changed; NULL: nothing */
} DioHttpAnswer;

void dio_http_answer_clear (DioHttpAnswer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DioHttpAnswer, dio_http_answer_clear)

/* Asks for URI with METHOD ("GET", "HEAD") from byte FIRST on, if the file still is the one known by VALIDATOR; all of
 * it is what comes else. VALIDATOR: NULL when FIRST is 0. Follows redirections, ten at most, and from https to https
 * only. Errors are sentences for the user; dio_http_is_passing() tells of which a later attempt may be spared. */
gboolean dio_http_ask (DioHttp *self, const char *method, const char *uri, guint64 first, const char *validator,
                       DioHttpAnswer *ret_answer, GCancellable *cancellable, GError **error);
/* Reads on. 0: the connection has ended. Errors are sentences. */
gssize dio_http_read (DioHttp *self, DioHttpAnswer *answer, void *buffer, gsize size, GCancellable *cancellable,
                      GError **error);
/* Whether ERROR is of a kind that passes: the connection was lost, the server is busy. */
gboolean dio_http_is_passing (const GError *error);

G_END_DECLS
