/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What a machine has several of. Plain values: copied, compared, freed. */

typedef enum
{
  DIO_DISK_BUS_VIRTIO,
  DIO_DISK_BUS_SATA,
  DIO_DISK_BUS_NVME,
  DIO_DISK_BUS_USB,
  DIO_DISK_BUS_SCSI /* virtio-scsi */
} DioDiskBus;

/* SAFE: what the guest has flushed is on the disk; DIRECT: the same without the host's cache; FAST: flushes are
 * ignored, and a power cut may cost the disk. */
typedef enum
{
  DIO_DISK_CACHE_SAFE,
  DIO_DISK_CACHE_DIRECT,
  DIO_DISK_CACHE_FAST
} DioDiskCache;

#define DIO_TYPE_DISK_BUS (dio_disk_bus_get_type ())
GType dio_disk_bus_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_DISK_CACHE (dio_disk_cache_get_type ())
GType dio_disk_cache_get_type (void) G_GNUC_CONST;

typedef struct
{
  char *path;   /* absolute; NULL: a CD drive without a disc */
  char *format; /* as QEMU names it: "raw", "qcow2", … */
  DioDiskBus bus;
  gboolean read_only;
  gboolean cdrom;
  DioDiskCache cache;
  const char *encryption; /* "luks", "aes", or NULL; static */
  GStrv layers; /* (nullable): what it is written over, nearest first: path, format, path, format, …; all read-only */
} DioDisk;

/* A port of this computer that leads into the guest. */
typedef struct
{
  gboolean udp;
  char *address; /* of this computer, IPv4; NULL: 127.0.0.1 */
  guint16 host_port, guest_port;
} DioForward;

/* A folder of this computer that the guest sees. */
typedef struct
{
  char *tag; /* what the guest calls it: 1…31 ASCII letters, digits, "-", "_" */
  char *path;
  gboolean read_only;
} DioShare;

DioDisk *dio_disk_copy (const DioDisk *disk);
void dio_disk_free (DioDisk *disk);
gboolean dio_disk_equal (const DioDisk *a, const DioDisk *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioDisk, dio_disk_free)

DioForward *dio_forward_copy (const DioForward *forward);
void dio_forward_free (DioForward *forward);
gboolean dio_forward_equal (const DioForward *a, const DioForward *b);
/* As QEMU's hostfwd has it ("tcp:127.0.0.1:2222-:22"); NULL for what no forward can be: a port 0, or an address that is
 * none. (transfer full) */
char *dio_forward_dup_rule (const DioForward *forward);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioForward, dio_forward_free)

DioShare *dio_share_copy (const DioShare *share);
void dio_share_free (DioShare *share);
gboolean dio_share_equal (const DioShare *a, const DioShare *b);
gboolean dio_share_tag_is_valid (const char *tag);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioShare, dio_share_free)

G_END_DECLS
