/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/tool.h"

char *
dio_tool_find (const char *name)
{
  static const char *const places[] = { "/app/libexec", "/usr/libexec", "/usr/lib/qemu", "/usr/lib" };
  char *path = g_find_program_in_path (name);

  for (guint i = 0; path == NULL && i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *candidate = g_build_filename (places[i], name, NULL);

      if (g_file_test (candidate, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (candidate, G_FILE_TEST_IS_DIR))
        path = g_steal_pointer (&candidate);
    }
  return path;
}
