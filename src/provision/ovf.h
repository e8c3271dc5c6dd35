/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-config.h"

G_BEGIN_DECLS

/* The description of an appliance: OVF 1.x and 2.x (DMTF DSP0243), with what VMware and VirtualBox add to it. No I/O:
 * text in, values out. The text is hostile. */

/* Bytes that a description may have. */
#define DIO_OVF_MAX (1024 * 1024)
/* Disks that a machine may have. */
#define DIO_OVF_MAX_DISKS 32

typedef struct
{
  char *file;       /* the name of a file beside the description, without folders; NULL: an empty disk, or no disc */
  guint64 capacity; /* bytes; 0: not told */
  gboolean gzip;    /* the file is compressed with gzip */
  gboolean cdrom;
  DioDiskBus bus;
} DioOvfDisk;

typedef struct
{
  /* Name, processors, memory, firmware, network and what a system of that kind needs; without disks. */
  DioMachineConfig *config;
  char *os, *os_name; /* (nullable): as in DioDefinition */
  char *notes;        /* (nullable) */
  GPtrArray *disks;   /* of DioOvfDisk, in the order in which the machine starts from them */
} DioOvf;

/* Errors are sentences for the user. (transfer full) */
DioOvf *dio_ovf_parse (GBytes *text, GError **error);
void dio_ovf_free (DioOvf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioOvf, dio_ovf_free)

/* Whether NAME can be a file of an appliance: one without folders, that is not hidden and not special. */
gboolean dio_ovf_is_file_name (const char *name);

/* A disk of an appliance that is written. */
typedef struct
{
  const char *file;
  guint64 file_size, capacity; /* bytes */
  DioDiskBus bus;
} DioOvfNewDisk;

/* The description of CONFIG, whose disks are DISKS (streamOptimized VMDKs). (transfer full) */
GBytes *dio_ovf_write (DioMachineConfig *config, const char *os, const char *os_name, const char *notes,
                       const DioOvfNewDisk *disks, guint n_disks);

/* The list of an appliance's checksums (".mf": "SHA256(disk.vmdk)= …"), by file: what it says of NAME. Returns: FALSE
 * with an error when it has a line that makes no sense, or two for NAME; RET_DIGEST is NULL when it has none.
 * RET_DIGEST: lower case hexadecimal. */
gboolean dio_manifest_lookup (const char *text, const char *name, GChecksumType *ret_type, char **ret_digest,
                              GError **error);

G_END_DECLS
