/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */

/* What hands a USB device to a machine (usb/redirector.h, usb/keeper.h), without all that is around it in Diorama, for
 * usb_routes.py: usb-driver NODE FD [NODE FD]…, of usbfs, and of the stream to QEMU's usb-redir.
 *
 * Tells, a line each: “connected NODE”, “failed NODE CODE MESSAGE” (of usb/error.h; -1: another), “ended NODE REASON
 * DETAILS”, “closed NODE”. Closes all at the end of standard input, and ends when it has none left. */
#include "usb/error.h"
#include "usb/keeper.h"
#include "usb/redirector.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct
{
  const char *node;
  guint held; /* by the keeper */
  DioUsbRedirector *redirector;
} Device;

static GMainLoop *loop;
static Device *devices;
static guint n_devices, n_left;
static gboolean closing;

static void
forget (Device *device, const char *what, const char *more)
{
  g_clear_object (&device->redirector);
  if (device->held != 0)
    dio_usb_keeper_drop (device->held);
  device->held = 0;
  printf ("%s %s%s\n", what, device->node, more);
  fflush (stdout);
  if (--n_left == 0)
    g_main_loop_quit (loop);
}

static void
fail (Device *device, GError *error)
{
  int code = error->domain == DIO_USB_ERROR ? error->code : -1;
  g_autofree char *more = g_strdup_printf (" %d %s", code, error->message);

  forget (device, "failed", more);
}

static void
on_ended (DioUsbRedirector *redirector, guint reason, const char *details, Device *device)
{
  g_autofree char *more = g_strdup_printf (" %u %s", reason, details != NULL ? details : "");

  forget (device, "ended", more);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  dio_usb_redirector_close_finish (DIO_USB_REDIRECTOR (source), result);
  forget (data, "closed", "");
}

static void
close_device (Device *device)
{
  if (device->redirector == NULL)
    return;
  g_signal_handlers_disconnect_by_data (device->redirector, device);
  dio_usb_redirector_close_async (device->redirector, on_closed, device);
}

static void
on_redirected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Device *device = data;

  device->redirector = dio_usb_redirector_new_finish (result, &error);
  if (device->redirector == NULL)
    {
      fail (device, error);
      return;
    }
  g_signal_connect (device->redirector, "ended", G_CALLBACK (on_ended), device);
  printf ("connected %s\n", device->node);
  fflush (stdout);
  if (closing)
    close_device (device);
}

static void
redirect (Device *device, int stream_fd)
{
  g_autofd int fd = g_open (device->node, O_RDWR | O_CLOEXEC);
  g_autoptr (GError) error = NULL;

  if (fd < 0)
    g_set_error_literal (&error, DIO_USB_ERROR, DIO_USB_ERROR_DENIED, "It cannot be opened.");
  else
    device->held = dio_usb_keeper_hold (fd, &error);
  if (device->held == 0)
    {
      close (stream_fd);
      fail (device, error);
      return;
    }
  dio_usb_redirector_new_async (g_steal_fd (&fd), stream_fd, NULL, on_redirected, device);
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer data)
{
  closing = TRUE;
  for (guint i = 0; i < n_devices; i++)
    close_device (&devices[i]);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  loop = g_main_loop_new (NULL, FALSE);
  n_devices = n_left = (guint) (argc - 1) / 2;
  devices = g_new0 (Device, n_devices);
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_input, NULL);
  for (guint i = 0; i < n_devices; i++)
    {
      devices[i].node = argv[1 + 2 * i];
      redirect (&devices[i], atoi (argv[2 + 2 * i]));
    }
  if (n_left > 0)
    g_main_loop_run (loop);
  g_free (devices);
  g_main_loop_unref (loop);
  return 0;
}
