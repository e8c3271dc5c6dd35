/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a guest and a device may have in flight with each other, and in our memory: follows usbredir's packets
 * (docs/usb-redirection-protocol.md of usbredir 0.15, usbredirproto.h) in both directions, before usbredirhost has
 * them, because that one takes packets of 128 MB, allocates what it is asked for, and believes some things that it
 * should not. No sockets, no libusb. Any one thread.
 *
 * What counts: each request that was not answered yet, by its data in the larger direction; the buffers of streams that
 * were started; what was cancelled, and may be in the kernel's hands still, for a while; packets that the guest did not
 * read yet; and for each of them what it takes beside its data. */
typedef struct _DioRedirGate DioRedirGate;

typedef enum
{
  DIO_REDIR_PASS,
  DIO_REDIR_DROP,  /* of a stream that the guest does not read */
  DIO_REDIR_REFUSE /* the connection must end */
} DioRedirVerdict;

/* Whether the device, as it is configured now, has that alternate setting. */
typedef gboolean (*DioRedirHasAlternate) (guint8 interface, guint8 alternate, gpointer user_data);

/* LIMIT: bytes; no packet, request or sum is ever larger than half of it plus one more such, that is LIMIT. */
DioRedirGate *dio_redir_gate_new (gsize limit, DioRedirHasAlternate has_alternate, gpointer user_data);
void dio_redir_gate_free (DioRedirGate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioRedirGate, dio_redir_gate_free)

/* The next bytes of the guest, however they are cut, before anybody acts on them: PASS or REFUSE. After REFUSE: no
 * more. *RET_WHY (nullable): of a REFUSE, for a log (transfer none). */
DioRedirVerdict dio_redir_gate_check_guest (DioRedirGate *self, const guint8 *data, gsize size, const char **ret_why);
/* A whole packet for the guest. What passes counts until it was sent. The identifier of what a stream's state is is
 * cleared: usbredirhost 0.15 reads it from memory that it has freed, and QEMU does not look at it. */
DioRedirVerdict dio_redir_gate_check_host (DioRedirGate *self, guint8 *packet, gsize size);
void dio_redir_gate_sent (DioRedirGate *self, gsize size);
/* TRUE: as much as there may be is in flight, so that nothing must be read of the guest; it may change with each packet
 * for the guest, with what was sent, and when things settle. Only between two packets, so that a packet is never half
 * read for long. */
gboolean dio_redir_gate_is_full (DioRedirGate *self);
/* TRUE: the last packet that was read was of the kind that keeps a device busy for long (a reset): time to look after
 * others. Once. */
gboolean dio_redir_gate_take_slow (DioRedirGate *self);

/* To be called every DIO_REDIR_SETTLE_MS, as long as there is something cancelled. FALSE: there is not. */
#define DIO_REDIR_SETTLE_MS 100
gboolean dio_redir_gate_settle (DioRedirGate *self);
gboolean dio_redir_gate_is_settled (DioRedirGate *self);

/* Bytes that count, of which the second has nothing that only waits for the guest. */
gsize dio_redir_gate_get_sum (DioRedirGate *self);
gsize dio_redir_gate_get_queued (DioRedirGate *self);

G_END_DECLS
