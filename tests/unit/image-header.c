/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/header.h"

#include "image-files.h"

#include <string.h>

#define MIB (1024 * 1024)
#define HUGE (G_GUINT64_CONSTANT (1) << 63)

typedef struct
{
  gsize offset;
  guint n_bytes;
  guint64 value;
  DioImageProblem problem;
} Change;

typedef struct
{
  const char *name;
  GByteArray *(*make) (void);
  void (*seal) (GByteArray *image); /* checksums */
  const char *format;
  guint64 virtual_size;
  DioImageProblem problem; /* of the whole image */
  gsize needed;            /* shorter ones are not whole */
  gboolean big_endian;
  const Change *changes; /* to a number that is 0 bytes long */
} Format;

static const Change qcow2_changes[] = {
  { 4, 4, 4, DIO_IMAGE_NEWER },
  { 20, 4, 8, DIO_IMAGE_BROKEN },
  { 20, 4, 22, DIO_IMAGE_BROKEN },
  { 20, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 24, 8, 0, DIO_IMAGE_BROKEN },
  { 24, 8, HUGE, DIO_IMAGE_BROKEN },
  { 24, 8, G_MAXUINT64, DIO_IMAGE_BROKEN },
  { 24, 8, MIB + 512, DIO_IMAGE_BROKEN }, /* more than the L1 table has */
  { 32, 4, 1, DIO_IMAGE_ENCRYPTED },
  { 32, 4, 2, DIO_IMAGE_BROKEN }, /* LUKS without its header */
  { 32, 4, 3, DIO_IMAGE_NEWER },
  { 36, 4, 31, DIO_IMAGE_BROKEN },
  { 36, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 40, 8, 0, DIO_IMAGE_BROKEN },
  { 40, 8, 3 * 512 + 8, DIO_IMAGE_BROKEN },
  { 40, 8, HUGE, DIO_IMAGE_BROKEN },
  { 40, 8, MIB, DIO_IMAGE_TRUNCATED },
  { 48, 8, G_MAXUINT64 - 511, DIO_IMAGE_BROKEN },
  { 48, 8, 0, DIO_IMAGE_BROKEN },
  { 48, 8, MIB, DIO_IMAGE_TRUNCATED },
  { 56, 4, 0, DIO_IMAGE_BROKEN },
  { 56, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 60, 4, 65537, DIO_IMAGE_BROKEN },
  { 64, 8, HUGE - 512, DIO_IMAGE_BROKEN },
  { 8, 8, G_MAXUINT64 - 4, DIO_IMAGE_BROKEN },
  { 8, 8, 256, DIO_IMAGE_BROKEN },                                       /* a name of no bytes */
  { 72, 8, 1, DIO_IMAGE_GOOD },                                          /* dirty */
  { 72, 8, 2, DIO_IMAGE_CORRUPT },                                       /* corrupt */
  { 72, 8, 4, DIO_IMAGE_REFERS },                                        /* a data file */
  { 72, 8, 8, DIO_IMAGE_BROKEN },                                        /* compressed otherwise, and no word how */
  { 72, 8, 16, DIO_IMAGE_BROKEN },                                       /* subclusters smaller than a sector */
  { 72, 8, 32, DIO_IMAGE_NEWER },                                        /* unknown */
  { 72, 8, HUGE, DIO_IMAGE_NEWER },                                      /* unknown */
  { 80, 8, G_MAXUINT64, DIO_IMAGE_GOOD },                                /* compatible */
  { 88, 8, 2, DIO_IMAGE_BROKEN },                                        /* its data is raw, elsewhere */
  { 96, 4, 7, DIO_IMAGE_BROKEN },                                        /* reference counts of 128 bits */
  { 100, 4, 72, DIO_IMAGE_BROKEN },                                      /* shorter than its version has it */
  { 100, 4, 513, DIO_IMAGE_BROKEN },                                     /* longer than a cluster */
  { 104, 8, G_GUINT64_CONSTANT (0x1234567800000200), DIO_IMAGE_BROKEN }, /* an extension that is too long */
  { 3 * 512, 8, MIB, DIO_IMAGE_TRUNCATED },
  { 3 * 512, 8, G_GUINT64_CONSTANT (1) << 50, DIO_IMAGE_BROKEN },
  { 4 * 512, 8, MIB, DIO_IMAGE_TRUNCATED },
  { 6 * 512 + 36, 4, 1025, DIO_IMAGE_BROKEN },
  { 6 * 512 + 14, 2, 1000, DIO_IMAGE_TRUNCATED },
  { 0 },
};

static const Change qcow_changes[] = {
  { 24, 8, 1, DIO_IMAGE_BROKEN },      { 24, 8, G_MAXUINT64, DIO_IMAGE_BROKEN }, { 32, 1, 8, DIO_IMAGE_BROKEN },
  { 32, 1, 17, DIO_IMAGE_BROKEN },     { 33, 1, 5, DIO_IMAGE_BROKEN },           { 33, 1, 255, DIO_IMAGE_BROKEN },
  { 36, 4, 1, DIO_IMAGE_ENCRYPTED },   { 36, 4, 2, DIO_IMAGE_BROKEN },           { 40, 8, HUGE, DIO_IMAGE_BROKEN },
  { 40, 8, 500, DIO_IMAGE_TRUNCATED }, { 8, 8, 100, DIO_IMAGE_BROKEN },          { 0 },
};

static const Change qed_changes[] = {
  { 4, 4, 0, DIO_IMAGE_BROKEN },
  { 4, 4, 2048, DIO_IMAGE_BROKEN },
  { 4, 4, 4097, DIO_IMAGE_BROKEN },
  { 8, 4, 0, DIO_IMAGE_BROKEN },
  { 8, 4, 3, DIO_IMAGE_BROKEN },
  { 8, 4, 2, DIO_IMAGE_TRUNCATED },
  { 12, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 16, 8, 2, DIO_IMAGE_GOOD },
  { 16, 8, 8, DIO_IMAGE_NEWER },
  { 16, 8, 1, DIO_IMAGE_BROKEN },
  { 40, 8, 0, DIO_IMAGE_BROKEN },
  { 40, 8, 4097, DIO_IMAGE_BROKEN },
  { 40, 8, HUGE, DIO_IMAGE_BROKEN },
  { 40, 8, MIB, DIO_IMAGE_TRUNCATED },
  { 48, 8, 0, DIO_IMAGE_BROKEN },
  { 48, 8, MIB + 1, DIO_IMAGE_BROKEN },
  { 48, 8, HUGE, DIO_IMAGE_BROKEN },
  { 0 },
};

static const Change vmdk_changes[] = {
  { 4, 4, 4, DIO_IMAGE_NEWER },
  { 12, 8, 0, DIO_IMAGE_REFERS },
  { 12, 8, HUGE, DIO_IMAGE_BROKEN },
  { 20, 8, 0, DIO_IMAGE_BROKEN },
  { 20, 8, HUGE, DIO_IMAGE_BROKEN },
  { 28, 8, HUGE, DIO_IMAGE_BROKEN },
  { 36, 8, G_MAXUINT64, DIO_IMAGE_BROKEN },
  { 44, 4, 0, DIO_IMAGE_BROKEN },
  { 44, 4, 513, DIO_IMAGE_BROKEN },
  { 56, 8, HUGE, DIO_IMAGE_BROKEN },
  { 56, 8, 4096, DIO_IMAGE_TRUNCATED },
  { 64, 8, HUGE, DIO_IMAGE_BROKEN },
  { 64, 8, 4096, DIO_IMAGE_TRUNCATED },
  { 21 * 512, 4, 4096, DIO_IMAGE_TRUNCATED },
  { 22 * 512, 4, 154, DIO_IMAGE_TRUNCATED },
  { 22 * 512, 4, 153, DIO_IMAGE_GOOD },
  { 0 },
};

static const Change stream_changes[] = {
  { 154 * 512 + 12, 4, 2, DIO_IMAGE_TRUNCATED },
  { 155 * 512, 4, 0, DIO_IMAGE_TRUNCATED },
  { 156 * 512, 8, 1, DIO_IMAGE_TRUNCATED },
  { 155 * 512 + 12, 8, 0, DIO_IMAGE_BROKEN },
  { 155 * 512 + 56, 8, G_MAXUINT64, DIO_IMAGE_BROKEN },
  { 0 },
};

static const Change vdi_changes[] = {
  { 0x44, 4, 0x20000, DIO_IMAGE_NEWER },
  { 0x4c, 4, 4, DIO_IMAGE_REFERS },
  { 0x4c, 4, 5, DIO_IMAGE_BROKEN },
  { 0x154, 4, 0, DIO_IMAGE_BROKEN },
  { 0x154, 4, 513, DIO_IMAGE_BROKEN },
  { 0x154, 4, 2 * MIB, DIO_IMAGE_TRUNCATED },
  { 0x154, 4, 0xfffffe00, DIO_IMAGE_BROKEN },
  { 0x158, 4, 1, DIO_IMAGE_BROKEN },
  { 0x168, 4, 1, DIO_IMAGE_BROKEN },
  { 0x170, 8, 0, DIO_IMAGE_BROKEN },
  { 0x170, 8, HUGE, DIO_IMAGE_BROKEN },
  { 0x178, 4, 3, DIO_IMAGE_BROKEN },
  { 0x178, 4, 2 * MIB, DIO_IMAGE_OTHER_FORMAT },
  { 0x180, 4, 7, DIO_IMAGE_BROKEN },
  { 0x180, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 0x1a8, 8, 1, DIO_IMAGE_REFERS },
  { 0x1b8, 8, 1, DIO_IMAGE_REFERS },
  { 512, 4, 1, DIO_IMAGE_TRUNCATED },
  { 512, 4, 0xfffffffd, DIO_IMAGE_BROKEN },
  { 0 },
};

static const Change vhd_changes[] = {
  { 16, 8, HUGE, DIO_IMAGE_BROKEN },
  { 16, 8, 3 * MIB, DIO_IMAGE_TRUNCATED },
  { 48, 8, 0, DIO_IMAGE_BROKEN },
  { 48, 8, HUGE, DIO_IMAGE_BROKEN },
  { 60, 4, 4, DIO_IMAGE_REFERS },
  { 60, 4, 2, DIO_IMAGE_BROKEN },
  { 512, 1, 0, DIO_IMAGE_BROKEN },
  { 528, 8, HUGE, DIO_IMAGE_BROKEN },
  { 528, 8, 3 * MIB, DIO_IMAGE_TRUNCATED },
  { 540, 4, 3, DIO_IMAGE_BROKEN },
  { 540, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 544, 4, 0, DIO_IMAGE_BROKEN },
  { 544, 4, 3, DIO_IMAGE_BROKEN },
  { 1536, 4, 6, DIO_IMAGE_TRUNCATED },
  { 0 },
};

static const Change vhd_fixed_changes[] = {
  { 8 * MIB + 60, 4, 4, DIO_IMAGE_REFERS },
  { 8 * MIB + 60, 4, 3, DIO_IMAGE_BROKEN },
  { 8 * MIB + 48, 8, 0, DIO_IMAGE_BROKEN },
  { 8 * MIB + 48, 8, 9 * MIB, DIO_IMAGE_TRUNCATED },
  { 0 },
};

#define REGIONS (192 * 1024)
#define METADATA (2 * MIB)
#define ITEMS (METADATA + 64 * 1024)

static const Change vhdx_changes[] = {
  { 2 * 65536 + 48, 8, 1, DIO_IMAGE_GOOD }, /* dirty */
  { REGIONS + 8, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { REGIONS + 8, 4, 1, DIO_IMAGE_BROKEN },
  { REGIONS + 16, 1, 0, DIO_IMAGE_NEWER }, /* a region that is unknown, and required */
  { REGIONS + 32, 8, 0, DIO_IMAGE_BROKEN },
  { REGIONS + 32, 8, MIB + 1, DIO_IMAGE_BROKEN },
  { REGIONS + 32, 8, HUGE, DIO_IMAGE_BROKEN },
  { REGIONS + 40, 4, 0, DIO_IMAGE_BROKEN },
  { REGIONS + 40, 4, 56, DIO_IMAGE_BROKEN }, /* a map of seven entries, for eight blocks */
  { METADATA, 1, 0, DIO_IMAGE_BROKEN },
  { METADATA + 10, 2, 2048, DIO_IMAGE_BROKEN },
  { METADATA + 10, 2, 4, DIO_IMAGE_BROKEN },
  { METADATA + 32, 1, 0, DIO_IMAGE_NEWER },
  { METADATA + 48, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { METADATA + 48, 4, 0, DIO_IMAGE_BROKEN },
  { METADATA + 52, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { ITEMS, 4, 3, DIO_IMAGE_BROKEN },
  { ITEMS + 4, 4, 2, DIO_IMAGE_REFERS },
  { ITEMS + 16, 8, 0, DIO_IMAGE_BROKEN },
  { ITEMS + 16, 8, HUGE, DIO_IMAGE_BROKEN },
  { ITEMS + 48, 4, 4096, DIO_IMAGE_OTHER_FORMAT },
  { ITEMS + 48, 4, 1, DIO_IMAGE_BROKEN },
  { MIB, 8, 4 * MIB | 6, DIO_IMAGE_TRUNCATED },
  { MIB, 8, HUGE | 6, DIO_IMAGE_BROKEN },
  { 0 },
};

static const Change luks_changes[] = {
  { 6, 2, 3, DIO_IMAGE_NEWER },
  { 6, 2, 2, DIO_IMAGE_OTHER_FORMAT },
  { 104, 4, 32, DIO_IMAGE_TRUNCATED },
  { 108, 4, 0, DIO_IMAGE_BROKEN },
  { 108, 4, 513, DIO_IMAGE_BROKEN },
  { 208, 4, 0, DIO_IMAGE_BROKEN },
  { 252, 4, G_MAXUINT32, DIO_IMAGE_BROKEN },
  { 248, 4, 32, DIO_IMAGE_TRUNCATED },
  { 0 },
};

static const Change disc_changes[] = { { 0 } };
static const Change gpt_changes[] = { { 512 + 32, 8, 2048, DIO_IMAGE_TRUNCATED },
                                      { 512 + 32, 8, G_MAXUINT64, DIO_IMAGE_GOOD },
                                      { 0 } };

static const Format formats[] = {
  { "qcow2", image_files_qcow2, NULL, "qcow2", MIB, DIO_IMAGE_GOOD, 6 * 512 + 63, TRUE, qcow2_changes },
  { "qcow", image_files_qcow, NULL, "qcow", 8 * MIB, DIO_IMAGE_GOOD, 80, TRUE, qcow_changes },
  { "qed", image_files_qed, NULL, "qed", 8 * MIB, DIO_IMAGE_GOOD, 2 * 4096, FALSE, qed_changes },
  { "vmdk", image_files_vmdk, NULL, "vmdk", 8 * MIB, DIO_IMAGE_GOOD, 26 * 512 + 1, FALSE, vmdk_changes },
  { "vmdk-stream", image_files_vmdk_stream, NULL, "vmdk", 8 * MIB, DIO_IMAGE_GOOD, 157 * 512, FALSE, stream_changes },
  { "vdi", image_files_vdi, NULL, "vdi", 8 * MIB, DIO_IMAGE_GOOD, 1024 + MIB, FALSE, vdi_changes },
  { "vhd", image_files_vhd, image_files_seal_vhd, "vpc", 8 * MIB, DIO_IMAGE_GOOD, 2 * MIB + 2560 + 511, TRUE,
    vhd_changes },
  { "vhd-fixed", image_files_vhd_fixed, image_files_seal_vhd, "vpc", 8 * MIB, DIO_IMAGE_GOOD, 8 * MIB + 512, TRUE,
    vhd_fixed_changes },
  { "vhdx", image_files_vhdx, image_files_seal_vhdx, "vhdx", 8 * MIB, DIO_IMAGE_GOOD, 4 * MIB, FALSE, vhdx_changes },
  { "luks", image_files_luks, NULL, "luks", 8192, DIO_IMAGE_ENCRYPTED, 8193, TRUE, luks_changes },
  { "disc", image_files_disc, NULL, "raw", 200 * 2048, DIO_IMAGE_GOOD, 184 * 2048, FALSE, disc_changes },
  { "gpt", image_files_gpt, NULL, "raw", MIB, DIO_IMAGE_GOOD, MIB, FALSE, gpt_changes },
};

static void
parse (GByteArray *image, DioHeader *header)
{
  g_autofree guint8 *exact = g_memdup2 (image->data, image->len); /* so that a sanitizer sees what lies behind */
  g_autoptr (DioReader) reader = dio_reader_new_for_data (exact, image->len);

  dio_header_clear (header);
  dio_header_parse (reader, header);
}

static void
test_good (gconstpointer data)
{
  const Format *format = data;
  g_autoptr (GByteArray) image = format->make ();
  g_auto (DioHeader) header = { 0 };

  parse (image, &header);
  g_assert_cmpint (header.problem, ==, format->problem);
  g_assert_cmpstr (header.format, ==, format->format);
  g_assert_cmpuint (header.virtual_size, ==, format->virtual_size);
  g_assert_null (header.parent);
  g_assert_null (header.reference);
}

static void
test_changes (gconstpointer data)
{
  const Format *format = data;

  for (guint i = 0; format->changes[i].n_bytes != 0; i++)
    {
      const Change *change = &format->changes[i];
      g_autoptr (GByteArray) image = format->make ();
      g_auto (DioHeader) header = { 0 };

      (format->big_endian ? image_files_put_be : image_files_put_le) (image, change->offset, change->n_bytes,
                                                                      change->value);
      if (format->seal != NULL)
        format->seal (image);
      parse (image, &header);
      if (header.problem != change->problem)
        g_error ("%s, change %u: problem %d (%s) instead of %d", format->name, i, header.problem, header.detail,
                 change->problem);
    }
}

/* Whatever is cut off: it is not whole, and nothing behind its end is read. */
static void
test_cut (gconstpointer data)
{
  const Format *format = data;
  g_autoptr (GByteArray) image = format->make ();
  gsize size = image->len;

  for (gsize i = 0; i < 400; i++)
    {
      gsize length = i < 200 ? i * 4 : format->needed - 1 - (i - 200) * (format->needed / 200);
      g_auto (DioHeader) header = { 0 };

      if (length >= format->needed || length == 512) /* a boot sector is a disk, too */
        continue;
      image->len = (guint) length;
      parse (image, &header);
      if (header.problem == DIO_IMAGE_GOOD || header.problem == DIO_IMAGE_ENCRYPTED)
        g_error ("%s, cut to %" G_GSIZE_FORMAT ": taken for whole", format->name, length);
    }
  image->len = (guint) MIN (format->needed, size);
  if (format->needed % 512 == 0 || !g_str_equal (format->format, "raw"))
    {
      g_auto (DioHeader) header = { 0 };

      parse (image, &header);
      g_assert_cmpint (header.problem, ==, format->problem);
    }
  image->len = (guint) size;
}

/* A checksum that is wrong. */
static void
test_checksums (void)
{
  g_auto (DioHeader) header = { 0 };
  g_autoptr (GByteArray) vhd = image_files_vhd (), vhdx = image_files_vhdx ();

  vhd->data[100] ^= 1;
  parse (vhd, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_BROKEN);
  vhdx->data[128 * 1024 + 100] ^= 1; /* the newer copy; the older one is taken */
  parse (vhdx, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_GOOD);
  vhdx->data[64 * 1024 + 100] ^= 1;
  parse (vhdx, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_BROKEN);
}

static void
test_qcow2 (void)
{
  g_autoptr (GByteArray) layer = image_files_layer ("base.qcow2", "qcow2"), image = image_files_qcow2 ();
  g_auto (DioHeader) header = { 0 };
  const DioImageSnapshot *snapshot;

  parse (layer, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_GOOD);
  g_assert_cmpstr (header.parent, ==, "base.qcow2");
  g_assert_cmpstr (header.parent_format, ==, "qcow2");
  g_assert_cmpuint (header.snapshots->len, ==, 1);
  snapshot = &g_array_index (header.snapshots, DioImageSnapshot, 0);
  g_assert_cmpstr (snapshot->id, ==, "1");
  g_assert_cmpstr (snapshot->name, ==, "monday");
  g_assert_cmpint (snapshot->date, ==, 1700000000);
  g_assert_cmpuint (snapshot->state, ==, 4096);
  g_assert_cmpint (header.flags, ==, DIO_IMAGE_SAVED_STATE);

  /* A zero in the name: QEMU would read another one than we do. */
  layer->data[128 + 2] = 0;
  parse (layer, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_BROKEN);

  /* Unknown features are named by the image. */
  image_files_put_be (image, 72, 8, 1 << 7 | 1 << 9);
  image_files_put_be (image, 104, 4, 0x6803f857);
  image_files_put_be (image, 108, 4, 48);
  image_files_put_text (image, 112, "\0\7time\ntravel");
  parse (image, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_NEWER);
  g_assert_nonnull (strstr (header.detail, "time\xef\xbf\xbdtravel"));
  g_assert_nonnull (strstr (header.detail, "feature 9"));

  /* The data file is named by the image, too; what else is wrong does not hide it. */
  image_files_put_be (image, 72, 8, 1 << 2 | 1 << 7);
  image_files_put_be (image, 104, 4, 0x44415441);
  image_files_put_text (image, 112, "/etc/passwd");
  image_files_put_be (image, 108, 4, 11);
  memset (image->data + 123, 0, 64);
  parse (image, &header);
  g_assert_cmpint (header.problem, ==, DIO_IMAGE_NEWER);
  g_assert_cmpint (header.reference_kind, ==, DIO_IMAGE_REFERENCE_DATA_FILE);
  g_assert_cmpstr (header.reference, ==, "/etc/passwd");
}

static void
assert_vmdk (const char *text, gsize at, DioImageReferenceKind kind, const char *name)
{
  g_autoptr (GByteArray) image = image_files_vmdk ();
  g_auto (DioHeader) header = { 0 };

  image_files_put (image, at, text, strlen (text));
  parse (image, &header);
  g_assert_cmpint (header.reference_kind, ==, kind);
  g_assert_cmpstr (header.reference, ==, name);
  g_assert_cmpint (header.problem, ==, kind == DIO_IMAGE_REFERENCE_NONE ? DIO_IMAGE_GOOD : DIO_IMAGE_REFERS);
}

/* What a descriptor makes QEMU open, and what it would not yet. */
static void
test_vmdk (void)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_auto (DioHeader) header = { 0 };
  const char *descriptor = "# Disk DescriptorFile\r\nversion=1\r\nRW 8 FLAT \"/etc/passwd\" 0\r\n";

  assert_vmdk ("", 600, DIO_IMAGE_REFERENCE_NONE, NULL);
  assert_vmdk ("parentFileNameHint=\"/etc/shadow\"", 5000, DIO_IMAGE_REFERENCE_PARENT, "/etc/shadow");
  assert_vmdk ("\nRW 8 SPARSE \"y.vmdk\"\n", 618, DIO_IMAGE_REFERENCE_EXTENT, "y.vmdk");
  assert_vmdk ("\nRW 8 FLAT \"y.vmdk\" 0\n", 618, DIO_IMAGE_REFERENCE_EXTENT, "y.vmdk");
  assert_vmdk ("12345678", 554, DIO_IMAGE_REFERENCE_PARENT, NULL);
  g_byte_array_append (text, (const guint8 *) descriptor, (guint) strlen (descriptor));
  parse (text, &header);
  g_assert_cmpstr (header.format, ==, "vmdk");
  g_assert_cmpint (header.reference_kind, ==, DIO_IMAGE_REFERENCE_EXTENT);
  g_assert_cmpstr (header.reference, ==, "/etc/passwd");
}

/* What is no image of any kind. */
static void
test_others (void)
{
  static const struct
  {
    const char *bytes;
    gsize n;
    DioImageProblem problem;
    guint64 unpacked;
  } others[] = {
#define OTHER(bytes, problem, unpacked) { bytes, sizeof (bytes) - 1, problem, unpacked }
    OTHER ("", DIO_IMAGE_EMPTY, 0),
    OTHER ("a", DIO_IMAGE_TEXT, 0),
    OTHER ("\0", DIO_IMAGE_UNKNOWN, 0),
    OTHER ("  <!-- x -->\n<HTML lang=de>", DIO_IMAGE_WEB_PAGE, 0),
    OTHER ("version https://git-lfs.github.com/spec/v1\noid", DIO_IMAGE_LFS_POINTER, 0),
    OTHER ("<?xml version=\"1.0\"?><Envelope/>", DIO_IMAGE_TEXT, 0),
    OTHER ("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\x10\1\0\0", DIO_IMAGE_COMPRESSED, 272),
    OTHER ("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff", DIO_IMAGE_COMPRESSED, 0), /* more than can be */
    OTHER ("\x28\xb5\x2f\xfd\xa0\0\0\x10\0", DIO_IMAGE_COMPRESSED, 1048576),
    OTHER ("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\xff", DIO_IMAGE_COMPRESSED, 0),
    OTHER ("\x04\x22\x4d\x18\x68\x70\0\0\1\0\0\0\0\0", DIO_IMAGE_COMPRESSED, 65536),
    OTHER ("\xfd\x37\x7a\x58\x5a\0", DIO_IMAGE_COMPRESSED, 0),
    OTHER ("BZh9", DIO_IMAGE_COMPRESSED, 0),
    OTHER ("7z\xbc\xaf\x27\x1c", DIO_IMAGE_PACKED, 0),
    OTHER ("\x7f"
           "ELF\2\1\1\0",
           DIO_IMAGE_OTHER_FILE, 0),
    OTHER ("WithouFreSpacExt\0", DIO_IMAGE_OTHER_FORMAT, 0),
#undef OTHER
  };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GByteArray) image = g_byte_array_new ();
      g_auto (DioHeader) header = { 0 };

      g_byte_array_append (image, (const guint8 *) others[i].bytes, (guint) others[i].n);
      parse (image, &header);
      if (header.problem != others[i].problem || header.unpacked_size != others[i].unpacked)
        g_error ("file %u: problem %d, %" G_GUINT64_FORMAT " bytes", i, header.problem, header.unpacked_size);
      g_assert_null (header.format);
    }
}

/* Read as what it is said to be, and nothing else. */
static void
test_as (void)
{
  g_autoptr (GByteArray) image = image_files_qcow2 ();
  g_autoptr (DioReader) reader = dio_reader_new_for_data (image->data, image->len);
  g_auto (DioHeader) header = { 0 };

  g_assert_false (dio_header_parse_as (reader, "vmdk", &header));
  g_assert_false (dio_header_parse_as (reader, "qcow", &header));
  g_assert_null (header.format);
  g_assert_true (dio_header_parse_as (reader, "raw", &header));
  g_assert_cmpstr (header.format, ==, "raw");
  g_assert_cmpuint (header.virtual_size, ==, image->len);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *good = g_strconcat ("/image-header/good/", formats[i].name, NULL);
      g_autofree char *changes = g_strconcat ("/image-header/changes/", formats[i].name, NULL);
      g_autofree char *cut = g_strconcat ("/image-header/cut/", formats[i].name, NULL);

      g_test_add_data_func (good, &formats[i], test_good);
      g_test_add_data_func (changes, &formats[i], test_changes);
      g_test_add_data_func (cut, &formats[i], test_cut);
    }
  g_test_add_func ("/image-header/checksums", test_checksums);
  g_test_add_func ("/image-header/qcow2", test_qcow2);
  g_test_add_func ("/image-header/vmdk", test_vmdk);
  g_test_add_func ("/image-header/others", test_others);
  g_test_add_func ("/image-header/as", test_as);
  return g_test_run ();
}
