/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Stands between GDBus and a peer that is not trusted, with a thread of its own: GDBus would read a line of any length
 * while it authenticates, and unpack a message of 128 MiB, of whatever type, to some gigabytes. The relay passes on
 * lines and whole messages with their descriptors, one at a time in each direction, and hangs up on what is too large.
 */

/* Takes over PEER_FD. Returns the end for GDBus, which ends the relay when it closes it; or -1. */
int dio_relay_start (int peer_fd, GError **error);

G_END_DECLS
