/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/el-torito.h"

#include <string.h>

#define SECTOR 2048
#define RECORD 17 /* the sector that says where the catalogue is */
#define ENTRY 32
#define BOOTABLE 0x88
#define HEADER 0x90
#define LAST_HEADER 0x91
#define EXTENSION 0x44

/* The first entry says that it is a catalogue: its words sum to nothing. */
static gboolean
is_catalogue (const guint8 *entry)
{
  guint sum = 0;

  for (guint i = 0; i < ENTRY; i += 2)
    sum += dio_source_le16 (entry + i);
  return entry[0] == 1 && entry[30] == 0x55 && entry[31] == 0xaa && (sum & 0xffff) == 0;
}

static void
take (DioElToritoEntry *entries, guint *n, guint8 platform, const guint8 *entry)
{
  if (entry[0] != BOOTABLE || *n == DIO_EL_TORITO_MAX)
    return;
  entries[(*n)++] = (DioElToritoEntry) { platform, (guint64) dio_source_le32 (entry + 8) * SECTOR };
}

guint
dio_el_torito_read (const DioSource *disc, DioElToritoEntry *entries)
{
  static const char mark[] = "CD001\1EL TORITO SPECIFICATION";
  guint8 sector[SECTOR];
  guint n = 0;

  if (!dio_source_read (disc, RECORD * SECTOR, sector, SECTOR) || sector[0] != 0 ||
      memcmp (sector + 1, mark, strlen (mark)) != 0 ||
      !dio_source_read (disc, (guint64) dio_source_le32 (sector + 0x47) * SECTOR, sector, SECTOR) ||
      !is_catalogue (sector))
    return 0;
  take (entries, &n, sector[1], sector + ENTRY);
  for (guint at = 2 * ENTRY; at + ENTRY <= SECTOR;)
    {
      const guint8 *header = sector + at;
      guint left = dio_source_le16 (header + 2);

      at += ENTRY;
      if (header[0] == EXTENSION)
        continue; /* of the entry before it */
      if (header[0] != HEADER && header[0] != LAST_HEADER)
        break;
      for (; left > 0 && at + ENTRY <= SECTOR; at += ENTRY)
        if (sector[at] != EXTENSION)
          {
            take (entries, &n, header[1], sector + at);
            left--;
          }
      if (header[0] == LAST_HEADER)
        break;
    }
  return n;
}
