/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <stdint.h>

/* What keeper.c tells diorama-usb-keeper, a message a packet (SOCK_SEQPACKET); there are no answers. The socket's end
 * is Diorama's end. */

#define DIO_USB_KEEPER_FD 3 /* where the program finds its end of the socket */
/* Devices at a time; twice as many messages fit into a socket that nobody reads (212992 bytes, by default). */
#define DIO_USB_KEEPER_MAX 64

enum
{
  DIO_USB_KEEPER_HOLD = 1, /* with the device's descriptor */
  DIO_USB_KEEPER_DROP,
};

typedef struct
{
  uint32_t what, id;
  int32_t configuration; /* of what is held, see configuration.h; the guest could be faster than the keeper */
} DioUsbKeeperMessage;
