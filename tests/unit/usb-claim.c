/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What a redirection does to a device, as badly as it can, for tests/lab/test-usb-keeper.py: usb-claim NODE HOW. It has
 * the keeper hold the device, does it, says “ready” and waits to be killed; what is read makes it drop the device as it
 * is. */
#include "usb/keeper.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/usb/ch9.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BLOCK 512
#define TRANSFER (16 * 1024)
#define N_TRANSFERS 8

/* Mass storage's "bulk-only" command wrapper. */
typedef struct __attribute__ ((packed))
{
  guint32 signature, tag, length;
  guint8 flags, lun, command_length, command[16];
} Command;

static void
check (gboolean good, const char *what)
{
  if (good)
    return;
  perror (what);
  _exit (1);
}

static void
claim_all (int fd)
{
  guint n = 0;

  for (guint i = 0; i < 32; i++)
    {
      struct usbdevfs_disconnect_claim claim = { .interface = i };

      n += ioctl (fd, USBDEVFS_DISCONNECT_CLAIM, &claim) == 0;
    }
  check (n > 0, "claim");
}

static void
configure (int fd, guint configuration)
{
  for (guint i = 0; i < 32; i++)
    ioctl (fd, USBDEVFS_RELEASEINTERFACE, &i);
  check (ioctl (fd, USBDEVFS_SETCONFIGURATION, &configuration) == 0, "configuration");
}

/* The first two endpoints of the first configuration, which is mass storage's. */
static void
find_endpoints (int fd, guint *in, guint *out)
{
  guint8 descriptors[256];
  gssize n = read (fd, descriptors, sizeof descriptors);

  *in = *out = 0;
  for (gssize i = 0; i + 2 < n && descriptors[i] >= 2 && (*in == 0 || *out == 0); i += descriptors[i])
    if (descriptors[i + 1] == USB_DT_ENDPOINT)
      *((descriptors[i + 2] & USB_DIR_IN) != 0 ? in : out) = descriptors[i + 2];
  check (*in != 0 && *out != 0, "endpoints");
}

/* Asks for a transfer of LENGTH bytes from block FIRST, and has PARTS of it under way for ever: more than there is to
 * read, or less than is to be written, so that the disk waits for the rest. */
static void
begin_transfer (int fd, gboolean writes, guint32 first, guint32 length, guint parts)
{
  static guint8 data[N_TRANSFERS][TRANSFER];
  static struct usbdevfs_urb urbs[N_TRANSFERS];
  Command command = { GUINT32_TO_LE (0x43425355), 1, GUINT32_TO_LE (length), writes ? 0 : 0x80, 0, 10, { 0 } };
  struct usbdevfs_bulktransfer bulk = { .len = sizeof command, .timeout = 20000, .data = &command };
  guint in, out;

  find_endpoints (fd, &in, &out);
  command.command[0] = writes ? 0x2a : 0x28; /* WRITE (10), READ (10) */
  first = GUINT32_TO_BE (first);
  memcpy (&command.command[2], &first, sizeof first);
  command.command[7] = (guint8) (length / BLOCK >> 8);
  command.command[8] = (guint8) (length / BLOCK);
  bulk.ep = out;
  check (ioctl (fd, USBDEVFS_BULK, &bulk) == sizeof command, "command");
  for (guint i = 0; i < parts; i++)
    {
      urbs[i] = (struct usbdevfs_urb) { .type = USBDEVFS_URB_TYPE_BULK,
                                        .endpoint = (guint8) (writes ? out : in),
                                        .buffer = data[i],
                                        .buffer_length = TRANSFER };
      check (ioctl (fd, USBDEVFS_SUBMITURB, &urbs[i]) == 0, "transfer");
    }
}

int
main (int argc, char **argv)
{
  const char *how = argc == 3 ? argv[2] : "";
  g_autoptr (GError) error = NULL;
  g_autofd int fd = argc == 3 ? open (argv[1], O_RDWR | O_CLOEXEC) : -1;
  char byte;
  guint id;

  check (fd >= 0, "open");
  id = dio_usb_keeper_hold (fd, &error);
  check (id != 0, error != NULL ? error->message : "hold");
  if (strcmp (how, "hold") != 0)
    claim_all (fd);
  if (strcmp (how, "configuration") == 0)
    {
      configure (fd, 2);
      claim_all (fd);
    }
  else if (strcmp (how, "nothing") == 0)
    configure (fd, (guint) -1);
  else if (strcmp (how, "read") == 0)
    begin_transfer (fd, FALSE, 0, 4 * TRANSFER, N_TRANSFERS);
  else if (strcmp (how, "write") == 0)
    begin_transfer (fd, TRUE, 1024, 8 * TRANSFER, 2);
  printf ("ready\n");
  fflush (stdout);
  if (read (STDIN_FILENO, &byte, 1) == 1)
    dio_usb_keeper_drop (id);
  pause ();
  return 0;
}
