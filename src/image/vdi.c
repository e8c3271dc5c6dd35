/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* VirtualBox's disks. Fields and bounds: those of QEMU's driver, which reads version 1.1 with blocks of 1 MiB. */

#define HEADER_SIZE 512
#define VERSION 0x00010001
#define BLOCK_SIZE (1024 * 1024)
#define MAX_BLOCKS 0x1fffff80
#define MAX_BLOCKS_READ (1024 * 1024)
#define BLOCK_DISCARDED 0xfffffffe /* and above it: never written */

enum
{
  TYPE_DYNAMIC = 1,
  TYPE_UNDO = 3,
  TYPE_DIFFERENCING = 4
};

static gboolean
is_null (DioReader *reader, guint64 at)
{
  return dio_reader_le (reader, at, 8) == 0 && dio_reader_le (reader, at + 8, 8) == 0;
}

static char *
dup_uuid (DioReader *reader, guint64 at)
{
  return g_strdup_printf ("{%08x-%04x-%04x-%04x-%012" G_GINT64_MODIFIER "x}", (guint) dio_reader_le (reader, at, 4),
                          (guint) dio_reader_le (reader, at + 4, 2), (guint) dio_reader_le (reader, at + 6, 2),
                          (guint) dio_reader_be (reader, at + 8, 2), dio_reader_be (reader, at + 10, 6));
}

static void
check_parent (DioReader *reader, DioHeader *header)
{
  guint64 type = dio_reader_le (reader, 0x4c, 4);
  g_autofree char *parent = NULL;

  if (type != TYPE_UNDO && type != TYPE_DIFFERENCING && is_null (reader, 0x1a8) && is_null (reader, 0x1b8))
    return;
  parent = is_null (reader, 0x1a8) ? g_strdup ("") : dup_uuid (reader, 0x1a8);
  dio_header_refer (header, DIO_IMAGE_REFERENCE_PARENT, parent);
}

/* Blocks are written whole. */
static void
check_map (DioReader *reader, DioHeader *header, guint64 n)
{
  guint64 map = dio_reader_le (reader, 0x154, 4), data = dio_reader_le (reader, 0x158, 4), n_used = 0;

  if (!dio_header_need (header, reader, map, n * 4, _ ("its tables are outside of the file")))
    return;
  for (guint64 i = 0; i < MIN (n, MAX_BLOCKS_READ); i++)
    {
      guint64 block = dio_reader_le (reader, map + 4 * i, 4);

      if (block < BLOCK_DISCARDED)
        n_used = MAX (n_used, block + 1);
    }
  dio_header_need (header, reader, data, n_used * BLOCK_SIZE, _ ("its data is outside of the file"));
}

static void
check_sizes (DioReader *reader, DioHeader *header)
{
  guint64 n = dio_reader_le (reader, 0x180, 4), sector = dio_reader_le (reader, 0x168, 4);
  guint64 block = dio_reader_le (reader, 0x178, 4), type = dio_reader_le (reader, 0x4c, 4);

  if (dio_reader_le (reader, 0x154, 4) % 512 != 0 || dio_reader_le (reader, 0x154, 4) < HEADER_SIZE ||
      dio_reader_le (reader, 0x158, 4) % 512 != 0 || header->virtual_size == 0 || n > MAX_BLOCKS || sector != 512 ||
      block < sector || (block & (block - 1)) != 0 || type < TYPE_DYNAMIC || type > TYPE_DIFFERENCING)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
  else if (block != BLOCK_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_OTHER_FORMAT, _ ("a VirtualBox disk with blocks of an unusual size"));
  else if (header->virtual_size > n * BLOCK_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its tables are too small for its disk"));
  else
    check_map (reader, header, n);
}

gboolean
dio_header_parse_vdi (DioReader *reader, DioHeader *header)
{
  guint64 version = dio_reader_le (reader, 0x44, 4);

  if (!DIO_READER_HAS (reader, 0x40, "\x7f\x10\xda\xbe"))
    return FALSE;
  header->format = "vdi";
  header->version = (guint) (version >> 16);
  header->virtual_size = dio_reader_le (reader, 0x170, 8);
  if (dio_reader_get_size (reader) < HEADER_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  else if (version != VERSION)
    {
      g_autofree char *name =
          g_strdup_printf (_ ("version %u.%u"), (guint) (version >> 16), (guint) (version & 0xffff));

      dio_header_set_problem (header, DIO_IMAGE_NEWER, name);
    }
  else
    {
      check_sizes (reader, header);
      check_parent (reader, header);
    }
  return TRUE;
}
