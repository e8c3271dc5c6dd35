/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "config.h"

#include "usb/keeper.h"

#include "base/own-files.h"

#include "usb/configuration.h"
#include "usb/keeper-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>

/* Our end of the socket, which is closed with the last drop: that ends the process, and the next hold starts another,
 * so that none is ever told anything while it ends. */
static struct
{
  GMutex lock;
  int socket;
  guint last_id, n_held;
} keeper = { .socket = -1 };

static gboolean
start (GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree char *program = dio_own_helper ("usb", "diorama-usb-keeper");
  static const char *const environment[] = { NULL };
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("The USB device was not connected (%s). Close some windows, then try again."),
                   g_strerror (errno));
      return FALSE;
    }
  g_subprocess_launcher_set_environ (launcher, (char **) environment);
  g_subprocess_launcher_take_fd (launcher, pair[1], DIO_USB_KEEPER_FD);
  process = g_subprocess_launcher_spawn (launcher, &reason, program, NULL);
  g_subprocess_launcher_close (launcher);
  if (process != NULL)
    {
      keeper.socket = pair[0];
      return TRUE;
    }
  close (pair[0]);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
               _ ("The USB device was not connected: the program that would give it back to this computer "
                  "(diorama-usb-keeper) cannot be run (%s). Install Diorama again."),
               reason->message);
  return FALSE;
}

/* FD: -1: none. Never waits. */
static gboolean
tell (guint what, guint id, int fd)
{
  DioUsbKeeperMessage message = { what, id, fd >= 0 ? dio_usb_get_configuration (fd) : 0 };
  union
  {
    char space[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { 0 };
  struct iovec part = { &message, sizeof message };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  if (fd >= 0)
    {
      struct cmsghdr *extra;

      header.msg_control = control.space;
      header.msg_controllen = sizeof control.space;
      extra = CMSG_FIRSTHDR (&header);
      extra->cmsg_level = SOL_SOCKET;
      extra->cmsg_type = SCM_RIGHTS;
      extra->cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (extra), &fd, sizeof fd);
    }
  return sendmsg (keeper.socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) == (gssize) sizeof message;
}

guint
dio_usb_keeper_hold (int fd, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keeper.lock);
  gboolean told = FALSE;

  g_return_val_if_fail (fd >= 0, 0);
  if (keeper.n_held == DIO_USB_KEEPER_MAX)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                           _ ("Too many USB devices are connected. Disconnect one of them, then try again."));
      return 0;
    }
  do
    keeper.last_id++;
  while (keeper.last_id == 0);
  if (keeper.socket >= 0)
    told = tell (DIO_USB_KEEPER_HOLD, keeper.last_id, fd);
  /* Somebody has killed it, or there is none yet. */
  if (!told && (keeper.socket < 0 || errno == EPIPE || errno == ECONNRESET))
    {
      g_clear_fd (&keeper.socket, NULL);
      if (!start (error))
        return 0;
      told = tell (DIO_USB_KEEPER_HOLD, keeper.last_id, fd);
    }
  if (told)
    {
      keeper.n_held++;
      return keeper.last_id;
    }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("The USB device was not connected (%s). Disconnect another one, then try again."),
               g_strerror (errno));
  if (keeper.n_held == 0)
    g_clear_fd (&keeper.socket, NULL);
  return 0;
}

void
dio_usb_keeper_drop (guint id)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&keeper.lock);

  g_return_if_fail (id != 0 && keeper.n_held > 0);
  /* If it cannot be told now, it gives back what is the computer's already, later. */
  if (keeper.socket >= 0 && !tell (DIO_USB_KEEPER_DROP, id, -1))
    g_debug ("the keeper was not told of the end of %u: %s", id, g_strerror (errno));
  if (--keeper.n_held == 0)
    g_clear_fd (&keeper.socket, NULL);
}
