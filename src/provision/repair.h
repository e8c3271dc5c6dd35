/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "image/report.h"
#include "library/job.h"

G_BEGIN_DECLS

/* A copy of REPORT's image in FOLDER, "NAME (repaired).qcow2", with its tables mended (qemu-img check -r all); the
 * image itself is only read. PASSPHRASE: (nullable) of an image that is encrypted, as its copy is then with the same.
 * Fails, leaving nothing, when it is damaged beyond that; with G_IO_ERROR_PERMISSION_DENIED when PASSPHRASE does not
 * fit. The result is the copy's path. (transfer full) */
DioJob *dio_repair_new (const DioImageReport *report, GBytes *passphrase, const char *folder);

/* A copy of what the snapshot with ID held of the disk (its memory is not taken along), "NAME (SNAPSHOT).qcow2", in
 * FOLDER. PASSPHRASE: as above; the copy of an encrypted image keeps its snapshots. (transfer full) */
DioJob *dio_unpack_snapshot_new (const DioImageReport *report, const char *id, GBytes *passphrase, const char *folder);

G_END_DECLS
