/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "clipboard/agent.h"

G_BEGIN_DECLS

/* QEMU's end of the port of SPICE's agent: a character device on D-Bus (org.qemu.Display1.Chardev), ours or of somebody
 * else's QEMU. Main thread only.
 *
 * The host's end of the port is open while the guest's is, and not otherwise: so SPICE's own server does it, and agents
 * expect it. Each time that a program in the guest opens the port it gets a stream that begins there, and a DioAgent;
 * what was on its way to the one before goes with that one's socket. (An agent that finds the host's end closed while
 * it runs looks again a hundred times a second, hw/char/virtio-console.c and spice-vdagent 0.22.)
 *
 * Property (notify): "agent" (DioAgent or NULL: nobody has opened the port). */
#define DIO_TYPE_AGENT_PORT (dio_agent_port_get_type ())
G_DECLARE_FINAL_TYPE (DioAgentPort, dio_agent_port, DIO, AGENT_PORT, GObject)

/* BUS_NAME is NULL on a peer-to-peer connection. */
DioAgentPort *dio_agent_port_new (GDBusConnection *connection, const char *bus_name, const char *object_path);
DioAgent *dio_agent_port_get_agent (DioAgentPort *self); /* (transfer none) (nullable) */
void dio_agent_port_close (DioAgentPort *self);

G_END_DECLS
