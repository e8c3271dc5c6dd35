/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What diorama-inspect reads by itself, and what is read of it. The first byte chooses: "d" a disk (its boot sector, a
 * FAT file system), "o" a disc (its boot catalogue), else the JSON. */
#include "image/insides-json.h"
#include "image/inspect.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static gboolean
read_memory (guint64 offset, gpointer buffer, gsize length, gpointer data)
{
  GBytes *bytes = data;
  gsize size;
  const guint8 *from = g_bytes_get_data (bytes, &size);

  g_assert_cmpuint (offset, <=, size);
  g_assert_cmpuint (length, <=, size - offset);
  memcpy (buffer, from + offset, length);
  return TRUE;
}

static void
look (const guint8 *data, gsize size, gboolean optical)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (DioImageInsides) insides = g_new0 (DioImageInsides, 1);
  g_autoptr (DioImageInsides) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *system = NULL;
  g_autofree char *text = NULL;
  const DioSource disk = { read_memory, bytes, 0, size };

  insides->partitions = g_new0 (DioImagePartition, 1);
  insides->partitions[0] = (DioImagePartition) { .size = size, .type = g_strdup ("ESP") };
  insides->n_partitions = 1;
  dio_inspect_boot (&disk, optical, insides, &system);
  text = dio_image_insides_to_json (insides);
  again = dio_image_insides_from_json (text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint ((int) again->boot, ==, (int) insides->boot);
}

static void
check_text (const char *text)
{
  g_assert_true (text == NULL ||
                 (g_utf8_validate (text, -1, NULL) && g_utf8_strlen (text, -1) <= DIO_INSIDES_MAX_TEXT));
}

static void
parse (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (DioImageInsides) insides = dio_image_insides_from_json ((const char *) data, (gssize) size, &error);

  if (insides == NULL)
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      return;
    }
  g_assert_cmpuint (insides->n_partitions, <=, DIO_INSIDES_MAX_PARTITIONS);
  check_text (insides->os_id);
  check_text (insides->os_name);
  for (guint i = 0; i < insides->n_partitions; i++)
    {
      const DioImagePartition *partition = &insides->partitions[i];

      g_assert_cmpuint (partition->start + partition->size, >=, partition->start);
      g_assert_nonnull (partition->type);
      check_text (partition->type);
      check_text (partition->label);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size > 0 && (data[0] == 'd' || data[0] == 'o'))
    look (data + 1, size - 1, data[0] == 'o');
  else
    parse (data, size);
  return 0;
}
