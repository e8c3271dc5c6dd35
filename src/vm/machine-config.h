/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/machine-enums.h"
#include "vm/machine-parts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a machine is: plain properties, no behaviour, no I/O. The argument list is a pure function of this, a
 * DioEngine's abilities and the paths of one run (vm/argv.h). */
#define DIO_TYPE_MACHINE_CONFIG (dio_machine_config_get_type ())
G_DECLARE_FINAL_TYPE (DioMachineConfig, dio_machine_config, DIO, MACHINE_CONFIG, GObject)

/* As many outputs as virtio-gpu has (QEMU's include/hw/virtio/virtio-gpu.h). */
#define DIO_MAX_SCREENS 16
/* Pixels of a screen's side. */
#define DIO_MAX_SIZE 16384

DioMachineConfig *dio_machine_config_new (const char *name);

/* Properties: "name" (string), "uuid" (string), "arch" (string, "x86_64"), "firmware", "accel", "network",
 * "graphics" (the enums), "cpus" (uint 1…255), "memory" (uint, MiB, 64…), "screens" (uint, 1…DIO_MAX_SCREENS, 4:
 * sockets for monitors, of which the first has one plugged in), "audio" (boolean), "touch" (boolean), "usb-tablet"
 * (boolean, TRUE: a pointer for guests without virtio drivers, which others use too), "clock-local" (boolean),
 * "kernel", "initrd", "kernel-arguments" (string or NULL: direct kernel boot), "extra-arguments" (GStrv or NULL),
 * "control-port" (string or NULL: name of an extra virtio-serial port, for the test guest), "uefi-vars" (string or
 * NULL: the file, qcow2, that keeps the firmware's variables; NULL: they live for one run), "tpm" (boolean) and
 * "tpm-state" (string or NULL: the folder of its state), "network-card" (enum), "network-name" (string or NULL: which
 * isolated network), "microphone" (boolean), "width" and "height" (uint, pixels of the first screen; 0: as its window),
 * "boot-menu" (boolean: the firmware asks what to start from), "hyperv" (boolean: for Windows), "disposable" (boolean:
 * nothing that the guest writes is kept, neither on disks nor in firmware variables nor in the TPM), "install-folder"
 * (string or NULL: while a system is being installed: where the kernel and discs are that are for that only; when the
 * installer has restarted the machine, it goes on without them). Plain getters and setters. */
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
const char *dio_machine_config_get_kernel (DioMachineConfig *self);                 /* (nullable) */
const char *dio_machine_config_get_initrd (DioMachineConfig *self);                 /* (nullable) */
const char *dio_machine_config_get_kernel_arguments (DioMachineConfig *self);       /* (nullable) */
const char *const *dio_machine_config_get_extra_arguments (DioMachineConfig *self); /* (nullable) */
const char *dio_machine_config_get_control_port (DioMachineConfig *self);           /* (nullable) */
const char *dio_machine_config_get_uefi_vars (DioMachineConfig *self);              /* (nullable) */
gboolean dio_machine_config_get_tpm (DioMachineConfig *self);
const char *dio_machine_config_get_tpm_state (DioMachineConfig *self); /* (nullable) */
const char *dio_machine_config_get_install_folder (DioMachineConfig *self); /* (nullable) */
DioNetworkCard dio_machine_config_get_network_card (DioMachineConfig *self);
const char *dio_machine_config_get_network_name (DioMachineConfig *self); /* (nullable) */
gboolean dio_machine_config_get_microphone (DioMachineConfig *self);
guint dio_machine_config_get_width (DioMachineConfig *self);
guint dio_machine_config_get_height (DioMachineConfig *self);
gboolean dio_machine_config_get_boot_menu (DioMachineConfig *self);
gboolean dio_machine_config_get_hyperv (DioMachineConfig *self);
gboolean dio_machine_config_get_disposable (DioMachineConfig *self);

/* What "install-folder" is for is done: what lies in it is taken out of the machine, and the property is NULL. Returns:
 * whether there was one. */
gboolean dio_machine_config_end_install (DioMachineConfig *self);

/* A copy of all of it, identity included. (transfer full) */
DioMachineConfig *dio_machine_config_copy (DioMachineConfig *self);
/* The names of the properties in which A and B differ, in no particular order; empty when they are equal. For what a
 * running machine has to be started again for: see also vm/machine-live.h. (transfer full) */
GStrv dio_machine_config_list_differences (DioMachineConfig *a, DioMachineConfig *b);
/* The file of the firmware's variables that the present "firmware" uses: "uefi-vars" itself with UEFI, and beside it
 * NAME-secure.qcow2 with UEFI_SECURE, so that switching between the two keeps what either has. NULL with BIOS, and when
 * there is none. (transfer full) */
char *dio_machine_config_dup_uefi_vars_path (DioMachineConfig *self);
/* The first network card's address, made from the UUID: a machine keeps its own, a duplicate gets another.
 * (transfer full) */
char *dio_machine_config_dup_mac (DioMachineConfig *self);

/* A disk or CD. FORMAT is always named ("raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "qcow", "qed", "luks"), never
 * guessed by QEMU. PATH is absolute. */
void dio_machine_config_add_disk (DioMachineConfig *self, const char *path, const char *format, DioDiskBus bus,
                                  gboolean read_only);
/* PATH: NULL for a drive without a disc. */
void dio_machine_config_add_cdrom (DioMachineConfig *self, const char *path);

/* Disks and CDs in the order they were added, which is the order in which the machine tries to start from them. */
guint dio_machine_config_get_n_disks (DioMachineConfig *self);
const DioDisk *dio_machine_config_get_disk (DioMachineConfig *self, guint i); /* (transfer none) */

/* Properties "disks", "forwards" and "shares": arrays of DioDisk, DioForward and DioShare (G_TYPE_PTR_ARRAY, whose
 * content is copied in). The arrays got are the machine's own: not to be changed. (transfer none) */
GPtrArray *dio_machine_config_get_disks (DioMachineConfig *self);
GPtrArray *dio_machine_config_get_forwards (DioMachineConfig *self);
GPtrArray *dio_machine_config_get_shares (DioMachineConfig *self);
void dio_machine_config_set_disks (DioMachineConfig *self, GPtrArray *disks);
void dio_machine_config_set_forwards (DioMachineConfig *self, GPtrArray *forwards);
void dio_machine_config_set_shares (DioMachineConfig *self, GPtrArray *shares);

G_END_DECLS
