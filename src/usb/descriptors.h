/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>
#include <libusb.h>

G_BEGIN_DECLS

/* Whether what a device says of itself can be given to usbredirhost 0.15 and libusb 1.0.28, which believe some of it:
 * all configurations are looked at. *RET_WHY: what is wrong, for a log (transfer none). On libusb's thread. */
gboolean dio_usb_descriptors_are_sound (libusb_device *device, const char **ret_why);
/* Whether the interface, in the active configuration, has a setting that usbredirhost finds at ALTERNATE. */
gboolean dio_usb_descriptors_have_alternate (libusb_device *device, guint8 interface, guint8 alternate);

G_END_DECLS
