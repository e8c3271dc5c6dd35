/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/report.h"

G_BEGIN_DECLS

/* What is on a disk: partitions, how it starts, which system. Read by a program of its own that is locked in
 * (image/confine.h): it gets the image's own files for reading and nothing else; for formats other than raw QEMU's
 * storage daemon, locked in likewise, hands it the guest's view by NBD. What it says is hostile, too. */

typedef enum
{
  DIO_IMAGE_BOOT_BIOS = 1 << 0,     /* code in the MBR, a BIOS boot partition, El Torito for BIOS */
  DIO_IMAGE_BOOT_UEFI = 1 << 1,     /* \EFI\BOOT\BOOTX64.EFI, or an ESP with another loader; El Torito for EFI */
  DIO_IMAGE_BOOT_UEFI_ARM = 1 << 2, /* BOOTAA64.EFI */
  DIO_IMAGE_BOOT_UEFI_IA32 = 1 << 3,
  DIO_IMAGE_BOOT_UEFI_RISCV = 1 << 4
} DioImageBoot;

typedef struct
{
  guint64 start, size; /* bytes */
  char *type;          /* of the table: "ESP", "BIOS boot", a GUID or a number */
  char *file_system;   /* libblkid's name: "ext4", "ntfs", "vfat", …; NULL: none known */
  char *label;         /* (nullable) UTF-8 */
} DioImagePartition;

typedef struct
{
  DioImageBoot boot;             /* 0: nothing that a computer could start from was found */
  char *table;                   /* "gpt", "dos", or NULL */
  DioImagePartition *partitions; /* at most 128 */
  guint n_partitions;
  /* What the system says of itself (os-release, or what its file systems tell); each nullable. */
  char *os_id;      /* os-release's ID: "debian"; "windows", "freebsd", … where partitions tell */
  char *os_version; /* VERSION_ID */
  char *os_name;    /* PRETTY_NAME, or "Windows" */
  char *arch;       /* "x86_64", "aarch64", "i686", "riscv64", … */
} DioImageInsides;

/* PASSPHRASE: (nullable) of an encrypted image. Time and memory of the programs are bounded (10 s, 512 MiB). Fails with
 * a sentence (G_IO_ERROR_PERMISSION_DENIED: the passphrase is missing, or not the right one): the sheet goes on
 * without. What is needed of REPORT is copied. */
void dio_image_look_inside_async (const DioImageReport *report, GBytes *passphrase, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
DioImageInsides *dio_image_look_inside_finish (GAsyncResult *result, GError **error);
void dio_image_insides_free (DioImageInsides *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioImageInsides, dio_image_insides_free)

/* The kind of processor that it is for, if not that of the PCs that we have: "aarch64", "ia32" (a UEFI of 32 bits), …;
 * what could be started counts more than what a file says. (nullable) */
const char *dio_image_insides_find_foreign (const DioImageInsides *self);

/* Whether the image's own tables are consistent, without changing them: qemu-img check, locked in. PASSPHRASE:
 * (nullable) of an encrypted image. LEAKS: (out) only space is lost; ERRORS: (out) it is damaged. Formats without
 * tables have neither. Blocks. Fails with a sentence, as dio_image_look_inside_finish() when PASSPHRASE does not fit.
 */
gboolean dio_image_check (const DioImageReport *report, GBytes *passphrase, guint64 *ret_leaks, guint64 *ret_errors,
                          GCancellable *cancellable, GError **error);

G_END_DECLS
