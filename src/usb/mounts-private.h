/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "usb/mounts.h"

G_BEGIN_DECLS

/* As usb/mounts.h has them, of what is at PATH below ROOT (see usb/blocks.h). */
char **dio_usb_mounts_list_at (const char *root, const char *path);
void dio_usb_mounts_unmount_at_async (const char *root, const char *path, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
