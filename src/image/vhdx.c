/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include "image/crc32c.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Hyper-V's disks. Fields: Microsoft's [MS-VHDX]; bounds: QEMU's driver, which takes sectors of 512 bytes only. */

#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
#define HEADER_1 (64 * KIB)
#define HEADER_2 (128 * KIB)
#define HEADER_SIZE (4 * KIB)
#define REGIONS (192 * KIB)
#define REGIONS_SIZE (64 * KIB)
#define MAX_ENTRIES 2047
#define METADATA_SIZE (64 * KIB)
#define MAX_DISK (64 * MIB * MIB)
#define MAX_MAP_READ (512 * 1024) /* entries */
#define REQUIRED_REGION 1
#define REQUIRED_METADATA 4
#define HAS_PARENT 2
#define BLOCK_PRESENT 6

typedef enum
{
  ITEM_PARAMETERS,
  ITEM_SIZE,
  ITEM_PAGE_83,
  ITEM_LOGICAL_SECTOR,
  ITEM_PHYSICAL_SECTOR,
  ITEM_PARENT,
  N_ITEMS
} Item;

/* As they stand in the file. */
static const char map_id[] = "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08";
static const char metadata_id[] = "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
static const char *const item_ids[N_ITEMS] = {
  [ITEM_PARAMETERS] = "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b",
  [ITEM_SIZE] = "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8",
  [ITEM_PAGE_83] = "\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46",
  [ITEM_LOGICAL_SECTOR] = "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f",
  [ITEM_PHYSICAL_SECTOR] = "\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51\xc5\x56",
  [ITEM_PARENT] = "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c",
};

typedef struct
{
  DioReader *reader;
  DioHeader *header;
  guint64 map, map_size;
  guint64 metadata, metadata_size;
  guint64 items[N_ITEMS]; /* where; 0: nowhere */
} Parser;

static guint64
le (Parser *self, guint64 offset, guint n_bytes)
{
  return dio_reader_le (self->reader, offset, n_bytes);
}

static gboolean
broken (Parser *self, const char *what)
{
  dio_header_set_problem (self->header, DIO_IMAGE_BROKEN, what);
  return FALSE;
}

/* The CRC of SIZE bytes, the four at its own place taken as zeros. */
static gboolean
has_checksum (Parser *self, guint64 at, gsize size)
{
  g_autofree guint8 *block = g_malloc (size);

  if (!dio_reader_read (self->reader, at, block, size))
    return FALSE;
  memset (block + 4, 0, 4);
  return dio_crc32c (block, size) == le (self, at + 4, 4);
}

static gboolean
is_header (Parser *self, guint64 at)
{
  return DIO_READER_HAS (self->reader, at, "head") && has_checksum (self, at, HEADER_SIZE) &&
         le (self, at + 66, 2) == 1;
}

/* Of two, the one that was written last. */
static gboolean
read_header (Parser *self)
{
  gboolean first = is_header (self, HEADER_1), second = is_header (self, HEADER_2);
  guint64 at;

  if (!first && !second)
    return broken (self, _ ("neither copy of its header is whole"));
  at = first && (!second || le (self, HEADER_1 + 8, 8) >= le (self, HEADER_2 + 8, 8)) ? HEADER_1 : HEADER_2;
  self->header->version = (guint) le (self, at + 66, 2);
  if (le (self, at + 48, 8) != 0 || le (self, at + 56, 8) != 0)
    self->header->flags |= DIO_IMAGE_DIRTY; /* it has a log of what was being written */
  return TRUE;
}

static gboolean
read_region (Parser *self, guint64 at)
{
  guint64 offset = le (self, at + 16, 8), size = le (self, at + 24, 4);
  gboolean is_map = dio_reader_has (self->reader, at, map_id, 16);

  if (!is_map && !dio_reader_has (self->reader, at, metadata_id, 16))
    {
      if ((le (self, at + 28, 4) & REQUIRED_REGION) == 0)
        return TRUE;
      dio_header_set_problem (self->header, DIO_IMAGE_NEWER, _ ("a region of an unknown kind"));
      return FALSE;
    }
  if (offset < MIB || offset % MIB != 0 || size == 0 || (is_map ? self->map : self->metadata) != 0)
    return broken (self, _ ("its tables are outside of the file"));
  if (is_map)
    {
      self->map = offset;
      self->map_size = size;
    }
  else
    {
      self->metadata = offset;
      self->metadata_size = size;
    }
  return TRUE;
}

static gboolean
read_regions (Parser *self)
{
  guint64 at = REGIONS, n;

  /* The second copy is for what wrote only the first half of one. */
  if (!DIO_READER_HAS (self->reader, at, "regi") || !has_checksum (self, at, REGIONS_SIZE))
    return broken (self, _ ("its header's checksum is wrong"));
  n = le (self, at + 8, 4);
  if (n > MAX_ENTRIES)
    return broken (self, _ ("its sizes cannot be"));
  for (guint64 i = 0; i < n; i++)
    if (!read_region (self, at + 16 + 32 * i))
      return FALSE;
  if (self->map == 0 || self->metadata == 0)
    return broken (self, _ ("a part of its header is missing"));
  return TRUE;
}

static gboolean
read_item (Parser *self, guint64 at)
{
  guint64 offset = le (self, at + 16, 4), length = le (self, at + 20, 4);

  for (guint i = 0; i < N_ITEMS; i++)
    if (dio_reader_has (self->reader, at, item_ids[i], 16))
      {
        if (self->items[i] != 0 || offset < METADATA_SIZE || offset > self->metadata_size ||
            length > self->metadata_size - offset)
          return broken (self, _ ("its header contradicts itself"));
        self->items[i] = self->metadata + offset;
        return TRUE;
      }
  if ((le (self, at + 24, 4) & REQUIRED_METADATA) == 0)
    return TRUE;
  dio_header_set_problem (self->header, DIO_IMAGE_NEWER, _ ("properties of an unknown kind"));
  return FALSE;
}

static gboolean
read_metadata (Parser *self)
{
  guint64 n = le (self, self->metadata + 10, 2);

  if (!dio_header_need (self->header, self->reader, self->metadata, METADATA_SIZE,
                        _ ("a part of its header is outside of the file")))
    return FALSE;
  if (!DIO_READER_HAS (self->reader, self->metadata, "metadata") || n > MAX_ENTRIES)
    return broken (self, _ ("a part of its header is missing"));
  for (guint64 i = 0; i < n; i++)
    if (!read_item (self, self->metadata + 32 + 32 * i))
      return FALSE;
  for (guint i = 0; i < ITEM_PARENT; i++)
    if (self->items[i] == 0)
      return broken (self, _ ("a part of its header is missing"));
  return TRUE;
}

static char *
dup_utf16 (Parser *self, guint64 at, guint64 n_bytes)
{
  gsize n = MIN (n_bytes / 2, 512);
  g_autofree gunichar2 *text = g_new0 (gunichar2, n + 1);

  for (gsize i = 0; i < n; i++)
    text[i] = (gunichar2) le (self, at + 2 * i, 2);
  return g_utf16_to_utf8 (text, -1, NULL, NULL, NULL);
}

/* Its locator has keys and values, one of which is a path. */
static void
refer_to_parent (Parser *self)
{
  guint64 at = self->items[ITEM_PARENT], n = at != 0 ? MIN (le (self, at + 18, 2), 16) : 0;
  g_autofree char *name = NULL;

  for (guint64 i = 0; i < n && name == NULL; i++)
    {
      guint64 entry = at + 20 + 12 * i;
      g_autofree char *key = dup_utf16 (self, at + le (self, entry, 4), le (self, entry + 8, 2));

      if (key != NULL && (g_str_equal (key, "relative_path") || g_str_equal (key, "absolute_win32_path")))
        name = dup_utf16 (self, at + le (self, entry + 4, 4), le (self, entry + 10, 2));
    }
  dio_header_refer (self->header, DIO_IMAGE_REFERENCE_PARENT, name != NULL ? name : "");
}

/* Each block that is there is inside the file; it is written whole. After each chunk of blocks the map has an entry
 * for those that are only half there, which disks with a parent have. */
static void
check_map (Parser *self, guint64 block)
{
  guint64 size = self->header->virtual_size, chunk = (MIB * 8 * 512) / block, highest = 0;
  guint64 n = (size - 1) / block + 1, entries = n + (n - 1) / chunk;

  if (entries * 8 > self->map_size)
    {
      broken (self, _ ("its tables are too small for its disk"));
      return;
    }
  if (!dio_header_need (self->header, self->reader, self->map, entries * 8, _ ("its tables are outside of the file")))
    return;
  for (guint64 i = 0; i < MIN (entries, MAX_MAP_READ); i++)
    {
      guint64 entry = le (self, self->map + 8 * i, 8);

      if ((entry & 7) == BLOCK_PRESENT && (i + 1) % (chunk + 1) != 0)
        highest = MAX (highest, entry & ~(MIB - 1));
    }
  if (highest != 0)
    dio_header_need (self->header, self->reader, highest, block, _ ("its data is outside of the file"));
}

static void
check_disk (Parser *self)
{
  guint64 block = le (self, self->items[ITEM_PARAMETERS], 4), flags = le (self, self->items[ITEM_PARAMETERS] + 4, 4);
  guint64 size = le (self, self->items[ITEM_SIZE], 8), sector = le (self, self->items[ITEM_LOGICAL_SECTOR], 4);

  if (flags & HAS_PARENT)
    refer_to_parent (self);
  if (sector == 4096)
    dio_header_set_problem (self->header, DIO_IMAGE_OTHER_FORMAT, _ ("a Hyper-V disk with sectors of 4096 bytes"));
  else if (size == 0 || size % 512 != 0 || size > MAX_DISK)
    broken (self, _ ("its disk is of an impossible size"));
  else if (sector != 512 || block < MIB || block > 256 * MIB || (block & (block - 1)) != 0)
    broken (self, _ ("its sizes cannot be"));
  else
    {
      self->header->virtual_size = size;
      check_map (self, block);
    }
}

gboolean
dio_header_parse_vhdx (DioReader *reader, DioHeader *header)
{
  Parser self = { .reader = reader, .header = header };

  if (!DIO_READER_HAS (reader, 0, "vhdxfile"))
    return FALSE;
  header->format = "vhdx";
  if (dio_reader_get_size (reader) < REGIONS + REGIONS_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  else if (read_header (&self) && read_regions (&self) && read_metadata (&self))
    check_disk (&self);
  return TRUE;
}
