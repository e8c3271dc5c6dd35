/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "image/header.h"

#include <glib/gi18n-lib.h>

/* Fields: QEMU's docs/interop/qed_spec.rst; bounds: those of its driver. */

#define HEADER_SIZE 64
#define MIN_CLUSTER (4 * 1024)
#define MAX_CLUSTER (64 * 1024 * 1024)
#define MAX_TABLE 16 /* clusters */

enum
{
  FEATURE_PARENT = 1 << 0,
  FEATURE_DIRTY = 1 << 1,
  FEATURE_PARENT_RAW = 1 << 2,
  FEATURES_KNOWN = (1 << 3) - 1
};

static gboolean
is_power_between (guint64 n, guint64 least, guint64 most)
{
  return n >= least && n <= most && (n & (n - 1)) == 0;
}

static void
check_sizes (DioReader *reader, DioHeader *header)
{
  guint64 cluster = dio_reader_le (reader, 4, 4), table = dio_reader_le (reader, 8, 4);
  guint64 header_size = dio_reader_le (reader, 12, 4), l1 = dio_reader_le (reader, 40, 8);
  guint64 size = header->virtual_size, n, most;

  if (!is_power_between (cluster, MIN_CLUSTER, MAX_CLUSTER) || !is_power_between (table, 1, MAX_TABLE) ||
      header_size > G_MAXUINT32 / cluster)
    {
      dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its sizes cannot be"));
      return;
    }
  n = cluster * table / 8; /* entries of a table; at most 2²⁷ */
  if (!g_uint64_checked_mul (&most, n * n, cluster))
    most = G_MAXUINT64;
  if (size == 0 || size % 512 != 0 || size > most || size > G_MAXINT64)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its disk is of an impossible size"));
  else if (l1 % cluster != 0 || l1 < header_size * cluster)
    dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("its tables are outside of the file"));
  else
    dio_header_need (header, reader, l1, table * cluster, _ ("its tables are outside of the file"));
}

static void
read_parent (DioReader *reader, DioHeader *header, guint64 features)
{
  guint64 at = dio_reader_le (reader, 56, 4), length = dio_reader_le (reader, 60, 4);

  if (at + length > dio_reader_le (reader, 4, 4) * dio_reader_le (reader, 12, 4))
    {
      dio_header_set_problem (header, DIO_IMAGE_BROKEN, _ ("the file that it is written over has no possible name"));
      return;
    }
  dio_header_take_parent (header, reader, at, length);
  if (features & FEATURE_PARENT_RAW)
    header->parent_format = g_strdup ("raw");
}

gboolean
dio_header_parse_qed (DioReader *reader, DioHeader *header)
{
  guint64 features = dio_reader_le (reader, 16, 8);

  if (!DIO_READER_HAS (reader, 0, "QED\0"))
    return FALSE;
  header->format = "qed";
  header->virtual_size = dio_reader_le (reader, 48, 8);
  if (dio_reader_get_size (reader) < HEADER_SIZE)
    {
      dio_header_set_problem (header, DIO_IMAGE_TRUNCATED, NULL);
      return TRUE;
    }
  if (features & ~(guint64) FEATURES_KNOWN)
    {
      g_autofree char *name =
          g_strdup_printf (_ ("features 0x%" G_GINT64_MODIFIER "x"), features & ~(guint64) FEATURES_KNOWN);

      dio_header_set_problem (header, DIO_IMAGE_NEWER, name);
    }
  check_sizes (reader, header);
  if (features & FEATURE_PARENT)
    read_parent (reader, header, features);
  if (features & FEATURE_DIRTY)
    header->flags |= DIO_IMAGE_DIRTY;
  return TRUE;
}
