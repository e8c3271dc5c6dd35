/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "vm/machine-parts.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_TAG 31 /* bytes; 9p's mount_tag has room for them */

G_DEFINE_ENUM_TYPE (DioDiskBus, dio_disk_bus, G_DEFINE_ENUM_VALUE (DIO_DISK_BUS_VIRTIO, "virtio"),
                    G_DEFINE_ENUM_VALUE (DIO_DISK_BUS_SATA, "sata"), G_DEFINE_ENUM_VALUE (DIO_DISK_BUS_NVME, "nvme"),
                    G_DEFINE_ENUM_VALUE (DIO_DISK_BUS_USB, "usb"), G_DEFINE_ENUM_VALUE (DIO_DISK_BUS_SCSI, "scsi"))
G_DEFINE_ENUM_TYPE (DioDiskCache, dio_disk_cache, G_DEFINE_ENUM_VALUE (DIO_DISK_CACHE_SAFE, "safe"),
                    G_DEFINE_ENUM_VALUE (DIO_DISK_CACHE_DIRECT, "direct"),
                    G_DEFINE_ENUM_VALUE (DIO_DISK_CACHE_FAST, "fast"))

DioDisk *
dio_disk_copy (const DioDisk *disk)
{
  DioDisk *copy = g_memdup2 (disk, sizeof *disk);

  copy->path = g_strdup (disk->path);
  copy->format = g_strdup (disk->format);
  copy->layers = g_strdupv (disk->layers);
  return copy;
}

void
dio_disk_free (DioDisk *disk)
{
  g_free (disk->path);
  g_free (disk->format);
  g_strfreev (disk->layers);
  g_free (disk);
}

static gboolean
layers_equal (GStrv a, GStrv b)
{
  if (!a || !b)
    return a == b;
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

gboolean
dio_disk_equal (const DioDisk *a, const DioDisk *b)
{
  return g_strcmp0 (a->path, b->path) == 0 && g_strcmp0 (a->format, b->format) == 0 && a->bus == b->bus &&
         a->read_only == b->read_only && a->cdrom == b->cdrom && a->cache == b->cache &&
         g_strcmp0 (a->encryption, b->encryption) == 0 && layers_equal (a->layers, b->layers);
}

DioForward *
dio_forward_copy (const DioForward *forward)
{
  DioForward *copy = g_memdup2 (forward, sizeof *forward);

  copy->address = g_strdup (forward->address);
  return copy;
}

void
dio_forward_free (DioForward *forward)
{
  g_free (forward->address);
  g_free (forward);
}

gboolean
dio_forward_equal (const DioForward *a, const DioForward *b)
{
  return a->udp == b->udp && g_strcmp0 (a->address, b->address) == 0 && a->host_port == b->host_port &&
         a->guest_port == b->guest_port;
}

char *
dio_forward_dup_rule (const DioForward *forward)
{
  const char *address = forward->address != NULL ? forward->address : "127.0.0.1";
  struct in_addr parsed;

  if (forward->host_port == 0 || forward->guest_port == 0 || inet_pton (AF_INET, address, &parsed) != 1)
    return NULL;
  return g_strdup_printf ("%s:%s:%u-:%u", forward->udp ? "udp" : "tcp", address, forward->host_port,
                          forward->guest_port);
}

gboolean
dio_share_tag_is_valid (const char *tag)
{
  gsize length = tag != NULL ? strspn (tag, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") : 0;

  return length > 0 && length <= MAX_TAG && tag[length] == '\0';
}

DioShare *
dio_share_copy (const DioShare *share)
{
  DioShare *copy = g_memdup2 (share, sizeof *share);

  copy->tag = g_strdup (share->tag);
  copy->path = g_strdup (share->path);
  return copy;
}

void
dio_share_free (DioShare *share)
{
  g_free (share->tag);
  g_free (share->path);
  g_free (share);
}

gboolean
dio_share_equal (const DioShare *a, const DioShare *b)
{
  return g_strcmp0 (a->tag, b->tag) == 0 && g_strcmp0 (a->path, b->path) == 0 && a->read_only == b->read_only;
}
