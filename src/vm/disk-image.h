/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* What a file that somebody wants to use as a disk by itself is: image/report.h, for those who take nothing that needs
 * more than the file, and for machines that have it already. */
typedef struct
{
  const char *format; /* as DioMachineConfig names it: "raw", "qcow2", … */
  gboolean optical;   /* a disc */
  gboolean read_only; /* may not be written */
} DioDiskImage;

/* Fails with a sentence for the user for what cannot be read, is no good as a disk, needs a passphrase, or is written
 * over other files. Blocks on the file system. */
gboolean dio_disk_image_probe (const char *path, DioDiskImage *image, GError **error);

/* Whether the file at PATH is what a definition says it is: its marks are FORMAT's (a "raw" one needs none, for ever),
 * and it would not make QEMU open further files. LAYERED: it may name a file that it is written over, which is not the
 * one that is opened then: that is said to QEMU, or to qemu-img, along with it. Errors (G_IO_ERROR_NOT_SUPPORTED when
 * it must not be opened) and I/O: as above. */
gboolean dio_disk_image_check (const char *path, const char *format, gboolean layered, GError **error);
/* The same of a disk's file and of all LAYERS below it (as DioDisk has them; nullable), whose names have to be UTF-8 as
 * well, for QEMU. Errors begin with the file's name. */
gboolean dio_disk_image_check_all (const char *path, const char *format, const char *const *layers, GError **error);

G_END_DECLS
