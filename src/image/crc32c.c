/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/crc32c.h"

#define POLYNOMIAL 0x82f63b78 /* bits reversed */

guint32
dio_crc32c (const guint8 *data, gsize size)
{
  guint32 crc = ~0u;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
    }
  return ~crc;
}
