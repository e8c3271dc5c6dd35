/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

G_BEGIN_DECLS

/* A device as org.freedesktop.portal.Usb tells of it. INFO: a{sv}, as EnumerateDevices and DeviceEvents have it;
 * nothing of it is believed to be there. What the portal does not tell (classes, port, speed) is looked up in sysfs,
 * which a Flatpak can see, and unknown where that is hidden. NULL: a root hub, or without the numbers by which devices
 * are known. */
DioUsbDevice *dio_usb_portal_device_new (const char *id, GVariant *info);
/* What udev has made of a string of a device (ID_MODEL_ENC): bytes that it did not like as “\x20”. (transfer full) */
char *dio_usb_portal_decode (const char *encoded);
/* The number that the kernel has for the character device NODE, “/dev/bus/usb/BUS/DEVICE” (drivers/usb/core/usb.c:
 * 128 of them a bus). 0 for anything else, and NULL. */
dev_t dio_usb_portal_get_number (const char *node);

G_END_DECLS
