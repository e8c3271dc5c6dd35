/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>

/* A disk that is encrypted as a whole. Fields: cryptsetup's "LUKS1 On-Disk Format Specification". QEMU reads version 1
 * only; and what is of version 2 by default today (argon2id, sectors of 4096 bytes) cannot be made one of version 1 by
 * “cryptsetup convert”. */

#define HEADER_SIZE 592
#define SLOT_SIZE 48
#define N_SLOTS 8
#define SLOTS 208
#define SLOT_ACTIVE 0x00ac71f3
#define MAX_KEY 512
#define MAX_STRIPES 65536

/* The keys that are in use are inside the file; at least one is. */
static void
check_slots (DioReader *reader, DioHeader *header)
{
  guint64 key = dio_reader_be (reader, 108, 4);
  gboolean active = FALSE;

  for (guint i = 0; i < N_SLOTS; i++)
    {
      guint64 at = SLOTS + SLOT_SIZE * i, stripes = dio_reader_be (reader, at + 44, 4);

      if (dio_reader_be (reader, at, 4) != SLOT_ACTIVE)
        continue;
      active = TRUE;
      if (stripes > MAX_STRIPES)
        dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("what it says of its encryption contradicts itself"));
      else
        dio_header_need (header, reader, dio_reader_be (reader, at + 40, 4) * 512, key * stripes,
                         _ ("the keys of its encryption are outside of the file"));
    }
  if (key == 0 || key > MAX_KEY || !active)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("the keys of its encryption are missing"));
}

gboolean
dio_header_parse_luks (DioReader *reader, DioHeader *header)
{
  guint64 data = dio_reader_be (reader, 104, 4) * 512, size = dio_reader_get_size (reader);

  if (!DIO_READER_HAS (reader, 0, "LUKS\xba\xbe"))
    return FALSE;
  header->version = (guint) dio_reader_be (reader, 6, 2);
  if (header->version == 2)
    {
      dio_header_set_problem (header, DIO_IMAGE_OTHER_FORMAT, DIO_HEADER_LUKS_2);
      return TRUE;
    }
  header->format = "luks";
  header->encryption = "luks";
  header->virtual_size = size > data ? size - data : 0;
  if (header->version != 1)
    {
      g_autofree char *name = g_strdup_printf (_ ("version %u"), header->version);

      dio_header_set_problem (header, DIO_IMAGE_NEWER, name);
    }
  else if (size < HEADER_SIZE || data >= size)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  else
    {
      check_slots (reader, header);
      dio_header_set_problem (header, DIO_IMAGE_ENCRYPTED, NULL);
    }
  return TRUE;
}
