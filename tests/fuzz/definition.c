/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* A machine's definition: whatever is taken is written so that it is read again as the same. */
#include "library/definition.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) text = g_bytes_new_static (data, size), written = NULL, again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (DioDefinition) definition = dio_definition_parse (text, "/place/x.diorama", &error), second = NULL;

  if (!definition)
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_no_error (error);
  g_assert_true (g_uuid_string_is_valid (dio_machine_config_get_uuid (dio_definition_get_config (definition))));
  for (guint i = 0; i < dio_machine_config_get_n_disks (dio_definition_get_config (definition)); i++)
    {
      const DioDisk *disk = dio_machine_config_get_disk (dio_definition_get_config (definition), i);

      g_assert_true (disk->path ? g_path_is_absolute (disk->path) : disk->cdrom);
    }
  written = dio_definition_to_bytes (definition);
  second = dio_definition_parse (written, "/place/x.diorama", &error);
  g_assert_no_error (error);
  again = dio_definition_to_bytes (second);
  g_assert_true (g_bytes_equal (written, again));
  dio_definition_set_folder (second, "/other/y.diorama");
  return 0;
}
