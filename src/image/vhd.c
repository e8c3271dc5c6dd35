/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Virtual PC's and Hyper-V's older disks. Fields: Microsoft's "Virtual Hard Disk Image Format Specification"; bounds:
 * QEMU's driver. A footer ends each of them; dynamic ones begin with a copy, which is what QEMU tells them by. */

#define FOOTER_SIZE 512
#define OLD_FOOTER_SIZE 511 /* before Virtual PC 2004 */
#define HEADER_SIZE 1024
#define MAX_SECTORS 0xff000000
#define MAX_GEOMETRY (G_GUINT64_CONSTANT (65535) * 16 * 255)
#define NOT_THERE 0xffffffff
#define MAX_BLOCKS_READ (1024 * 1024)

enum
{
  TYPE_FIXED = 2,
  TYPE_DYNAMIC = 3,
  TYPE_DIFFERENCING = 4
};

/* The ones' complement of the sum of the footer's other bytes. */
static gboolean
has_checksum (DioReader *reader, guint64 at)
{
  guint8 footer[FOOTER_SIZE];
  guint32 sum = 0;

  if (!dio_reader_read (reader, at, footer, sizeof footer))
    return FALSE;
  for (guint i = 0; i < sizeof footer; i++)
    sum += i < 64 || i >= 68 ? footer[i] : 0;
  return ~sum == dio_reader_be (reader, at + 64, 4);
}

/* As QEMU has it: Virtual PC shows no more than the geometry says. */
static guint64
get_sectors (DioReader *reader, guint64 at)
{
  guint64 geometry =
      dio_reader_be (reader, at + 56, 2) * dio_reader_be (reader, at + 58, 1) * dio_reader_be (reader, at + 59, 1);
  gboolean by_geometry = DIO_READER_HAS (reader, at + 28, "vpc ") || DIO_READER_HAS (reader, at + 28, "qemu");

  return by_geometry && geometry != MAX_GEOMETRY ? geometry : dio_reader_be (reader, at + 48, 8) / 512;
}

static gboolean
check_footer (DioReader *reader, DioHeader *header, guint64 at)
{
  guint64 n = get_sectors (reader, at);

  header->format = "vpc";
  header->version = (guint) dio_reader_be (reader, at + 12, 2);
  if (!has_checksum (reader, at))
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its header's checksum is wrong"));
  else if (n == 0 || n > MAX_SECTORS)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its disk is of an impossible size"));
  else
    {
      header->virtual_size = n * 512;
      return TRUE;
    }
  return FALSE;
}

/* Its name is at AT in UTF-16, big-endian. */
static void
refer_to_parent (DioReader *reader, DioHeader *header, guint64 at)
{
  gunichar2 name[256] = { 0 };
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (name) - 1; i++)
    name[i] = (gunichar2) dio_reader_be (reader, at + 2 * i, 2);
  text = g_utf16_to_utf8 (name, -1, NULL, NULL, NULL);
  dio_header_refer (header, DIO_IMAGE_REFERENCE_PARENT, text != NULL ? text : "");
}

/* Blocks are written whole; each begins with a bitmap. */
static void
check_map (DioReader *reader, DioHeader *header, guint64 map, guint64 n, guint64 block)
{
  guint64 size = block + (block / (8 * 512) + 511) / 512 * 512, highest = 0;

  if (!dio_header_need (header, reader, map, 4 * n, _ ("its tables are outside of the file")))
    return;
  for (guint64 i = 0; i < MIN (n, MAX_BLOCKS_READ); i++)
    {
      guint64 sector = dio_reader_be (reader, map + 4 * i, 4);

      if (sector != NOT_THERE)
        highest = MAX (highest, sector);
    }
  if (highest != 0)
    dio_header_need (header, reader, highest * 512, size, _ ("its data is outside of the file"));
}

static void
check_dynamic (DioReader *reader, DioHeader *header, guint64 at)
{
  guint64 block = dio_reader_be (reader, at + 32, 4), n = dio_reader_be (reader, at + 28, 4);
  guint64 size = dio_reader_get_size (reader);

  if (!dio_header_need (header, reader, at, HEADER_SIZE, _ ("a part of its header is outside of the file")))
    return;
  if (!DIO_READER_HAS (reader, at, "cxsparse"))
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("a part of its header is missing"));
  else if (block < 512 || (block & (block - 1)) != 0 || n > G_MAXINT / 4 || n * block < header->virtual_size)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its tables are too small for its disk"));
  else
    check_map (reader, header, dio_reader_be (reader, at + 16, 8), n, block);
  if (!DIO_READER_HAS (reader, size - FOOTER_SIZE, "conectix") &&
      !DIO_READER_HAS (reader, size - OLD_FOOTER_SIZE, "conectix"))
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
}

gboolean
dio_header_parse_vhd (DioReader *reader, DioHeader *header)
{
  guint64 type = dio_reader_be (reader, 60, 4), at = dio_reader_be (reader, 16, 8);

  if (!DIO_READER_HAS (reader, 0, "conectix"))
    return FALSE;
  header->format = "vpc";
  if (dio_reader_get_size (reader) < FOOTER_SIZE)
    {
      dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
      return TRUE;
    }
  if (check_footer (reader, header, 0))
    check_dynamic (reader, header, at);
  if (type == TYPE_DIFFERENCING)
    refer_to_parent (reader, header, at < G_MAXINT64 ? at + 64 : 0);
  else if (type != TYPE_DYNAMIC)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its header contradicts itself"));
  return TRUE;
}

gboolean
dio_header_parse_vhd_fixed (DioReader *reader, DioHeader *header)
{
  guint64 size = dio_reader_get_size (reader), at = size - FOOTER_SIZE;
  guint64 type = dio_reader_be (reader, at + 60, 4);

  if (size < 2 * FOOTER_SIZE || !DIO_READER_HAS (reader, at, "conectix"))
    return FALSE;
  if (check_footer (reader, header, at) && type == TYPE_FIXED && header->virtual_size > size - FOOTER_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  if (type == TYPE_DIFFERENCING)
    dio_header_refer (header, DIO_IMAGE_REFERENCE_PARENT, "");
  else if (type != TYPE_FIXED)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("a part of its header is missing"));
  return TRUE;
}
