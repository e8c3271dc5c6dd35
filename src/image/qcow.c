/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>

/* The format before qcow2. Fields and bounds: what QEMU's driver takes, which is all that describes it. */

#define HEADER_SIZE 48
#define ENCRYPTION_AES 1

gboolean
dio_header_parse_qcow (DioReader *reader, DioHeader *header)
{
  guint64 cluster_bits = dio_reader_be (reader, 32, 1), table_bits = dio_reader_be (reader, 33, 1);
  guint64 size = dio_reader_be (reader, 24, 8), encryption = dio_reader_be (reader, 36, 4), n;
  guint shift = (guint) (cluster_bits + table_bits);

  if (!DIO_READER_HAS (reader, 0, "QFI\xfb\0\0\0\1"))
    return FALSE;
  header->format = "qcow";
  header->version = 1;
  header->virtual_size = size;
  if (dio_reader_get_size (reader) < HEADER_SIZE)
    dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
  else if (size <= 1 || size > G_MAXINT64)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its disk is of an impossible size"));
  else if (cluster_bits < 9 || cluster_bits > 16 || table_bits < 6 || table_bits > 13)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
  else
    {
      n = (size >> shift) + ((size & ((G_GUINT64_CONSTANT (1) << shift) - 1)) != 0);
      if (n > G_MAXINT / 8)
        dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
      else
        dio_header_need (header, reader, dio_reader_be (reader, 40, 8), n * 8,
                         _ ("its tables are outside of the file"));
      if (dio_reader_be (reader, 8, 8) != 0)
        dio_header_take_parent (header, reader, dio_reader_be (reader, 8, 8), dio_reader_be (reader, 16, 4));
    }
  if (encryption > ENCRYPTION_AES)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("what it says of its encryption contradicts itself"));
  else if (encryption == ENCRYPTION_AES)
    {
      header->encryption = "aes";
      dio_header_set_problem (header, DIO_IMAGE_ENCRYPTED, NULL);
    }
  return TRUE;
}
