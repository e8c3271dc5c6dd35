/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>

/* Files that are the disk, byte by byte: discs and drives. They have no header of their own; what a disk begins with
 * tells them from other files. */

#define SECTOR 512
#define DISC_SECTOR 2048
#define DISC_DESCRIPTORS (16 * DISC_SECTOR)
#define MAX_DISC_DESCRIPTORS 16
#define DISC_SLACK (16 * DISC_SECTOR) /* drives read a disc's last sectors unreliably, and some are never written */

static void
set_raw (DioReader *reader, DioHeader *header)
{
  header->format = "raw";
  header->virtual_size = dio_reader_get_size (reader);
}

/* --- discs --- */

/* Fields: ECMA-119, 8.4. */
static void
check_volume (DioReader *reader, DioHeader *header, guint64 at)
{
  guint64 n = dio_reader_le (reader, at + 80, 4), block = dio_reader_le (reader, at + 128, 2);

  /* Both numbers stand there in both byte orders. */
  if (n != dio_reader_be (reader, at + 84, 4) || block != dio_reader_be (reader, at + 130, 2) || block < SECTOR ||
      block > DISC_SECTOR)
    return;
  if (n * block > dio_reader_get_size (reader) + DISC_SLACK)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
}

gboolean
dio_header_parse_optical (DioReader *reader, DioHeader *header)
{
  gboolean found = FALSE;

  for (guint i = 0; i < MAX_DISC_DESCRIPTORS; i++)
    {
      guint64 at = DISC_DESCRIPTORS + i * DISC_SECTOR;
      gboolean is_iso = DIO_READER_HAS (reader, at + 1, "CD001");

      if (!is_iso && !DIO_READER_HAS (reader, at + 1, "BEA01") && !DIO_READER_HAS (reader, at + 1, "NSR0"))
        break;
      found = TRUE;
      if (is_iso && dio_reader_le (reader, at, 1) == 1)
        check_volume (reader, header, at);
    }
  if (!found)
    return FALSE;
  set_raw (reader, header);
  header->flags |= DIO_IMAGE_OPTICAL;
  return TRUE;
}

/* --- drives --- */

/* The table's second copy ends the disk. Fields: UEFI's specification, 5.3.2. */
static gboolean
check_gpt (DioReader *reader, DioHeader *header, guint sector)
{
  guint64 last = dio_reader_le (reader, sector + 32, 8), end;

  if (!DIO_READER_HAS (reader, sector, "EFI PART"))
    return FALSE;
  if (dio_reader_le (reader, sector + 24, 8) == 1 && g_uint64_checked_mul (&end, last, sector) &&
      end + sector > dio_reader_get_size (reader))
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  return TRUE;
}

/* A partition that begins behind the end. */
static void
check_mbr (DioReader *reader, DioHeader *header)
{
  for (guint i = 0; i < 4; i++)
    {
      guint64 status = dio_reader_le (reader, 446 + 16 * i, 1);

      if (status != 0 && status != 0x80)
        return; /* not a table, but the boot sector of a file system */
    }
  for (guint i = 0; i < 4; i++)
    {
      guint64 at = 446 + 16 * i, start = dio_reader_le (reader, at + 8, 4);

      if (dio_reader_le (reader, at + 4, 1) != 0 && dio_reader_le (reader, at + 12, 4) != 0 &&
          start * SECTOR >= dio_reader_get_size (reader))
        dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
    }
}

/* A file system or another table without a boot sector. */
static gboolean
has_other_mark (DioReader *reader)
{
  return (DIO_READER_HAS (reader, 0x438, "\x53\xef") && dio_reader_le (reader, 0x418, 4) <= 6) || /* ext2, 3, 4 */
         DIO_READER_HAS (reader, 0, "XFSB") || DIO_READER_HAS (reader, 0x10040, "_BHRfS_M") ||
         DIO_READER_HAS (reader, 0x218, "LVM2 001") || DIO_READER_HAS (reader, 4086, "SWAPSPACE2") ||
         (DIO_READER_HAS (reader, 0, "ER") && DIO_READER_HAS (reader, SECTOR, "PM")); /* Apple's */
}

gboolean
dio_header_parse_disk (DioReader *reader, DioHeader *header)
{
  gboolean boot = DIO_READER_HAS (reader, 510, "\x55\xaa");
  gboolean gpt = check_gpt (reader, header, SECTOR) || check_gpt (reader, header, 4096);

  if (!boot && !gpt && !has_other_mark (reader))
    return FALSE;
  if (boot && !gpt)
    check_mbr (reader, header);
  if (dio_reader_get_size (reader) % SECTOR != 0)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  set_raw (reader, header);
  return TRUE;
}
