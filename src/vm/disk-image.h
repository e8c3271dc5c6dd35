/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* What a file that somebody wants to start from is, as far as its first bytes tell. They are hostile: QEMU gets such a
 * file only with the format found here, and never one that would make it open further files. */
typedef struct
{
  const char *format;   /* as DioMachineConfig names it: "raw", "qcow2", … */
  gboolean optical;     /* an ISO 9660 image */
  gboolean read_only;   /* by its permissions */
  DioFirmware firmware; /* that its boot records ask for; BIOS when they do not tell */
} DioDiskImage;

/* Reads at most 128 KiB of the file at PATH. Fails with a sentence for the user for what cannot be read, is empty, is
 * not a disk, or refers to other files (a backing file, a parent, an external data file). Blocks on the file system. */
gboolean dio_disk_image_probe (const char *path, DioDiskImage *image, GError **error);

/* Whether the file at PATH is what a definition says it is: its marks are FORMAT's (a "raw" one needs none), and it
 * would not make QEMU open further files. LAYERED: it may name a file that it is written over, which is not the one
 * that is opened then: that is said to QEMU, or to qemu-img, along with it. Errors and I/O: as above. */
gboolean dio_disk_image_check (const char *path, const char *format, gboolean layered, GError **error);
/* The same of a disk's file and of all LAYERS below it (as DioDisk has them; nullable), whose names have to be UTF-8 as
 * well, for QEMU. Errors begin with the file's name. */
gboolean dio_disk_image_check_all (const char *path, const char *format, const char *const *layers, GError **error);

G_END_DECLS
