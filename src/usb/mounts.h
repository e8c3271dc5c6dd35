/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/device.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What this computer has mounted of a device. */

/* Where, as the user sees it (NULL-terminated, empty when nothing is): all file systems on the block devices below it,
 * also through partitions, LUKS and LVM. Empty where sysfs cannot be seen. (transfer full) */
char **dio_usb_mounts_list (DioUsbDevice *device);
/* Asks udisks to unmount all of them, and lock what is encrypted; fails with G_IO_ERROR_BUSY and who uses it, if that
 * can be known. What was unmounted before a failure stays so, and the message says it. */
void dio_usb_mounts_unmount_async (DioUsbDevice *device, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean dio_usb_mounts_unmount_finish (GAsyncResult *result, GError **error);

G_END_DECLS
