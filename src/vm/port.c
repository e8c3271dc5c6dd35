/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "vm/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <sys/socket.h>

GError *
dio_port_new_busy_error (const char *port)
{
  return g_error_new (G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                      _ ("Port %s of this computer is used by another program or machine. Choose another port in the "
                         "machine's settings, or end that program."),
                      port);
}

static void
set_error (GError **error, const DioForward *forward, int code)
{
  g_autofree char *port = g_strdup_printf ("%u", forward->host_port);

  if (code == EADDRINUSE)
    g_propagate_error (error, dio_port_new_busy_error (port));
  else if (code == EACCES)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                 _ ("Port %s of this computer is for the system only. Choose a port above 1023 in the machine's "
                    "settings."),
                 port);
  else if (code == EADDRNOTAVAIL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 _ ("This computer does not have the address %s now, so its port %s cannot lead into the machine. "
                    "Correct it in the machine's settings."),
                 forward->address, port);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 _ ("Port %s of this computer cannot lead into the machine (%s)."), port, g_strerror (code));
}

gboolean
dio_port_check (const DioForward *forward, GError **error)
{
  g_autofd int fd = socket (AF_INET, (forward->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (forward->host_port) };
  g_autofree char *rule = dio_forward_dup_rule (forward);

  if (rule == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("A forwarded port needs a number from 1 to 65535 on both sides, and an address of this "
                              "computer such as 127.0.0.1."));
      return FALSE;
    }
  inet_pton (AF_INET, forward->address != NULL ? forward->address : "127.0.0.1", &address.sin_addr);
  /* As QEMU does: connections that have just ended do not count. With UDP it would let two have the same port. */
  if (fd >= 0 && !forward->udp)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &(int) { 1 }, sizeof (int));
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      set_error (error, forward, errno);
      return FALSE;
    }
  return TRUE;
}
