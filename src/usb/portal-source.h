/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/source.h"

G_BEGIN_DECLS

/* What org.freedesktop.portal.Usb (version 1) shows and hands out: enumeration, events and acquisition are all the
 * portal's; devices it shows without their names are named by their numbers and the hardware database, if there is one.
 * "trouble" tells of a desktop without such a portal. */
#define DIO_TYPE_USB_PORTAL_SOURCE (dio_usb_portal_source_get_type ())
G_DECLARE_FINAL_TYPE (DioUsbPortalSource, dio_usb_portal_source, DIO, USB_PORTAL_SOURCE, GObject)

/* CONNECTION: (nullable): to the session bus; NULL: the usual one. */
DioUsbSource *dio_usb_portal_source_new (GDBusConnection *connection);

G_END_DECLS
