/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/host-open.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "usb/access.h"
#include "usb/guard.h"

/* USB_DEVICE_MAJOR of the kernel (Documentation/admin-guide/devices.txt). */
#define USB_MAJOR 189

static void
set_error (GError **error, const char *name, int code)
{
  switch (code)
    {
    case EACCES:
    case EPERM:
      g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_DENIED,
                   dio_usb_access_has_rule ()
                       /* Translators: %s is a USB device. */
                       ? _ ("The system does not let you use “%s”: USB devices belong to who sits at the computer. "
                            "Unplug it and plug it in again, or log in at the computer itself.")
                       : _ ("The system does not let you use “%s”: it gives USB devices to administrators only. An "
                            "administrator can change that by installing the rule that comes with Diorama."),
                   name);
      break;
    case ENODEV:
    case ENOENT:
    case ENXIO:
      g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_GONE, _ ("“%s” is not plugged in any more."), name);
      break;
    case EBUSY:
      g_set_error (error, DIO_USB_ERROR, DIO_USB_ERROR_BUSY, _ ("“%s” is used by another program: close that first."),
                   name);
      break;
    default:
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), _ ("“%s” could not be opened: %s."), name,
                   g_strerror (code));
    }
}

/* The node's numbers in sysfs: by them it is known that the node is the device's which is at that port now. A name in
 * /dev may have become another device's. */
static gboolean
is_of_device (int fd, const char *sysfs_path)
{
  g_autofree char *path = g_build_filename (sysfs_path, "dev", NULL), *told = NULL, *is = NULL;
  struct stat info;

  if (fstat (fd, &info) < 0 || !S_ISCHR (info.st_mode) || major (info.st_rdev) != USB_MAJOR ||
      !g_file_get_contents (path, &told, NULL, NULL))
    return FALSE;
  is = g_strdup_printf ("%u:%u", major (info.st_rdev), minor (info.st_rdev));
  return g_str_equal (g_strstrip (told), is);
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  DioUsbDevice *device = data;
  const char *name = dio_usb_device_get_name (device);
  g_autofd int fd = open (dio_usb_device_get_node (device), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
  GError *error = NULL;

  if (fd < 0)
    set_error (&error, name, errno);
  else if (!is_of_device (fd, dio_usb_device_get_sysfs_path (device)))
    set_error (&error, name, ENODEV);
  if (error)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, g_steal_fd (&fd));
}

void
dio_usb_host_open_async (DioUsbSource *source, DioUsbDevice *device, const char *window, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, callback, user_data);

  g_task_set_source_tag (task, dio_usb_host_open_async);
  /* What was opened is told even so: a descriptor that nobody takes would stay open. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, g_object_ref (device), g_object_unref);
  if (!g_task_return_error_if_cancelled (task))
    g_task_run_in_thread (task, run);
}

DioUsbGuard
dio_usb_host_source_get_guard (DioUsbSource *source, DioUsbDevice *device)
{
  return dio_usb_guard_find ("", dio_usb_device_get_sysfs_path (device), dio_usb_device_get_kind (device));
}
