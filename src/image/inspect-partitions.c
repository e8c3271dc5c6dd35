/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/inspect.h"
#include "image/insides-json.h"

#include <blkid.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (G_GUINT64_CONSTANT (1) << 20)
#define SECTOR 512
/* What libblkid sees of a disk that is no file: at both ends of it and of each partition. Most marks are in the first
 * 100 KiB, or the last. */
#define WINDOW (2 * MIB)
#define MAX_WINDOWS (192 * MIB)
#define CHUNK (256 * 1024)

/* A file with holes for what was not read. */
typedef struct
{
  const DioSource *disk;
  int fd;
  guint64 loaded; /* bytes */
} Windows;

static void
load (Windows *windows, guint64 start, guint64 end)
{
  static guint8 chunk[CHUNK];
  static const guint8 zeros[CHUNK];

  end = MIN (end, windows->disk->size);
  for (guint64 at = start; at < end && windows->loaded < MAX_WINDOWS; at += CHUNK)
    {
      gsize length = (gsize) MIN (CHUNK, end - at);

      windows->loaded += length;
      if (!dio_source_read (windows->disk, at, chunk, length))
        return;
      if (memcmp (chunk, zeros, length) != 0 && pwrite (windows->fd, chunk, length, (off_t) at) < 0)
        return;
    }
}

static void
load_ends (Windows *windows, guint64 start, guint64 size)
{
  guint64 end;

  if (!g_uint64_checked_add (&end, start, size))
    return;
  load (windows, start, MIN (start + WINDOW, end));
  load (windows, MAX (start, end - MIN (end, WINDOW)), end);
}

/* Each logical partition is described in a sector of its own, anywhere in the extended one, which names the next. */
static void
load_chain (Windows *windows, const DioImagePartition *extended)
{
  guint64 at = extended->start;
  guint8 sector[SECTOR];

  for (guint i = 0; i < DIO_INSIDES_MAX_PARTITIONS && dio_source_read (windows->disk, at, sector, SECTOR); i++)
    {
      const guint8 *next = sector + 446 + 16;

      if (pwrite (windows->fd, sector, SECTOR, (off_t) at) < 0 || next[4] == 0)
        return;
      at = extended->start + (guint64) dio_source_le32 (next + 8) * SECTOR;
    }
}

static gboolean
is_extended (const DioImagePartition *partition)
{
  static const char *const types[] = { "0x05", "0x0f", "0x85", NULL };

  return g_strv_contains (types, partition->type);
}

static char *
make_type (blkid_partition partition)
{
  static const char *const names[][2] = { { "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ESP" },
                                          { "21686148-6449-6e6f-744e-656564454649", "BIOS boot" } };
  const char *type = blkid_partition_get_type_string (partition);

  if (type == NULL)
    return blkid_partition_get_type (partition) == 0xef
               ? g_strdup ("ESP")
               : g_strdup_printf ("0x%02x", (guint) blkid_partition_get_type (partition));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (type, names[i][0]) == 0)
      return g_strdup (names[i][1]);
  return g_ascii_strdown (type, -1);
}

static void
set_partitions (DioImageInsides *insides, blkid_partlist list)
{
  guint n = (guint) CLAMP (blkid_partlist_numof_partitions (list), 0, DIO_INSIDES_MAX_PARTITIONS);
  const char *table = blkid_parttable_get_type (blkid_partlist_get_table (list));

  g_set_str (&insides->table, g_str_equal (table, "gpt") || g_str_equal (table, "dos") ? table : NULL);
  for (guint i = 0; i < insides->n_partitions; i++)
    g_free (insides->partitions[i].type);
  insides->partitions = g_renew (DioImagePartition, insides->partitions, n);
  insides->n_partitions = n;
  for (guint i = 0; i < n; i++)
    {
      blkid_partition partition = blkid_partlist_get_partition (list, (int) i);
      guint64 start = 0, size = 0;

      g_uint64_checked_mul (&start, (guint64) MAX (0, blkid_partition_get_start (partition)), SECTOR);
      /* An extended one is only the place of others, and said to be of two sectors. */
      g_uint64_checked_mul (&size, (guint64) MAX (0, blkid_partition_get_size (partition)), SECTOR);
      insides->partitions[i] = (DioImagePartition) { .start = start, .size = size, .type = make_type (partition) };
    }
}

/* Returns: whether there is a table. */
static gboolean
look_for_table (int fd, guint64 size, guint sector, DioImageInsides *insides)
{
  blkid_probe probe = blkid_new_probe ();
  blkid_partlist list = NULL;
  gboolean found = FALSE;

  if (probe != NULL && blkid_probe_set_device (probe, fd, 0, (blkid_loff_t) size) == 0 &&
      blkid_probe_set_sectorsize (probe, sector) == 0 && blkid_probe_enable_superblocks (probe, 0) == 0 &&
      blkid_probe_enable_partitions (probe, 1) == 0)
    list = blkid_probe_get_partitions (probe);
  found = list != NULL && blkid_partlist_get_table (list) != NULL;
  if (found)
    set_partitions (insides, list);
  blkid_free_probe (probe);
  return found;
}

static char *
look_up (blkid_probe probe, const char *name)
{
  const char *value;

  return blkid_probe_lookup_value (probe, name, &value, NULL) == 0 && *value != '\0' ? g_utf8_make_valid (value, -1)
                                                                                     : NULL;
}

static void
look_for_file_system (int fd, DioImagePartition *partition)
{
  blkid_probe probe = blkid_new_probe ();

  if (probe != NULL &&
      blkid_probe_set_device (probe, fd, (blkid_loff_t) partition->start, (blkid_loff_t) partition->size) == 0 &&
      blkid_probe_enable_partitions (probe, 0) == 0 &&
      blkid_probe_set_superblocks_flags (probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL) == 0 &&
      blkid_do_safeprobe (probe) == 0)
    {
      partition->file_system = look_up (probe, "TYPE");
      partition->label = look_up (probe, "LABEL");
    }
  blkid_free_probe (probe);
}

/* Each partition's ends may show further ones. */
static void
look_for_partitions (Windows *windows, int fd, DioImageInsides *insides)
{
  static const guint sectors[] = { 512, 4096 };
  guint64 size = windows->disk->size;

  for (guint i = 0; i < G_N_ELEMENTS (sectors) && insides->table == NULL; i++)
    for (guint n_before = 0; look_for_table (fd, size, sectors[i], insides) && n_before < insides->n_partitions;)
      {
        n_before = insides->n_partitions;
        for (guint k = 0; windows->fd >= 0 && k < insides->n_partitions; k++)
          {
            load_ends (windows, insides->partitions[k].start, insides->partitions[k].size);
            if (is_extended (&insides->partitions[k]))
              load_chain (windows, &insides->partitions[k]);
          }
      }
}

void
dio_inspect_partitions (const DioSource *disk, int fd, DioImageInsides *insides)
{
  Windows windows = { disk, -1, 0 };

  if (disk->size == 0 || disk->size > G_MAXINT64 - WINDOW)
    return;
  if (fd < 0)
    {
      fd = windows.fd = memfd_create ("disk", MFD_CLOEXEC);
      if (fd < 0 || ftruncate (fd, (off_t) disk->size) < 0)
        return;
      load_ends (&windows, 0, disk->size);
    }
  look_for_partitions (&windows, fd, insides);
  if (insides->n_partitions == 0 && insides->table == NULL)
    {
      insides->partitions = g_new0 (DioImagePartition, 1);
      insides->partitions[0] = (DioImagePartition) { .size = disk->size, .type = g_strdup ("") };
      insides->n_partitions = 1;
    }
  for (guint i = 0; i < insides->n_partitions; i++)
    if (insides->partitions[i].start < disk->size && insides->partitions[i].size <= disk->size &&
        insides->partitions[i].size >= SECTOR)
      look_for_file_system (fd, &insides->partitions[i]);
  if (insides->table == NULL && insides->n_partitions == 1 && insides->partitions[0].file_system == NULL)
    {
      g_free (insides->partitions[0].type);
      g_clear_pointer (&insides->partitions, g_free);
      insides->n_partitions = 0;
    }
}
