/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "provision/ovf.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What was taken is within the bounds that the rest relies on. */
static void
check (DioOvf *ovf)
{
  g_assert_true (DIO_IS_MACHINE_CONFIG (ovf->config));
  g_assert_cmpuint (dio_machine_config_get_n_disks (ovf->config), ==, 0);
  g_assert_cmpuint (ovf->disks->len, <=, DIO_OVF_MAX_DISKS);
  for (guint i = 0; i < ovf->disks->len; i++)
    {
      const DioOvfDisk *disk = ovf->disks->pdata[i];

      g_assert_true (disk->file == NULL || dio_ovf_is_file_name (disk->file));
      g_assert_true (disk->file == NULL || strchr (disk->file, '/') == NULL);
      g_assert_true (disk->cdrom || disk->file != NULL || disk->capacity > 0);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other = NULL;
  g_autoptr (DioOvf) ovf = dio_ovf_parse (bytes, &error);
  GChecksumType type;

  g_assert_true ((ovf == NULL) == (error != NULL));
  if (ovf != NULL)
    check (ovf);
  if (!dio_manifest_lookup (text, "a.ovf", &type, &digest, &other))
    g_assert_nonnull (other);
  return 0;
}
