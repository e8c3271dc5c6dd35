/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/engine.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* What one run of a machine writes to beside its disks: the firmware's variables, the TPM's state; and what takes the
 * place of its disks when nothing is to be kept. Over what is encrypted that is encrypted, too, with a key that is
 * nowhere but in memory. */
typedef struct
{
  char *uefi_vars; /* NULL with BIOS */
  const char *uefi_vars_format;
  char *tpm_state; /* a folder; NULL without a TPM */
  GStrv overlays;  /* (nullable): for each disk a qcow2 file, or "" */
  GPtrArray *keys; /* (nullable): for each disk the GBytes that its overlay is encrypted with, or NULL: it is not */
  char *overlay_dir;
} DioRunFiles;

/* Makes what is missing: in the machine's folder what is kept, in RUN_DIR and below /var/tmp what is not. Errors are
 * sentences. Blocks: not for the main thread. */
DioRunFiles *dio_run_files_new (DioMachineConfig *config, DioEngine *engine, const char *run_dir, GError **error);
/* QEMU has opened the overlays: they lose their names, and go with it whatever happens to us. */
void dio_run_files_hide_overlays (DioRunFiles *self);
void dio_run_files_free (DioRunFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DioRunFiles, dio_run_files_free)

G_END_DECLS
