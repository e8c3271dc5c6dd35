/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef enum
{
  DIO_FIRMWARE_BIOS,
  DIO_FIRMWARE_UEFI,
  DIO_FIRMWARE_UEFI_SECURE
} DioFirmware;
typedef enum
{
  DIO_ACCEL_AUTO,
  DIO_ACCEL_KVM,
  DIO_ACCEL_TCG
} DioAccel;
/* NAT: QEMU's own (slirp); PASST: the same by passt, a process beside it; ISOLATED: machines of this kind see each
 * other and nothing else. */
typedef enum
{
  DIO_NETWORK_NONE,
  DIO_NETWORK_NAT,
  DIO_NETWORK_PASST,
  DIO_NETWORK_ISOLATED
} DioNetwork;
typedef enum
{
  DIO_NETWORK_CARD_VIRTIO,
  DIO_NETWORK_CARD_E1000E,
  DIO_NETWORK_CARD_RTL8139
} DioNetworkCard;
/* What the picture goes through: the processor; buffers shared with the guest, without copies; the graphics card, which
 * the guest draws with. */
typedef enum
{
  DIO_GRAPHICS_2D,
  DIO_GRAPHICS_BLOB,
  DIO_GRAPHICS_3D
} DioGraphics;

#define DIO_TYPE_FIRMWARE (dio_firmware_get_type ())
GType dio_firmware_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_ACCEL (dio_accel_get_type ())
GType dio_accel_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_NETWORK (dio_network_get_type ())
GType dio_network_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_GRAPHICS (dio_graphics_get_type ())
GType dio_graphics_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_NETWORK_CARD (dio_network_card_get_type ())
GType dio_network_card_get_type (void) G_GNUC_CONST;

G_END_DECLS
