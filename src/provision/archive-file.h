/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/qemu-img.h"

G_BEGIN_DECLS

/* Tar archives (of libarchive): appliances, and Diorama's own, which are compressed with zstd. What is read is hostile;
 * nothing is written anywhere but where the caller says. Blocks; one thread at a time. Errors are sentences. */

/* Members that an archive may have. */
#define DIO_ARCHIVE_MAX_MEMBERS 4096

typedef struct _DioArchiveReader DioArchiveReader;

/* One member: a file or a folder; anything else is refused. */
typedef struct
{
  const char *name; /* relative, without "." and "..", UTF-8; valid until the next one */
  guint64 size;     /* bytes, as the archive says */
  gboolean folder;
} DioArchiveMember;

/* Plain, or compressed with zstd or gzip. */
DioArchiveReader *dio_archive_reader_new (const char *path, GError **error);
void dio_archive_reader_free (DioArchiveReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioArchiveReader, dio_archive_reader_free)

/* FALSE with ERROR; at the end TRUE with a NULL name. */
gboolean dio_archive_reader_next (DioArchiveReader *self, DioArchiveMember *member, GError **error);
/* The content of the present member, at most MAX bytes, with a 0 behind that does not count. */
GBytes *dio_archive_reader_read (DioArchiveReader *self, gsize max, GError **error);
/* Writes it to the file TO, which must not exist, with holes where it is empty; removed again when that fails.
 * CHECKSUM: (nullable): gets what is written. PROGRESS: of the whole archive. */
gboolean dio_archive_reader_extract (DioArchiveReader *self, const char *to, GChecksum *checksum,
                                     DioProgressFunc progress, gpointer data, GCancellable *cancellable,
                                     GError **error);

typedef struct _DioArchiveWriter DioArchiveWriter;

/* Writes to a hidden file beside PATH. COMPRESS: with zstd, and without what is empty in files; otherwise a plain
 * tar, as appliances are. */
DioArchiveWriter *dio_archive_writer_new (const char *path, gboolean compress, GError **error);
/* Without dio_archive_writer_close(): removes it. */
void dio_archive_writer_free (DioArchiveWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioArchiveWriter, dio_archive_writer_free)

gboolean dio_archive_writer_add_bytes (DioArchiveWriter *self, const char *name, GBytes *content, GError **error);
gboolean dio_archive_writer_add_folder (DioArchiveWriter *self, const char *name, GError **error);
gboolean dio_archive_writer_add_file (DioArchiveWriter *self, const char *name, const char *path,
                                      DioProgressFunc progress, gpointer data, GCancellable *cancellable,
                                      GError **error);
/* Makes it durable and gives it its name, in the place of what had it. */
gboolean dio_archive_writer_close (DioArchiveWriter *self, GError **error);

G_END_DECLS
