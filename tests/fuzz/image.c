/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/crc32c.h"
#include "image/header.h"
#include "image/sentence.h"

#include <string.h>

/* One parser a program: PARSER (a function of image/header.h). With VHDX, whose parts are far apart and have checksums
 * that no mutation hits, inputs are those parts, one behind the other. */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_text (const char *text, glong most)
{
  g_assert_true (text == NULL || (g_utf8_validate (text, -1, NULL) && g_utf8_strlen (text, -1) <= most));
}

/* What was taken is within the bounds that the rest relies on. */
static void
check (const DioHeader *header)
{
  g_autofree char *sentence = dio_sentence_of_header (header, 0);

  g_assert_cmpint (header->problem, <=, DIO_IMAGE_ENCRYPTED);
  g_assert_true ((header->problem == DIO_IMAGE_GOOD) == (sentence == NULL));
  check_text (sentence, 4096);
  check_text (header->detail, 2048);
  check_text (header->reference, 256);
  g_assert_true (header->reference == NULL || header->reference_kind != DIO_IMAGE_REFERENCE_NONE);
  g_assert_true (header->reference_kind == DIO_IMAGE_REFERENCE_NONE || header->problem != DIO_IMAGE_GOOD);
  g_assert_true (header->parent == NULL || (*header->parent != '\0' && strlen (header->parent) <= 1023));
  g_assert_true (header->parent_format == NULL || strlen (header->parent_format) <= 15);
  g_assert_cmpuint (header->unpacked_size, <=, G_MAXINT64);
  g_assert_true (header->problem != DIO_IMAGE_GOOD || header->format != NULL);
  g_assert_true (header->problem != DIO_IMAGE_GOOD || (header->virtual_size > 0 && header->virtual_size <= G_MAXINT64));
  g_assert_true (header->snapshots == NULL || header->snapshots->len <= 256);
  for (guint i = 0; header->snapshots != NULL && i < header->snapshots->len; i++)
    {
      check_text (g_array_index (header->snapshots, DioImageSnapshot, i).id, 256);
      check_text (g_array_index (header->snapshots, DioImageSnapshot, i).name, 256);
    }
}

static void
parse (const guint8 *data, gsize size)
{
  g_autoptr (DioReader) reader = dio_reader_new_for_data (data, size);
  g_auto (DioHeader) header = { 0 }, as = { 0 };
  gboolean mine = PARSER (reader, &header);

  g_assert_true (mine || (header.format == NULL && header.problem == DIO_IMAGE_GOOD));
  if (mine)
    check (&header);
  /* The same when it is one parser of many. */
  if (mine && header.format != NULL && !g_str_equal (header.format, "raw"))
    g_assert_true (dio_header_parse_as (reader, header.format, &as) && as.problem == header.problem);
}

#ifdef VHDX

#define IMAGE_SIZE (3 * 1024 * 1024)

static const struct
{
  gsize at, size, sealed;
} parts[] = {
  { 0, 16, 0 },
  { 64 * 1024, 80, 4096 },
  { 128 * 1024, 80, 4096 },
  { 192 * 1024, 256, 65536 },
  { 2 * 1024 * 1024, 512, 0 },              /* metadata: their table */
  { 2 * 1024 * 1024 + 64 * 1024, 1024, 0 }, /* and what it points to */
  { 1024 * 1024, 4096, 0 },                 /* the map */
};

static void
lay_out (guint8 *image, const guint8 *data, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gsize n = MIN (size, parts[i].size);
      guint32 checksum;

      memset (image + parts[i].at, 0, parts[i].size);
      if (n > 0)
        memcpy (image + parts[i].at, data, n);
      data += n;
      size -= n;
      if (parts[i].sealed == 0)
        continue;
      memset (image + parts[i].at + 4, 0, 4);
      checksum = GUINT32_TO_LE (dio_crc32c (image + parts[i].at, parts[i].sealed));
      memcpy (image + parts[i].at + 4, &checksum, sizeof checksum);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static guint8 *image;

  if (image == NULL)
    image = g_malloc0 (IMAGE_SIZE);
  lay_out (image, data, size);
  parse (image, IMAGE_SIZE);
  return 0;
}

#else

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  parse (data, size);
  return 0;
}

#endif
