/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/source.h"

G_BEGIN_DECLS

/* Why a device, by its PATH in sysfs and its KIND, is better left to this computer; see usb/below.h for ROOT, below
 * which "/proc" is made up, too. */
DioUsbGuard dio_usb_guard_find (const char *root, const char *path, DioUsbKind kind);

G_END_DECLS
