/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* Holds copies of the descriptors of USB devices that Diorama has taken from the kernel's drivers, and gives them back
 * when Diorama is gone. Nothing but libc, so that it weighs nothing; it sleeps in one recvmsg().
 *
 * What makes it work: usbfs keeps its claims by the open file, not by the process, and asks for no permission but that
 * file. So the claims outlive Diorama as long as the copy is there, and so does the right to undo them. */
#include "usb/configuration.h"
#include "usb/keeper-private.h"

#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_INTERFACES 32
#define CONTROL_TIMEOUT 1000 /* ms */
#define ATTEMPTS 3

typedef struct
{
  uint32_t id;
  int fd;
  int configuration; /* when it was taken; 0: not known, or had none */
} Held;

static Held held[DIO_USB_KEEPER_MAX];
static unsigned n_held;

/* --- one device --- */

static int
get_configuration (int fd)
{
  uint8_t value = 0;
  struct usbdevfs_ctrltransfer ask = { .bRequestType = USB_DIR_IN | USB_RECIP_DEVICE,
                                       .bRequest = USB_REQ_GET_CONFIGURATION,
                                       .wLength = 1,
                                       .timeout = CONTROL_TIMEOUT,
                                       .data = &value };
  int configuration = dio_usb_get_configuration (fd);

  if (configuration > 0)
    return configuration;
  return ioctl (fd, USBDEVFS_CONTROL, &ask) == 1 ? value : 0;
}

/* WHAT: USBDEVFS_CONNECT, for a driver to be found for each interface that has none; or USBDEVFS_DISCONNECT. */
static void
tell_interfaces (int fd, int what)
{
  for (int i = 0; i < MAX_INTERFACES; i++)
    {
      struct usbdevfs_ioctl tell = { .ifno = i, .ioctl_code = what };

      ioctl (fd, USBDEVFS_IOCTL, &tell);
    }
}

/* Refused while a driver is bound, and one may have come at any time for what the guest has changed it to: that is when
 * udev loads it. */
static void
put_configuration_back (const Held *device)
{
  unsigned configuration = (unsigned) device->configuration;

  for (int i = 0; i < ATTEMPTS && get_configuration (device->fd) != device->configuration; i++)
    {
      tell_interfaces (device->fd, USBDEVFS_DISCONNECT);
      ioctl (device->fd, USBDEVFS_SETCONFIGURATION, &configuration);
    }
}

/* Releasing cancels what was under way. (It is never reaped: usbfs would write the results to the addresses that they
 * were to have in Diorama, which are ours by now.) What endpoint 0 was asked is of no interface, and only a reset ends
 * that; it also brings the device out of the middle of whatever the guest was saying. Each device had one when the
 * guest found it, and so does not mind.
 *
 * DEAD: nobody else has done anything of it, and there may be an interface that was detached and not claimed yet. */
static void
give_back (const Held *device, bool dead)
{
  bool claimed = false;

  for (unsigned i = 0; i < MAX_INTERFACES; i++)
    claimed |= ioctl (device->fd, USBDEVFS_RELEASEINTERFACE, &i) == 0;
  if (!claimed && !dead)
    return;
  if (claimed)
    ioctl (device->fd, USBDEVFS_RESET);
  if (device->configuration > 0)
    put_configuration_back (device);
  tell_interfaces (device->fd, USBDEVFS_CONNECT);
}

/* --- all of them --- */

static void
hold (const DioUsbKeeperMessage *message, int fd)
{
  int configuration = message->configuration;

  if (n_held == DIO_USB_KEEPER_MAX)
    close (fd);
  else
    held[n_held++] = (Held) { message->id, fd, configuration > 0 ? configuration : get_configuration (fd) };
}

static void
drop (uint32_t id)
{
  for (unsigned i = 0; i < n_held; i++)
    if (held[i].id == id)
      {
        give_back (&held[i], false);
        close (held[i].fd);
        held[i] = held[--n_held];
        return;
      }
}

/* Each in a process of its own, so that one that hangs keeps none of the others. */
static void
give_all_back (void)
{
  for (unsigned i = 0; i < n_held; i++)
    {
      pid_t child = fork ();

      if (child > 0)
        continue;
      give_back (&held[i], true);
      if (child == 0)
        _exit (0);
    }
}

/* Returns: false when Diorama is gone. */
static bool
take_message (void)
{
  DioUsbKeeperMessage message = { 0 };
  union
  {
    char space[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  struct iovec part = { &message, sizeof message };
  /* Room for one descriptor: the kernel closes what does not fit. */
  struct msghdr header = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = CMSG_LEN (sizeof (int))
  };
  ssize_t n = recvmsg (DIO_USB_KEEPER_FD, &header, MSG_CMSG_CLOEXEC);
  struct cmsghdr *extra = n > 0 ? CMSG_FIRSTHDR (&header) : NULL;
  int fd = -1;

  if (extra != NULL && extra->cmsg_type == SCM_RIGHTS && extra->cmsg_len >= CMSG_LEN (sizeof fd))
    memcpy (&fd, CMSG_DATA (extra), sizeof fd);
  if (n == (ssize_t) sizeof message && message.what == DIO_USB_KEEPER_HOLD && fd >= 0)
    hold (&message, fd);
  else if (fd >= 0)
    close (fd);
  if (n == (ssize_t) sizeof message && message.what == DIO_USB_KEEPER_DROP)
    drop (message.id);
  return n > 0;
}

int
main (void)
{
  static const int heeded_by_others[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };

  for (unsigned i = 0; i < sizeof heeded_by_others / sizeof *heeded_by_others; i++)
    signal (heeded_by_others[i], SIG_IGN);
  signal (SIGCHLD, SIG_IGN);
  setsid ();
  prctl (PR_SET_NAME, "diorama-keeper");
  close_range (DIO_USB_KEEPER_FD + 1, ~0u, 0);
  if (chdir ("/") < 0) /* so as to keep nothing mounted */
    return 1;
  while (take_message ())
    ;
  give_all_back ();
  return 0;
}
