/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

G_BEGIN_DECLS

/* What the drivers of this computer have made of a USB device, as sysfs tells. PATH: of the device in it; ROOT: "", or
 * what is before "/sys" in a made-up one, and in PATH. */

/* The names of the devices of CLASS ("net", "block", …) below PATH. (transfer full) */
GStrv dio_usb_below_list (const char *root, const char *path, const char *class);
/* 1 << DioUsbKind, ORed, for what they are used as. */
guint dio_usb_below_find_kinds (const char *root, const char *path);

G_END_DECLS
