/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Bytes to be read at any place: a disk, or a part of one. FALSE when they cannot be read. */
typedef gboolean (*DioSourceRead) (guint64 offset, gpointer buffer, gsize length, gpointer data);

typedef struct
{
  DioSourceRead read;
  gpointer data;
  guint64 start, size; /* where it is in what DATA has */
} DioSource;

/* LENGTH bytes from OFFSET of it; FALSE also when not all of them are in it. */
static inline gboolean
dio_source_read (const DioSource *self, guint64 offset, gpointer buffer, gsize length)
{
  guint64 at;

  return offset <= self->size && length <= self->size - offset && g_uint64_checked_add (&at, self->start, offset) &&
         (length == 0 || self->read (at, buffer, length, self->data));
}

/* Little-endian numbers. */
static inline guint
dio_source_le16 (const guint8 *bytes)
{
  return bytes[0] | bytes[1] << 8;
}

static inline guint32
dio_source_le32 (const guint8 *bytes)
{
  return dio_source_le16 (bytes) | (guint32) dio_source_le16 (bytes + 2) << 16;
}

/* From START on, SIZE bytes, as far as they are in it. */
static inline DioSource
dio_source_part (const DioSource *self, guint64 start, guint64 size)
{
  DioSource part = *self;

  start = MIN (start, self->size);
  part.start = self->start + start;
  part.size = MIN (size, self->size - start);
  return part;
}

G_END_DECLS
