/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/qemu-img.h"
#include "vm/machine-parts.h"

G_BEGIN_DECLS

/* Work on disk images. Everything blocks the calling thread, which is a job's (library/job.h); can be cancelled at any
 * time; and fails with a sentence for the user. A DioDisk says which file, of which format, over which layers: no
 * format is ever guessed, and before qemu-img gets a file its first bytes are looked at (vm/disk-image.h), so that
 * nothing is opened that was not named. A file that is made is removed again when making it fails; it is not durable
 * until dio_disk_sync(). */

/* What a format is called as a file's ending: "vhd" for "vpc". */
const char *dio_disk_format_suffix (const char *format);

typedef struct
{
  guint64 size;       /* bytes that the guest sees */
  guint64 used;       /* bytes that the file takes on its drive, without its layers */
  gboolean snapshots; /* it holds snapshots of itself */
} DioDiskInfo;

/* Also of a disk that a machine is writing. */
gboolean dio_disk_info (const DioDisk *disk, DioDiskInfo *info, GCancellable *cancellable, GError **error);

/* Whether nothing was written yet over DISK's layers; FALSE also when that cannot be told. */
gboolean dio_disk_is_untouched (const DioDisk *disk, GCancellable *cancellable);

/* A new, empty image, which must not exist. SIZE: bytes, 1 MiB…16 TiB, rounded up to 512; 0: LAYERS' own. LAYERS: what
 * it is written over, as in DioDisk, NULL: nothing; only a qcow2 image can have any. */
gboolean dio_disk_create (const char *path, const char *format, guint64 size, const char *const *layers,
                          GCancellable *cancellable, GError **error);

typedef enum
{
  DIO_DISK_CONVERT_PLAIN,
  DIO_DISK_CONVERT_COMPRESSED /* qcow2: compressed with zstd; vmdk: the kind that is in appliances (streamOptimized) */
} DioDiskConvert;

/* Writes all that DISK holds, layers included, to the file PATH, which must not exist, as FORMAT. */
gboolean dio_disk_convert (const DioDisk *disk, const char *path, const char *format, DioDiskConvert how,
                           DioProgressFunc progress, gpointer data, GCancellable *cancellable, GError **error);
/* Bytes that a copy of DISK as FORMAT takes; what cannot be measured exactly is estimated. */
gboolean dio_disk_measure (const DioDisk *disk, const char *format, guint64 *ret_bytes, GCancellable *cancellable,
                           GError **error);
/* Whether the drive that FOLDER is on has room for BYTES; G_IO_ERROR_NO_SPACE with a sentence that says how much is
 * missing. A drive that does not tell has. */
gboolean dio_disk_require_space (const char *folder, guint64 bytes, GError **error);

/* SIZE: bytes; more than now: no system survives that its disk shrinks. Only qcow2 and raw images can. */
gboolean dio_disk_grow (const DioDisk *disk, guint64 size, GCancellable *cancellable, GError **error);
/* Writes it anew without what is not used any more, beside it, durably, and puts that in its place. Only qcow2 and raw
 * images, without snapshots, and whole ones: what is read wrong in one that is damaged would be all that is left.
 * RET_SAVED: (out) (optional): bytes that became free. The caller holds the lock of the folder: no machine may be
 * running. */
gboolean dio_disk_compact (const DioDisk *disk, guint64 *ret_saved, DioProgressFunc progress, gpointer data,
                           GCancellable *cancellable, GError **error);
/* Fails when the image's own tables contradict themselves. Formats without any are always good. */
gboolean dio_disk_verify (const DioDisk *disk, GCancellable *cancellable, GError **error);

/* Has the qcow2 image at PATH name in its header, as what it is written over, the file LAYER of FORMAT: by its name
 * alone when they are in one folder. Neither is looked at. */
gboolean dio_disk_name_backing (const char *path, const char *layer, const char *format, GCancellable *cancellable,
                                GError **error);

/* Makes a file, or what was made in a folder, durable. */
gboolean dio_disk_sync (const char *path, GError **error);

G_END_DECLS
