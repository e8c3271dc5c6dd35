/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/passt.h"

#include "vm/tool.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

GStrv
dio_passt_build_arguments (const char *program, GPtrArray *forwards)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();

  g_strv_builder_add_many (argv, program, "--foreground", "--quiet", "--fd", "3", NULL);
  for (guint i = 0; i < forwards->len; i++)
    {
      const DioForward *forward = g_ptr_array_index (forwards, i);

      g_strv_builder_add (argv, forward->udp ? "--udp-ports" : "--tcp-ports");
      g_strv_builder_take (argv, g_strdup_printf ("%s/%u:%u", forward->address != NULL ? forward->address : "127.0.0.1",
                                                  forward->host_port, forward->guest_port));
    }
  return g_strv_builder_end (argv);
}

DioProcess *
dio_passt_new (int fd, GPtrArray *forwards, int log_fd, GError **error)
{
  g_autofd int log = log_fd, socket = fd;
  g_autofree char *program = dio_tool_find ("passt");
  g_auto (GStrv) argv = NULL;
  int fds[1];

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("The network of this machine goes through the program %s, which is not installed. Install the "
                      "package %s, or choose the network “NAT” in the machine's settings."),
                   "passt", "passt");
      return NULL;
    }
  argv = dio_passt_build_arguments (program, forwards);
  fds[0] = g_steal_fd (&socket);
  return dio_process_new ((const char *const *) argv, fds, 1, g_steal_fd (&log), error);
}
