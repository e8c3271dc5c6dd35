/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "provision/os-media.h"
#include "vm/machine-config.h"

G_BEGIN_DECLS

/* What this computer has to give. */
typedef struct
{
  guint cpus;
  guint memory; /* MiB */
} DioHost;

void dio_host_get (DioHost *host);

/* What a new machine should have. The least figures are its system's own; 0: not known. */
typedef struct
{
  guint cpus, least_cpus;
  guint memory, least_memory;         /* MiB */
  guint64 disk_size, least_disk_size; /* bytes */
  DioFirmware firmware;
  gboolean needs_uefi; /* does not start with BIOS */
  gboolean tpm;
  DioDiskBus disk_bus;
  DioNetworkCard network_card;
  gboolean usb_tablet;
  gboolean clock_local;
  gboolean hyperv;
} DioRecommendation;

/* Pure. OS: NULL: not known, which gets what all systems know. ARCH: the machine's. Nothing recommended is more than
 * HOST has. */
void dio_recommend (DioOs *os, const char *arch, const DioHost *host, DioRecommendation *recommendation);
/* Sets all of it that is a property of CONFIG; disks are the caller's. */
void dio_recommendation_apply (const DioRecommendation *recommendation, DioMachineConfig *config);

G_END_DECLS
