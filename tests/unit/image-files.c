/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image-files.h"

#include "image/crc32c.h"

#include <string.h>

#define KIB 1024
#define MIB (1024 * KIB)

static GByteArray *
make (gsize size)
{
  GByteArray *image = g_byte_array_new ();

  g_byte_array_set_size (image, (guint) size);
  memset (image->data, 0, size);
  return image;
}

void
image_files_put (GByteArray *image, gsize offset, const void *bytes, gsize n)
{
  g_assert_cmpuint (offset + n, <=, image->len);
  memcpy (image->data + offset, bytes, n);
}

void
image_files_put_be (GByteArray *image, gsize offset, guint n_bytes, guint64 value)
{
  g_assert_cmpuint (offset + n_bytes, <=, image->len);
  for (guint i = 0; i < n_bytes; i++)
    image->data[offset + i] = (guint8) (value >> 8 * (n_bytes - 1 - i));
}

void
image_files_put_le (GByteArray *image, gsize offset, guint n_bytes, guint64 value)
{
  g_assert_cmpuint (offset + n_bytes, <=, image->len);
  for (guint i = 0; i < n_bytes; i++)
    image->data[offset + i] = (guint8) (value >> 8 * i);
}

/* Clusters of 512 bytes: header, table and block of reference counts, L1, one L2, one of data; a snapshot. */
GByteArray *
image_files_qcow2 (void)
{
  GByteArray *image = make (7 * 512);

  image_files_put_text (image, 0, "QFI\xfb\0\0\0\3");
  image_files_put_be (image, 20, 4, 9);
  image_files_put_be (image, 24, 8, MIB);
  image_files_put_be (image, 36, 4, 32);
  image_files_put_be (image, 40, 8, 3 * 512);
  image_files_put_be (image, 48, 8, 512);
  image_files_put_be (image, 56, 4, 1);
  image_files_put_be (image, 60, 4, 1);
  image_files_put_be (image, 64, 8, 6 * 512);
  image_files_put_be (image, 96, 4, 4);
  image_files_put_be (image, 100, 4, 104);
  image_files_put_be (image, 512, 8, 2 * 512);
  for (guint i = 0; i < 7; i++)
    image_files_put_be (image, 2 * 512 + 2 * i, 2, 1);
  image_files_put_be (image, 3 * 512, 8, G_GUINT64_CONSTANT (1) << 63 | 4 * 512);
  image_files_put_be (image, 4 * 512, 8, G_GUINT64_CONSTANT (1) << 63 | 5 * 512);
  image_files_put_be (image, 6 * 512 + 12, 2, 1);
  image_files_put_be (image, 6 * 512 + 14, 2, 6);
  image_files_put_be (image, 6 * 512 + 16, 4, 1700000000);
  image_files_put_be (image, 6 * 512 + 36, 4, 16);
  image_files_put_be (image, 6 * 512 + 40, 8, 4096);
  image_files_put_text (image, 6 * 512 + 56, "1monday");
  return image;
}

GByteArray *
image_files_layer (const char *name, const char *format)
{
  GByteArray *image = image_files_qcow2 ();
  gsize length = strlen (name), at = 104;

  if (format != NULL)
    {
      image_files_put_be (image, at, 4, 0xe2792aca);
      image_files_put_be (image, at + 4, 4, strlen (format));
      image_files_put (image, at + 8, format, strlen (format));
      at += 8 + (strlen (format) + 7) / 8 * 8;
    }
  image_files_put_be (image, 8, 8, at + 8);
  image_files_put_be (image, 16, 4, length);
  image_files_put (image, at + 8, name, length);
  return image;
}

GByteArray *
image_files_qcow (void)
{
  GByteArray *image = make (512);

  image_files_put_text (image, 0, "QFI\xfb\0\0\0\1");
  image_files_put_be (image, 24, 8, 8 * MIB);
  image_files_put_be (image, 32, 1, 12);
  image_files_put_be (image, 33, 1, 9);
  image_files_put_be (image, 40, 8, 48);
  return image;
}

GByteArray *
image_files_qed (void)
{
  GByteArray *image = make (2 * 4096);

  image_files_put_text (image, 0, "QED\0");
  image_files_put_le (image, 4, 4, 4096);
  image_files_put_le (image, 8, 4, 1);
  image_files_put_le (image, 12, 4, 1);
  image_files_put_le (image, 40, 8, 4096);
  image_files_put_le (image, 48, 8, 8 * MIB);
  return image;
}

static void
put_vmdk_header (GByteArray *image, gsize at, guint64 directory)
{
  image_files_put_text (image, at, "KDMV\1\0\0\0");
  image_files_put_le (image, at + 12, 8, 8 * MIB / 512);
  image_files_put_le (image, at + 20, 8, 128);
  image_files_put_le (image, at + 28, 8, 1);
  image_files_put_le (image, at + 36, 8, 20);
  image_files_put_le (image, at + 44, 4, 512);
  image_files_put_le (image, at + 56, 8, directory);
  image_files_put_le (image, at + 64, 8, 26);
}

/* Header, descriptor, directory, one table, data. */
GByteArray *
image_files_vmdk (void)
{
  GByteArray *image = make (154 * 512);

  put_vmdk_header (image, 0, 21);
  image_files_put_text (image, 512,
                        "# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n"
                        "RW 16384 SPARSE \"x.vmdk\"\n");
  image_files_put_le (image, 21 * 512, 4, 22);
  image_files_put_le (image, 22 * 512, 4, 26);
  return image;
}

GByteArray *
image_files_vmdk_stream (void)
{
  GByteArray *image = image_files_vmdk ();

  image_files_put_le (image, 56, 8, G_MAXUINT64);
  g_byte_array_set_size (image, 157 * 512);
  memset (image->data + 154 * 512, 0, 3 * 512);
  image_files_put_le (image, 154 * 512 + 12, 4, 3);
  put_vmdk_header (image, 155 * 512, 21);
  image_files_put_le (image, 155 * 512 + 77, 2, 1);
  return image;
}

GByteArray *
image_files_vdi (void)
{
  GByteArray *image = make (1024 + MIB);

  image_files_put_text (image, 0x40, "\x7f\x10\xda\xbe\x01\x00\x01\x00");
  image_files_put_le (image, 0x4c, 4, 1);
  image_files_put_le (image, 0x154, 4, 512);
  image_files_put_le (image, 0x158, 4, 1024);
  image_files_put_le (image, 0x168, 4, 512);
  image_files_put_le (image, 0x170, 8, 8 * MIB);
  image_files_put_le (image, 0x178, 4, MIB);
  image_files_put_le (image, 0x180, 4, 8);
  memset (image->data + 512, 0xff, 32);
  image_files_put_le (image, 512, 4, 0);
  return image;
}

static void
put_vhd_footer (GByteArray *image, gsize at, guint type, guint64 header)
{
  image_files_put_text (image, at, "conectix\0\0\0\2\0\1\0\0");
  image_files_put_be (image, at + 16, 8, header);
  image_files_put_text (image, at + 28, "win ");
  image_files_put_be (image, at + 48, 8, 8 * MIB);
  image_files_put_be (image, at + 60, 4, type);
}

static void
seal_footer (GByteArray *image, gsize at)
{
  guint32 sum = 0;

  image_files_put_be (image, at + 64, 4, 0);
  for (guint i = 0; i < 512; i++)
    sum += image->data[at + i];
  image_files_put_be (image, at + 64, 4, ~sum);
}

void
image_files_seal_vhd (GByteArray *image)
{
  if (memcmp (image->data, "conectix", 8) == 0)
    seal_footer (image, 0);
  seal_footer (image, image->len - 512);
}

/* Footer, header, table, one block with its bitmap, footer. */
GByteArray *
image_files_vhd (void)
{
  GByteArray *image = make (512 + 1024 + 512 + 512 + 2 * MIB + 512);

  put_vhd_footer (image, 0, 3, 512);
  put_vhd_footer (image, image->len - 512, 3, 512);
  image_files_put_text (image, 512, "cxsparse");
  image_files_put_be (image, 512 + 16, 8, 1536);
  image_files_put_be (image, 512 + 28, 4, 4);
  image_files_put_be (image, 512 + 32, 4, 2 * MIB);
  memset (image->data + 1536, 0xff, 512);
  image_files_put_be (image, 1536, 4, 4);
  image_files_seal_vhd (image);
  return image;
}

GByteArray *
image_files_vhd_fixed (void)
{
  GByteArray *image = make (8 * MIB + 512);

  put_vhd_footer (image, 8 * MIB, 2, G_MAXUINT64);
  image_files_seal_vhd (image);
  return image;
}

static void
seal_block (GByteArray *image, gsize at, gsize size)
{
  image_files_put_le (image, at + 4, 4, 0);
  image_files_put_le (image, at + 4, 4, dio_crc32c (image->data + at, size));
}

void
image_files_seal_vhdx (GByteArray *image)
{
  seal_block (image, 64 * KIB, 4 * KIB);
  seal_block (image, 128 * KIB, 4 * KIB);
  seal_block (image, 192 * KIB, 64 * KIB);
}

static void
put_vhdx_item (GByteArray *image, guint i, const char *id, guint n_bytes, guint64 value)
{
  gsize at = 2 * MIB + 32 + 32 * i;

  image_files_put (image, at, id, 16);
  image_files_put_le (image, at + 16, 4, 64 * KIB + 16 * i);
  image_files_put_le (image, at + 20, 4, n_bytes);
  image_files_put_le (image, at + 24, 4, 4);
  image_files_put_le (image, 2 * MIB + 64 * KIB + 16 * i, n_bytes, value);
}

/* Headers, regions; at 1 MiB the map, at 2 MiB the metadata, at 3 MiB the one block that is there. */
GByteArray *
image_files_vhdx (void)
{
  GByteArray *image = make (4 * MIB);

  image_files_put_text (image, 0, "vhdxfile");
  for (guint i = 1; i <= 2; i++)
    {
      image_files_put_text (image, i * 64 * KIB, "head");
      image_files_put_le (image, i * 64 * KIB + 8, 8, i);
      image_files_put_le (image, i * 64 * KIB + 66, 2, 1);
    }
  image_files_put_text (image, 192 * KIB, "regi\0\0\0\0\2");
  image_files_put_text (image, 192 * KIB + 16, "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08");
  image_files_put_le (image, 192 * KIB + 32, 8, MIB);
  image_files_put_le (image, 192 * KIB + 40, 8, G_GUINT64_CONSTANT (1) << 32 | MIB);
  image_files_put_text (image, 192 * KIB + 48, "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e");
  image_files_put_le (image, 192 * KIB + 64, 8, 2 * MIB);
  image_files_put_le (image, 192 * KIB + 72, 8, G_GUINT64_CONSTANT (1) << 32 | MIB);
  image_files_put_le (image, MIB, 8, 3 * MIB | 6);
  image_files_put_text (image, 2 * MIB, "metadata\0\0\5");
  put_vhdx_item (image, 0, "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b", 8, MIB);
  put_vhdx_item (image, 1, "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8", 8, 8 * MIB);
  put_vhdx_item (image, 2, "\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46", 8, 1);
  put_vhdx_item (image, 3, "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f", 4, 512);
  put_vhdx_item (image, 4, "\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51\xc5\x56", 4, 4096);
  image_files_seal_vhdx (image);
  return image;
}

GByteArray *
image_files_luks (void)
{
  GByteArray *image = make (16 * KIB);

  image_files_put_text (image, 0, "LUKS\xba\xbe\0\1");
  image_files_put_be (image, 104, 4, 16);
  image_files_put_be (image, 108, 4, 32);
  image_files_put_be (image, 208, 4, 0x00ac71f3);
  image_files_put_be (image, 248, 4, 8);
  image_files_put_be (image, 252, 4, 100);
  return image;
}

GByteArray *
image_files_disc (void)
{
  GByteArray *image = make (200 * 2048);

  image_files_put_text (image, 16 * 2048, "\1CD001\1");
  image_files_put_le (image, 16 * 2048 + 80, 4, 200);
  image_files_put_be (image, 16 * 2048 + 84, 4, 200);
  image_files_put_le (image, 16 * 2048 + 128, 2, 2048);
  image_files_put_be (image, 16 * 2048 + 130, 2, 2048);
  image_files_put_text (image, 17 * 2048,
                        "\xff"
                        "CD001\1");
  return image;
}

GByteArray *
image_files_gpt (void)
{
  GByteArray *image = make (MIB);

  image_files_put_text (image, 510, "\x55\xaa");
  image_files_put_text (image, 512, "EFI PART");
  image_files_put_le (image, 512 + 24, 8, 1);
  image_files_put_le (image, 512 + 32, 8, MIB / 512 - 1);
  return image;
}
