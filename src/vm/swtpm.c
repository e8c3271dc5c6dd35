/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/swtpm.h"

#include "vm/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>

DioProcess *
dio_swtpm_new (const char *state, int log_fd, int *control, GError **error)
{
  g_autofd int log = log_fd;
  g_autofree char *program = dio_tool_find ("swtpm");
  /* The folder by a descriptor: swtpm takes commas in a path for its own. */
  const char *const argv[] = { program,
                               "socket",
                               "--tpm2",
                               "--tpmstate",
                               "dir=/proc/self/fd/4,mode=0600",
                               "--ctrl",
                               "type=unixio,clientfd=3",
                               "--terminate",
                               NULL };
  g_autofd int ours = -1;
  g_autoptr (DioProcess) process = NULL;
  int pair[2], fds[2];

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                   _ ("This machine has a TPM, for which the program %s is needed. Install the package %s, or take the "
                      "TPM out of the machine's settings."),
                   "swtpm", "swtpm");
      return NULL;
    }
  fds[1] = open (state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fds[1] < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The folder of the machine's TPM, “%s”, cannot be opened (%s)."), state, g_strerror (errno));
      return NULL;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The machine's TPM did not start: %s. Close some windows."), g_strerror (errno));
      g_clear_fd (&fds[1], NULL);
      return NULL;
    }
  ours = pair[0];
  fds[0] = pair[1];
  process = dio_process_new (argv, fds, 2, g_steal_fd (&log), error);
  if (process != NULL)
    *control = g_steal_fd (&ours);
  return g_steal_pointer (&process);
}
