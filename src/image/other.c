/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT_SIZE 512
#define MAX_INDEX (1024 * 1024) /* of xz */
#define MAX_DEFLATE_RATIO 1032

/* --- how much comes out of what is compressed --- */

/* RFC 1952: the size modulo 2³², at the end. */
static guint64
get_gzip_size (DioReader *reader)
{
  guint64 size = dio_reader_get_size (reader), unpacked = dio_reader_le (reader, size - 4, 4);

  return size < G_MAXUINT32 / MAX_DEFLATE_RATIO && unpacked <= size * MAX_DEFLATE_RATIO ? unpacked : 0;
}

/* RFC 8878, 3.1.1.1. */
static guint64
get_zstd_size (DioReader *reader)
{
  static const guint dictionary_sizes[] = { 0, 1, 2, 4 };
  guint64 descriptor = dio_reader_le (reader, 4, 1);
  guint size_flag = (guint) (descriptor >> 6);
  gboolean single = (descriptor & 0x20) != 0;
  guint64 at = 5 + (single ? 0 : 1) + dictionary_sizes[descriptor & 3];

  switch (size_flag)
    {
    case 0:
      return single ? dio_reader_le (reader, at, 1) : 0;
    case 1:
      return dio_reader_le (reader, at, 2) + 256;
    default:
      return dio_reader_le (reader, at, size_flag == 2 ? 4 : 8);
    }
}

/* The LZ4 frame format's description: a flag says that the size is there. */
static guint64
get_lz4_size (DioReader *reader)
{
  return dio_reader_le (reader, 4, 1) & 8 ? dio_reader_le (reader, 6, 8) : 0;
}

/* A number of the xz format's, seven bits a byte; moves *AT behind it. */
static guint64
read_varied (DioReader *reader, guint64 *at)
{
  guint64 value = 0, byte;
  guint shift = 0;

  do
    {
      byte = dio_reader_le (reader, (*at)++, 1);
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
  while (byte & 0x80 && shift < 63);
  return value;
}

/* "The .xz File Format", 2.1.2 and 4: an index of blocks before the footer; of the last stream only, which is all of it
 * in what people share. */
static guint64
get_xz_size (DioReader *reader)
{
  guint64 size = dio_reader_get_size (reader), index, at, n, sum = 0;

  if (size < 32 || !DIO_READER_HAS (reader, size - 2, "YZ"))
    return 0;
  index = (dio_reader_le (reader, size - 8, 4) + 1) * 4;
  if (index > MAX_INDEX || index > size - 24)
    return 0;
  at = size - 12 - index + 1;
  n = read_varied (reader, &at);
  for (guint64 i = 0; i < n && at < size - 12; i++)
    {
      read_varied (reader, &at);
      if (!g_uint64_checked_add (&sum, sum, read_varied (reader, &at)))
        return 0;
    }
  return sum;
}

static const struct
{
  const char *mark;
  guint length;
  const char *name;
  guint64 (*get_size) (DioReader *reader);
} compressions[] = {
  { "\x1f\x8b", 2, "gzip", get_gzip_size },         { "\xfd\x37\x7a\x58\x5a\x00", 6, "xz", get_xz_size },
  { "\x28\xb5\x2f\xfd", 4, "zstd", get_zstd_size }, { "BZh", 3, "bzip2", NULL },
  { "\x04\x22\x4d\x18", 4, "lz4", get_lz4_size },
};

static gboolean
parse_compressed (DioReader *reader, DioHeader *header)
{
  for (guint i = 0; i < G_N_ELEMENTS (compressions); i++)
    if (dio_reader_has (reader, 0, compressions[i].mark, compressions[i].length))
      {
        header->compression = compressions[i].name;
        header->unpacked_size = compressions[i].get_size != NULL ? compressions[i].get_size (reader) : 0;
        if (header->unpacked_size > G_MAXINT64)
          header->unpacked_size = 0;
        dio_header_set_problem (header, DIO_IMAGE_COMPRESSED, compressions[i].name);
        return TRUE;
      }
  return FALSE;
}

/* --- marks --- */

#define FROM_END G_GUINT64_CONSTANT (0x8000000000000000) /* counted from the end of the file */

static const struct
{
  guint64 at;
  const char *mark;
  DioImageProblem problem;
  const char *name;
} kinds[] = {
  { 257, "ustar", DIO_IMAGE_PACKED, "TAR" },
  { 0, "PK\x03\x04", DIO_IMAGE_PACKED, "ZIP" },
  { 0, "7z\xbc\xaf\x27\x1c", DIO_IMAGE_PACKED, "7z" },
  { 0, "Rar!\x1a\x07", DIO_IMAGE_PACKED, "RAR" },
  { 0, "MSCF", DIO_IMAGE_PACKED, "CAB" },
  { FROM_END | 512, "koly", DIO_IMAGE_OTHER_FORMAT, N_ ("an Apple disk image (DMG)") },
  { 0, "WithoutFreeSpace", DIO_IMAGE_OTHER_FORMAT, N_ ("a Parallels disk") },
  { 0, "WithouFreSpacExt", DIO_IMAGE_OTHER_FORMAT, N_ ("a Parallels disk") },
  { 0, "Bochs Virtual HD Image", DIO_IMAGE_OTHER_FORMAT, N_ ("a Bochs disk") },
  { 0, "#!/bin/sh\n#V2.0 Format\n", DIO_IMAGE_OTHER_FORMAT, N_ ("a compressed disc (cloop)") },
  { 0, "MSWIM", DIO_IMAGE_OTHER_FORMAT, N_ ("a Windows image (WIM)") },
  { 0, "\x3a\xff\x26\xed", DIO_IMAGE_OTHER_FORMAT, N_ ("an Android sparse image") },
  { 0, "EVF\x09\x0d\x0a\xff", DIO_IMAGE_OTHER_FORMAT, N_ ("an EnCase image (E01)") },
  { 0, "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", DIO_IMAGE_OTHER_FORMAT, N_ ("a disc with raw sectors (BIN)") },
  { FROM_END | 12, "NER5", DIO_IMAGE_OTHER_FORMAT, N_ ("a Nero disc image (NRG)") },
  { 0, "hsqs", DIO_IMAGE_OTHER_FILE, N_ ("a SquashFS file system") },
  { 0, "\x89PNG", DIO_IMAGE_OTHER_FILE, N_ ("a picture (PNG)") },
  { 0, "\xff\xd8\xff", DIO_IMAGE_OTHER_FILE, N_ ("a picture (JPEG)") },
  { 0, "GIF8", DIO_IMAGE_OTHER_FILE, N_ ("a picture (GIF)") },
  { 8, "WEBP", DIO_IMAGE_OTHER_FILE, N_ ("a picture (WebP)") },
  { 0, "%PDF-", DIO_IMAGE_OTHER_FILE, N_ ("a PDF document") },
  { 0,
    "\x7f"
    "ELF",
    DIO_IMAGE_OTHER_FILE, N_ ("a program") },
  { 0x202, "HdrS", DIO_IMAGE_OTHER_FILE, N_ ("a Linux kernel") },
  { 0, "ID3", DIO_IMAGE_OTHER_FILE, N_ ("music") },
  { 0, "OggS", DIO_IMAGE_OTHER_FILE, N_ ("music or a video") },
  { 0, "fLaC", DIO_IMAGE_OTHER_FILE, N_ ("music") },
  { 4, "ftyp", DIO_IMAGE_OTHER_FILE, N_ ("a video") },
  { 0, "\x1a\x45\xdf\xa3", DIO_IMAGE_OTHER_FILE, N_ ("a video") },
  { 0, "SQLite format 3", DIO_IMAGE_OTHER_FILE, N_ ("a database") },
  { 0, "!<arch>\n", DIO_IMAGE_OTHER_FILE, N_ ("a software package") },
  { 0, "\xed\xab\xee\xdb", DIO_IMAGE_OTHER_FILE, N_ ("a software package") },
};

static gboolean
parse_kind (DioReader *reader, DioHeader *header)
{
  guint64 size = dio_reader_get_size (reader);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      guint64 at = kinds[i].at & FROM_END ? size - (kinds[i].at & ~FROM_END) : kinds[i].at;
      gsize length = MAX (strlen (kinds[i].mark), kinds[i].mark[0] == '\0' ? 11 : 0);

      if (!dio_reader_has (reader, at, kinds[i].mark, length))
        continue;
      dio_header_set_problem (header, kinds[i].problem, _ (kinds[i].name));
      return TRUE;
    }
  /* "MZ" alone begins some boot sectors, too. */
  if (!DIO_READER_HAS (reader, 0, "MZ") || !DIO_READER_HAS (reader, dio_reader_le (reader, 0x3c, 4), "PE\0\0") ||
      DIO_READER_HAS (reader, 510, "\x55\xaa"))
    return FALSE;
  dio_header_set_problem (header, DIO_IMAGE_OTHER_FILE, _ ("a program for Windows"));
  return TRUE;
}

/* --- text --- */

static const struct
{
  const char *start; /* in small letters */
  DioImageProblem problem;
  const char *detail;
} texts[] = {
  { "version https://git-lfs.github.com/spec/", DIO_IMAGE_LFS_POINTER, NULL },
  { "<!doctype html", DIO_IMAGE_WEB_PAGE, NULL },
  { "<html", DIO_IMAGE_WEB_PAGE, NULL },
  { "<head", DIO_IMAGE_WEB_PAGE, NULL },
  { "<script", DIO_IMAGE_WEB_PAGE, NULL },
  { "d8:announce", DIO_IMAGE_TEXT, N_ ("a torrent: it says where a file can be had") },
  { "#!", DIO_IMAGE_TEXT, N_ ("a script") },
  { "-----begin pgp", DIO_IMAGE_TEXT, N_ ("a signature") },
  { "<?xml", DIO_IMAGE_TEXT, "XML" },
};

static gboolean
is_text (const char *bytes, gsize n)
{
  const char *end;

  /* The last character may be cut. */
  if (!g_utf8_validate_len (bytes, n, &end) && (n < TEXT_SIZE || end < bytes + n - 4))
    return FALSE;
  for (const char *p = bytes; p < end; p++)
    if ((guchar) *p < ' ' && strchr ("\t\n\r\f\x1b", *p) == NULL)
      return FALSE;
  return TRUE;
}

/* What the text begins with behind marks of encoding, blanks and comments of XML, in small letters. */
static char *
dup_start (const char *bytes, gsize n)
{
  g_autofree char *utf8 = g_str_has_prefix (bytes, "\xff\xfe") || g_str_has_prefix (bytes, "\xfe\xff")
                              ? g_convert (bytes, (gssize) (n / 2 * 2), "UTF-8", "UTF-16", NULL, NULL, NULL)
                              : NULL;
  const char *text = utf8 != NULL ? utf8 : bytes;
  g_autofree char *small = g_ascii_strdown (g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text, -1);
  const char *start = g_strchug (small), *end;

  while (g_str_has_prefix (start, "<!--") && (end = strstr (start, "-->")) != NULL)
    for (start = end + 3; g_ascii_isspace (*start); start++)
      ;
  return g_strdup (start);
}

static gboolean
parse_text (DioReader *reader, DioHeader *header)
{
  gsize n = MIN (dio_reader_get_size (reader), TEXT_SIZE);
  g_autofree char *bytes = dio_reader_dup (reader, 0, n);
  g_autofree char *small = bytes != NULL ? dup_start (bytes, n) : NULL;
  const char *start = small;

  if (bytes == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_has_prefix (start, texts[i].start))
      {
        /* Of XML only that of the web is a page. */
        gboolean page = texts[i].problem == DIO_IMAGE_WEB_PAGE || strstr (start, "<html") != NULL;

        dio_header_set_problem (header, page ? DIO_IMAGE_WEB_PAGE : texts[i].problem,
                                texts[i].detail != NULL && !page ? _ (texts[i].detail) : NULL);
        return TRUE;
      }
  if (!is_text (bytes, n))
    return FALSE;
  dio_header_set_problem (header, DIO_IMAGE_TEXT, NULL);
  return TRUE;
}

gboolean
dio_header_parse_other (DioReader *reader, DioHeader *header)
{
  return parse_compressed (reader, header) || parse_kind (reader, header) || parse_text (reader, header);
}
