/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"

G_BEGIN_DECLS

/* The machine in FOLDER, which must not run meanwhile, written to the file PATH (absolute), which is replaced only when
 * all of it is written. A job's result is PATH. Not started. (transfer full) */

/* All of it, packed into one file, which dio_import_archive() takes. Disks that are outside its folder, or written over
 * something outside, are packed whole; discs outside are left out, as are the lock and the log. */
DioJob *dio_export_archive (const char *folder, const char *path);

/* As an appliance (OVA 1.x) for VirtualBox, VMware and others: processors, memory, firmware, network card, notes, and
 * its disks, as streamOptimized VMDKs on a SATA controller. What the firmware and the TPM remember has no place there.
 */
DioJob *dio_export_appliance (const char *folder, const char *path);

/* One disk, the N-th (from 0) of the machine, with what it is written over merged in, as FORMAT: "qcow2", "raw",
 * "vmdk", "vdi", "vhdx" or "vpc" (VHD). */
DioJob *dio_export_disk (const char *folder, guint n, const char *format, const char *path);

G_END_DECLS
