/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a machine is: plain properties, no behaviour, no I/O. The argument list is a pure function of this, a
 * DioEngine's abilities and the paths of one run (vm/argv.h). */
#define DIO_TYPE_MACHINE_CONFIG (dio_machine_config_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineConfig, dio_machine_config, DIO, MACHINE_CONFIG, GObject)

typedef enum { DIO_FIRMWARE_BIOS, DIO_FIRMWARE_UEFI, DIO_FIRMWARE_UEFI_SECURE } DioFirmware;
typedef enum { DIO_ACCEL_AUTO, DIO_ACCEL_KVM, DIO_ACCEL_TCG } DioAccel;
typedef enum { DIO_NETWORK_NONE, DIO_NETWORK_NAT } DioNetwork;
/* What the picture goes through: the processor; buffers shared with the guest, without copies; the graphics card, which
 * the guest draws with. */
typedef enum { DIO_GRAPHICS_2D, DIO_GRAPHICS_BLOB, DIO_GRAPHICS_3D } DioGraphics;
typedef enum { DIO_DISK_BUS_VIRTIO, DIO_DISK_BUS_SATA, DIO_DISK_BUS_NVME, DIO_DISK_BUS_USB } DioDiskBus;

#define DIO_TYPE_FIRMWARE (dio_firmware_get_type ())
GType dio_firmware_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_ACCEL (dio_accel_get_type ())
GType dio_accel_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_NETWORK (dio_network_get_type ())
GType dio_network_get_type (void) G_GNUC_CONST;
#define DIO_TYPE_GRAPHICS (dio_graphics_get_type ())
GType dio_graphics_get_type (void) G_GNUC_CONST;

/* As many outputs as virtio-gpu has (QEMU's include/hw/virtio/virtio-gpu.h). */
#define DIO_MAX_SCREENS 16

DioMachineConfig *dio_machine_config_new (const char *name);

/* Properties: "name" (string), "uuid" (string), "arch" (string, "x86_64"), "firmware", "accel", "network",
 * "graphics" (the enums), "cpus" (uint 1…255), "memory" (uint, MiB, 64…), "screens" (uint, 1…DIO_MAX_SCREENS, 4:
 * sockets for monitors, of which the first has one plugged in), "audio" (boolean), "touch" (boolean), "usb-tablet"
 * (boolean, TRUE: a pointer for guests without virtio drivers, which others use too), "clock-local" (boolean),
 * "kernel", "initrd", "kernel-arguments" (string or NULL: direct kernel boot), "extra-arguments" (GStrv or NULL),
 * "control-port" (string or NULL: name of an extra virtio-serial port, for the test guest). Plain getters and
 * setters. */
const char *dio_machine_config_get_name (DioMachineConfig *self);
const char *dio_machine_config_get_uuid (DioMachineConfig *self);
const char *dio_machine_config_get_arch (DioMachineConfig *self);
DioFirmware dio_machine_config_get_firmware (DioMachineConfig *self);
DioAccel dio_machine_config_get_accel (DioMachineConfig *self);
DioNetwork dio_machine_config_get_network (DioMachineConfig *self);
DioGraphics dio_machine_config_get_graphics (DioMachineConfig *self);
guint dio_machine_config_get_cpus (DioMachineConfig *self);
guint dio_machine_config_get_memory (DioMachineConfig *self); /* MiB */
guint dio_machine_config_get_screens (DioMachineConfig *self);
gboolean dio_machine_config_get_audio (DioMachineConfig *self);
gboolean dio_machine_config_get_touch (DioMachineConfig *self);
gboolean dio_machine_config_get_usb_tablet (DioMachineConfig *self);
gboolean dio_machine_config_get_clock_local (DioMachineConfig *self);
const char *dio_machine_config_get_kernel (DioMachineConfig *self);                     /* (nullable) */
const char *dio_machine_config_get_initrd (DioMachineConfig *self);                     /* (nullable) */
const char *dio_machine_config_get_kernel_arguments (DioMachineConfig *self);           /* (nullable) */
const char *const *dio_machine_config_get_extra_arguments (DioMachineConfig *self);     /* (nullable) */
const char *dio_machine_config_get_control_port (DioMachineConfig *self);               /* (nullable) */

/* A disk or CD. FORMAT is always named ("raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx"), never guessed by QEMU. PATH is
 * absolute. */
void dio_machine_config_add_disk (DioMachineConfig *self, const char *path, const char *format, DioDiskBus bus,
                                  gboolean read_only);
void dio_machine_config_add_cdrom (DioMachineConfig *self, const char *path);

typedef struct
{
  char *path;
  char *format;
  DioDiskBus bus;
  gboolean read_only;
  gboolean cdrom;
} DioDisk;

/* Disks and CDs in the order they were added, which is the order in which the machine tries to start from them. */
guint dio_machine_config_get_n_disks (DioMachineConfig *self);
const DioDisk *dio_machine_config_get_disk (DioMachineConfig *self, guint i); /* (transfer none) */

G_END_DECLS
