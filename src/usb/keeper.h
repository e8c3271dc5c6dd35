/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Gives devices back to the kernel's drivers when nobody else can: a small process of ours (diorama-usb-keeper) that
 * has a copy of each device's file descriptor, and on the end of Diorama, however it ends, releases what was claimed,
 * resets it, puts the configuration back and has the drivers bind again. It sleeps otherwise. It heeds no signal that
 * ends a session's programs in a group, and needs nothing but the descriptors, so that it works in a sandbox as well.
 * Any thread; neither function waits for the process.
 *
 * There is one for all devices; it is started by the first hold, and ends by itself with the last drop.
 *
 * The copy keeps usbfs' file open: closing FD alone releases nothing of the device before the drop. Whoever gives it
 * back releases each interface (which cancels its transfers), and binds the drivers, by himself. */

/* Before anything of the device is detached. FD: of usbfs, stays the caller's. Returns an identifier for the drop, or 0
 * with an error, and then the device must not be used. */
guint dio_usb_keeper_hold (int fd, GError **error);
/* After everything was given back in the usual way. Interfaces that are claimed even so are given back now. FD may be
 * closed before; it must not be used after it. */
void dio_usb_keeper_drop (guint id);

G_END_DECLS
