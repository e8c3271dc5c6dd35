/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Gives devices back to the kernel's drivers when nobody else can: a small process of ours (diorama-usb-keeper) that
 * has a copy of each device's file descriptor, and on the end of Diorama, however it ends, releases what was claimed,
 * puts the configuration back and has the drivers bind again. It sleeps otherwise. It heeds no signal that ends a
 * session's programs in a group, and needs nothing but the descriptors, so that it works in a sandbox as well. Any
 * thread.
 *
 * There is one for all devices; it is started by the first hold, and ends by itself with the last drop. */

/* Before anything of the device is detached. FD: of usbfs, stays the caller's. Returns an identifier for the drop, or 0
 * with an error, and then the device must not be used. */
guint dio_usb_keeper_hold (int fd, GError **error);
/* After everything was given back in the usual way. */
void dio_usb_keeper_drop (guint id);

G_END_DECLS
