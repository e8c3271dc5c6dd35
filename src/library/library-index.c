/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "library/library-index.h"

#include "library/definition-private.h"
#include "library/durable-file.h"

#include <string.h>

#define MAX_SIZE (64 * 1024 * 1024) /* bytes */
/* Version; a Record for each machine; and N_TEXTS texts of each, one after the other, with their zeros: a thousand
 * machines are read at each start, and GVariant looks at all texts before one, each time that it is asked for one. */
#define INDEX_VERSION 3
#define RECORDS_TYPE "a(tttxxttxxbb)"
#define INDEX_TYPE "(u" RECORDS_TYPE "ay)"

/* As RECORDS_TYPE lies in memory. */
typedef struct
{
  DioStamp stamp;
  guint64 device, inode;
  gint64 modified, last_used;
  guint8 autostart, newer;
  guint8 padding[6]; /* zeros: GVariant takes nothing else */
} Record;

G_STATIC_ASSERT (sizeof (Record) == 80);

/* "" for those that there are not. */
enum
{
  FOLDER, /* a path, the others are UTF-8 */
  NAME,
  UUID,
  OS,
  OS_NAME,
  ICON,
  GROUP,
  N_TEXTS
};

static char *
make_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "diorama", "library-index", NULL);
}

static gboolean
is_text (const char *text)
{
  return strlen (text) <= DIO_MAX_TEXT && g_utf8_validate (text, -1, NULL) &&
         dio_definition_is_plain (text, DIO_TEXT_LINE);
}

static char *
dup_text (const char *text)
{
  return *text ? g_strdup (text) : NULL;
}

/* Returns: (transfer full) (nullable) */
static DioFolderLook *
read_entry (const Record *record, const char *const *texts)
{
  g_autoptr (DioFolderLook) look = NULL;

  if (!g_path_is_absolute (texts[FOLDER]) || *texts[NAME] == '\0' || !g_uuid_string_is_valid (texts[UUID]) ||
      record->last_used < 0)
    return NULL;
  for (guint i = NAME; i < N_TEXTS; i++)
    if (!is_text (texts[i]))
      return NULL;
  look = dio_folder_look_new ();
  look->folder = g_strdup (texts[FOLDER]);
  look->stamp = record->stamp;
  look->device = record->device;
  look->inode = record->inode;
  look->modified = record->modified;
  look->last_used = record->last_used;
  look->autostart = record->autostart != 0;
  look->newer = record->newer != 0;
  look->name = g_strdup (texts[NAME]);
  look->uuid = g_strdup (texts[UUID]);
  look->os = dup_text (texts[OS]);
  look->os_name = dup_text (texts[OS_NAME]);
  look->icon = dup_text (texts[ICON]);
  look->group = dup_text (texts[GROUP]);
  return g_steal_pointer (&look);
}

static void
read_entries (GVariant *index, GHashTable *known)
{
  g_autoptr (GVariant) records_part = g_variant_get_child_value (index, 1);
  g_autoptr (GVariant) texts_part = g_variant_get_child_value (index, 2);
  gsize n, length;
  const Record *records = g_variant_get_fixed_array (records_part, &n, sizeof (Record));
  const char *next = g_variant_get_fixed_array (texts_part, &length, 1), *end = next + length;

  if (length == 0 || end[-1] != '\0')
    return;
  for (gsize i = 0; i < n; i++)
    {
      const char *texts[N_TEXTS];
      DioFolderLook *look;

      for (guint j = 0; j < N_TEXTS; j++)
        {
          if (next == end)
            return;
          texts[j] = next;
          next += strlen (next) + 1;
        }
      look = read_entry (&records[i], texts);
      if (look)
        g_hash_table_replace (known, look->folder, look);
    }
}

GHashTable *
dio_library_index_read (guint *hash)
{
  g_autoptr (GHashTable) known =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) dio_folder_look_unref);
  g_autofree char *path = make_path ();
  g_autoptr (GBytes) bytes = dio_durable_read (path, MAX_SIZE, NULL, "The index cannot be read", NULL);
  g_autoptr (GVariant) index = NULL;
  guint32 version;

  if (!bytes)
    return g_steal_pointer (&known);
  index = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (INDEX_TYPE), bytes, FALSE));
  g_variant_get_child (index, 0, "u", &version);
  /* What is damaged in it is of no machine. */
  if (version != INDEX_VERSION)
    return g_steal_pointer (&known);
  *hash = g_bytes_hash (bytes);
  read_entries (index, known);
  return g_steal_pointer (&known);
}

static Record
make_record (const DioFolderLook *look)
{
  return (Record) {
    .stamp = look->stamp,
    .device = look->device,
    .inode = look->inode,
    .modified = look->modified,
    .last_used = look->last_used,
    .autostart = look->autostart != 0,
    .newer = look->newer != 0,
  };
}

/* Returns: (transfer none): a floating reference. */
static GVariant *
make_index (GPtrArray *looks)
{
  g_autoptr (GArray) records = g_array_new (FALSE, TRUE, sizeof (Record));
  g_autoptr (GByteArray) texts = g_byte_array_new ();

  for (guint i = 0; i < looks->len; i++)
    {
      const DioFolderLook *look = looks->pdata[i];
      const char *own[N_TEXTS] = {
        look->folder, look->name, look->uuid, look->os, look->os_name, look->icon, look->group,
      };
      Record record = make_record (look);

      if (!look->uuid)
        continue;
      g_array_append_val (records, record);
      for (guint j = 0; j < N_TEXTS; j++)
        g_byte_array_append (texts, (const guint8 *) (own[j] ? own[j] : ""), own[j] ? (guint) strlen (own[j]) + 1 : 1);
    }
  return g_variant_new (
      "(u@" RECORDS_TYPE "@ay)", INDEX_VERSION,
      g_variant_new_fixed_array (G_VARIANT_TYPE ("(tttxxttxxbb)"), records->data, records->len, sizeof (Record)),
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, texts->data, texts->len, 1));
}

static int
compare_folders (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(DioFolderLook *const *) a)->folder, (*(DioFolderLook *const *) b)->folder);
}

void
dio_library_index_write (GPtrArray *looks, guint *hash)
{
  g_autofree char *path = make_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GVariant) index = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_sort (looks, compare_folders);
  index = g_variant_ref_sink (make_index (looks));
  bytes = g_variant_get_data_as_bytes (index);
  if (g_bytes_hash (bytes) == *hash)
    return;
  *hash = g_bytes_hash (bytes);
  /* It need not be durable: what is not whole is no index. */
  if (g_mkdir_with_parents (folder, 0700) < 0 ||
      !g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_debug ("%s: %s", path, error ? error->message : "no folder");
}
