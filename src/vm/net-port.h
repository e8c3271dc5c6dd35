/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The port of one machine to an isolated network of this user's. There is no hub that could end before the others: each
 * port is a datagram socket with a name in the network's folder, and whose name is there gets the frames. The folder is
 * the user's alone. A thread of its own carries frames, until it is freed; it drops what nobody takes. */
typedef struct _DioNetPort DioNetPort;

/* NETWORK: its name as the user has it, NULL for the nameless one. PEER: what QEMU gets, a connected datagram socket,
 * (out) (transfer full). */
DioNetPort *dio_net_port_new (const char *network, int *peer, GError **error);
void dio_net_port_free (DioNetPort *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioNetPort, dio_net_port_free)

G_END_DECLS
