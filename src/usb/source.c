/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/source.h"

#include "config.h"
#include "usb/host-source.h"
#include "usb/portal-source.h"

#include <glib/gi18n-lib.h>

G_DEFINE_INTERFACE (DioUsbSource, dio_usb_source, G_TYPE_LIST_MODEL)

static void
dio_usb_source_default_init (DioUsbSourceInterface *iface)
{
  g_object_interface_install_property (
      iface, g_param_spec_string ("trouble", NULL, NULL, NULL,
                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
}

DioUsbSource *
dio_usb_source_new_default (void)
{
  if (g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    return dio_usb_portal_source_new (NULL);
  return dio_usb_host_source_new ();
}

const char *
dio_usb_source_get_trouble (DioUsbSource *self)
{
  g_return_val_if_fail (DIO_IS_USB_SOURCE (self), NULL);
  return DIO_USB_SOURCE_GET_IFACE (self)->get_trouble (self);
}

void
dio_usb_source_open_async (DioUsbSource *self, DioUsbDevice *device, const char *window, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (DIO_IS_USB_SOURCE (self) && DIO_IS_USB_DEVICE (device));
  DIO_USB_SOURCE_GET_IFACE (self)->open_async (self, device, window, cancellable, callback, user_data);
}

int
dio_usb_source_open_finish (DioUsbSource *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (DIO_IS_USB_SOURCE (self), -1);
  return DIO_USB_SOURCE_GET_IFACE (self)->open_finish (self, result, error);
}

void
dio_usb_source_release (DioUsbSource *self, DioUsbDevice *device)
{
  g_return_if_fail (DIO_IS_USB_SOURCE (self) && DIO_IS_USB_DEVICE (device));
  DIO_USB_SOURCE_GET_IFACE (self)->release (self, device);
}

DioUsbGuard
dio_usb_source_get_guard (DioUsbSource *self, DioUsbDevice *device)
{
  g_return_val_if_fail (DIO_IS_USB_SOURCE (self) && DIO_IS_USB_DEVICE (device), DIO_USB_GUARD_NONE);
  return DIO_USB_SOURCE_GET_IFACE (self)->get_guard (self, device);
}

const char *
dio_usb_guard_get_sentence (DioUsbGuard guard)
{
  switch (guard)
    {
    case DIO_USB_GUARD_INPUT:
      return _ ("This computer is used with it: while a machine has it, it works only there.");
    case DIO_USB_GUARD_SYSTEM:
      return _ ("This computer runs from it, and would stop working without it.");
    case DIO_USB_GUARD_NETWORK:
      return _ ("This computer is connected to its network through it, and would lose the connection.");
    case DIO_USB_GUARD_HUB:
      return _ ("A hub cannot be given to a machine, only what is plugged into it.");
    case DIO_USB_GUARD_NONE:
    default:
      return NULL;
    }
}
