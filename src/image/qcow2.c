/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Fields and their bounds: QEMU's docs/interop/qcow2.rst; where that one says nothing of a bound, what QEMU's own
 * driver takes. */

#define MAX_REFCOUNT_TABLE (8 * 1024 * 1024) /* bytes */
#define MAX_L1_TABLE (32 * 1024 * 1024)
#define MAX_SNAPSHOTS 65536
#define MAX_SNAPSHOT_EXTRA 1024
#define MAX_EXTENSIONS 64
#define MAX_DATA_FILE_NAME 1023
#define MAX_FORMAT_NAME 15

/* How much is looked at of what an image may have: reading its tables to the end would take too long. */
#define MAX_L1_READ (1024 * 1024)
#define MAX_L2_READ (2 * 1024 * 1024)
#define MAX_L2_TABLES 16
#define MAX_SNAPSHOTS_READ 256

#define SNAPSHOT_SIZE 40 /* without what has a length of its own */
#define FEATURE_SIZE 48

#define OFFSET_MASK G_GUINT64_CONSTANT (0x00fffffffffffe00)
#define ENTRY_COMPRESSED (G_GUINT64_CONSTANT (1) << 62)

enum
{
  FEATURE_DIRTY = 1 << 0,
  FEATURE_CORRUPT = 1 << 1,
  FEATURE_DATA_FILE = 1 << 2,
  FEATURE_COMPRESSION = 1 << 3,
  FEATURE_EXTENDED_L2 = 1 << 4,
  FEATURES_KNOWN = (1 << 5) - 1
};

enum
{
  EXTENSION_END = 0,
  EXTENSION_BACKING_FORMAT = 0xe2792aca,
  EXTENSION_FEATURES = 0x6803f857,
  EXTENSION_BITMAPS = 0x23852875,
  EXTENSION_CRYPTO = 0x0537be77,
  EXTENSION_DATA_FILE = 0x44415441
};

#define ENCRYPTION_AES 1
#define ENCRYPTION_LUKS 2
#define AUTOCLEAR_RAW_DATA 2

typedef struct
{
  DioReader *reader;
  DioHeader *header;
  guint64 cluster_size;
  guint64 incompatible;
  guint64 header_length;
  guint64 encryption;
  guint64 features_at, features_length; /* of the table of their names */
  char *data_file;
  gboolean crypto; /* whether it says where the key slots are */
} Parser;

static void
broken (Parser *self, const char *what)
{
  dio_header_set_problem (self->header, DIO_IMAGE_BROKEN, what);
}

static guint64
be (Parser *self, guint64 offset, guint n_bytes)
{
  return dio_reader_be (self->reader, offset, n_bytes);
}

/* --- extensions of the header --- */

static void
take_extension (Parser *self, guint32 type, guint64 at, guint64 length)
{
  switch (type)
    {
    case EXTENSION_BACKING_FORMAT:
      if (length > MAX_FORMAT_NAME)
        broken (self, _ ("the format of the file that it is written over has no possible name"));
      else if (self->header->parent_format == NULL)
        self->header->parent_format = dio_reader_dup (self->reader, at, length);
      break;
    case EXTENSION_FEATURES:
      self->features_at = at;
      self->features_length = length;
      break;
    case EXTENSION_CRYPTO:
      self->crypto = self->encryption == ENCRYPTION_LUKS && length == 16;
      if (!self->crypto || be (self, at, 8) % self->cluster_size != 0)
        broken (self, _ ("what it says of its encryption contradicts itself"));
      else
        dio_header_need (self->header, self->reader, be (self, at, 8), be (self, at + 8, 8),
                         _ ("the keys of its encryption are outside of the file"));
      break;
    case EXTENSION_BITMAPS:
      if (length != 24)
        broken (self, _ ("its list of changed blocks cannot be"));
      break;
    case EXTENSION_DATA_FILE:
      if (self->data_file == NULL)
        self->data_file = dio_reader_dup (self->reader, at, MIN (length, MAX_DATA_FILE_NAME));
      break;
    default:
      break; /* may be ignored, says the format */
    }
}

static void
read_extensions (Parser *self, guint64 end)
{
  guint64 at = self->header_length;

  for (guint i = 0; i < MAX_EXTENSIONS && at < end; i++)
    {
      guint32 type = be (self, at, 4);
      guint64 length = be (self, at + 4, 4);

      if (type == EXTENSION_END)
        return;
      at += 8;
      if (at > end || length > end - at)
        {
          broken (self, _ ("a part of its header is longer than the header"));
          return;
        }
      take_extension (self, type, at, length);
      at += (length + 7) / 8 * 8;
    }
}

/* --- features --- */

static char *
dup_feature_name (Parser *self, guint bit)
{
  for (guint64 i = 0; i + FEATURE_SIZE <= self->features_length; i += FEATURE_SIZE)
    {
      guint64 at = self->features_at + i;
      g_autofree char *name = NULL;

      if (be (self, at, 1) != 0 || be (self, at + 1, 1) != bit)
        continue;
      name = dio_reader_dup (self->reader, at + 2, FEATURE_SIZE - 2);
      if (name != NULL && *name != '\0')
        return dio_header_clean (name);
    }
  return g_strdup_printf (_ ("feature %u"), bit);
}

static void
check_features (Parser *self)
{
  g_autoptr (GString) names = g_string_new (NULL);
  guint64 compression = self->header_length > 104 ? be (self, 104, 1) : 0;
  gboolean has_compression = (self->incompatible & FEATURE_COMPRESSION) != 0;

  for (guint bit = 0; bit < 64; bit++)
    if (self->incompatible & ~(guint64) FEATURES_KNOWN & G_GUINT64_CONSTANT (1) << bit && names->len < 256)
      {
        g_autofree char *name = dup_feature_name (self, bit);

        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
      }
  if (compression > 1)
    g_string_append_printf (names, _ ("%scompression %u"), names->len > 0 ? ", " : "", (guint) compression);
  if (names->len > 0)
    dio_header_set_problem (self->header, DIO_IMAGE_NEWER, names->str);
  else if (has_compression != (compression != 0))
    broken (self, _ ("what it says of its compression contradicts itself"));
  if (self->incompatible & FEATURE_DIRTY)
    self->header->flags |= DIO_IMAGE_DIRTY;
  if (self->incompatible & FEATURE_CORRUPT)
    dio_header_set_problem (self->header, DIO_IMAGE_CORRUPT, NULL);
  if (self->incompatible & FEATURE_DATA_FILE)
    dio_header_refer (self->header, DIO_IMAGE_REFERENCE_DATA_FILE, self->data_file != NULL ? self->data_file : "");
  else if (self->header->version >= 3 && be (self, 88, 8) & AUTOCLEAR_RAW_DATA)
    broken (self, _ ("it says that its data is elsewhere, and that it is not"));
}

static void
check_encryption (Parser *self)
{
  static const char *const names[] = { NULL, "aes", "luks" };

  if (self->encryption == 0)
    return;
  if (self->encryption > ENCRYPTION_LUKS)
    {
      g_autofree char *name = g_strdup_printf (_ ("encryption %u"), (guint) self->encryption);

      dio_header_set_problem (self->header, DIO_IMAGE_NEWER, name);
      return;
    }
  if (self->encryption == ENCRYPTION_LUKS && !self->crypto)
    broken (self, _ ("the keys of its encryption are missing"));
  self->header->encryption = names[self->encryption];
  dio_header_set_problem (self->header, DIO_IMAGE_ENCRYPTED, NULL);
}

/* --- tables --- */

/* Whether N entries can be at AT, where the header is not, in a file of any size. */
static gboolean
can_be_table (Parser *self, guint64 at, guint64 n, guint entry_size, guint64 most, const char *what)
{
  if (n <= most / entry_size && at % self->cluster_size == 0 && at <= G_MAXINT64 - most && (n == 0 || at != 0))
    return TRUE;
  broken (self, what);
  return FALSE;
}

static gboolean
check_table (Parser *self, guint64 at, guint64 n, guint entry_size, guint64 most, const char *what)
{
  return can_be_table (self, at, n, entry_size, most, what) &&
         (n == 0 || dio_header_need (self->header, self->reader, at, n * entry_size, what));
}

/* The data that the L2 table at AT points to is inside the file. An entry is written after its data was. */
static void
check_l2 (Parser *self, guint64 at)
{
  guint entry_size = self->incompatible & FEATURE_EXTENDED_L2 ? 16 : 8;
  guint shift = 62 - (guint) (g_bit_storage (self->cluster_size) - 1 - 8);
  guint64 highest = 0;

  for (guint64 i = 0; i < self->cluster_size; i += entry_size)
    {
      guint64 entry = be (self, at + i, 8);
      guint64 offset = entry & ENTRY_COMPRESSED ? entry & ((G_GUINT64_CONSTANT (1) << shift) - 1) : entry & OFFSET_MASK;

      highest = MAX (highest, offset);
    }
  /* Of the last cluster less than all may have been written. */
  if (highest >= dio_reader_get_size (self->reader))
    dio_header_need (self->header, self->reader, highest, 1, _ ("its data is outside of the file"));
}

/* Every L2 table is inside the file; and what the last of them point to, since a download that broke off ends where
 * they are. */
static void
check_l1 (Parser *self, guint64 at, guint64 n)
{
  guint64 last[MAX_L2_TABLES] = { 0 };
  guint n_last = (guint) CLAMP (MAX_L2_READ / self->cluster_size, 1, MAX_L2_TABLES);

  for (guint64 i = 0; i < MIN (n, MAX_L1_READ / 8); i++)
    {
      guint64 table = be (self, at + 8 * i, 8) & OFFSET_MASK;
      guint lowest = 0;

      if (table == 0)
        continue;
      if (table % self->cluster_size != 0)
        return; /* only damage, which a check tells better */
      if (!dio_header_need (self->header, self->reader, table, self->cluster_size,
                            _ ("its tables are outside of the file")))
        return;
      for (guint k = 1; k < n_last; k++)
        if (last[k] < last[lowest])
          lowest = k;
      last[lowest] = MAX (last[lowest], table);
    }
  if (self->incompatible & FEATURE_DATA_FILE)
    return; /* offsets in another file */
  for (guint k = 0; k < n_last; k++)
    if (last[k] != 0)
      check_l2 (self, last[k]);
}

static void
check_tables (Parser *self)
{
  guint l2_bits = (guint) g_bit_storage (self->cluster_size) - 1 - (self->incompatible & FEATURE_EXTENDED_L2 ? 4 : 3);
  guint shift = (guint) g_bit_storage (self->cluster_size) - 1 + l2_bits;
  guint64 size = self->header->virtual_size, n_l1 = be (self, 36, 4), n_refcount = be (self, 56, 4);
  guint64 needed = (size >> shift) + ((size & ((G_GUINT64_CONSTANT (1) << shift) - 1)) != 0);

  if (needed > G_MAXINT || n_l1 < needed)
    broken (self, _ ("its tables are too small for its disk"));
  if (n_refcount == 0)
    broken (self, _ ("it does not say which parts of it are in use"));
  check_table (self, be (self, 48, 8), n_refcount, (guint) self->cluster_size, MAX_REFCOUNT_TABLE,
               _ ("its tables are outside of the file"));
  if (check_table (self, be (self, 40, 8), n_l1, 8, MAX_L1_TABLE, _ ("its tables are outside of the file")))
    check_l1 (self, be (self, 40, 8), n_l1);
}

/* --- snapshots --- */

static void
clear_snapshot (gpointer data)
{
  DioImageSnapshot *snapshot = data;

  g_free (snapshot->id);
  g_free (snapshot->name);
}

/* Returns: where the next one is; 0: nowhere. */
static guint64
read_snapshot (Parser *self, guint64 at)
{
  guint64 id_length = be (self, at + 12, 2), name_length = be (self, at + 14, 2), extra = be (self, at + 36, 4);
  guint64 strings = at + SNAPSHOT_SIZE + extra;
  g_autofree char *id = NULL, *name = NULL;
  DioImageSnapshot snapshot = { .date = (gint64) be (self, at + 16, 4) };

  if (extra > MAX_SNAPSHOT_EXTRA)
    {
      broken (self, _ ("what it says of its snapshots contradicts itself"));
      return 0;
    }
  if (!dio_header_need (self->header, self->reader, at, SNAPSHOT_SIZE + extra + id_length + name_length,
                        _ ("what it says of its snapshots is outside of the file")))
    return 0;
  id = dio_reader_dup (self->reader, strings, id_length);
  name = dio_reader_dup (self->reader, strings + id_length, name_length);
  if (id == NULL || name == NULL)
    return 0;
  snapshot.id = dio_header_clean (id);
  snapshot.name = dio_header_clean (name);
  snapshot.state = extra >= 8 ? be (self, at + SNAPSHOT_SIZE, 8) : be (self, at + 32, 4);
  if (snapshot.state != 0)
    self->header->flags |= DIO_IMAGE_SAVED_STATE;
  g_array_append_val (self->header->snapshots, snapshot);
  return (strings + id_length + name_length + 7) / 8 * 8;
}

static void
read_snapshots (Parser *self)
{
  guint64 n = be (self, 60, 4), at = be (self, 64, 8);

  if (n == 0 || !can_be_table (self, at, n, SNAPSHOT_SIZE, SNAPSHOT_SIZE * MAX_SNAPSHOTS,
                               _ ("what it says of its snapshots is outside of the file")))
    return;
  self->header->snapshots = g_array_new (FALSE, FALSE, sizeof (DioImageSnapshot));
  g_array_set_clear_func (self->header->snapshots, clear_snapshot);
  for (guint64 i = 0; i < MIN (n, MAX_SNAPSHOTS_READ) && at != 0; i++)
    at = read_snapshot (self, at);
}

/* --- the whole --- */

static gboolean
read_sizes (Parser *self)
{
  guint64 bits = be (self, 20, 4);

  self->header->virtual_size = be (self, 24, 8);
  self->encryption = be (self, 32, 4);
  self->header_length = 72;
  if (self->header->version >= 3)
    {
      self->incompatible = be (self, 72, 8);
      self->header_length = be (self, 100, 4);
    }
  if (bits < 9 || bits > 21 || self->header_length > (self->cluster_size = G_GUINT64_CONSTANT (1) << bits) ||
      (self->header->version >= 3 && (self->header_length < 104 || be (self, 96, 4) > 6)) ||
      (self->incompatible & FEATURE_EXTENDED_L2 && bits < 14))
    {
      broken (self, _ ("its sizes cannot be"));
      return FALSE;
    }
  if (self->header->virtual_size == 0 || self->header->virtual_size > G_MAXINT64)
    broken (self, _ ("its disk is of an impossible size"));
  return TRUE;
}

static void
read_parent (Parser *self, guint64 at)
{
  guint64 length = be (self, 16, 4);

  if (at == 0)
    return;
  if (at > self->cluster_size || length > self->cluster_size - at)
    broken (self, _ ("the file that it is written over has no possible name"));
  else
    dio_header_take_parent (self->header, self->reader, at, length);
}

gboolean
dio_header_parse_qcow2 (DioReader *reader, DioHeader *header)
{
  Parser self = { .reader = reader, .header = header };
  guint64 parent;

  if (!DIO_READER_HAS (reader, 0, "QFI\xfb") || dio_reader_be (reader, 4, 4) == 1)
    return FALSE;
  header->format = "qcow2";
  header->version = (guint) dio_reader_be (reader, 4, 4);
  if (dio_reader_get_size (reader) < 72)
    {
      dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
      return TRUE;
    }
  if (header->version != 2 && header->version != 3)
    {
      g_autofree char *name = g_strdup_printf (_ ("version %u"), header->version);

      dio_header_set_problem (header, DIO_IMAGE_NEWER, name);
      return TRUE;
    }
  if (!read_sizes (&self))
    return TRUE;
  parent = be (&self, 8, 8);
  read_parent (&self, parent);
  read_extensions (&self, parent != 0 && parent <= self.cluster_size ? parent : self.cluster_size);
  check_features (&self);
  check_encryption (&self);
  check_tables (&self);
  read_snapshots (&self);
  g_free (self.data_file);
  return TRUE;
}
