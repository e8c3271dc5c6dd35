/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: The Diorama authors */
#pragma once

#include "library/job.h"
#include "image/qemu-img.h"
#include "provision/stored-machine.h"

G_BEGIN_DECLS

/* An export under way. */
typedef struct
{
  DioStoredMachine *machine;
  DioMachineConfig *config; /* (unowned): the machine's */
  const char *path;         /* of what is written */
  const char *format;       /* of a single disk: also which */
  guint n;
  DioJob *job;
  GCancellable *cancellable;
  double done, part; /* of the whole work: before, and with, the step that is under way */
  char *detail;
} DioExport;

typedef gboolean (*DioExportFunc) (DioExport *self, GError **error);

gboolean dio_export_write_appliance (DioExport *self, GError **error);
gboolean dio_export_write_archive (DioExport *self, GError **error);

/* The next step is PART of the whole work (0…1) and called DETAIL (nullable). */
void dio_export_step (DioExport *self, double part, const char *detail);
/* A DioProgressFunc of that step, with SELF for DATA. */
void dio_export_progress (double fraction, gpointer self);
const DioDisk *dio_export_get_disk (DioExport *self, guint i);
/* Bytes of all disks, at least 1. */
guint64 dio_export_get_total (DioExport *self);

G_END_DECLS
