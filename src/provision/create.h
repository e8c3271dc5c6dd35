/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/definition.h"
#include "library/job.h"

G_BEGIN_DECLS

/* An empty disk for a new machine. */
typedef struct
{
  guint64 size; /* bytes, 1 MiB…16 TiB */
  DioDiskBus bus;
  DioDiskCache cache;
} DioNewDisk;

/* A job that makes a machine in the folder PLACE: DEFINITION, of which a copy is taken (what it is the definition of
 * does not matter, its paths stay what they are), with N_DISKS empty disks of its own before those it has: a machine
 * that is installed from a CD starts from that one while its disk is empty. Its result is the machine's folder. Not
 * started. (transfer full) */
DioJob *dio_create_machine (DioDefinition *definition, const DioNewDisk *disks, guint n_disks, const char *place);

G_END_DECLS
