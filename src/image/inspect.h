/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/insides.h"
#include "image/source.h"

G_BEGIN_DECLS

/* The parts of diorama-inspect, which finds out what is on a disk. They run where they can do no harm. Each adds what
 * it finds to INSIDES, and finds nothing in what it does not understand. */

/* The table, the partitions, their file systems and labels (libblkid). Without a table, and with a file system, there
 * is one partition, the whole of it, of type "". FD: a file that has DISK's bytes, or -1. */
void dio_inspect_partitions (const DioSource *disk, int fd, DioImageInsides *insides);

/* How it starts: code in the first sector, boot partitions, loaders in an EFI system partition. OPTICAL: it is a disc:
 * its boot catalogue. RET_SYSTEM: (out) (transfer full) (nullable): which system a folder of loaders is named for. */
void dio_inspect_boot (const DioSource *disk, gboolean optical, DioImageInsides *insides, char **ret_system);

/* Linux on ext2, ext3 or ext4: os-release, and for which computers its programs are. Returns: TRUE when there is one.
 */
gboolean dio_inspect_ext (const DioSource *partition, DioImageInsides *insides);

G_END_DECLS
