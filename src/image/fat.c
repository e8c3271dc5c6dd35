/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "image/fat.h"

#include <string.h>

#define ENTRY 32
#define MAX_ENTRIES 256        /* of one folder, that are told */
#define MAX_FOLDER (64 * 1024) /* bytes of one folder that are read */
#define MAX_CLUSTER (64 * 1024)
#define MAX_READ (8 * 1024 * 1024) /* of one file system */
#define MAX_LONG_NAME 260          /* UTF-16 units */
#define NO_CLUSTER 0

/* Attributes. */
#define IS_VOLUME 0x08
#define IS_FOLDER 0x10
#define IS_LONG_NAME 0x0f

struct _DioFat
{
  DioSource source;
  guint bits; /* 12, 16, 32 */
  guint32 cluster_size, n_clusters;
  guint64 table, root, data; /* offsets */
  guint32 root_size;         /* bytes; of 12 and 16 bits */
  guint32 root_cluster;      /* of 32 bits */
  gsize left;                /* that may still be read */
};

static gboolean
is_power (guint value, guint low, guint high)
{
  return value >= low && value <= high && (value & (value - 1)) == 0;
}

static gboolean
read_bytes (DioFat *self, guint64 offset, gpointer buffer, gsize length)
{
  if (length > self->left)
    return FALSE;
  self->left -= length;
  return dio_source_read (&self->source, offset, buffer, length);
}

DioFat *
dio_fat_new (const DioSource *source)
{
  g_autoptr (DioFat) self = g_new0 (DioFat, 1);
  guint8 boot[512];
  guint sector, per_cluster, reserved, n_tables, n_root;
  guint64 n_sectors, table_sectors, before;

  self->source = *source;
  self->left = MAX_READ;
  if (!read_bytes (self, 0, boot, sizeof boot) || boot[510] != 0x55 || boot[511] != 0xaa)
    return NULL;
  sector = dio_source_le16 (boot + 11);
  per_cluster = boot[13];
  reserved = dio_source_le16 (boot + 14);
  n_tables = boot[16];
  n_root = dio_source_le16 (boot + 17);
  n_sectors = dio_source_le16 (boot + 19) != 0 ? dio_source_le16 (boot + 19) : dio_source_le32 (boot + 32);
  table_sectors = dio_source_le16 (boot + 22) != 0 ? dio_source_le16 (boot + 22) : dio_source_le32 (boot + 36);
  if (!is_power (sector, 512, 4096) || !is_power (per_cluster, 1, 128) || sector * per_cluster > MAX_CLUSTER ||
      reserved == 0 || n_tables == 0 || n_tables > 4 || table_sectors == 0)
    return NULL;
  self->root_size = n_root * ENTRY;
  before = reserved + n_tables * table_sectors + (self->root_size + sector - 1) / sector;
  if (before >= n_sectors)
    return NULL;
  self->cluster_size = sector * per_cluster;
  self->n_clusters = (guint32) ((n_sectors - before) / per_cluster);
  self->bits = dio_source_le16 (boot + 22) == 0 ? 32 : self->n_clusters < 4085 ? 12 : 16;
  self->table = (guint64) reserved * sector;
  self->root = (reserved + n_tables * table_sectors) * sector;
  self->data = before * sector;
  self->root_cluster = self->bits == 32 ? dio_source_le32 (boot + 44) : NO_CLUSTER;
  return g_steal_pointer (&self);
}

void
dio_fat_free (DioFat *self)
{
  g_free (self);
}

static gboolean
is_cluster (DioFat *self, guint32 cluster)
{
  return cluster >= 2 && cluster - 2 < self->n_clusters;
}

/* Returns: NO_CLUSTER: there is none, or none that can be. */
static guint32
get_next (DioFat *self, guint32 cluster)
{
  guint64 at = self->table + (self->bits == 12 ? (guint64) cluster + cluster / 2 : (guint64) cluster * self->bits / 8);
  guint8 bytes[4] = { 0 };
  guint32 next;

  if (!read_bytes (self, at, bytes, self->bits == 32 ? 4 : 2))
    return NO_CLUSTER;
  next = dio_source_le32 (bytes);
  if (self->bits == 12)
    next = cluster % 2 ? next >> 4 & 0xfff : next & 0xfff;
  else if (self->bits == 32)
    next &= 0x0fffffff;
  return is_cluster (self, next) ? next : NO_CLUSTER;
}

static GByteArray *
read_folder (DioFat *self, guint32 cluster)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();

  if (cluster == NO_CLUSTER && self->bits != 32)
    {
      g_byte_array_set_size (content, MIN (self->root_size, MAX_FOLDER));
      return read_bytes (self, self->root, content->data, content->len) ? g_steal_pointer (&content) : NULL;
    }
  cluster = cluster == NO_CLUSTER ? self->root_cluster : cluster;
  while (is_cluster (self, cluster) && content->len + self->cluster_size <= MAX_FOLDER)
    {
      guint start = content->len;

      g_byte_array_set_size (content, start + self->cluster_size);
      if (!read_bytes (self, self->data + (guint64) (cluster - 2) * self->cluster_size, content->data + start,
                       self->cluster_size))
        return NULL;
      cluster = get_next (self, cluster);
    }
  return g_steal_pointer (&content);
}

/* --- names --- */

static char *
make_short_name (const guint8 *entry)
{
  GString *name = g_string_new (NULL);

  for (guint i = 0; i < 11; i++)
    {
      guint8 c = i == 0 && entry[0] == 0x05 ? 0xe5 : entry[i];

      if (i == 8 && entry[8] != ' ')
        g_string_append_c (name, '.');
      if (c != ' ')
        g_string_append_c (name, c > ' ' && c < 0x7f ? (char) c : '_');
    }
  return g_string_free (name, FALSE);
}

/* Thirteen units of the name, from the place that the entry tells; the last part comes first. */
static void
take_long_name (gunichar2 *units, const guint8 *entry)
{
  static const guint8 places[] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
  guint start = ((entry[0] & 0x1f) - 1u) * G_N_ELEMENTS (places);

  if (entry[0] & 0x40)
    memset (units, 0, MAX_LONG_NAME * sizeof *units);
  for (guint i = 0; start < MAX_LONG_NAME && i < G_N_ELEMENTS (places) && start + i < MAX_LONG_NAME - 1; i++)
    {
      guint unit = dio_source_le16 (entry + places[i]);

      units[start + i] = unit == 0xffff ? 0 : (gunichar2) unit;
    }
}

static char *
make_name (const gunichar2 *units, const guint8 *entry)
{
  g_autofree char *name = units[0] != 0 ? g_utf16_to_utf8 (units, -1, NULL, NULL, NULL) : NULL;

  return name != NULL ? g_steal_pointer (&name) : make_short_name (entry);
}

static void
entry_free (gpointer data)
{
  DioFatEntry *entry = data;

  g_free (entry->name);
  g_free (entry);
}

static GPtrArray *
parse_folder (DioFat *self, const GByteArray *content)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);
  gunichar2 units[MAX_LONG_NAME] = { 0 };

  for (guint at = 0; at + ENTRY <= content->len && entries->len < MAX_ENTRIES; at += ENTRY)
    {
      const guint8 *bytes = content->data + at;
      DioFatEntry *entry;

      if (bytes[0] == 0)
        break;
      if (bytes[0] != 0xe5 && bytes[11] == IS_LONG_NAME)
        {
          take_long_name (units, bytes);
          continue;
        }
      if (bytes[0] != 0xe5 && bytes[0] != '.' && !(bytes[11] & IS_VOLUME))
        {
          entry = g_new0 (DioFatEntry, 1);
          entry->name = make_name (units, bytes);
          entry->folder = (bytes[11] & IS_FOLDER) != 0;
          entry->cluster =
              dio_source_le16 (bytes + 26) | (self->bits == 32 ? (guint32) dio_source_le16 (bytes + 20) << 16 : 0);
          entry->size = dio_source_le32 (bytes + 28);
          g_ptr_array_add (entries, entry);
        }
      memset (units, 0, sizeof units);
    }
  return entries;
}

static const DioFatEntry *
find_folder (const GPtrArray *entries, const char *name)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const DioFatEntry *entry = g_ptr_array_index (entries, i);

      if (entry->folder && g_ascii_strcasecmp (entry->name, name) == 0)
        return entry;
    }
  return NULL;
}

GPtrArray *
dio_fat_list (DioFat *self, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", 8);
  guint32 cluster = NO_CLUSTER;

  for (guint i = 0;; i++)
    {
      g_autoptr (GByteArray) content = read_folder (self, cluster);
      g_autoptr (GPtrArray) entries = content != NULL ? parse_folder (self, content) : NULL;
      const DioFatEntry *next;

      if (entries == NULL || names[i] == NULL || *names[i] == '\0')
        return g_steal_pointer (&entries);
      next = find_folder (entries, names[i]);
      if (next == NULL || !is_cluster (self, next->cluster))
        return NULL;
      cluster = next->cluster;
    }
}

gsize
dio_fat_read_start (DioFat *self, const DioFatEntry *entry, gpointer buffer, gsize length)
{
  length = MIN (length, MIN (entry->size, self->cluster_size));
  return is_cluster (self, entry->cluster) &&
                 read_bytes (self, self->data + (guint64) (entry->cluster - 2) * self->cluster_size, buffer, length)
             ? length
             : 0;
}
