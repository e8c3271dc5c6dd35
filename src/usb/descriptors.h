/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>
#include <libusb.h>

G_BEGIN_DECLS

/* What a device says of itself, looked at once, all configurations: libusb 1.0.28 loses memory whenever it reads some
 * that are cut short. */
typedef struct _DioUsbDescriptors DioUsbDescriptors;

/* NULL: they cannot be given to usbredirhost 0.15, which believes some of it; *RET_WHY: what is wrong, for a log
 * (transfer none). On libusb's thread. */
DioUsbDescriptors *dio_usb_descriptors_new (libusb_device *device, const char **ret_why);
void dio_usb_descriptors_free (DioUsbDescriptors *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioUsbDescriptors, dio_usb_descriptors_free)

/* Whether the interface has, in the configuration of that value, a setting where usbredirhost looks for ALTERNATE. */
gboolean dio_usb_descriptors_have_alternate (DioUsbDescriptors *self, int configuration, guint8 interface,
                                             guint8 alternate);

G_END_DECLS
