/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/recommendation.h"

#include <osinfo/osinfo.h>
#include <unistd.h>

#define MIB (1024 * 1024)
#define GIB (1024 * (guint64) MIB)
/* Where nothing is known. */
#define DEFAULT_CPUS 2
#define DEFAULT_MEMORY 2048
#define DEFAULT_DISK (20 * GIB)
/* Twice the least is a good deal, up to here; a system that wants more than this wants enough. */
#define ENOUGH_MEMORY 4096
#define ENOUGH_DISK (32 * GIB)
#define MAX_CPUS 255
#define MIN_MEMORY 64

/* As osinfo-db names them: 1af4 is virtio, of which 10xx are the older ids and 104x the newer. */
static const char *const virtio_disks[] = { "http://pcisig.com/pci/1af4/1001", "http://pcisig.com/pci/1af4/1042",
                                            NULL };
static const char *const virtio_networks[] = { "http://pcisig.com/pci/1af4/1000", "http://pcisig.com/pci/1af4/1041",
                                               NULL };
static const char *const e1000e[] = { "http://pcisig.com/pci/8086/10d3", NULL };
static const char *const usb_tablet[] = { "http://usb.org/usb/80ee/0021", NULL };

void
dio_host_get (DioHost *host)
{
  long pages = sysconf (_SC_PHYS_PAGES), size = sysconf (_SC_PAGESIZE);

  host->cpus = CLAMP (g_get_num_processors (), 1, MAX_CPUS);
  host->memory = pages > 0 && size > 0 ? (guint) MIN ((guint64) pages * size / MIB, G_MAXUINT) : DEFAULT_MEMORY;
}

/* --- resources --- */

/* ARCH's own, else those of all. (transfer none) (nullable) */
static OsinfoResources *
find_resources (OsinfoResourcesList *list, const char *arch)
{
  OsinfoResources *found = NULL;

  for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (list)); i++)
    {
      OsinfoResources *one = OSINFO_RESOURCES (osinfo_list_get_nth (OSINFO_LIST (list), i));
      const char *of = osinfo_resources_get_architecture (one);

      if (g_strcmp0 (of, arch) == 0 || (!found && g_strcmp0 (of, "all") == 0))
        found = one;
    }
  return found;
}

/* Figures of a database: negative where it has none. */
static guint64
known (gint64 figure)
{
  return MAX (figure, 0);
}

static void
read_resources (DioOs *os, const char *arch, DioRecommendation *r)
{
  g_autoptr (OsinfoResourcesList) least_list = osinfo_os_get_minimum_resources (dio_os_get_osinfo (os));
  g_autoptr (OsinfoResourcesList) good_list = osinfo_os_get_recommended_resources (dio_os_get_osinfo (os));
  OsinfoResources *least = find_resources (least_list, arch), *good = find_resources (good_list, arch);

  if (least)
    {
      r->least_cpus = MIN (known (osinfo_resources_get_n_cpus (least)), MAX_CPUS);
      r->least_memory = MIN (known (osinfo_resources_get_ram (least)) / MIB, G_MAXINT32);
      r->least_disk_size = known (osinfo_resources_get_storage (least));
    }
  if (good)
    {
      r->cpus = MIN (known (osinfo_resources_get_n_cpus (good)), MAX_CPUS);
      r->memory = MIN (known (osinfo_resources_get_ram (good)) / MIB, G_MAXINT32);
      r->disk_size = known (osinfo_resources_get_storage (good));
    }
}

static guint64
suggest (guint64 good, guint64 least, guint64 enough, guint64 otherwise)
{
  if (good > 0)
    return MAX (good, least);
  if (least > 0)
    return least >= enough ? least : MIN (2 * least, enough);
  return otherwise;
}

/* --- devices --- */

static gboolean
has_device (OsinfoDeviceList *devices, const char *const *ids)
{
  for (; *ids; ids++)
    if (osinfo_list_find_by_id (OSINFO_LIST (devices), *ids))
      return TRUE;
  return FALSE;
}

static void
choose_devices (DioOs *os, DioRecommendation *r)
{
  g_autoptr (OsinfoDeviceList) devices = osinfo_os_get_all_devices (dio_os_get_osinfo (os), NULL);

  r->disk_bus = has_device (devices, virtio_disks) ? DIO_DISK_BUS_VIRTIO : DIO_DISK_BUS_SATA;
  if (has_device (devices, virtio_networks))
    r->network_card = DIO_NETWORK_CARD_VIRTIO;
  else if (has_device (devices, e1000e) || osinfo_list_get_length (OSINFO_LIST (devices)) == 0)
    r->network_card = DIO_NETWORK_CARD_E1000E;
  else
    r->network_card = DIO_NETWORK_CARD_RTL8139;
  r->usb_tablet = has_device (devices, usb_tablet) || osinfo_list_get_length (OSINFO_LIST (devices)) == 0;
}

/* What Windows likes, and from which version on: Hyper-V's interfaces came with Vista (6.0); 11 wants Secure Boot and a
 * TPM (Microsoft's "Windows 11 requirements"), of which the database has nothing. */
static void
suit_windows (DioOs *os, DioRecommendation *r)
{
  const char *version = osinfo_product_get_version (OSINFO_PRODUCT (dio_os_get_osinfo (os)));

  r->clock_local = TRUE;
  r->hyperv = version && g_ascii_strtod (version, NULL) >= 6;
  if (g_str_equal (dio_os_get_short_id (os), "win11"))
    {
      r->firmware = DIO_FIRMWARE_UEFI_SECURE;
      r->tpm = TRUE;
    }
}

/* BIOS starts sooner and is what nearly every disc for PCs knows, so UEFI is for those that know nothing else. */
static void
choose_firmware (DioOs *os, const char *arch, DioRecommendation *r)
{
  g_autoptr (OsinfoFirmwareList) list = osinfo_os_get_complete_firmware_list (dio_os_get_osinfo (os), NULL);
  gboolean efi = FALSE, bios = TRUE;

  for (int i = 0; i < osinfo_list_get_length (OSINFO_LIST (list)); i++)
    {
      OsinfoFirmware *one = OSINFO_FIRMWARE (osinfo_list_get_nth (OSINFO_LIST (list), i));
      const char *type = osinfo_firmware_get_firmware_type (one);

      if (g_strcmp0 (osinfo_firmware_get_architecture (one), arch) != 0)
        continue;
      if (g_strcmp0 (type, "efi") == 0)
        efi = osinfo_firmware_is_supported (one);
      else if (g_strcmp0 (type, "bios") == 0)
        bios = osinfo_firmware_is_supported (one);
    }
  r->needs_uefi = efi && !bios;
  r->firmware = r->needs_uefi ? DIO_FIRMWARE_UEFI : DIO_FIRMWARE_BIOS;
}

/* --- all of it --- */

void
dio_recommend (DioOs *os, const char *arch, const DioHost *host, DioRecommendation *r)
{
  g_return_if_fail (host->cpus > 0);

  *r = (DioRecommendation) { .disk_bus = DIO_DISK_BUS_SATA,
                             .network_card = DIO_NETWORK_CARD_E1000E,
                             .usb_tablet = TRUE };
  if (os)
    {
      read_resources (os, arch, r);
      choose_devices (os, r);
      choose_firmware (os, arch, r);
      if (g_str_equal (dio_os_get_family (os), "winnt"))
        suit_windows (os, r);
    }
  r->cpus = MAX (MAX (r->cpus, r->least_cpus), DEFAULT_CPUS);
  r->cpus = MIN (r->cpus, host->cpus);
  r->memory = suggest (r->memory, r->least_memory, ENOUGH_MEMORY, DEFAULT_MEMORY);
  /* Half of the computer stays its own, unless the system would not run with that. */
  r->memory = MIN (r->memory, MAX (host->memory / 2, MIN (r->least_memory, host->memory)));
  r->memory = MAX (r->memory, MIN_MEMORY);
  r->disk_size = suggest (r->disk_size, r->least_disk_size, ENOUGH_DISK, DEFAULT_DISK);
}

void
dio_recommendation_apply (const DioRecommendation *r, DioMachineConfig *config)
{
  g_object_set (config, "cpus", r->cpus, "memory", r->memory, "firmware", r->firmware, "tpm", r->tpm, "network-card",
                r->network_card, "usb-tablet", r->usb_tablet, "clock-local", r->clock_local, "hyperv", r->hyperv, NULL);
}
