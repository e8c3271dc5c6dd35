/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/crc32c.h"

#define POLYNOMIAL 0x82f63b78 /* bits reversed */

static guint32
divide (guint32 value, guint n_bits)
{
  for (guint bit = 0; bit < n_bits; bit++)
    value = value >> 1 ^ (POLYNOMIAL & -(value & 1));
  return value;
}

guint32
dio_crc32c (const guint8 *data, gsize size)
{
  guint32 table[256], crc = ~0u;

  for (guint32 i = 0; i < G_N_ELEMENTS (table); i++)
    table[i] = divide (i, 8);
  for (gsize i = 0; i < size; i++)
    crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xff];
  return ~crc;
}
