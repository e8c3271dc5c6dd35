/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#include "usb/guard.h"

#include "usb/below.h"

/* A key that types passwords, or a controller, is not what a computer is used with. */
static gboolean
is_input (const char *root, const char *path, DioUsbKind kind)
{
  return kind != DIO_USB_KIND_SMART_CARD && kind != DIO_USB_KIND_GAME_CONTROLLER &&
         (dio_usb_below_find_kinds (root, path) & (1u << DIO_USB_KIND_KEYBOARD | 1u << DIO_USB_KIND_POINTER));
}

DioUsbGuard
dio_usb_guard_find (const char *root, const char *path, DioUsbKind kind)
{
  if (kind == DIO_USB_KIND_HUB)
    return DIO_USB_GUARD_HUB;
  if (is_input (root, path, kind))
    return DIO_USB_GUARD_INPUT;
  return DIO_USB_GUARD_NONE;
}
