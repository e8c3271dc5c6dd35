/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine.h"

G_BEGIN_DECLS

/* Whether a machine starts from its disks, or its firmware found nothing on them that it can start. It rests on what is
 * read from the disks, and on nothing that a slow guest does, too: a firmware reads a little of each disk (a BIOS one
 * sector, UEFI the tables of partitions and folders), and then either what it starts, which is much more, or nothing.
 * Measured where nothing starts: SeaBIOS 512 bytes; OVMF 10 KB without a file system, 82 KB with one of a few MB, 224
 * (FAT16) and 257 KB (FAT32, 512 MB to 30 GB), 847 KB with 300 files in its first folder. Where something does: on a
 * BIOS 175 KB and more (GRUB), on UEFI 795 KB (a small GRUB at its prompt), 1.2 MB (shim) and more. So it is stuck that
 * has read so little, and for a while nothing more. UEFI that has nothing to do leaves the processor alone (3 % of it),
 * GRUB does not, which tells those apart that have read alike. A BIOS says nothing by that: it runs the empty sector of
 * a disk for UEFI as if it were a program. Time in which the host had no processor for the guest does not count. What
 * says nothing after a sector of its own (a boot manager that asks for a key) has until then; what then starts after
 * all is noticed.
 *
 * Properties (notify): "stuck" (boolean). Main thread only. */
#define DIO_TYPE_BOOT_WATCH (dio_boot_watch_get_type ())
G_DECLARE_FINAL_TYPE (DioBootWatch, dio_boot_watch, DIO, BOOT_WATCH, GObject)

/* Follows MACHINE through its runs. */
DioBootWatch *dio_boot_watch_new (DioMachine *machine);
gboolean dio_boot_watch_get_stuck (DioBootWatch *self);
/* The firmware that the disks may want in place of what CONFIG has. */
DioFirmware dio_boot_watch_choose_other (DioMachineConfig *config);

/* --- what it judges by --- */

typedef struct
{
  guint64 read;    /* bytes, of all drives */
  guint64 written; /* operations */
  guint n_drives;
  gint64 time; /* µs in which the guest ran or could have */
  gint64 busy; /* of those, µs in which its first processor ran; 0: not known */
} DioBootSample;

typedef enum
{
  DIO_BOOT_UNDECIDED,
  DIO_BOOT_STUCK,
  DIO_BOOT_STARTED
} DioBootVerdict;

typedef struct
{
  gboolean uefi;
  gboolean begun;
  DioBootSample first; /* of this start */
  DioBootSample last;  /* when something was done the last time */
  DioBootSample before;
} DioBootJudge;

DioBootVerdict dio_boot_judge_take (DioBootJudge *self, const DioBootSample *sample);
/* What QEMU answers to query-blockstats. FALSE: it has no drives that we gave it. */
gboolean dio_boot_sample_read (JsonNode *answer, DioBootSample *ret_sample);

G_END_DECLS
