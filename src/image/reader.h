/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* Bytes of an ordinary file, of which nothing is believed: any offset may be asked for, and what lies beyond the end is
 * not there. One thread at a time. */
typedef struct _DioReader DioReader;

/* Opens PATH without waiting for anybody; what is no ordinary file is not read: EISDIR for a folder, ENOTSUP for
 * anything else. Returns: (nullable): with ERRNO set in RET_ERROR_NUMBER. */
DioReader *dio_reader_new (const char *path, int *ret_error_number);
/* Over DATA, which has to outlive it: for tests. */
DioReader *dio_reader_new_for_data (const void *data, gsize size);
void dio_reader_free (DioReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioReader, dio_reader_free)

guint64 dio_reader_get_size (DioReader *self);
/* As it was when it was opened. */
const struct stat *dio_reader_get_status (DioReader *self);
/* Why reading failed, the last time; 0: it did not. */
int dio_reader_get_error_number (DioReader *self);

/* All N bytes at OFFSET, or none and FALSE. */
gboolean dio_reader_read (DioReader *self, guint64 offset, void *buffer, gsize n);
/* An unsigned number of N_BYTES (1 to 8) at OFFSET; 0 when not all of it is there. */
guint64 dio_reader_be (DioReader *self, guint64 offset, guint n_bytes);
guint64 dio_reader_le (DioReader *self, guint64 offset, guint n_bytes);
/* Whether the LENGTH bytes of MARK are at OFFSET. */
gboolean dio_reader_has (DioReader *self, guint64 offset, const char *mark, gsize length);
#define DIO_READER_HAS(self, offset, mark) dio_reader_has (self, offset, mark, sizeof (mark) - 1)
/* The N bytes at OFFSET with a NUL behind, the caller having bounded N; NULL when not all are there. (nullable) */
char *dio_reader_dup (DioReader *self, guint64 offset, gsize n);

G_END_DECLS
