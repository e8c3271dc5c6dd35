/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "cli/cli.h"

#include "cli/command.h"

int
dio_cli_run (int *argc, char **argv)
{
  static const struct
  {
    const char *name;
    int (*run) (int argc, char **argv);
  } commands[] = {
    { "delete", dio_command_delete }, { "duplicate", dio_command_duplicate },
    { "export", dio_command_export }, { "import", dio_command_import },
    { "info", dio_command_info },     { "inspect", dio_command_inspect },
    { "list", dio_command_list },     { "new", dio_command_new },
    { "set", dio_command_set },       { "start", dio_command_start },
    { "stop", dio_command_stop },     { "usb", dio_command_usb },
  };
  int status;

  for (guint i = 0; *argc > 1 && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (argv[1], commands[i].name))
      {
        /* No other thread may believe that the main context is free between two turns of a command that waits. */
        g_main_context_acquire (NULL);
        status = commands[i].run (*argc - 1, argv + 1);
        g_main_context_release (NULL);
        if (status >= 0)
          return dio_command_end (status);
        g_set_prgname ("diorama");
        *argc = (int) g_strv_length (argv);
        return status;
      }
  return -1;
}
