/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/source.h"

G_BEGIN_DECLS

/* The devices of this computer, as udev tells of them (gudev). */
#define DIO_TYPE_USB_HOST_SOURCE (dio_usb_host_source_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbHostSource, dio_usb_host_source, DIO, USB_HOST_SOURCE, GObject)

DioUsbSource *dio_usb_host_source_new (void);

G_END_DECLS
