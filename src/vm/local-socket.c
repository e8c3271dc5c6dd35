/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/local-socket.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
open_socket (const char *path, struct sockaddr_un *address)
{
  *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
  if (g_strlcpy (address->sun_path, path, sizeof address->sun_path) >= sizeof address->sun_path)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  return socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
fail (const char *path, GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("The socket “%s” cannot be used (%s)."), path,
               g_strerror (errno));
  return -1;
}

int
dio_local_socket_listen (const char *path, GError **error)
{
  struct sockaddr_un address;
  g_autofd int fd = open_socket (path, &address);

  if (fd >= 0)
    unlink (path);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0 || listen (fd, 1) < 0)
    return fail (path, error);
  return g_steal_fd (&fd);
}

int
dio_local_socket_connect (const char *path, GError **error)
{
  struct sockaddr_un address;
  g_autofd int fd = open_socket (path, &address);

  if (fd < 0 || !g_unix_set_fd_nonblocking (fd, TRUE, NULL) ||
      connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    return fail (path, error);
  g_unix_set_fd_nonblocking (fd, FALSE, NULL);
  return g_steal_fd (&fd);
}
