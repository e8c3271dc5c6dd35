/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

/* VMware's disks: one file that holds everything ("KDMV", the older "COWD"), or a text that names the files of one.
 * Fields: VMware's "Virtual Disk Format 5.0"; bounds, and which of its words are followed: QEMU's driver. That one
 * follows the lines of a descriptor ("RW 2048 FLAT "file" 0") when the file begins with the text, or when the header
 * says that the disk has no sectors; and the name of a parent always, in the 20 sectors from the second on, wherever
 * the header says that the descriptor is. */

#define SECTOR 512
#define DESCRIPTOR_AT 512
#define DESCRIPTOR_SIZE (20 * SECTOR)
#define MAX_GRAIN 0x200000            /* sectors */
#define MAX_TABLE_ENTRIES 512         /* of a grain table */
#define MAX_TABLES (32 * 1024 * 1024) /* of the directory */
#define MAX_TABLES_READ (256 * 1024)
#define AT_END G_MAXUINT64 /* where the directory is: the footer knows */
#define FOOTER_SIZE (3 * SECTOR)
#define MARKER_FOOTER 3
#define FLAG_SECOND_DIRECTORY 2
#define COMPRESSED 1

static char *
dup_descriptor (DioReader *reader, guint64 at, guint64 size)
{
  guint64 end = dio_reader_get_size (reader);

  return at < end ? dio_reader_dup (reader, at, MIN (MIN (size, DESCRIPTOR_SIZE), end - at)) : g_strdup ("");
}

/* The word in quotes after the first NAME of TEXT; NULL: none. */
static char *
dup_value (const char *text, const char *name)
{
  const char *at = strstr (text, name), *start = at != NULL ? strchr (at, '"') : NULL;
  const char *end = start != NULL ? strpbrk (start + 1, "\"\r\n") : NULL;

  return end != NULL ? g_strndup (start + 1, end - start - 1) : NULL;
}

/* The name in a line that is one of an extent. */
static char *
dup_extent (const char *line, char type[11])
{
  char access[11];
  long long sectors;
  int at = 0;
  const char *end;

  if (sscanf (line, "%10s %lld %10s \"%n", access, &sectors, type, &at) < 3 || at == 0 ||
      (!g_str_equal (access, "RW") && !g_str_equal (access, "RDONLY")))
    return NULL;
  end = strchr (line + at, '"');
  return end != NULL ? g_strndup (line + at, end - line - at) : NULL;
}

/* What TEXT names. ALONE: the disk is in the file that the text is in, so that one extent may be named, which is that
 * file by the name that it had once. */
static void
check_descriptor (DioHeader *header, const char *text, gboolean alone)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", 1024);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char type[11];
      g_autofree char *name = dup_extent (lines[i], type);

      if (name == NULL)
        continue;
      if (!alone || n++ > 0 || !g_str_equal (type, "SPARSE") || strpbrk (name, "/\\:") != NULL)
        dio_header_refer (header, DIO_IMAGE_REFERENCE_EXTENT, name);
    }
}

/* VirtualBox says nothing of a parent where VMware does, but in a line of its own: "ddb.uuid.parent="…"". Returns: what
 * its child calls it; NULL: it has none. */
static char *
dup_parent_id (const char *text)
{
  g_autofree char *id = dup_value (text, "ddb.uuid.parent=");

  return id != NULL && id[strspn (id, "0-")] != '\0' ? g_strdup_printf ("{%s}", id) : NULL;
}

static void
check_parent (DioReader *reader, DioHeader *header, guint64 at)
{
  g_autofree char *text = dup_descriptor (reader, at, DESCRIPTOR_SIZE);
  g_autofree char *parent_id = text != NULL ? dup_parent_id (text) : NULL;
  g_autofree char *parent = NULL;
  const char *hint, *id;
  gsize size = dio_reader_get_size (reader);

  if (text == NULL)
    return;
  /* What stands behind a NUL, too: one more careful than QEMU. */
  size = at < size ? MIN (DESCRIPTOR_SIZE, size - at) : 0;
  hint = memmem (text, size, "parentFileNameHint", strlen ("parentFileNameHint"));
  id = strstr (text, "parentCID=");
  if (hint == NULL && parent_id == NULL &&
      (id == NULL || g_ascii_strncasecmp (id + strlen ("parentCID="), "ffffffff", 8) == 0 ||
       g_ascii_strtoull (id + strlen ("parentCID="), NULL, 16) == 0))
    return;
  parent = hint != NULL ? dup_value (hint, "parentFileNameHint") : g_steal_pointer (&parent_id);
  dio_header_refer (header, DIO_IMAGE_REFERENCE_PARENT, parent != NULL ? parent : "");
}

/* --- tables --- */

/* What the directory's tables point to is inside the file; of the last grain less than all may be. */
static void
check_grains (DioReader *reader, DioHeader *header, guint64 directory, guint64 n_tables, guint n_entries)
{
  guint64 last = 0, highest = 0;

  for (guint64 i = 0; i < MIN (n_tables, MAX_TABLES_READ); i++)
    {
      guint64 table = dio_reader_le (reader, directory + 4 * i, 4) * SECTOR;

      if (table != 0 &&
          !dio_header_need (header, reader, table, 4 * n_entries, _ ("its tables are outside of the file")))
        return;
      last = MAX (last, table);
    }
  for (guint i = 0; last != 0 && i < n_entries; i++)
    highest = MAX (highest, dio_reader_le (reader, last + 4 * i, 4));
  if (highest > 1) /* 1: zeros */
    dio_header_need (header, reader, highest * SECTOR, 1, _ ("its data is outside of the file"));
}

static void
check_tables (DioReader *reader, DioHeader *header, guint64 directory, guint64 second, guint64 grain, guint n_entries)
{
  guint64 n_sectors = header->virtual_size / SECTOR, n;

  if (grain == 0 || grain > MAX_GRAIN || n_entries == 0 || directory > G_MAXINT64 / SECTOR ||
      second > G_MAXINT64 / SECTOR || (n = (n_sectors - 1) / (grain * n_entries) + 1) > MAX_TABLES)
    {
      dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
      return;
    }
  if (second != 0)
    dio_header_need (header, reader, second * SECTOR, 4 * n, _ ("its tables are outside of the file"));
  if (dio_header_need (header, reader, directory * SECTOR, 4 * n, _ ("its tables are outside of the file")))
    check_grains (reader, header, directory * SECTOR, n, n_entries);
}

/* --- the kinds --- */

/* Where the header is that counts: at the start, or in a stream's footer, which is there when the stream was written to
 * its end. Returns: FALSE when it is not there. */
static gboolean
find_header (DioReader *reader, DioHeader *header, guint64 *at)
{
  guint64 size = dio_reader_get_size (reader), footer = size - FOOTER_SIZE;

  *at = 0;
  if (dio_reader_le (reader, 56, 8) != AT_END)
    return TRUE;
  if (size % SECTOR != 0 || size < FOOTER_SIZE || dio_reader_le (reader, footer + 8, 4) != 0 ||
      dio_reader_le (reader, footer + 12, 4) != MARKER_FOOTER || !DIO_READER_HAS (reader, footer + SECTOR, "KDMV") ||
      dio_reader_le (reader, footer + 2 * SECTOR, 8) != 0 || dio_reader_le (reader, footer + 2 * SECTOR + 8, 8) != 0)
    {
      dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
      return FALSE;
    }
  *at = footer + SECTOR;
  return TRUE;
}

static gboolean
take_capacity (DioHeader *header, guint64 sectors)
{
  if (sectors != 0 && sectors <= G_MAXINT64 / SECTOR)
    {
      header->virtual_size = sectors * SECTOR;
      return TRUE;
    }
  dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its disk is of an impossible size"));
  return FALSE;
}

/* Of N sectors from FIRST on: those of the descriptor. */
static void
check_place (DioReader *reader, DioHeader *header, guint64 first, guint64 n)
{
  if (first > G_MAXINT64 / SECTOR || n > G_MAXINT64 / SECTOR)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("a part of its header is outside of the file"));
  else if (first != 0)
    dio_header_need (header, reader, first * SECTOR, n * SECTOR, _ ("a part of its header is outside of the file"));
}

static void
check_header (DioReader *reader, DioHeader *header, guint64 at)
{
  gboolean compressed = dio_reader_le (reader, at + 77, 2) == COMPRESSED;
  guint64 n_entries = dio_reader_le (reader, at + 44, 4), data = dio_reader_le (reader, at + 64, 8);
  gboolean has_second = (dio_reader_le (reader, at + 8, 4) & FLAG_SECOND_DIRECTORY) != 0;

  header->version = (guint) dio_reader_le (reader, at + 4, 4);
  if (header->version > 3)
    {
      g_autofree char *name = g_strdup_printf (_ ("version %u"), header->version);

      dio_header_set_problem (header, DIO_IMAGE_NEWER, name);
      return;
    }
  /* Neither streams nor disks that keep track of their changes can be written to. */
  if (compressed || header->version == 3)
    header->flags |= DIO_IMAGE_READ_ONLY;
  if (!take_capacity (header, dio_reader_le (reader, at + 12, 8)))
    return;
  if (n_entries > MAX_TABLE_ENTRIES || data > G_MAXINT64 / SECTOR)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
  else
    {
      check_place (reader, header, dio_reader_le (reader, at + 28, 8), dio_reader_le (reader, at + 36, 8));
      dio_header_need (header, reader, data * SECTOR, 0, _ ("its data is outside of the file"));
      check_tables (reader, header, dio_reader_le (reader, at + 56, 8),
                    has_second ? dio_reader_le (reader, at + 48, 8) : 0, dio_reader_le (reader, at + 20, 8),
                    (guint) n_entries);
    }
}

static void
parse_sparse (DioReader *reader, DioHeader *header)
{
  guint64 capacity = dio_reader_le (reader, 12, 8), descriptor = dio_reader_le (reader, 28, 8), at;
  guint64 size = dio_reader_le (reader, 36, 8);
  g_autofree char *text = descriptor != 0 && descriptor <= G_MAXINT64 / SECTOR
                              ? dup_descriptor (reader, descriptor * SECTOR, MIN (size, DESCRIPTOR_SIZE) * SECTOR)
                              : NULL;

  if (dio_reader_get_size (reader) < SECTOR)
    {
      dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
      return;
    }
  if (text != NULL)
    check_descriptor (header, text, capacity != 0);
  if (descriptor != 0 && descriptor <= G_MAXINT64 / SECTOR)
    check_parent (reader, header, descriptor * SECTOR);
  check_parent (reader, header, DESCRIPTOR_AT);
  if (capacity == 0 && header->reference_kind == DIO_IMAGE_REFERENCE_NONE && descriptor != 0)
    dio_header_refer (header, DIO_IMAGE_REFERENCE_EXTENT, "");
  if (capacity != 0 && find_header (reader, header, &at))
    check_header (reader, header, at);
  else if (capacity == 0 && header->reference_kind == DIO_IMAGE_REFERENCE_NONE)
    take_capacity (header, 0);
}

/* ESX's older kind, and the one of redo logs. */
static void
parse_cowd (DioReader *reader, DioHeader *header)
{
  guint64 n_tables = dio_reader_le (reader, 24, 4), grain = dio_reader_le (reader, 16, 4);

  check_parent (reader, header, DESCRIPTOR_AT);
  header->version = 1;
  if (!take_capacity (header, dio_reader_le (reader, 12, 4)))
    return;
  if (grain == 0 || grain > MAX_GRAIN || n_tables > MAX_TABLES)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
  else
    dio_header_need (header, reader, dio_reader_le (reader, 20, 4) * SECTOR, 4 * n_tables,
                     _ ("its tables are outside of the file"));
}

/* A text that names the files of a disk. */
static gboolean
is_descriptor (const char *text)
{
  const char *line = text;

  if (g_ascii_strncasecmp (text, "# Disk DescriptorFile", strlen ("# Disk DescriptorFile")) == 0)
    return TRUE;
  while (*line == '#' || g_ascii_isspace (*line))
    {
      const char *end = strchr (line, '\n');

      if (end == NULL)
        return FALSE;
      line = end + 1;
    }
  return g_str_has_prefix (line, "version=") && strstr (line, "createType=") != NULL;
}

gboolean
dio_header_parse_vmdk (DioReader *reader, DioHeader *header)
{
  g_autofree char *text = NULL;

  if (DIO_READER_HAS (reader, 0, "KDMV"))
    {
      header->format = "vmdk";
      parse_sparse (reader, header);
      return TRUE;
    }
  if (DIO_READER_HAS (reader, 0, "COWD"))
    {
      header->format = "vmdk";
      parse_cowd (reader, header);
      return TRUE;
    }
  text = dup_descriptor (reader, 0, DESCRIPTOR_SIZE);
  if (text == NULL || !is_descriptor (text))
    return FALSE;
  header->format = "vmdk";
  check_descriptor (header, text, FALSE);
  check_parent (reader, header, 0);
  if (header->reference_kind == DIO_IMAGE_REFERENCE_NONE)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("it does not say where its data is"));
  return TRUE;
}
