/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/el-torito.h"
#include "image/fat.h"
#include "image/inspect.h"

#include <string.h>

#define MAX_FILE_SYSTEMS 4
#define CODE_SIZE 440 /* of a boot sector, before what partitioning tools write */
#define SECTOR 512
#define EFI_PLATFORM 0xef

/* The UEFI specification's names for what starts without being chosen (3.5.1.1), and the machine that a PE file is for
 * (the PE format's). */
static const struct
{
  const char *name;
  guint machine;
  DioImageBoot boot;
} machines[] = {
  { "BOOTX64.EFI", 0x8664, DIO_IMAGE_BOOT_UEFI },
  { "BOOTAA64.EFI", 0xaa64, DIO_IMAGE_BOOT_UEFI_ARM },
  { "BOOTIA32.EFI", 0x014c, DIO_IMAGE_BOOT_UEFI_IA32 },
  { "BOOTRISCV64.EFI", 0x5064, DIO_IMAGE_BOOT_UEFI_RISCV },
};

/* Folders of an EFI system partition that are named for the system whose loaders they have. */
static const struct
{
  const char *folder, *system;
} systems[] = {
  { "Microsoft", "windows" }, { "debian", "debian" },   { "ubuntu", "ubuntu" },       { "fedora", "fedora" },
  { "redhat", "rhel" },       { "centos", "centos" },   { "almalinux", "almalinux" }, { "rocky", "rocky" },
  { "opensuse", "opensuse" }, { "freebsd", "freebsd" }, { "arch", "arch" },           { "nixos", "nixos" },
};

/* For which machine the program is that ENTRY starts with; 0: none that can be known. */
static DioImageBoot
get_machine (DioFat *fat, const DioFatEntry *entry)
{
  guint8 bytes[1024];
  gsize length = dio_fat_read_start (fat, entry, bytes, sizeof bytes);
  gsize at;
  guint machine;

  if (length < 64 || memcmp (bytes, "MZ", 2) != 0)
    return 0;
  at = dio_source_le32 (bytes + 60);
  if (at > length - 6 || memcmp (bytes + at, "PE\0\0", 4) != 0)
    return 0;
  machine = dio_source_le16 (bytes + at + 4);
  for (guint i = 0; i < G_N_ELEMENTS (machines); i++)
    if (machines[i].machine == machine)
      return machines[i].boot;
  return 0;
}

static DioImageBoot
look_into_folder (DioFat *fat, const char *path)
{
  g_autoptr (GPtrArray) entries = dio_fat_list (fat, path);
  DioImageBoot boot = 0, others = 0;

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const DioFatEntry *entry = g_ptr_array_index (entries, i);
      gsize length = strlen (entry->name);

      for (guint k = 0; k < G_N_ELEMENTS (machines) && !entry->folder; k++)
        if (g_ascii_strcasecmp (entry->name, machines[k].name) == 0)
          boot |= machines[k].boot;
      if (!entry->folder && length > 4 && g_ascii_strcasecmp (entry->name + length - 4, ".efi") == 0)
        others |= get_machine (fat, entry);
    }
  return boot != 0 ? boot : others;
}

static void
look_into_fat (const DioSource *partition, DioImageInsides *insides, char **ret_system)
{
  g_autoptr (DioFat) fat = dio_fat_new (partition);
  g_autoptr (GPtrArray) entries = fat != NULL ? dio_fat_list (fat, "EFI") : NULL;

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const DioFatEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *path = g_strconcat ("EFI/", entry->name, NULL);

      if (!entry->folder)
        continue;
      insides->boot |= look_into_folder (fat, path);
      for (guint k = 0; k < G_N_ELEMENTS (systems) && *ret_system == NULL; k++)
        if (g_ascii_strcasecmp (entry->name, systems[k].folder) == 0)
          *ret_system = g_strdup (systems[k].system);
    }
}

static void
look_into_disc (const DioSource *disk, DioImageInsides *insides, char **ret_system)
{
  DioElToritoEntry entries[DIO_EL_TORITO_MAX];
  guint n = dio_el_torito_read (disk, entries);

  for (guint i = 0, n_seen = 0; i < n; i++)
    if (entries[i].platform == 0)
      insides->boot |= DIO_IMAGE_BOOT_BIOS;
    else if (entries[i].platform == EFI_PLATFORM && n_seen++ < MAX_FILE_SYSTEMS)
      {
        /* It is a FAT file system, whose size the catalogue need not tell. */
        const DioSource part = dio_source_part (disk, entries[i].start, G_MAXUINT64);
        DioImageBoot before = insides->boot;

        look_into_fat (&part, insides, ret_system);
        if (insides->boot == before)
          insides->boot |= DIO_IMAGE_BOOT_UEFI;
      }
}

/* Code that a BIOS would start; a disk that was only partitioned has none. */
static gboolean
has_code (const DioSource *disk)
{
  static const guint8 zeros[CODE_SIZE];
  guint8 sector[SECTOR];

  return dio_source_read (disk, 0, sector, SECTOR) && sector[510] == 0x55 && sector[511] == 0xaa &&
         memcmp (sector, zeros, CODE_SIZE) != 0;
}

void
dio_inspect_boot (const DioSource *disk, gboolean optical, DioImageInsides *insides, char **ret_system)
{
  guint n_seen = 0;

  *ret_system = NULL;
  if (optical)
    {
      look_into_disc (disk, insides, ret_system);
      return;
    }
  if (has_code (disk))
    insides->boot |= DIO_IMAGE_BOOT_BIOS;
  for (guint i = 0; i < insides->n_partitions; i++)
    {
      const DioImagePartition *partition = &insides->partitions[i];
      const DioSource part = dio_source_part (disk, partition->start, partition->size);

      if (g_str_equal (partition->type, "BIOS boot"))
        insides->boot |= DIO_IMAGE_BOOT_BIOS;
      if ((g_str_equal (partition->type, "ESP") || g_strcmp0 (partition->file_system, "vfat") == 0) &&
          n_seen++ < MAX_FILE_SYSTEMS)
        look_into_fat (&part, insides, ret_system);
    }
}
