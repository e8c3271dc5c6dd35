/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"
#include "library/job.h"

G_BEGIN_DECLS

/* Machines from what others made. All of it is hostile: see vm/disk-image.h, provision/ovf.h and
 * provision/archive-file.h for what is refused. A job's result is the new machine's folder, in the folder PLACE; its
 * source is only read. */

typedef enum
{
  DIO_IMPORT_DISK,      /* a disk image, or a CD's */
  DIO_IMPORT_APPLIANCE, /* an OVA, or an OVF with its disks beside it */
  DIO_IMPORT_ARCHIVE    /* a machine of Diorama's, packed into one file */
} DioImportKind;

/* By its first bytes. Reads at most 128 KiB; errors are sentences. */
gboolean dio_import_recognise (const char *path, DioImportKind *ret_kind, GError **error);

typedef enum
{
  DIO_IMPORT_COPY,     /* into the machine's folder, as QCOW2 unless it is raw; the source is not needed any more */
  DIO_IMPORT_IN_PLACE, /* the machine writes the image itself, where it is */
  DIO_IMPORT_LINKED    /* the machine writes to a file of its own, over the image, which must stay as it is */
} DioImportMode;

/* A machine like DEFINITION (of which a copy is taken; its paths stay what they are) with the N_PATHS disk images PATHS
 * behind the disks that it has. Discs (ISO images) are used in place in any case. BUS: of the disks. Not started.
 * (transfer full) */
DioJob *dio_import_disks (DioDefinition *definition, const char *const *paths, guint n_paths, DioImportMode mode,
                          DioDiskBus bus, const char *place);

/* A machine as the appliance at PATH describes it, with copies of its disks. NAME: NULL: as it says itself. A list of
 * checksums (manifest) is checked where there is one; signatures are not. Not started. (transfer full) */
DioJob *dio_import_appliance (const char *path, const char *name, const char *place);

/* The machine that is in the archive at PATH. It keeps its UUID unless TAKEN (nullable) has it, the UUIDs of the
 * machines that there are: then it gets another, and another network address. NAME: NULL: its own. What refers to other
 * files of this computer, or would have QEMU do things that no window shows, does not come along: discs outside,
 * shared folders, a kernel outside, extra arguments, starting with Diorama. Not started. (transfer
 * full) */
DioJob *dio_import_archive (const char *path, const char *name, const char *const *taken, const char *place);

G_END_DECLS
