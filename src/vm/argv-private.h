/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "vm/argv.h"

G_BEGIN_DECLS

/* An argument list in the making: argv.c, argv-disks.c, argv-network.c. The first error is the one that is told. */
typedef struct
{
  GPtrArray *args;
  DioMachineConfig *config;
  DioEngine *engine;
  const DioRunPaths *paths;
  DioAccel accel;
  guint n_sata;
  guint n_scsi;
  guint n_boot;
  GHashTable *serials; /* of the disks so far */
  GError *error;
} DioArgv;

/* An option with its value. */
void dio_argv_add (DioArgv *self, const char *option, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* -device DEVICE,… which the engine has to have. */
void dio_argv_add_device (DioArgv *self, const char *device, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* No machine can have what CONFIG asks for; the sentence. */
void dio_argv_refuse (DioArgv *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void dio_argv_require_option (DioArgv *self, const char *option);
/* A path, or another value that has to arrive as it is, inside a list of KEY=VALUE: QEMU takes two commas for one. */
char *dio_argv_escape (const char *value);

gboolean dio_argv_is_uefi (DioArgv *self);
gboolean dio_argv_is_secure (DioArgv *self);

/* argv-disks.c */
void dio_argv_add_disks (DioArgv *self);
void dio_argv_add_firmware (DioArgv *self);
void dio_argv_add_tpm (DioArgv *self);

/* argv-network.c */
void dio_argv_add_network (DioArgv *self);
void dio_argv_add_shares (DioArgv *self);

G_END_DECLS
