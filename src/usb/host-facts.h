/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

#include <gudev/gudev.h>

G_BEGIN_DECLS

/* Of a usb_device of udev: by its attributes in sysfs, its descriptors and the hardware database, whether udevd runs or
 * not. NULL: not a device that one could hand out (a root hub), not there any more, or without a node in /dev yet.
 * TOLD: (nullable): what a portal says of the device, which is believed where it says anything; then the node need not
 * be there, and NULL is also for when sysfs has another device under these numbers. */
DioUsbDevice *dio_usb_host_device_new (GUdevDevice *udev, const DioUsbFacts *told);
/* The names that the hardware database has of what has these numbers. (transfer full) (nullable) */
void dio_usb_host_look_up (guint16 vendor, guint16 product, char **ret_vendor, char **ret_product);
/* The interfaces in the content of sysfs' "descriptors", those of all configurations; what is cut off or makes no sense
 * ends it. Source: USB 3.2, 9.6. (transfer full): an array of DioUsbInterface. */
GArray *dio_usb_host_parse_descriptors (const guint8 *data, gsize size);
/* As "BUS-PORT.PORT…" of sysfs: numbers by their value. */
int dio_usb_host_compare_ports (const char *a, const char *b);

G_END_DECLS
