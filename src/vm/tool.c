/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/tool.h"

#include <glib/gi18n-lib.h>

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

/* Beside the QEMU that runs the machine, so that both understand the same. */
static char *
find_qemu_img (DioEngine *engine)
{
  g_autofree char *directory = g_path_get_dirname (dio_engine_get_binary (engine));
  g_autofree char *path = g_build_filename (directory, "qemu-img", NULL);

  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer (&path) : dio_tool_find ("qemu-img");
}

gboolean
dio_tool_run_qemu_img (DioEngine *engine, const char *const *arguments, char **output, GError **error)
{
  g_autofree char *program = find_qemu_img (engine), *errors = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  int status;

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The program %s is missing, which this machine needs. Install the package %s."), "qemu-img",
                   "qemu-utils");
      return FALSE;
    }
  g_ptr_array_add (argv, program);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_CLOEXEC_PIPES, NULL, NULL, output, &errors, &status,
                     error))
    return FALSE;
  if (g_spawn_check_wait_status (status, NULL))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s", g_strstrip (errors));
  return FALSE;
}
