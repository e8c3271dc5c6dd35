/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/image-guess.h"

#define ARCH "x86_64"

/* (nullable) */
static const char *
find_foreign (const DioImageInsides *insides, DioOsMedia *media)
{
  if (media && !dio_os_media_suits (media, ARCH))
    return dio_os_media_get_arch (media);
  return insides ? dio_image_insides_find_foreign (insides) : NULL;
}

static DioOs *
find_os (const DioImageInsides *insides, DioOsMedia *media, DioOsDatabase *database)
{
  if (media)
    return dio_os_media_get_os (media);
  return insides && insides->os_id && database
             ? dio_os_database_find_release (database, insides->os_id, insides->os_version)
             : NULL;
}

static const char *
find_name (const DioImageInsides *insides, DioOsMedia *media, DioOs *os)
{
  if (insides && insides->os_name)
    return insides->os_name;
  if (media && *dio_os_media_get_name (media))
    return dio_os_media_get_name (media);
  return os ? dio_os_get_name (os) : NULL;
}

/* NTFS and nothing of another system. */
static gboolean
suspect_windows (const DioImageInsides *insides, DioOs *os)
{
  if (os)
    return g_str_equal (dio_os_get_family (os), "winnt");
  if (!insides)
    return FALSE;
  if (insides->os_id)
    return g_str_equal (insides->os_id, "windows");
  for (guint i = 0; i < insides->n_partitions; i++)
    if (g_strcmp0 (insides->partitions[i].file_system, "ntfs") == 0)
      return TRUE;
  return FALSE;
}

/* A disk's own loaders tell; of a disc that has both, what its system usually has. */
static void
choose_firmware (gboolean optical, const DioImageInsides *insides, DioImageGuess *guess)
{
  DioImageBoot boot = insides ? insides->boot : 0;
  DioFirmware *firmware = &guess->recommendation.firmware;

  if (guess->os && *firmware != DIO_FIRMWARE_BIOS && (boot & DIO_IMAGE_BOOT_UEFI || !boot))
    {
      guess->firmware_known = TRUE;
      return;
    }
  guess->firmware_known = (boot & (DIO_IMAGE_BOOT_BIOS | DIO_IMAGE_BOOT_UEFI)) != 0;
  if (boot & DIO_IMAGE_BOOT_UEFI && !(optical && boot & DIO_IMAGE_BOOT_BIOS))
    *firmware = DIO_FIRMWARE_UEFI;
  else
    *firmware = DIO_FIRMWARE_BIOS;
}

void
dio_image_guess (const DioImageReport *report, const DioImageInsides *insides, DioOsMedia *media,
                 DioOsDatabase *database, const DioHost *host, DioImageGuess *guess)
{
  DioOs *os = find_os (insides, media, database);

  *guess = (DioImageGuess) { .bootable = !insides || insides->boot != 0 || media };
  guess->os = os ? g_object_ref (os) : NULL;
  guess->os_name = g_strdup (find_name (insides, media, os));
  guess->foreign = find_foreign (insides, media);
  guess->windows = suspect_windows (insides, os);
  dio_recommend (os, ARCH, host, &guess->recommendation);
  if (guess->windows)
    {
      /* Windows has no drivers for virtio unless somebody has put them there. */
      guess->recommendation.disk_bus = DIO_DISK_BUS_SATA;
      guess->recommendation.network_card = DIO_NETWORK_CARD_E1000E;
      guess->recommendation.clock_local = TRUE;
    }
  choose_firmware ((report->flags & DIO_IMAGE_OPTICAL) != 0, insides, guess);
}

void
dio_image_guess_clear (DioImageGuess *guess)
{
  g_clear_object (&guess->os);
  g_clear_pointer (&guess->os_name, g_free);
}
